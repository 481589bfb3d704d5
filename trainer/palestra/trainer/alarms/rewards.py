"""Alarms on what is paid."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from palestra.trainer.alarms.history import History, mean_of, then_and_now
from palestra.trainer.alarms.limits import check_positive, check_window
from palestra.trainer.metrics import StepMetrics
from palestra.verifiers.rewards import divergence


@dataclass(frozen=True, kw_only=True, slots=True)
class TurnsFarmed:
    """The plain sum of rewards rises while the outcome falls: what is easy to earn is earned instead.

    Source: "Gated reward accumulation", arXiv:2508.10548; the test is ours.
    """

    kind: ClassVar[str] = "turns-farmed"

    window: int = 20
    """Steps that are compared, their later half with their earlier one."""
    min_rise: float = 0.05
    """Least rise of the plain sum that counts."""
    min_fall: float = 0.02
    """Least fall of the outcome that counts."""

    def __post_init__(self) -> None:
        check_window(self.window)
        check_positive("min_rise", self.min_rise)
        check_positive("min_fall", self.min_fall)

    def __call__(self, history: History) -> str | None:
        """How far the two drifted apart."""
        pairs = [
            (row.ungated_mean, row.outcome_mean)
            for row in history.last
            if row.ungated_mean is not None and row.outcome_mean is not None
        ]
        found = divergence(
            [ungated for ungated, _ in pairs],
            [outcome for _, outcome in pairs],
            window=self.window,
            min_rise=self.min_rise,
            min_fall=self.min_fall,
        )
        return f"within {self.window} steps {found}: see reward.turns" if found else None


@dataclass(frozen=True, kw_only=True, slots=True)
class AuditGap:
    """The verdicts that pay rise further above the strict ones than they were at the start: a hole was found."""

    kind: ClassVar[str] = "audit-gap"

    window: int = 10
    """Steps whose mean is compared with that of the first ones."""
    max_growth: float = 0.1
    """Growth of the difference that is let pass."""

    def __post_init__(self) -> None:
        check_window(self.window)
        check_positive("max_growth", self.max_growth)

    def __call__(self, history: History) -> str | None:
        """By how much the difference grew."""
        found = then_and_now(history, _gap, self.window)
        if found is None or found[1] - found[0] <= self.max_growth:
            return None
        return (
            f"the verdicts that pay exceed the strict ones by {found[1]:.3g}, at the start by {found[0]:.3g}: "
            "the policy may be paid for a hole in the verifier"
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class NoSignal:
    """Hardly any group has rewards that differ: all advantages are 0, and nothing is learned.

    A critic compares across groups: with one, it is enough that any two rewards of a step differ.
    """

    kind: ClassVar[str] = "no-signal"

    window: int = 10
    """Steps whose mean counts."""
    min_share: float = 0.05
    """Least share of groups whose rewards differ."""

    def __post_init__(self) -> None:
        check_window(self.window)
        check_positive("min_share", self.min_share)

    def __call__(self, history: History) -> str | None:
        """The share."""
        share = mean_of(history.last[-self.window :], _informative_share, self.window)
        if share is None or share >= self.min_share:
            return None
        return f"in {share:.1%} of the groups of {self.window} steps rewards differ: tasks are too hard or too easy"


@dataclass(frozen=True, kw_only=True, slots=True)
class MaskedSamples:
    """Many samples have no reward, because verifiers could not decide or broke."""

    kind: ClassVar[str] = "masked-samples"

    window: int = 5
    """Steps whose mean counts."""
    max_share: float = 0.2
    """Largest share of samples without a reward."""

    def __post_init__(self) -> None:
        check_window(self.window)
        check_positive("max_share", self.max_share)

    def __call__(self, history: History) -> str | None:
        """The share."""
        share = mean_of(history.last[-self.window :], _masked_share, self.window)
        if share is None or share <= self.max_share:
            return None
        return f"{share:.0%} of the samples of {self.window} steps have no reward: see the verdicts in rollouts/"


def _gap(row: StepMetrics) -> float | None:
    return None if row.observed_mean is None or row.strict_mean is None else row.observed_mean - row.strict_mean


def _informative_share(row: StepMetrics) -> float | None:
    if row.value_loss is not None and row.reward_std > 0.0:
        return 1.0
    return row.informative_groups / row.groups if row.groups else 0.0


def _masked_share(row: StepMetrics) -> float | None:
    return row.masked_samples / row.samples if row.samples else None
