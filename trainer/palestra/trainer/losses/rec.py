"""The group-relative REINFORCE family: where a token counts, with which weight, and what holds it back."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import ClassVar

import torch
from torch import Tensor

from palestra.trainer.losses.sequences import sequence_mean
from palestra.trainer.losses.token_loss import LossTerms, Needs, Tokens, log_ratios, masked, score_terms


@dataclass(frozen=True, kw_only=True, slots=True)
class Everywhere:
    """All tokens count."""

    kind: ClassVar[str] = "everywhere"

    def __call__(self, tokens: Tokens, log_ratios_T: Tensor) -> Tensor:
        """Which tokens count."""
        return torch.ones_like(tokens.mask_T)


@dataclass(frozen=True, kw_only=True, slots=True)
class OneSide:
    """A token counts unless its ratio has already gone where its advantage pushes: the mask of PPO."""

    kind: ClassVar[str] = "one-side"

    low: float = 0.2
    """How far below 1 the ratio may be where the advantage is negative."""
    high: float = 0.2
    """How far above 1 the ratio may be where the advantage is positive."""

    def __post_init__(self) -> None:
        _check(low=self.low, high=self.high)

    def __call__(self, tokens: Tokens, log_ratios_T: Tensor) -> Tensor:
        """Which tokens count."""
        ratio_T, advantages_T = log_ratios_T.exp(), tokens.advantages_T
        return (advantages_T >= 0) & (ratio_T <= 1 + self.high) | (advantages_T <= 0) & (ratio_T >= 1 - self.low)


@dataclass(frozen=True, kw_only=True, slots=True)
class TwoSides:
    """A token counts while its ratio is near 1."""

    kind: ClassVar[str] = "two-sides"

    low: float = 0.2
    """How far below 1 the ratio may be."""
    high: float = 0.2
    """How far above 1 the ratio may be."""

    def __post_init__(self) -> None:
        _check(low=self.low, high=self.high)

    def __call__(self, tokens: Tokens, log_ratios_T: Tensor) -> Tensor:
        """Which tokens count."""
        ratio_T = log_ratios_T.exp()
        return (ratio_T >= 1 - self.low) & (ratio_T <= 1 + self.high)


@dataclass(frozen=True, kw_only=True, slots=True)
class Ring:
    """A token counts near 1, and far from 1 where its advantage pushes it back."""

    kind: ClassVar[str] = "ring"

    low: float = 0.2
    """How far below 1 is near."""
    high: float = 0.2
    """How far above 1 is near."""
    far_low: float = 0.6
    """How far below 1 a positive advantage counts again."""
    far_high: float = 2.0
    """How far above 1 a negative advantage counts again."""

    def __post_init__(self) -> None:
        _check(low=self.low, high=self.high, far_low=self.far_low, far_high=self.far_high)

    def __call__(self, tokens: Tokens, log_ratios_T: Tensor) -> Tensor:
        """Which tokens count."""
        ratio_T, advantages_T = log_ratios_T.exp(), tokens.advantages_T
        near_T = (ratio_T >= 1 - self.low) & (ratio_T <= 1 + self.high)
        rising_T = (advantages_T >= 0) & (ratio_T <= 1 - self.far_low)
        return near_T | rising_T | (advantages_T <= 0) & (ratio_T >= 1 + self.far_high)


@dataclass(frozen=True, kw_only=True, slots=True)
class SequenceOneSide:
    """As one-side, with the geometric mean of a sequence's ratios for all its tokens."""

    kind: ClassVar[str] = "gspo-one-side"
    needs: ClassVar[Needs] = Needs(sequences=True)

    low: float = 3e-4
    """How far below 1 the ratio may be where the advantage is negative."""
    high: float = 4e-4
    """How far above 1 the ratio may be where the advantage is positive."""

    def __post_init__(self) -> None:
        _check(low=self.low, high=self.high)

    def __call__(self, tokens: Tokens, log_ratios_T: Tensor) -> Tensor:
        """Which tokens count."""
        return OneSide(low=self.low, high=self.high)(tokens, sequence_mean(tokens, log_ratios_T))


@dataclass(frozen=True, kw_only=True, slots=True)
class EqualWeight:
    """No importance sampling."""

    kind: ClassVar[str] = "equal"

    def __call__(self, tokens: Tokens, log_ratios_T: Tensor) -> Tensor:
        """Weights of the tokens."""
        return torch.ones_like(log_ratios_T)


