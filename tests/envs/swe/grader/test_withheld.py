import textwrap
from collections import OrderedDict
from enum import StrEnum

import pytest

from palestra.envs.swe.grader.inside.run_tests import digest
from palestra.envs.swe.grader.withheld import withhold
from palestra.envs.swe.patch import FileChange, with_changes
from small_repository import FAIL_TO_PASS, FILES, TASK, files


def hidden(body: str, arguments: str = "", before: str = "") -> tuple[str, list[str]]:
    """The body behind withholding, and the digests of what is withheld."""
    source = f"{before}def test({arguments}):\n{textwrap.indent(body, '    ')}\n"
    snapshot = with_changes(files(), [FileChange(path="tests/test_x.py", content=source.encode())])
    found = withhold(snapshot, ["tests/test_x.py::test"])
    assert set(found.tests.values()) <= {"tests/test_x.py::test"}
    text = found.files.entries["tests/test_x.py"].content.decode()
    return text, list(found.digests.values())


@pytest.mark.parametrize(
    ("body", "value"),
    [
        ("assert f(2) == 'abc'", "abc"),
        ("assert 'abc' == f(2)", "abc"),
        ("assert f() == [1, 2]", [1, 2]),
        ("assert list(f()) == list('abc')", ["a", "b", "c"]),
        ("wanted = '\\n'.join(['a', 'b'])\nassert f() == wanted", "a\nb"),
        ("wanted = 'abc'\nfound = f()\nassert_equal(wanted, found)", "abc"),
        ("self.assertEqual(f(), {1: 2})", {1: 2}),
    ],
)
def test_values_that_are_compared_with_are_withheld(body: str, value: object) -> None:
    text, digests = hidden(body)
    assert digests == [digest(value)]
    assert "__unseen__(0)" in text and repr(value) not in text


def test_the_column_of_a_parameter_is_withheld() -> None:
    rows = "@pytest.mark.parametrize('a, b', [(1, 'one'), pytest.param(2, 'two'), (3, g())])\n"
    text, digests = hidden("assert f(a) == b", "a, b", rows)
    assert digests == [digest("one"), digest("two")]
    assert "[(1, __unseen__(0)), pytest.param(2, __unseen__(1)), (3, g())]" in text


@pytest.mark.parametrize(
    "body",
    [
        "assert f() == 1",
        "assert f() is None",
        "assert f() == True",
        "wanted = 'abc'\nassert f(wanted) == wanted",
        "if x:\n    assert f() == 'abc'",
        "assert 'abc' == 'abc'",
    ],
)
def test_what_is_guessed_or_used_otherwise_or_not_sure_to_run_is_not_withheld(body: str) -> None:
    assert hidden(body)[1] == []


def test_every_value_of_the_small_repository_is_withheld() -> None:
    found = withhold(files(), FAIL_TO_PASS)
    assert len(found.digests) == 5
    assert found.files.entries["tests/test_names.py"].content.decode() == FILES["tests/test_names.py"]
    assert set(found.functions) == {name.partition("[")[0] for name in TASK.fail_to_pass[:5]}


class Shade(StrEnum):
    RED = "red"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, 1.0),
        (1, True),
        ({1: 2, 3: 4}, OrderedDict([(3, 4), (1, 2)])),
        ({1, 2}, frozenset({2, 1})),
        ("red", Shade.RED),
    ],
)
def test_equal_values_have_the_same_digest(one: object, other: object) -> None:
    assert one == other and digest(one) == digest(other) != ""


@pytest.mark.parametrize(("one", "other"), [((1,), [1]), ("1", 1), ("a", b"a"), (0.1, 0.2), ([[], []], [[[]]])])
def test_other_values_have_other_digests(one: object, other: object) -> None:
    assert digest(one) != digest(other)


def test_values_of_foreign_types_and_hostile_ones_have_none() -> None:
    class Hostile(dict[int, int]):
        def items(self) -> None:  # type: ignore[override]
            raise RuntimeError

    loop: list[object] = []
    loop.append(loop)
    assert (digest(object()), digest(loop)) == ("", "")
    assert digest(Hostile({1: 2})) == digest({1: 2})
