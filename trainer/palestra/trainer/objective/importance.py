"""Corrections for samples whose generator was not quite the learner: other kernels, precision or weights.

The loss compares the learner with its own weights at the step's start, and each token weighs what a correction
makes of their ratio to the generator. Without a correction the loss compares the learner with the generator itself.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import ClassVar

from torch import Tensor

from palestra.trainer.losses import LossTerms, Needs, TokenLoss, Tokens, needs_of
from palestra.trainer.losses.sequences import Level, at_level
from palestra.trainer.losses.token_loss import masked

_MAX_LOG_RATIO = 20.0


@dataclass(frozen=True, kw_only=True, slots=True)
class TruncatedImportance:
    """The ratio, at most `ceiling`: TIS.

    Source: "Your Efficient RL Framework Secretly Brings You Off-Policy RL Training",
        https://fengyao.notion.site/off-policy-rl.
    """

    kind: ClassVar[str] = "truncated"

    ceiling: float = 2.0
    """Greatest weight."""
    level: Level = Level.TOKEN
    """What a ratio is taken of: token, sequence or geometric."""

    def __post_init__(self) -> None:
        _check(0.0, self.ceiling)

    def __call__(self, ratios_T: Tensor) -> Tensor:
        """Weights."""
        return ratios_T.clamp(max=self.ceiling)


@dataclass(frozen=True, kw_only=True, slots=True)
class MaskedImportance:
    """1 within the bounds, 0 outside: tokens or sequences that the generator saw otherwise are left out."""

    kind: ClassVar[str] = "masked"

    low: float = 0.5
    """Least ratio that counts."""
    high: float = 2.0
    """Greatest ratio that counts."""
    level: Level = Level.TOKEN
    """What a ratio is taken of: token, sequence or geometric."""

    def __post_init__(self) -> None:
        _check(self.low, self.high)

    def __call__(self, ratios_T: Tensor) -> Tensor:
        """Weights."""
        return ((ratios_T >= self.low) & (ratios_T <= self.high)).to(ratios_T.dtype)


@dataclass(frozen=True, kw_only=True, slots=True)
class IcePop:
    """The ratio within the bounds, 0 outside.

    Source: "Every Step Evolves: Scaling Reinforcement Learning for Trillion-Scale Thinking Model",
        arXiv:2510.18855, section 3 (IcePop); ProRL v2 takes the same bounds.
    """

    kind: ClassVar[str] = "ice-pop"

    low: float = 0.5
    """Least ratio that counts."""
    high: float = 5.0
    """Greatest ratio that counts."""
    level: Level = Level.TOKEN
    """What a ratio is taken of: token, sequence or geometric."""

    def __post_init__(self) -> None:
        _check(self.low, self.high)

    def __call__(self, ratios_T: Tensor) -> Tensor:
        """Weights."""
        return masked((ratios_T >= self.low) & (ratios_T <= self.high), ratios_T)


Correction = TruncatedImportance | MaskedImportance | IcePop
"""The corrections that a configuration can name; each maps ratios of learner and generator to weights."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CorrectedLoss:
    """A loss relative to the learner's weights at the step's start, weighed for the generator's difference.

    No gradient goes through the weights. A token whose weight is 0 counts as clipped.
    """

    loss: TokenLoss
    correction: Correction

    @property
    def needs(self) -> Needs:
        """The loss's needs, and whole sequences for a ratio of sequences."""
        return needs_of(self.loss) | Needs(sequences=self.correction.level is not Level.TOKEN)

    def __call__(self, tokens: Tokens) -> LossTerms:
        """Value and derivative of each token."""
        old_T = tokens.logprobs_T.detach() if tokens.old_T is None else tokens.old_T
        terms = self.loss(replace(tokens, behaviour_T=old_T))
        excess_T = at_level(self.correction.level, tokens, masked(tokens.mask_T, old_T - tokens.behaviour_T))
        weight_T = self.correction(excess_T.clamp(-_MAX_LOG_RATIO, _MAX_LOG_RATIO).exp())
        is_dropped_T = (weight_T == 0) & tokens.mask_T & (tokens.advantages_T != 0)
        return LossTerms(
            value_T=terms.value_T * weight_T,
            derivative_T=terms.derivative_T * weight_T,
            clipped_T=terms.clipped_T | is_dropped_T,
        )


def with_correction(loss: TokenLoss, correction: Correction | None) -> TokenLoss:
    """The loss with the correction; the loss itself when there is none."""
    return loss if correction is None else CorrectedLoss(loss=loss, correction=correction)


def _check(low: float, high: float) -> None:
    if not 0.0 <= low < high < math.inf:
        raise ValueError(f"the bounds of a ratio must be 0 <= low < high, finite, got {low} and {high}")