@dataclass(frozen=True, kw_only=True, slots=True)
class RatioWeight:
    """The ratio to the behaviour policy."""

    kind: ClassVar[str] = "ratio"

    maximum: float | None = None
    """Greatest weight; none: the ratio as it is, up to exp(20)."""

    def __post_init__(self) -> None:
        if self.maximum is not None:
            _check(maximum=self.maximum)

    def __call__(self, tokens: Tokens, log_ratios_T: Tensor) -> Tensor:
        """Weights of the tokens."""
        return log_ratios_T.clamp(max=20.0).exp().clamp(max=self.maximum if self.maximum is not None else math.inf)


@dataclass(frozen=True, kw_only=True, slots=True)
class AdvantageWeight:
    """`exp(A / temperature)`: RED-Weight, good samples count for more and bad ones for less."""

    kind: ClassVar[str] = "exp-advantage"

    temperature: float = 1.0
    """The smaller, the more the good ones count."""

    def __post_init__(self) -> None:
        if not 0.0 < self.temperature < math.inf:
            raise ValueError(f"temperature must be positive and finite, got {self.temperature}")

    def __call__(self, tokens: Tokens, log_ratios_T: Tensor) -> Tensor:
        """Weights of the tokens."""
        return (tokens.advantages_T / self.temperature).exp()


@dataclass(frozen=True, kw_only=True, slots=True)
class ForwardKl:
    """`-coefficient * logprob`: every sample is also imitated, as if its advantage were that much greater (AsymRE)."""

    kind: ClassVar[str] = "forward-kl"

    coefficient: float = 0.1
    """Weight in the loss."""

    def __post_init__(self) -> None:
        _check(coefficient=self.coefficient)

    def __call__(self, tokens: Tokens, log_ratios_T: Tensor) -> tuple[Tensor, Tensor]:
        """Values and derivatives."""
        return -self.coefficient * tokens.logprobs_T, torch.full_like(log_ratios_T, -self.coefficient)


@dataclass(frozen=True, kw_only=True, slots=True)
class SquaredLogRatio:
    """`coefficient * log(ratio)**2`: the behaviour policy holds the learner back (OPMD of Kimi)."""

    kind: ClassVar[str] = "k2"

    coefficient: float = 0.1
    """Weight in the loss."""

    def __post_init__(self) -> None:
        _check(coefficient=self.coefficient)

    def __call__(self, tokens: Tokens, log_ratios_T: Tensor) -> tuple[Tensor, Tensor]:
        """Values and derivatives."""
        return self.coefficient * log_ratios_T.square(), 2.0 * self.coefficient * log_ratios_T


RecRange = Everywhere | OneSide | TwoSides | Ring | SequenceOneSide
"""Where a token may count."""
RecWeight = EqualWeight | RatioWeight | AdvantageWeight
"""With which weight."""
RecRegulariser = ForwardKl | SquaredLogRatio
"""What holds it back."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RecLoss:
    """`-A * logprob * weight` on the tokens within `range`, plus a regulariser on all tokens.

    One-side clipping with no weight is REC-OneSide-NoIS; `everywhere` with `exp-advantage` is RED-Weight. No
    gradient goes through the weights. RED-Drop is a selection, the baselines of OPMD are an advantage.

    Source: "Group-Relative REINFORCE Is Secretly an Off-Policy Algorithm", arXiv:2509.24203, sections 3 and 4.
    """

    kind: ClassVar[str] = "rec"

    range: RecRange = field(default_factory=OneSide)
    """Where a token counts: everywhere, one-side, two-sides, ring or gspo-one-side."""
    weight: RecWeight = field(default_factory=EqualWeight)
    """Weight of a token: equal, ratio or exp-advantage."""
    regulariser: RecRegulariser | None = None
    """forward-kl or k2; none: nothing."""

    @property
    def needs(self) -> Needs:
        """Whole sequences for a range of sequences; tokens without advantage for a regulariser."""
        return Needs(sequences=isinstance(self.range, SequenceOneSide), idle_tokens=self.regulariser is not None)

    def __call__(self, tokens: Tokens) -> LossTerms:
        """Value and derivative of each token."""
        log_ratios_T = log_ratios(tokens)
        counts_T = self.range(tokens, log_ratios_T)
        coefficient_T = masked(counts_T, self.weight(tokens, log_ratios_T)) * tokens.advantages_T
        terms = score_terms(tokens, coefficient_T, ~counts_T & (tokens.advantages_T != 0))
        if self.regulariser is None:
            return terms
        value_T, derivative_T = self.regulariser(tokens, log_ratios_T)
        return LossTerms(
            value_T=terms.value_T + masked(tokens.mask_T, value_T),
            derivative_T=terms.derivative_T + masked(tokens.mask_T, derivative_T),
            clipped_T=terms.clipped_T,
        )


def _check(**bounds: float) -> None:
    for name, bound in bounds.items():
        if not 0.0 <= bound < math.inf:
            raise ValueError(f"{name} must be 0 or more and finite, got {bound}")
