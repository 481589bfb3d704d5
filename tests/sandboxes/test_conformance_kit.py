from __future__ import annotations

import dataclasses
import threading
import warnings

import pytest

from palestra.sandboxes import Limits, Program, RunResult, SubprocessSandbox
from palestra.sandboxes.attacks import Outcome
from palestra.sandboxes.bench import Absence, Cost, costs, places, stability
from palestra.sandboxes.conformance import Group, cases, check, differences
from palestra.sandboxes.honest import HONEST


class Lossy(SubprocessSandbox):
    """Loses the last byte of every output, as a sandbox that stops reading too early."""

    def run_once(self, program: Program, limits: Limits, cancelled: threading.Event) -> RunResult:
        result = super().run_once(program, limits, cancelled)
        return dataclasses.replace(result, stdout=result.stdout[:-1])


@pytest.fixture
def lossy() -> Lossy:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return Lossy(allow_unsafe=True)


CHOSEN = [
    case
    for case in cases()
    if case.name in ("echo", "a result is complete", "output, sys.exit(0)", "memory, heap bomb")
]


def test_the_kit_passes_a_good_sandbox_and_skips_what_it_does_not_promise(box: SubprocessSandbox) -> None:
    report = check(box, CHOSEN)
    outcomes = {result.case: result.outcome for result in report.results}
    assert not report.broken
    assert outcomes["attack: memory, heap bomb"] is Outcome.SKIPPED
    assert len(outcomes) == 4


def test_the_kit_fails_a_sandbox_that_loses_output(lossy: Lossy) -> None:
    report = check(lossy, CHOSEN)
    assert {result.case.partition(":")[0] for result in report.broken} == set(Group)


def test_two_sandboxes_that_differ_are_told(box: SubprocessSandbox, lossy: Lossy) -> None:
    programs = [honest for honest in HONEST if honest.name in ("echo", "true")]
    assert not differences(box, box, programs)
    [difference] = differences(box, lossy, programs)
    assert difference.startswith("echo: ")


def test_honest_programs_end_the_same_under_load(box: SubprocessSandbox, lossy: Lossy) -> None:
    row = stability(box, busy=2, programs=10)
    assert (row.programs, row.flipped) == (10, ())
    assert row.to_json()["flips"] == 0
    assert stability(lossy, busy=0, programs=100).flipped


def test_a_place_that_is_missing_says_why() -> None:
    assert "python3 -c" in places()
    [plain] = costs(2, ["python3 -c"])
    assert isinstance(plain, Cost)
    assert plain.jobs == 2
    for row in costs(1, ["docker run"]):
        assert isinstance(row, Absence | Cost)
