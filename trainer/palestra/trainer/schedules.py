"""How the learning rate falls over a run, as a factor of its full value."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, kw_only=True, slots=True)
class Constant:
    """Always the full learning rate."""

    kind: ClassVar[str] = "constant"

    def __call__(self, progress: float) -> float:
        """The factor when this share of the run, in [0, 1], is done."""
        return 1.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Linear:
    """A straight line from the full learning rate to `final` of it."""

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
    """Half a cosine wave from the full learning rate to `final` of it.

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


Decay = Constant | Linear | Cosine
"""The decays that a configuration can name."""


def _check(final: float) -> None:
    if not 0.0 <= final <= 1.0:
        raise ValueError(f"final must be in [0, 1], got {final}")
