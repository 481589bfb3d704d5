"""Estimates with honest intervals, over scores that were valid."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from palestra.agents.errors import EvaluationError

_Z = 1.959963984540054  # the normal distribution holds 95% within this many standard deviations


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number with its 95% confidence interval; all NaN if there was nothing to estimate from."""

    value: float
    low: float
    high: float

    def to_json(self) -> dict[str, float | list[float] | None]:
        """`{"value": ..., "ci95": [low, high]}`, with nulls in place of NaN."""
        if math.isnan(self.value):
            return {"value": None, "ci95": None}
        return {"value": self.value, "ci95": [self.low, self.high]}


NOTHING = Estimate(math.nan, math.nan, math.nan)


def wilson(successes: int, trials: int) -> Estimate:
    """The share of successes with Wilson's score interval, which stays in [0, 1] and is right at both ends.

        >>> wilson(0, 500).high < 0.01
        True

    Source: Wilson (1927), https://doi.org/10.1080/01621459.1927.10502953
    """
    if not 0 <= successes <= trials:
        raise EvaluationError(f"{successes} successes of {trials} trials")
    if trials == 0:
        return NOTHING
    share, z2 = successes / trials, _Z * _Z / trials
    centre = (share + z2 / 2) / (1 + z2)
    half = math.sqrt(z2 * share * (1 - share) + z2 * z2 / 4) / (1 + z2)
    # At the ends the interval reaches the share itself; rounding must not exclude it.
    return Estimate(share, min(share, max(0.0, centre - half)), max(share, min(1.0, centre + half)))


def mean_of_groups(groups: Sequence[Sequence[float]]) -> Estimate:
    """The mean score of a task, from one or more samples of each task.

    Samples of one task are not independent, so the task is the unit: the mean of the tasks' means, with the
    normal interval of their spread. Tasks that have no sample left do not count. Wilson's interval takes its
    place where the normal one is wrong: single samples of 0 and 1, and means that do not spread at 0 or 1.

    Args:
        groups: The valid scores of each task, in [0, 1].
    """
    means = [math.fsum(group) / len(group) for group in groups if group]
    if not means:
        return NOTHING
    is_binary = all(mean in (0.0, 1.0) for mean in means)
    if is_binary and (all(len(group) <= 1 for group in groups) or len(set(means)) == 1):
        return wilson(round(math.fsum(means)), len(means))
    value = math.fsum(means) / len(means)
    if len(means) == 1:
        return Estimate(value, 0.0, 1.0)  # one task says nothing about the spread between tasks
    variance = math.fsum((mean - value) ** 2 for mean in means) / (len(means) - 1)
    half = _Z * math.sqrt(variance / len(means))
    return Estimate(value, max(0.0, value - half), min(1.0, value + half))


def pass_at_k(samples: int, correct: int, k: int) -> float:
    """Probability that one of `k` samples is right, unbiased from `correct` right ones of `samples`.

        >>> [round(pass_at_k(8, 2, k), 6) for k in (1, 2, 4, 8)]
        [0.25, 0.464286, 0.785714, 1.0]

    Raises:
        EvaluationError: There are fewer samples than `k`, or `k` is not positive.

    Source: Chen et al. (2021), section 2.1, https://arxiv.org/abs/2107.03374
    """
    if not (0 <= correct <= samples and 1 <= k <= samples):
        raise EvaluationError(f"pass@{k} of {correct} right ones in {samples} samples is undefined")
    return 1.0 - math.comb(samples - correct, k) / math.comb(samples, k)
