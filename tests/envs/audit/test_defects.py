"""Every defect is found by the check that is there for it, and honest environments pass."""

from __future__ import annotations

from typing import Any

import pytest

import broken_envs
from palestra.envs import Family
from palestra.envs.audit import Finding, Status, audit, examine

SIZE = 16

DEFECTS: list[tuple[type[Family[Any, Any]], str]] = [
    (broken_envs.PaysSilence, "semantic.canary_floor"),
    (broken_envs.PaysSilence, "semantic.floor_gap"),
    (broken_envs.PaysMentions, "cheat.gold_in_prose"),
    (broken_envs.PaysMentions, "cheat.sprayed"),
    (broken_envs.PaysFirstOfMany, "cheat.sprayed"),
    (broken_envs.PaysClaims, "cheat.injected"),
    (broken_envs.PaysAnyNumber, "cheat.other_gold"),
    (broken_envs.PaysAnyNumber, "cheat.constant"),
    (broken_envs.PaysAnyNumber, "cheat.hostile"),
    (broken_envs.PaysAnyNumber, "statistical.gameability_gap"),
    (broken_envs.PaysThePrompt, "cheat.echo"),
    (broken_envs.PaysItsOwnHack, "cheat.own"),
    (broken_envs.BreaksOnJunk, "semantic.canary_floor"),
    (broken_envs.BreaksOnJunk, "cheat.hostile"),
    (broken_envs.PaysNowAndThen, "semantic.verifier_determinism"),
    (broken_envs.WrongOracle, "semantic.oracle_max"),
    (broken_envs.FewAnswers, "cheat.constant"),
    (broken_envs.FewAnswers, "statistical.adversarial_floor"),
    (broken_envs.TellsInMeta, "semantic.no_solution_leakage"),
    (broken_envs.TellsInPrompt, "semantic.no_solution_leakage"),
    (broken_envs.GrowsEasier, "statistical.difficulty_separation"),
    (broken_envs.TinyWorld, "tasks.repeats"),
    (broken_envs.ShiftedSeeds, "tasks.seeds_apart"),
    (broken_envs.IgnoresSeed, "runtime.seed_control"),
    (broken_envs.IgnoresSeed, "tasks.seeds_apart"),
    (broken_envs.OneSplit, "tasks.disjoint_splits"),
    (broken_envs.FineCanonical, "tasks.disjoint_splits"),
    (broken_envs.GlobalRandom, "runtime.global_state"),
    (broken_envs.GlobalRandom, "semantic.replayability"),
    (broken_envs.ListInMeta, "tasks.json_round_trip"),
    (broken_envs.ListInMeta, "runtime.oracle_containment"),
    (broken_envs.OtherSlots, "runtime.task_declaration_accuracy"),
    (broken_envs.HeldOutTemplateShown, "tasks.held_out_template"),
    (broken_envs.TellsTheCode, "semantic.no_solution_leakage"),
    (broken_envs.OpensForAnything, "semantic.canary_floor"),
    (broken_envs.ForgetsTheWorld, "runtime.episode_determinism"),
    (broken_envs.ForgetsTheWorld, "runtime.state_contract"),
    (broken_envs.PaysTwice, "runtime.reward_well_formed"),
]


@pytest.mark.parametrize(("family", "check"), DEFECTS, ids=lambda value: getattr(value, "__name__", value))
def test_a_defect_is_found_by_its_check(family: type[Family[Any, Any]], check: str) -> None:
    finding = findings(family)[check]
    assert finding.status is Status.FAILED
    assert finding.evidence or finding.note


@pytest.mark.parametrize("family", [broken_envs.Sum, broken_envs.OpenTheLock])
def test_an_honest_environment_passes(family: type[Family[Any, Any]]) -> None:
    report = examine(broken_envs.subject_of_family(family, SIZE))
    assert {name: report.findings[name] for name in report.failed} == {}
    assert [level.difficulty for level in report.levels] == [0.0, 0.25, 0.5, 0.75, 1.0]
    assert report.levels[0].guess is not None


def test_a_source_that_is_no_family_is_audited_as_far_as_it_goes() -> None:
    report = examine(broken_envs.plain_subject(SIZE))
    assert {name: report.findings[name] for name in report.failed} == {}
    skipped = {name for name, f in report.findings.items() if f.status is Status.NOT_APPLICABLE}
    assert skipped == {
        "cheat.own",
        "runtime.turn_limit",
        "tasks.held_out_template",
        "statistical.difficulty_separation",
    }


def test_what_cannot_be_made_fails_and_does_not_end_the_audit() -> None:
    report = examine(broken_envs.subject_of_family(broken_envs.CannotBeMade, SIZE))
    assert report.failed == ("runtime.startup",)
    assert "no such file" in report.findings["runtime.startup"].note


def test_another_process_with_another_hash_seed_must_agree() -> None:
    good, bad = audit([broken_envs.sum_subject("", 4), broken_envs.hash_order_subject("", 4)])
    assert good.findings["hub.cross_host_determinism"].status is Status.PASSED
    assert good.findings["semantic.verifier_portability"].status is Status.PASSED
    assert bad.findings["hub.cross_host_determinism"].status is Status.FAILED


_FOUND: dict[str, dict[str, Finding]] = {}


def findings(family: type[Family[Any, Any]]) -> dict[str, Finding]:
    """Of one audit for all the tests of a family."""
    if family.__name__ not in _FOUND:
        _FOUND[family.__name__] = examine(broken_envs.subject_of_family(family, SIZE)).findings
    return _FOUND[family.__name__]
