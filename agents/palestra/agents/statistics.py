"""Estimates with honest intervals, over scores that were valid."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence

import numpy as np

from palestra.agents.errors import EvaluationError
from palestra.verifiers.statistics import NOTHING, Z95, Estimate, wilson

_CHUNK = 100
"""Resamples that are drawn at once: memory stays small for ten thousand tasks."""


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
    half = Z95 * math.sqrt(variance / len(means))
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


def mean_of_strata(strata: Sequence[Sequence[Sequence[float]]]) -> Estimate:
    """The mean over strata, each counting alike, of the mean score of their tasks.

    Args:
        strata: For each stratum, e.g. an environment, the valid scores of each of its tasks, in [0, 1]. Strata
            without any score do not count.

    Source: the distances of Zou and Donner (2008), https://doi.org/10.1002/sim.3095, section 2: intervals that are
        right at both ends, as those of `mean_of_groups` are, stay so when they are put together.
    """
    found = [estimate for groups in strata if not math.isnan((estimate := mean_of_groups(groups)).value)]
    if not found:
        return NOTHING
    if len(found) == 1:
        return found[0]
    value = math.fsum(one.value for one in found) / len(found)
    below = math.sqrt(math.fsum((one.value - one.low) ** 2 for one in found)) / len(found)
    above = math.sqrt(math.fsum((one.high - one.value) ** 2 for one in found)) / len(found)
    return Estimate(value, value - below, value + above)


def bootstrap_mean(
    strata: Sequence[Sequence[Sequence[float]]], *, key: str = "bootstrap", resamples: int = 2000
) -> Estimate:
    """The mean over strata with the percentile interval of a bootstrap that draws tasks within each stratum.

    Samples of a task are drawn together: the task is the cluster. Where the tasks of all strata are alike, nothing
    varies and the interval is the point itself; it claims too much there, and with a few tasks at all.

    Args:
        strata: For each stratum, the values of each of its tasks; any finite numbers. Strata and tasks without any
            value do not count.
        key: Decides the random numbers.
        resamples: How often all tasks are drawn anew.

    Source: Efron and Tibshirani (1993), "An Introduction to the Bootstrap", section 13.3.
    """
    found = [[math.fsum(group) / len(group) for group in groups if group] for groups in strata]
    means = [np.asarray(each, dtype=np.float64) for each in found if each]
    if not means:
        return NOTHING
    rng = np.random.Generator(np.random.Philox(key=_seed_of(key)))
    totals_B = np.zeros(resamples)
    for means_P in means:
        for start in range(0, resamples, _CHUNK):
            count = min(_CHUNK, resamples - start)
            drawn_BP = rng.integers(0, len(means_P), size=(count, len(means_P)))
            totals_B[start : start + count] += means_P[drawn_BP].mean(axis=1)
    low, high = np.percentile(totals_B / len(means), [2.5, 97.5])
    value = math.fsum(float(means_P.mean()) for means_P in means) / len(means)
    return Estimate(value, min(value, float(low)), max(value, float(high)))


def sign_test(more: int, less: int) -> float:
    """The exact two-sided p-value of so many pairs that went up and down, if both are equally likely.

    On pairs that are right or wrong this is McNemar's exact test.

        >>> round(sign_test(8, 1), 6)
        0.039062

    Raises:
        EvaluationError: A count is negative.

    Source: McNemar (1947), https://doi.org/10.1007/BF02295996
    """
    if more < 0 or less < 0:
        raise EvaluationError(f"pairs are counted from 0, got {more} and {less}")
    total = more + less
    tail = sum(math.comb(total, i) for i in range(min(more, less) + 1))
    return min(1.0, 2 * tail / (1 << total))  # whole numbers: exact for any count


def _seed_of(key: str) -> int:
    return int.from_bytes(hashlib.blake2b(key.encode(), digest_size=16).digest(), "little")
