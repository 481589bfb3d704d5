"""What rates are estimated from: verdicts of the policy's own samples, some of them audited."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Audit:
    """What a judge, a stricter verifier or a person said of a sample."""

    is_right: bool
    propensity: float = 1.0
    """The probability with which the sample was chosen for the audit."""

    def __post_init__(self) -> None:
        if not 0.0 < self.propensity <= 1.0:
            raise ValueError(f"a propensity must be in (0, 1], got {self.propensity}")


@dataclass(frozen=True, kw_only=True, slots=True)
class RatedSample:
    """One sample of the policy."""

    prompt_id: str
    """Samples of one prompt are not independent, so intervals are made over prompts."""
    stratum: str
    """Names joined by slashes, from the widest: data set, type of answer."""
    is_accepted: bool
    """The verifier's verdict."""
    audit: Audit | None = None
    step: int = 0
    """Of the training in which it was sampled."""


class RateWindow:
    """The samples of the last steps: the policy drifts, and its verifier's rates with it.

    >>> window = RateWindow(num_steps=2)
    >>> for step in range(5):
    ...     window.add([RatedSample(prompt_id="p", stratum="math", is_accepted=True, step=step)])
    >>> tuple(sample.step for sample in window.samples)
    (3, 4)
    """

    def __init__(self, num_steps: int) -> None:
        if num_steps < 1:
            raise ValueError(f"num_steps must be at least 1, got {num_steps}")
        self._num_steps = num_steps
        self._samples: tuple[RatedSample, ...] = ()

    def add(self, samples: Iterable[RatedSample]) -> None:
        """Take in new samples, and drop those that are too old beside the newest."""
        together = (*self._samples, *samples)
        newest = max((sample.step for sample in together), default=0)
        self._samples = tuple(sample for sample in together if sample.step > newest - self._num_steps)

    @property
    def samples(self) -> tuple[RatedSample, ...]:
        """Those within the window."""
        return self._samples
