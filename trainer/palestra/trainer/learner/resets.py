"""When training is stuck: the reference becomes the policy, and the optimizer starts anew."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, kw_only=True, slots=True)
class PlateauReset:
    """Reset when the validation score does not rise any more, or falls.

    The score is the mean over the environments of the evaluation during training. A reset copies the policy's
    weights into the reference of the KL penalty, if there is one, and makes a fresh optimizer.

    Source: "ProRL", arXiv:2505.24864, section 3 (the rule); patience and tolerances are our defaults.
    """

    kind: ClassVar[str] = "plateau"

    patience: int = 3
    """Evaluations in a row without a new best score, after which a reset comes."""
    min_delta: float = 0.01
    """How much better than the best before a score must be to count as a new best."""
    drop: float = 0.1
    """How far below the best a score makes a reset at once."""

    def __post_init__(self) -> None:
        if self.patience < 1:
            raise ValueError(f"patience must be at least 1, got {self.patience}")
        for name, value in (("min_delta", self.min_delta), ("drop", self.drop)):
            if not 0.0 <= value <= 1.0:
                raise ValueError(f"{name} must be in [0, 1], got {value}")


class PlateauWatch:
    """Remembers validation scores, and says when a reset is due."""

    def __init__(self, settings: PlateauReset) -> None:
        self._settings = settings
        self._best: float | None = None
        self._stale = 0

    def is_due(self, score: float) -> bool:
        """Take the next score; whether a reset must follow. Later scores are then measured against this one."""
        settings = self._settings
        if math.isnan(score):  # nothing was judged: that says nothing
            return False
        if self._best is None or (score > self._best and score >= self._best + settings.min_delta):
            self._best, self._stale = score, 0
            return False
        self._stale += 1
        is_due = self._stale >= settings.patience or score < self._best - settings.drop
        if is_due:
            self._best, self._stale = score, 0
        return is_due

    def state(self) -> dict[str, object]:
        """The best score and the evaluations since; JSON."""
        return {"best": self._best, "stale": self._stale}

    def restore(self, state: Mapping[str, object]) -> None:
        """Go on from a state."""
        best, stale = state["best"], state["stale"]
        assert isinstance(best, float | None) and isinstance(stale, int)
        self._best, self._stale = best, stale
