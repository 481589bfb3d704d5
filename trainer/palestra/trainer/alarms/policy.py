"""Alarms on how the policy writes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from palestra.trainer.alarms.history import History, then_and_now
from palestra.trainer.alarms.limits import check_positive, check_window


@dataclass(frozen=True, kw_only=True, slots=True)
class LengthDrift:
    """Responses are much longer or much shorter than at the start."""

    kind: ClassVar[str] = "length-drift"

    window: int = 10
    """Steps whose mean is compared with that of the first ones."""
    max_ratio: float = 2.0
    """Largest ratio of the two, either way."""

    def __post_init__(self) -> None:
        check_window(self.window)
        if not self.max_ratio > 1.0:
            raise ValueError(f"max_ratio must be above 1, got {self.max_ratio}")

    def __call__(self, history: History) -> str | None:
        """Both lengths."""
        found = then_and_now(history, lambda row: row.response_tokens_mean, self.window)
        if found is None or max(found) <= self.max_ratio * min(found):
            return None
        return f"responses have {found[1]:.0f} tokens on average, at the start {found[0]:.0f}"


@dataclass(frozen=True, kw_only=True, slots=True)
class EntropyCollapse:
    """The policy hardly explores any more."""

    kind: ClassVar[str] = "entropy-collapse"

    window: int = 10
    """Steps whose mean is compared with that of the first ones."""
    min_share: float = 0.1
    """Least share of the entropy at the start."""

    def __post_init__(self) -> None:
        check_window(self.window)
        check_positive("min_share", self.min_share)

    def __call__(self, history: History) -> str | None:
        """Both entropies."""
        found = then_and_now(history, lambda row: row.entropy, self.window)
        if found is None or found[1] >= self.min_share * found[0]:
            return None
        return f"the entropy is {found[1]:.3g} nats per token, at the start it was {found[0]:.3g}"
