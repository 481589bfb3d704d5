"""Defects of tool domains are found by the check that is there for them."""

from __future__ import annotations

import pytest

import broken_tools
from palestra.envs import Scalar, TextEnv
from palestra.envs.audit import CHECKS, MEANINGS, TOOL_CHECKS, Status, Subject, examine, find
from shelf import ShelfOrder

BY_ID = {check.id: check for check in (*CHECKS, *TOOL_CHECKS)}
DEFECTS = [
    (broken_tools.PaysWhoSubmits, "cheat.do_nothing"),
    (broken_tools.PaysWhoSubmits, "cheat.last_call_dropped"),
    (broken_tools.PaysNearlyAll, "cheat.last_call_dropped"),
    (broken_tools.PaysNearlyAll, "cheat.stray_write"),
    (broken_tools.ForgivesStrays, "cheat.stray_write"),
    (broken_tools.PaysAnyWork, "cheat.random_calls"),
    (broken_tools.PaysItsCheat, "cheat.own"),
    (broken_tools.PaysTalk, "cheat.plain_text"),
    (broken_tools.BreaksOnWrongCalls, "cheat.malformed"),
]


def subject(family: type[ShelfOrder], size: int = 16, codec: str = "hermes") -> Subject:
    def make(difficulty: float | None) -> TextEnv:
        options: dict[str, Scalar] = {"codec": codec}
        if difficulty is not None:
            options["difficulty"] = difficulty
        return family.configured(options).env()

    return Subject(family.id, make, size=size)


@pytest.mark.parametrize(("family", "check"), DEFECTS, ids=lambda value: getattr(value, "__name__", value))
def test_a_defect_is_found_by_its_check(family: type[ShelfOrder], check: str) -> None:
    finding = find(BY_ID[check], subject(family))
    assert finding.status is Status.FAILED
    assert finding.evidence or finding.note


def test_an_honest_domain_passes_every_check() -> None:
    found = examine(subject(ShelfOrder, 4))
    assert {name: found.findings[name] for name in found.failed} == {}
    assert all(found.findings[check.id].status is Status.PASSED for check in TOOL_CHECKS)
    assert {check.id for check in TOOL_CHECKS} <= set(MEANINGS)


@pytest.mark.parametrize("codec", ["function-xml", "openai", "python-calls"])
def test_the_checks_work_in_every_format(codec: str) -> None:
    spoken = subject(ShelfOrder, 4, codec)
    assert all(find(check, spoken).status is Status.PASSED for check in TOOL_CHECKS if check.id != "speed.settling")
