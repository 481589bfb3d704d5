"""Judges and verifiers side by side: is the one right answer told from many wrong ones?

A case is a line of JSON, `{"id": ..., "reference": ..., "right": ..., "wrong": [..., ...]}`, with nine wrong answers in
the paper's set. One right against one wrong hides what a policy finds: it looks for the one wrong answer that is paid.

Source: RewardMATH, https://arxiv.org/abs/2410.01729, section 3 (METHODS 35); mean reciprocal rank and the intervals
are ours.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from palestra.verifiers.audit.rollouts import read_json_lines, text_field
from palestra.verifiers.corpus import Corpus
from palestra.verifiers.errors import AuditError
from palestra.verifiers.statistics import NOTHING, Z95, Estimate, wilson
from palestra.verifiers.verdict import Outcome, Verdict
from palestra.verifiers.verifier import Verifier

_SHAPE = '{"id": "1", "reference": "22", "right": "It is 22.", "wrong": ["It is 21.", "It is 2."]}'


@dataclass(frozen=True, kw_only=True, slots=True)
class RankingCase:
    """One right answer to a question, and wrong ones."""

    id: str
    reference: str
    right: str
    wrong: tuple[str, ...]
    """At least one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Ranked:
    """What a verifier made of a case."""

    case: RankingCase
    right: float
    """Score of the right answer."""
    wrong: tuple[float, ...]

    @property
    def rank(self) -> int:
        """Of the right answer: 1 if it stands above every wrong one; a tie is lost."""
        return 1 + sum(score >= self.right for score in self.wrong)

    @property
    def is_first(self) -> bool:
        """Whether the right answer stands above every wrong one."""
        return self.rank == 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Ranking:
    """What a verifier made of many cases."""

    verifier: str
    version: int
    accuracy: Estimate
    """Share of the cases in which the right answer stands above every wrong one."""
    reciprocal_rank: Estimate
    """Mean of 1 / rank of the right answer."""
    pairwise: Estimate
    """Mean share of the wrong answers that stand below the right one."""
    cases: tuple[Ranked, ...]
    lost: int
    """Cases that the verifier broke on, or whose reference it cannot read; they enter no number."""

    @property
    def fooled(self) -> tuple[Ranked, ...]:
        """The cases in which a wrong answer stands as high as the right one."""
        return tuple(each for each in self.cases if not each.is_first)

    @property
    def estimates(self) -> tuple[Estimate, Estimate, Estimate]:
        """Accuracy, mean reciprocal rank and pairwise accuracy."""
        return self.accuracy, self.reciprocal_rank, self.pairwise

    def to_json(self) -> dict[str, object]:
        """The numbers, and the ids of the cases that were lost to a wrong answer."""
        return {
            "verifier": self.verifier,
            "version": self.version,
            "n": len(self.cases),
            "lost": self.lost,
            "accuracy": self.accuracy.to_json(),
            "reciprocal_rank": self.reciprocal_rank.to_json(),
            "pairwise": self.pairwise.to_json(),
            "fooled": [each.case.id for each in self.fooled],
        }


def rank_cases(verifier: Verifier[Any], cases: Iterable[RankingCase]) -> Ranking:
    """Judge every answer of every case. UNKNOWN counts as its probability of being right."""
    ranked: list[Ranked] = []
    lost = 0
    for case in cases:
        scores = _scores(verifier, case)
        if scores is None:
            lost += 1
        else:
            ranked.append(Ranked(case=case, right=scores[0], wrong=tuple(scores[1:])))
    return Ranking(
        verifier=verifier.name,
        version=verifier.version,
        accuracy=wilson(sum(each.is_first for each in ranked), len(ranked)),
        reciprocal_rank=_mean([1.0 / each.rank for each in ranked]),
        pairwise=_mean([1.0 - (each.rank - 1) / len(each.wrong) for each in ranked]),
        cases=tuple(ranked),
        lost=lost,
    )


def read_ranking_cases(path: Path) -> list[RankingCase]:
    """The cases of a JSONL file.

    Raises:
        AuditError: The file cannot be read, or a line is no case; the message names it.
    """
    found = []
    for number, row in read_json_lines(path):
        try:
            wrong = row["wrong"]
            if not (isinstance(wrong, list) and wrong and all(isinstance(text, str) for text in wrong)):
                raise TypeError("`wrong` must be a list of texts, at least one")
            found.append(
                RankingCase(
                    id=text_field(row, "id", str(number)),
                    reference=text_field(row, "reference"),
                    right=text_field(row, "right"),
                    wrong=tuple(wrong),
                )
            )
        except (KeyError, TypeError) as error:
            what = f"{path}, line {number} is no case: {type(error).__name__}: {error}"
            raise AuditError(f"{what}\n\nhint: a line reads {_SHAPE}") from error
    return found


def corpus_cases(corpus: Corpus) -> list[RankingCase]:
    """A verifier's corpus in this shape: each honest case against all others with the same reference."""
    wrong: dict[str, list[str]] = {}
    for case in corpus.cases:
        if not case.is_right:
            wrong.setdefault(case.reference, []).append(case.response)
    return [
        RankingCase(id=case.id, reference=case.reference, right=case.response, wrong=tuple(wrong[case.reference]))
        for case in corpus.cases
        if case.is_right and case.reference in wrong
    ]


def _scores(verifier: Verifier[Any], case: RankingCase) -> list[float] | None:
    """Scores of the right answer and the wrong ones; None where a verdict says nothing."""
    try:
        verdicts = verifier.verify_many([(text, case.reference) for text in (case.right, *case.wrong)])
    except ValueError:  # the reference is not of this verifier's schema
        return None
    if any(verdict.outcome is Outcome.ERROR for verdict in verdicts):
        return None
    return [_score(verdict) for verdict in verdicts]


def _score(verdict: Verdict) -> float:
    return verdict.score if verdict.p_correct is None else verdict.p_correct


def _mean(values: Sequence[float]) -> Estimate:
    """The mean of numbers in 0..1 with the normal interval; Wilson's where all are 1 or all are 0."""
    if not values:
        return NOTHING
    count, mean = len(values), sum(values) / len(values)
    if set(values) <= {1.0} or set(values) <= {0.0}:
        return wilson(count if mean else 0, count)
    variance = sum((value - mean) ** 2 for value in values) / max(1, count - 1)
    half = Z95 * (variance / count) ** 0.5
    return Estimate(mean, max(0.0, mean - half), min(1.0, mean + half))
