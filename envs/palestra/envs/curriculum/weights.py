"""How the weight of a mixture's member follows the training steps."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, kw_only=True, slots=True)
class Steady:
    """The same weight at every step."""

    kind: ClassVar[str] = "steady"

    value: float = 1.0
    """The weight; members are drawn in proportion to theirs."""

    def __post_init__(self) -> None:
        _check(self.value)

    def at(self, step: int) -> float:
        """The weight at step 1, 2, ..."""
        return self.value


@dataclass(frozen=True, kw_only=True, slots=True)
class Drift:
    """A weight that goes in a straight line from one value to another, and stays there."""

    kind: ClassVar[str] = "drift"

    start: float = 1.0
    """The weight up to step `after`."""
    end: float
    """The weight from step `after + over` on."""
    after: int = 0
    """Steps before the weight begins to change."""
    over: int
    """Steps that the change takes."""

    def __post_init__(self) -> None:
        _check(self.start)
        _check(self.end)
        if self.after < 0 or self.over < 1:
            raise ValueError(f"a drift needs after >= 0 and over >= 1, got {self.after} and {self.over}")

    def at(self, step: int) -> float:
        """The weight at step 1, 2, ..."""
        share = min(max((step - self.after) / self.over, 0.0), 1.0)
        return self.start + (self.end - self.start) * share


Weight = Steady | Drift


def _check(weight: float) -> None:
    if not 0 <= weight < math.inf:
        raise ValueError(f"a weight must be 0 or more and finite, got {weight}")
