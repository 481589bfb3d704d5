"""How different the responses to one task are, and how long those of each outcome."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, quantiles

from palestra.agents.evaluation.summary import written
from palestra.agents.rollout import Rollout

_NGRAMS = (1, 2, 3)


@dataclass(frozen=True, kw_only=True, slots=True)
class Diversity:
    """Means over the tasks that have at least two samples."""

    tasks: int
    """How many those are."""
    distinct_answers: float
    """Different answers in each task."""
    answer_entropy: float
    """Entropy of a task's answers, in bits: 0 where all agree, log2(samples) where all differ."""
    agreement: float
    """Share of the samples with the most frequent answer."""
    unanswered: float
    """Share of the samples without an answer."""
    distinct_ngrams: Mapping[int, float]
    """Different n-grams of words among all those of a task's responses, by n: 1 where none comes twice."""

    def to_json(self) -> dict[str, object]:
        """All fields."""
        return {
            "tasks": self.tasks,
            "distinct_answers": self.distinct_answers,
            "answer_entropy": self.answer_entropy,
            "agreement": self.agreement,
            "unanswered": self.unanswered,
            "distinct_ngrams": {str(n): share for n, share in self.distinct_ngrams.items()},
        }


def diversity_of(groups: Sequence[Sequence[Rollout]], answers: Sequence[Sequence[int | None]]) -> Diversity | None:
    """How different the samples of a task are; None where no task has two.

    Source: distinct-n of Li et al. (2016), https://aclanthology.org/N16-1014/, section 5.3, within each task.
    """
    several = [(group, found) for group, found in zip(groups, answers, strict=True) if len(group) > 1]
    if not several:
        return None
    counts = [Counter(answer for answer in found if answer is not None) for _, found in several]
    return Diversity(
        tasks=len(several),
        distinct_answers=fmean(len(count) for count in counts),
        answer_entropy=fmean(map(entropy, counts)),
        agreement=fmean(
            max(count.values(), default=0) / len(found) for count, (_, found) in zip(counts, several, strict=True)
        ),
        unanswered=fmean(found.count(None) / len(found) for found in (list(found) for _, found in several)),
        distinct_ngrams=_distinct_shares([group for group, _ in several]),
    )


def entropy(counts: Mapping[int, int]) -> float:
    """The entropy of counts, in bits; 0 for none.

    >>> entropy({0: 2, 1: 2})
    1.0
    """
    total = sum(counts.values())
    return max(0.0, -math.fsum(count / total * math.log2(count / total) for count in counts.values()))


@dataclass(frozen=True, kw_only=True, slots=True)
class Lengths:
    """Tokens that the policy wrote in samples of one outcome."""

    samples: int
    mean: float
    median: float
    p90: float
    longest: int
    truncated: int
    """Samples that ran out of tokens."""

    def to_json(self) -> dict[str, object]:
        """All fields."""
        return {name: getattr(self, name) for name in self.__slots__}


def lengths_by_outcome(rollouts: Sequence[Rollout]) -> dict[str, Lengths]:
    """The lengths of responses by outcome, and of all; empty where nobody counted tokens."""
    if not any(map(written, rollouts)):
        return {}
    by_outcome: dict[str, list[Rollout]] = {"all": list(rollouts)}
    for rollout in rollouts:
        by_outcome.setdefault(str(rollout.verdict.outcome), []).append(rollout)
    return {outcome: _lengths(members) for outcome, members in by_outcome.items()}


def _lengths(rollouts: Sequence[Rollout]) -> Lengths:
    counts = sorted(map(written, rollouts))
    cuts = quantiles(counts, n=10, method="inclusive") if len(counts) > 1 else [counts[0]] * 9
    return Lengths(
        samples=len(counts),
        mean=fmean(counts),
        median=float(cuts[4]),
        p90=float(cuts[8]),
        longest=counts[-1],
        truncated=sum(rollout.is_truncated for rollout in rollouts),
    )


def _distinct_shares(groups: Sequence[Sequence[Rollout]]) -> dict[int, float]:
    """By n the mean over the tasks whose responses are long enough; lengths that none has are left out."""
    shares = {n: [share for group in groups if (share := _distinct(group, n)) is not None] for n in _NGRAMS}
    return {n: fmean(found) for n, found in shares.items() if found}


def _distinct(group: Sequence[Rollout], n: int) -> float | None:
    grams: list[tuple[str, ...]] = []
    for rollout in group:
        words = "\n".join(rollout.responses).split()
        grams += [tuple(words[i : i + n]) for i in range(len(words) - n + 1)]
    return len(set(grams)) / len(grams) if grams else None
