"""How a quantity (learning rate, tokens of a response, temperature) goes over a run, as a factor of its full value."""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, kw_only=True, slots=True)
class Constant:
    """Always the full value."""

    kind: ClassVar[str] = "constant"

    def __call__(self, progress: float) -> float:
        """The factor when this share of the run, in [0, 1], is done."""
        return 1.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Linear:
    """A straight line from the full value to `final` of it."""

    kind: ClassVar[str] = "linear"

    final: float = 0.0
    """Factor at the end of the run."""

    def __post_init__(self) -> None:
        _check(self.final)

    def __call__(self, progress: float) -> float:
        """The factor when this share of the run, in [0, 1], is done."""
        return 1.0 + (self.final - 1.0) * progress


@dataclass(frozen=True, kw_only=True, slots=True)
class Cosine:
    """Half a cosine wave from the full value to `final` of it.

    Source: "SGDR: Stochastic Gradient Descent with Warm Restarts", arXiv:1608.03983, equation 5.
    """

    kind: ClassVar[str] = "cosine"

    final: float = 0.0
    """Factor at the end of the run."""

    def __post_init__(self) -> None:
        _check(self.final)

    def __call__(self, progress: float) -> float:
        """The factor when this share of the run, in [0, 1], is done."""
        return self.final + (1.0 - self.final) * (1.0 + math.cos(math.pi * progress)) / 2


@dataclass(frozen=True, kw_only=True, slots=True)
class Stairs:
    """One factor after the other, e.g. half of the context until 90% of the run are done, then all of it.

    Source: staged context of "ProRL", arXiv:2505.24864, section 3.
    """

    kind: ClassVar[str] = "stairs"

    factors: tuple[float, ...]
    """Factors in order."""
    until: tuple[float, ...]
    """Shares of the run at which each but the last ends, rising."""

    def __post_init__(self) -> None:
        if len(self.factors) != len(self.until) + 1:
            raise ValueError(f"{len(self.factors)} factors need {len(self.factors) - 1} ends, got {len(self.until)}")
        if list(self.until) != sorted(self.until) or not all(0.0 < share < 1.0 for share in self.until):
            raise ValueError(f"until must rise within (0, 1), got {self.until}")
        for factor in self.factors:
            _check(factor, "factors")

    def __call__(self, progress: float) -> float:
        """The factor when this share of the run, in [0, 1], is done."""
        return self.factors[bisect_right(self.until, progress)]


Schedule = Constant | Linear | Cosine | Stairs
"""The schedules that a configuration can name."""

Decay = Schedule
"""Of the learning rate, after warm-up."""


def _check(factor: float, name: str = "final") -> None:
    if not 0.0 <= factor <= 1.0:
        raise ValueError(f"{name} must be in [0, 1], got {factor}")
