"""Maps of continuous rewards, such as those of a judge or a graded rubric.

On rewards of 0 and 1 alone each of them is affine, so that an advantage which is normalised does not see it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from palestra.trainer.shaping.paid import Paid, SurpriseOf
from palestra.verifiers.rewards import Affine, LogSigmoid, PreferenceAsReward, Reward


@dataclass(frozen=True, kw_only=True, slots=True)
class ParShaping:
    """The mean probability that a response is preferred to reference responses (PAR).

    Source: "Reward Shaping to Mitigate Reward Hacking in RLHF", arXiv:2502.18770, section 3.
    """

    kind: ClassVar[str] = "par"
    mixes: ClassVar[bool] = False

    references: tuple[float, ...] = (0.5,)
    """Rewards of reference responses; one is enough."""
    slope: float = 1.0
    """How fast the preference follows the difference of rewards."""

    def __post_init__(self) -> None:
        self._map()

    def __call__(self, group: Sequence[Paid], surprise_of: SurpriseOf) -> list[Reward]:
        """The preferences, in [0, 1]."""
        return [sample.reward.then(self.kind, self._map()) for sample in group]

    def _map(self) -> PreferenceAsReward:
        return PreferenceAsReward(references=self.references, slope=self.slope)


@dataclass(frozen=True, kw_only=True, slots=True)
class LogSigmoidShaping:
    """`log sigmoid(reward - reference)`, nearly linear below the reference and flat above it (LSC).

    Source: "Transforming and Combining Rewards for Aligning Large Language Models", arXiv:2402.00742, section 3.
    """

    kind: ClassVar[str] = "log-sigmoid"
    mixes: ClassVar[bool] = False

    reference: float
    """A reward that is good enough, e.g. the 85th percentile of reference responses."""

    def __post_init__(self) -> None:
        self._map()

    def __call__(self, group: Sequence[Paid], surprise_of: SurpriseOf) -> list[Reward]:
        """The shaped rewards, at most 0."""
        return [sample.reward.then(self.kind, self._map()) for sample in group]

    def _map(self) -> LogSigmoid:
        return LogSigmoid(reference=self.reference)


@dataclass(frozen=True, kw_only=True, slots=True)
class AffineShaping:
    """`scale * reward + offset`: published ranges, e.g. the 10 for a right answer of Tulu 3 (arXiv:2411.15124)."""

    kind: ClassVar[str] = "affine"
    mixes: ClassVar[bool] = False

    scale: float = 1.0
    """Factor."""
    offset: float = 0.0
    """Added after it."""

    def __post_init__(self) -> None:
        self._map()

    def __call__(self, group: Sequence[Paid], surprise_of: SurpriseOf) -> list[Reward]:
        """The rewards in the new range."""
        return [sample.reward.then(self.kind, self._map()) for sample in group]

    def _map(self) -> Affine:
        return Affine(scale=self.scale, offset=self.offset)
