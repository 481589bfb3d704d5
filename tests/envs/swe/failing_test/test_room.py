from __future__ import annotations

from collections.abc import Iterator

import pytest

from palestra.envs.swe.failing_test.room import Mutants, judge_test_sync, reword
from palestra.envs.swe.patch import Splice, Splices
from palestra.envs.swe.places import host_sandbox
from palestra.envs.swe.task import TestCommand
from palestra.sandboxes import Entry, Kind, Sandbox, SandboxUnavailableError, Snapshot
from palestra.verifiers import Outcome

SOURCE = (
    'def clamp(x, low, high):\n    """Keep x between borders."""\n    # as it is\n    return max(low, min(x, high))\n'
)
TREE = Snapshot.of([Entry(path="pkg.py", kind=Kind.FILE, mode=0o644, content=SOURCE.encode())])


def mutant(old: str, new: str) -> Splices:
    return Splices(splices=(Splice(path="pkg.py", offset=SOURCE.index(old), old=old, new=new),))


MUTANTS = Mutants(
    tree=TREE,
    mutants=(mutant("max(low", "min(low"), mutant("min(x", "max(x")),
    folder="",
    package={"pkg"},
    command=TestCommand(),
)
BEGIN = "from pkg import clamp\n\n\ndef test_it():\n"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    try:
        made = host_sandbox()
    except SandboxUnavailableError as error:
        pytest.skip(str(error).partition("\n")[0])
    with made:
        yield made


def test_a_test_that_notices_every_mutant_is_paid(sandbox: Sandbox) -> None:
    text = BEGIN + "    assert clamp(5, 0, 3) == 3\n    assert clamp(-5, 0, 3) == 0\n    assert clamp(2, 0, 3) == 2\n"
    assert judge_test_sync(text, MUTANTS, sandbox).score == 1.0


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ("    assert True\n", "the bug passes"),
        ("    assert clamp(3, 0, 3) == 3\n", "a sibling"),
        ("    assert False\n", "right code does not pass"),
        ("    raise SystemExit\n", "right code does not pass"),
        ("    assert open('pkg.py').read()\n", "refused"),
        ("    import traceback\n", "refused"),
    ],
)
def test_other_tests_earn_nothing(sandbox: Sandbox, body: str, detail: str) -> None:
    verdict = judge_test_sync(BEGIN + body, MUTANTS, sandbox)
    assert verdict.score == 0.0 and verdict.outcome is Outcome.FAIL and detail in verdict.detail


def test_reworded_code_means_the_same_and_reads_otherwise() -> None:
    text = reword(TREE, MUTANTS.mutants[0]).entries["pkg.py"].content.decode()
    assert "# as it is" not in text and "_ = None" in text
    found: dict[str, object] = {}
    exec(text, found)
    assert callable(clamp := found["clamp"]) and clamp(5, 0, 3) == 3 and clamp.__doc__ == "Keep x between borders."
