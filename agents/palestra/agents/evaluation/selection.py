"""Which of several answers to give: the most frequent, the best rewarded, or the best of the frequent ones."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from itertools import combinations

from palestra.agents.errors import EvaluationError
from palestra.verifiers.keyed_random import KeyedRandom

_MAX_SUBSETS = 512
_TOLERANCE = 1e-9
"""A frequency of 2 in 9 is one of 2/9 in every arithmetic."""


def majority(answers: Sequence[Hashable | None], scores: Sequence[float]) -> float:
    """The expected score of the most frequent answer; of several as frequent, each is as likely.

        >>> majority(["4", "5", "4", None], [1.0, 0.0, 1.0, 0.0])
        1.0

    Args:
        answers: Of each sample; None for one without an answer, which votes for nothing.
        scores: Of each sample. Where nobody has an answer, their mean counts.
    """
    votes = Counter(answer for answer in answers if answer is not None)
    if not votes:
        return math.fsum(scores) / len(scores)
    most = max(votes.values())
    winners = [answer for answer, count in votes.items() if count == most]
    means = [_mean([s for a, s in zip(answers, scores, strict=True) if a == winner]) for winner in winners]
    return _mean(means)


def best_of_n(rewards: Sequence[float], scores: Sequence[float]) -> float:
    """The expected score of the sample with the highest reward; of several as high, each is as likely.

    >>> best_of_n([0.2, 0.9, 0.4], [1.0, 0.0, 1.0])
    0.0
    """
    best = max(rewards)
    return _mean([score for reward, score in zip(rewards, scores, strict=True) if reward == best])


def best_of_majority(
    answers: Sequence[Hashable | None], rewards: Sequence[float], *, alpha: float, k: int = 1
) -> list[Hashable]:
    """The `k` best rewarded answers among those that at least a share `alpha` of the samples gave.

    An answer has the reward of its best sample; of equal ones the more frequent comes first, then the earlier. Where
    no answer is that frequent, the most frequent ones are left. Unlike the best of n, which finds the flaws of the
    reward when n grows, it does not get worse.

    Raises:
        EvaluationError: `alpha` is no share, or `k` is not positive.

    Source: https://arxiv.org/abs/2510.03199, algorithm 1; the rule for no frequent answer is ours.
    """
    if not 0.0 <= alpha <= 1.0 or k < 1:
        raise EvaluationError(f"best-of-majority needs alpha in [0, 1] and k of 1 or more, got {alpha} and {k}")
    votes = Counter(answer for answer in answers if answer is not None)
    if not votes:
        return []
    needed = min(alpha * len(answers) - _TOLERANCE, max(votes.values()))
    best: dict[Hashable, float] = {}
    for answer, reward in zip(answers, rewards, strict=True):
        if answer is not None and votes[answer] >= needed:
            best[answer] = max(reward, best.get(answer, -math.inf))
    order = {answer: number for number, answer in enumerate(best)}
    return sorted(best, key=lambda answer: (-best[answer], -votes[answer], order[answer]))[:k]


def best_of_majority_score(
    answers: Sequence[Hashable | None], rewards: Sequence[float], scores: Sequence[float], *, alpha: float
) -> float:
    """The score of the answer that `best_of_majority` gives; the mean where nobody has an answer."""
    chosen = best_of_majority(answers, rewards, alpha=alpha)
    if not chosen:
        return _mean(scores)
    held = [
        (reward, score) for answer, reward, score in zip(answers, rewards, scores, strict=True) if answer == chosen[0]
    ]
    return best_of_n([reward for reward, _ in held], [score for _, score in held])


def expected(pick: Callable[[Sequence[int]], float], samples: int, k: int, key: str) -> float:
    """The mean of a number over the subsets of `k` of so many samples.

    All subsets where there are at most 512 of them, else 512 that `key` draws.

    Raises:
        EvaluationError: There are fewer samples than `k`, or `k` is not positive.
    """
    if not 1 <= k <= samples:
        raise EvaluationError(f"no {k} of {samples} samples")
    if math.comb(samples, k) <= _MAX_SUBSETS:
        values = [pick(subset) for subset in combinations(range(samples), k)]
    else:
        rng = KeyedRandom("subsets", key, samples, k)
        everyone = list(range(samples))
        values = [pick(sorted(rng.sample(everyone, k))) for _ in range(_MAX_SUBSETS)]
    return _mean(values)


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)
