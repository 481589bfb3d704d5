import pytest

from palestra.sandboxes import SANDBOXES, DuplicateSandboxError, Sandbox, UnknownSandboxError
from palestra.sandboxes.table import ROWS, Row, SandboxTable


def row(name: str, sandbox: str = "palestra.sandboxes.zygote:ZygoteSandbox") -> Row:
    return Row(name=name, sandbox=sandbox, summary="A box.")


def test_the_strongest_comes_first_and_plain_processes_are_never_chosen() -> None:
    assert list(SANDBOXES)[:1] == ["zygote"]
    assert [name for name, found in SANDBOXES.items() if not found.is_automatic] == ["namespaces", "subprocess"]


@pytest.mark.parametrize("found", ROWS, ids=lambda found: found.name)
def test_every_row_names_what_can_be_made(found: Row) -> None:
    module, _, path = found.sandbox.partition(":")
    target = __import__(module, fromlist=["x"])
    for name in path.split("."):
        target = getattr(target, name)
    assert callable(target)
    assert found.summary.endswith(".")


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(UnknownSandboxError, match=r"no sandbox `zigote`; did you mean `zygote`\?\n\nhint: "):
        SANDBOXES["zigote"]


def test_two_rows_cannot_have_one_name() -> None:
    with pytest.raises(DuplicateSandboxError, match="`a`"):
        SandboxTable([row("a"), row("a")])


def test_a_row_is_made_by_its_callable() -> None:
    table = SandboxTable([row("a"), row("b", "palestra.sandboxes.table:SandboxTable.__len__")])
    assert (len(table), "a" in table, "c" in table, list(table)) == (2, True, False, ["a", "b"])
    with pytest.raises(TypeError):  # it was called
        table.make("b")
    assert issubclass(Sandbox, object)
