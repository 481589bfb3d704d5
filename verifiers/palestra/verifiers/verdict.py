"""The verdict: what a verifier found out about one response."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Outcome(StrEnum):
    """Why a verdict has its score. A wrong answer and a broken grader are never the same thing."""

    PASS = "PASS"
    """Everything that was checked is right."""
    PARTIAL = "PARTIAL"
    """Part of it is right; the score says how much."""
    FAIL = "FAIL"
    """An answer was found and it is wrong."""
    UNPARSED = "UNPARSED"
    """No answer in the demanded form was found; scores 0."""
    TIMEOUT = "TIMEOUT"
    """The answer's own program ran out of its limits; scores 0."""
    UNKNOWN = "UNKNOWN"
    """The verifier could not decide within its budget; `p_correct` is its estimate. Never scored as 0 or 1."""
    ERROR = "ERROR"
    """Our machinery broke. Says nothing about the response and is masked from every statistic."""


_DECIDED_ZERO = frozenset({Outcome.FAIL, Outcome.UNPARSED, Outcome.TIMEOUT})
_UNDECIDED = frozenset({Outcome.UNKNOWN, Outcome.ERROR})


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """Score and reason of one judged response.

    Build one with the constructors named after the outcomes:

        >>> Verdict.passed("12 = 12")
        Verdict(score=1.0, outcome=<Outcome.PASS: 'PASS'>, detail='12 = 12', parts={}, p_correct=None)
        >>> Verdict.partial(0.5, "2 of 4 tests").outcome
        <Outcome.PARTIAL: 'PARTIAL'>
    """

    score: float
    """Finite, in [0, 1]. Meaningless unless `valid`."""
    outcome: Outcome
    detail: str = ""
    """One sentence of evidence: what was compared with what."""
    parts: Mapping[str, float] = field(default_factory=dict, hash=False)
    """Raw components by name, finite and unbounded, before any gate or correction."""
    p_correct: float | None = None
    """With UNKNOWN: the probability that the response is right."""

    def __post_init__(self) -> None:
        if not 0.0 <= self.score <= 1.0:  # so no NaN and no infinity either
            raise ValueError(f"verdict.score must lie in [0, 1], got {self.score}")
        if self.outcome is Outcome.PASS and self.score != 1.0:
            raise ValueError(f"a PASS scores 1, got {self.score}\n\nhint: use Verdict.partial for a share")
        if self.score != 0.0 and self.outcome in _DECIDED_ZERO:
            raise ValueError(f"{self.outcome} scores 0, got {self.score}\n\nhint: use Verdict.partial for a share")
        if (self.outcome is Outcome.UNKNOWN) != (self.p_correct is not None):
            raise ValueError(f"p_correct belongs to UNKNOWN alone, got {self.p_correct} with {self.outcome}")
        if self.p_correct is not None and not 0.0 <= self.p_correct <= 1.0:
            raise ValueError(f"verdict.p_correct must lie in [0, 1], got {self.p_correct}")
        for name, value in self.parts.items():
            if not math.isfinite(value):
                raise ValueError(f"verdict.parts[{name!r}] must be finite, got {value}")

    @property
    def valid(self) -> bool:
        """Whether the score says something about the response (neither UNKNOWN nor ERROR)."""
        return self.outcome not in _UNDECIDED

    @classmethod
    def passed(cls, detail: str = "", parts: Mapping[str, float] | None = None) -> Verdict:
        """Everything that was checked is right."""
        return cls(score=1.0, outcome=Outcome.PASS, detail=detail, parts=parts or {})

    @classmethod
    def partial(cls, score: float, detail: str = "", parts: Mapping[str, float] | None = None) -> Verdict:
        """A share of it is right; the ends 0 and 1 become FAIL and PASS."""
        outcome = Outcome.PASS if score == 1.0 else Outcome.FAIL if score == 0.0 else Outcome.PARTIAL
        return cls(score=score, outcome=outcome, detail=detail, parts=parts or {})

    @classmethod
    def failed(cls, detail: str = "", parts: Mapping[str, float] | None = None) -> Verdict:
        """An answer was found and it is wrong."""
        return cls(score=0.0, outcome=Outcome.FAIL, detail=detail, parts=parts or {})

    @classmethod
    def unparsed(cls, detail: str = "") -> Verdict:
        """No answer in the demanded form."""
        return cls(score=0.0, outcome=Outcome.UNPARSED, detail=detail)

    @classmethod
    def timeout(cls, detail: str = "") -> Verdict:
        """The answer's own program ran out of its limits."""
        return cls(score=0.0, outcome=Outcome.TIMEOUT, detail=detail)

    @classmethod
    def unknown(cls, p_correct: float, detail: str = "") -> Verdict:
        """The verifier could not decide; masked unless a policy decides."""
        return cls(score=0.0, outcome=Outcome.UNKNOWN, detail=detail, p_correct=p_correct)

    @classmethod
    def error(cls, detail: str) -> Verdict:
        """Our machinery broke; masked."""
        return cls(score=0.0, outcome=Outcome.ERROR, detail=detail)
