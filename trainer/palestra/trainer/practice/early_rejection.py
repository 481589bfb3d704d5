"""Early rejection: completions that cannot succeed any more end before they are written to their end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar, Protocol

from palestra.agents import GenerationRequest
from palestra.verifiers.keyed_random import KeyedRandom


class PartialScore(Protocol):
    """Judges what is written so far."""

    def __call__(self, text: str) -> float | None:
        """The chance that the response still succeeds, in [0, 1]; None if nothing can be said."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class RepetitionLoop:
    """0 when the text ends in the same words over and over."""

    kind: ClassVar[str] = "loop"

    times: int = 4
    """Copies, one behind the other, that make a loop."""
    least: int = 8
    """Shortest copy in characters: rulers and zeros of numbers are no loops."""
    longest: int = 200
    """Longest copy in characters."""

    def __post_init__(self) -> None:
        if self.times < 2 or not 1 <= self.least <= self.longest:
            raise ValueError(
                f"a loop has at least 2 times and 1 <= least <= longest, got {self.times}, {self.least}, {self.longest}"
            )

    def __call__(self, text: str) -> float | None:
        """The chance that the response still succeeds."""
        for size in range(self.least, min(self.longest, len(text) // self.times) + 1):
            if text.endswith(text[-size:] * self.times):
                return 0.0
        return None


@dataclass(frozen=True, kw_only=True, slots=True)
class LostOpening:
    """0 when a response whose format begins with fixed words has begun with others."""

    kind: ClassVar[str] = "opening"

    opening: str = "<think>"
    """What every right response begins with, behind white space."""

    def __call__(self, text: str) -> float | None:
        """The chance that the response still succeeds."""
        begun = text.lstrip()
        return None if begun.startswith(self.opening) or self.opening.startswith(begun) else 0.0


class Rejected(StrEnum):
    """What is learned from rejected completions."""

    MASKED = "masked"
    """Nothing: spared ones stand for them."""
    JUDGED = "judged"
    """What they are worth as they stand."""


@dataclass(frozen=True, kw_only=True, slots=True)
class EarlyRejection:
    """Ends completions whose partial score is below a threshold, but for a few that are spared.

    Masked, each spared one stands for 1 / `spare` completions, so that sums over the policy's completions keep their
    expectations, at the price of variance: the gradient is as it would be without rejection, up to what the baseline
    of a group, which knows of survivors alone, shares with its own samples. Judged, nothing is weighed: what is
    learned is the policy of a writer who is stopped, whose responses are short.
    """

    score: RepetitionLoop | LostOpening = field(default_factory=RepetitionLoop)
    """Judges what is written so far: loop or opening."""
    every: int = 32
    """Tokens between two looks."""
    threshold: float = 0.05
    """Chance of success below which a completion is hopeless."""
    spare: float = 0.1
    """Share of hopeless completions that go on all the same."""
    rejected: Rejected = Rejected.MASKED
    """What is learned from the others: masked or judged."""

    def __post_init__(self) -> None:
        if self.every < 1:
            raise ValueError(f"every must be at least 1, got {self.every}")
        if not 0.0 <= self.threshold <= 1.0:
            raise ValueError(f"threshold must be in [0, 1], got {self.threshold}")
        if not (0.0 < self.spare <= 1.0 or (self.spare == 0.0 and self.rejected is Rejected.JUDGED)):
            raise ValueError(
                f"spare must be in (0, 1], got {self.spare}: nothing would stand for the rejected; 0 needs "
                'rejected = "judged"'
            )


class Watch:
    """Looks at completions while they are written."""

    def __init__(self, rule: EarlyRejection, text: Callable[[Sequence[int]], str]) -> None:
        """A watch.

        Args:
            rule: What is hopeless.
            text: Makes text of tokens.
        """
        self._rule = rule
        self._text = text

    def is_hopeless(self, request: GenerationRequest, token_ids: Sequence[int]) -> bool:
        """Whether a completion may be rejected, is looked at now, and has no chance."""
        if not request.sampling.may_reject or not token_ids or len(token_ids) % self._rule.every:
            return False
        chance = self._rule.score(self._text(token_ids))
        return chance is not None and chance < self._rule.threshold

    def spares(self, request: GenerationRequest) -> bool:
        """Whether a hopeless completion goes on; decided by its key."""
        return KeyedRandom("spared", request.key).share() < self._rule.spare

    def weight(self, *, is_spared: bool) -> float:
        """How many completions a hopeless one stands for."""
        if self._rule.rejected is Rejected.JUDGED:
            return 1.0
        return 1.0 / self._rule.spare if is_spared else 0.0
