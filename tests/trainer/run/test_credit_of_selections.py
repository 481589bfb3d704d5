"""Turns are compared as their samples were: a selection holds for both, and so does what is foreign."""

from __future__ import annotations

from dataclasses import replace

import pytest

from credit_cases import episode
from palestra.agents import UNSAMPLED, VersionSpan
from palestra.trainer.advantages import DrGrpo
from palestra.trainer.credit import TurnReturns
from palestra.trainer.learner.batching import scored_groups
from palestra.trainer.practice.gold import OwnBaseline
from palestra.trainer.rewards import ScoredRollout
from palestra.trainer.selection import EvenPrompts, RedDrop, Selection
from palestra.verifiers.keyed_random import KeyedRandom


def _whole_and_first(groups: list[list[ScoredRollout]], selection: Selection) -> list[tuple[float, float]]:
    """Of each sample that is kept: the advantage of all of it, and that of its first turn, which earned all of it."""
    estimate = OwnBaseline(estimate=DrGrpo())
    chosen = selection(scored_groups(groups), estimate, KeyedRandom("test"))
    credited = TurnReturns()(groups, chosen.advantages_PG, chosen.estimate or estimate)
    return [
        (float(chosen.advantages_PG[row, column]), credited[row][column][0])
        for row, column in (chosen.copies_PG > 0).nonzero().tolist()
    ]


@pytest.mark.parametrize("selection", [EvenPrompts(), RedDrop()])
def test_the_first_turn_has_the_advantage_of_the_whole_sample_under_every_selection(selection: Selection) -> None:
    groups = [
        [episode(reward, [0.1, 0.0]) for reward in (1.0, 0.1, 0.1, 0.1)],
        [episode(reward, [0.1, 0.0]) for reward in (1.0, 0.1)],
    ]
    for whole, first in _whole_and_first(groups, selection):
        assert first == pytest.approx(whole, abs=1e-6)
        assert whole


def test_gold_stays_out_of_the_baseline_of_turns_too() -> None:
    gold = episode(1.0, [0.0, 0.0])
    segment = gold.rollout.segments[0]
    recited = replace(segment, versions=(VersionSpan(version=UNSAMPLED, start=0, end=2), *segment.versions[1:]))
    gold = replace(gold, rollout=replace(gold.rollout, segments=(recited,)))
    assert gold.rollout.is_foreign
    groups = [[episode(0.5, [0.0, 0.0]), episode(0.0, [0.0, 0.0]), gold]]
    estimate = OwnBaseline(estimate=DrGrpo())
    advantages_PG = estimate(scored_groups(groups))
    first, second, third = (turns[0] for turns in TurnReturns()(groups, advantages_PG, estimate)[0])
    assert (first, second, third) == pytest.approx((0.25, -0.25, 0.5))
