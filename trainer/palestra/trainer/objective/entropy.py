"""A bonus for the entropy of the policy's distributions, fixed or steered into a band."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, kw_only=True, slots=True)
class EntropyBonus:
    """A fixed share of the entropy is paid: the loss less `coefficient` times the tokens' entropy.

    Tokens weigh as in the loss.
    """

    kind: ClassVar[str] = "bonus"

    coefficient: float = 1e-3
    """Weight of the entropy in nats; 0 only measures it, less than 0 makes the policy surer."""

    def __post_init__(self) -> None:
        if not math.isfinite(self.coefficient):
            raise ValueError(f"coefficient must be finite, got {self.coefficient}")

    @property
    def start(self) -> float:
        """The coefficient of the first update."""
        return self.coefficient

    def after(self, coefficient: float, entropy: float) -> float:
        """The coefficient of the next update."""
        return self.coefficient


@dataclass(frozen=True, kw_only=True, slots=True)
class EntropyControl:
    """The coefficient rises while the entropy is below a band, and falls towards 0 once it is above.

    Source: after "Skywork Open Reasoner 1 Technical Report", arXiv:2505.22312, section 4 (adaptive entropy
        control), with a band in the place of one target.
    """

    kind: ClassVar[str] = "control"

    low: float = 0.2
    """Mean entropy of a token, in nats, below which more is paid for it."""
    high: float = 0.4
    """Mean entropy above which less is paid."""
    step: float = 1e-3
    """How much the coefficient changes per update."""
    maximum: float = 0.05
    """Greatest coefficient."""

    def __post_init__(self) -> None:
        if not 0.0 <= self.low <= self.high < math.inf:
            raise ValueError(f"low and high must be 0 <= low <= high, finite, got {self.low} and {self.high}")
        for name, value in (("step", self.step), ("maximum", self.maximum)):
            if not 0.0 < value < math.inf:
                raise ValueError(f"{name} must be positive and finite, got {value}")

    @property
    def start(self) -> float:
        """The coefficient of the first update."""
        return 0.0

    def after(self, coefficient: float, entropy: float) -> float:
        """The coefficient of the next update, in [0, maximum], from the mean entropy of this one."""
        change = self.step * ((entropy < self.low) - (entropy > self.high))
        return min(max(coefficient + change, 0.0), self.maximum)


Entropy = EntropyBonus | EntropyControl
"""The ways to pay for entropy that a configuration can name."""
