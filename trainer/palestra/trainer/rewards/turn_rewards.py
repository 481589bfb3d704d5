"""What the turns of an episode add to its outcome.

Source: "Gated reward accumulation", arXiv:2508.10548. Bounding the sum of an episode, and its mean over the turns,
are ours: neither a worse outcome nor a longer episode ever earns more.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from palestra.agents import Rollout
from palestra.verifiers.rewards import (
    EpisodeValue,
    GatedAccumulation,
    GatedComponent,
    GatedReward,
    Scope,
    Threshold,
    TurnValue,
)

OUTCOME = "verdict"


@dataclass(frozen=True, kw_only=True, slots=True)
class GatedTurns:
    """Turns count behind the outcome's gate, and together less than any two outcomes of a task differ."""

    kind: ClassVar[str] = "gated"

    weights: Mapping[str, float] = field(default_factory=dict)
    """Of the environment's components by name, in proportion; those that are not named weigh 1."""
    budget: float = 0.05
    """Most that all turns of an episode add; never more than half of the smallest difference of two outcomes."""
    threshold: float = 0.0
    """Outcome from which on turns count."""
    is_strict: bool = True
    """Whether the outcome must lie above the threshold, not on it."""

    def __post_init__(self) -> None:
        _check(self.weights, self.threshold)
        if not 0.0 <= self.budget < 1.0:
            raise ValueError(f"budget must lie in [0, 1), got {self.budget}")

    def settle(self, rollout: Rollout, gap: float) -> GatedReward | None:
        """The rollout's reward with and without the gate; None where its turns have no components.

        Args:
            rollout: With a valid verdict.
            gap: Smallest difference of two outcomes of the task.
        """
        allowance = min(self.budget, gap / 2) / max(1, len(rollout.turns))
        return _settle(rollout, self.weights, allowance, Threshold(value=self.threshold, is_strict=self.is_strict))

    def value(self, settled: GatedReward) -> float:
        """What is paid."""
        return settled.reward.value


@dataclass(frozen=True, kw_only=True, slots=True)
class SummedTurns:
    """Every turn counts, whatever comes of the episode: the plain sum (D-RA), to be compared with.

    A policy that earns enough by going on has no reason to finish.
    """

    kind: ClassVar[str] = "summed"

    weights: Mapping[str, float] = field(default_factory=dict)
    """Of the environment's components by name, in proportion; those that are not named weigh 1."""
    scale: float = 0.2
    """Most that one turn adds."""

    def __post_init__(self) -> None:
        _check(self.weights, self.scale)

    def settle(self, rollout: Rollout, gap: float) -> GatedReward | None:
        """As `GatedTurns.settle`; the gate is open above 0."""
        return _settle(rollout, self.weights, self.scale, Threshold(value=0.0, is_strict=True))

    def value(self, settled: GatedReward) -> float:
        """What is paid."""
        return settled.ungated.value


@dataclass(frozen=True, kw_only=True, slots=True)
class NoTurns:
    """The outcome alone."""

    kind: ClassVar[str] = "off"

    def settle(self, rollout: Rollout, gap: float) -> GatedReward | None:
        """None: turns are not looked at."""
        return None

    def value(self, settled: GatedReward) -> float:
        """What is paid."""
        return settled.reward.value


TurnRewards = GatedTurns | SummedTurns | NoTurns
"""What a configuration can name."""


def _settle(rollout: Rollout, weights: Mapping[str, float], per_turn: float, gate: Threshold) -> GatedReward | None:
    """Settle the components of all turns, each turn's weighted mean scaled to `per_turn`."""
    found = {name for turn in rollout.turns for name in turn.components}
    names = sorted(name for name in found if weights.get(name, 1.0) > 0.0)
    if not names:
        return None
    total = math.fsum(weights.get(name, 1.0) for name in names)
    values = [
        TurnValue(name=name, turn=number, value=per_turn * weights.get(name, 1.0) / total * turn.components[name])
        for number, turn in enumerate(rollout.turns)
        for name in names
        if name in turn.components
    ]
    outcome = GatedComponent(name=OUTCOME, level=0, scope=Scope.EPISODE, gate=gate)
    steps = (GatedComponent(name=name, level=1, scope=Scope.TURN) for name in names)
    accumulation = GatedAccumulation(components=(outcome, *steps))
    return accumulation([EpisodeValue.of(OUTCOME, rollout.verdict), *values], num_turns=len(rollout.turns))


def _check(weights: Mapping[str, float], number: float) -> None:
    for name, weight in weights.items():
        if not 0.0 <= weight < math.inf:
            raise ValueError(f"the weight of `{name}` must be 0 or more and finite, got {weight}")
    if OUTCOME in weights:
        raise ValueError(f"`{OUTCOME}` is the verdict's score, not a component of turns")
    if not math.isfinite(number):
        raise ValueError(f"threshold and scale must be finite, got {number}")
