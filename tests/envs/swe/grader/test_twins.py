import textwrap
from dataclasses import replace

import pytest

from palestra.envs.swe.grader.twins import make_twins, probes_of, twin_source
from palestra.envs.swe.patch import FileChange, with_changes
from small_repository import FAIL_TO_PASS, TASK, files


def twin(body: str, arguments: str = "") -> str:
    source = f"def test({arguments}):\n{textwrap.indent(body, '    ')}\n"
    text, turned = twin_source(source.encode(), [("test",)])
    assert turned == {("test",)}
    lines = text.decode().splitlines()[1:]
    return textwrap.dedent("\n".join(lines))


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("assert f(2) == 3", "assert f(2) == 4"),
        ("assert 3 == f(2)", "assert 4 == f(2)"),
        ("assert f() == 'abc'", "assert f() == 'ebc'"),
        ("assert f() == [1, 2]", "assert f() == [1, 3]"),
        ("assert f() == []", "assert f() == [0]"),
        ("assert f() == {'a': 1}", "assert f() == {'a': 2}"),
        ("assert f() == True", "assert f() == False"),
        ("assert f() == 1.5", "assert f() == 2.5"),
        ("assert f() == b''", "assert f() == b'a'"),
        ("assert f() == g()", "assert (f()) != (g())"),
        ("assert f() is None, 'why'", "assert (f()) is not (None), 'why'"),
        ("assert 3 in f()", "assert (3) not in (f())"),
        ("assert f() < 3", "assert (f()) >= (3)"),
        ("assert 1 < f() < 3", "assert not (1 < f() < 3)"),
        ("assert f(1)", "assert not (f(1))"),
        ("assert not f(1)", "assert (f(1))"),
        ("wanted = 3\nassert f(1) == wanted", "wanted = 3\nwanted = (wanted, None); assert f(1) == wanted"),
        ("wanted = 3\nassert f(wanted) == wanted", "wanted = 3\nassert (f(wanted)) != (wanted)"),
        ("with pytest.raises(ValueError, match='x'):\n    f()", "with pytest.raises(BufferError, match='x'):\n    f()"),
        ("self.assertEqual(f(), 3)", "self.assertEqual(f(), 4)"),
        ("self.assertEqual(f(), g())", "self.assertNotEqual(f(), g())"),
        ("self.assertIn(3, f())", "self.assertNotIn(3, f())"),
        ("self.assertRaises(KeyError, f)", "self.assertRaises(BufferError, f)"),
        ("check(f())", "check(f())\nassert not 1"),
        ("for n in ():\n    assert f(n)", "for n in ():\n    assert not (f(n))\nassert not 1"),
    ],
)
def test_expectations_become_others(body: str, expected: str) -> None:
    assert twin(body) == expected


def test_what_is_expected_of_a_parameter_is_bound_anew() -> None:
    assert twin("assert f(a) == b", "a, b") == "b = (b, None); assert f(a) == b"


@pytest.mark.parametrize(
    "source", ["def test():\n    if f():\n        return\n    check()\n", "def test(: pass", "x = 1"]
)
def test_no_twin_is_made_of_what_right_code_might_pass(source: str) -> None:
    assert twin_source(source.encode(), [("test",)]) == (source.encode(), frozenset())


def test_every_deciding_test_of_the_small_repository_has_a_twin() -> None:
    twins = make_twins(files(), FAIL_TO_PASS)
    assert set(twins.ids) == set(FAIL_TO_PASS)
    assert twins.files.entries["tests/test_names.py"] == files().entries["tests/test_names.py"]


def test_probes_are_other_ones_each_time_and_never_decide() -> None:
    chosen = {frozenset(probes_of(TASK, files())) for _ in range(60)}
    assert len(chosen) == 4  # three of four
    assert all(len(probes) == 3 and probes <= set(TASK.pass_to_pass) for probes in chosen)


def test_a_test_that_others_call_or_inherit_is_no_probe() -> None:
    text = (
        "def test_one():\n    assert f() == 1\n\n\ndef test_two():\n    test_one()\n\n\n"
        "class TestA:\n    def test_three(self):\n        assert f() == 3\n\n\nclass TestB(TestA):\n    pass\n"
    )
    snapshot = with_changes(files(), [FileChange(path="tests/test_x.py", content=text.encode())])
    ids = tuple(
        f"tests/test_x.py::{name}" for name in ("test_one", "test_two", "TestA::test_three", "TestB::test_three")
    )
    task = replace(TASK, pass_to_pass=ids)
    assert {name for _ in range(20) for name in probes_of(task, snapshot)} == {ids[1]}
