"""Scored rollouts of several turns, made by hand."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from palestra.agents import TurnRow
from palestra.trainer.rewards import ScoredRollout
from palestra.verifiers import Verdict
from palestra.verifiers.rewards import Reward
from rollout_cases import rollout, segment, unknown


def episode(
    reward: float,
    credits: Sequence[float] = (),
    *,
    turns: int | None = None,
    earned: Sequence[float] = (),
    seconds: Sequence[float] = (),
) -> ScoredRollout:
    """An episode of turns with two tokens each, an observation of one token behind each but the last.

    Args:
        reward: NaN for a masked one.
        credits: What of the reward belongs to turns.
        turns: How many; as many as there are credits, earnings or seconds if None, else one.
        earned: The turns' own components.
        seconds: How long turns took, a quarter of it in the environment.
    """
    count = turns or max(len(credits), len(earned), len(seconds), 1)
    rows = tuple(
        TurnRow(
            segment=0,
            start=3 * turn,
            tokens_in=2,
            tokens_out=2,
            components={"step": earned[turn]} if earned else {},
            model_s=0.75 * seconds[turn] if seconds else 0.0,
            tool_s=0.25 * seconds[turn] if seconds else 0.0,
        )
        for turn in range(count)
    )
    mask = ([1, 1, 0] * count)[:-1]
    is_masked = math.isnan(reward)
    verdict = unknown() if is_masked else Verdict.passed()
    played = rollout("0/1/2", verdict, segment([1, 2], [7] * len(mask), mask))
    return ScoredRollout(
        rollout=replace(played, turns=rows, responses=("answer",) * count),
        reward=Reward.masked("unknown") if is_masked else Reward(value=reward),
        credits=tuple(credits),
    )
