"""Whether a model has seen a data set: what it makes of the beginnings of its questions.

A model that is shown the first 40, 60 or 80 per cent of a question cannot know the rest, or the answer, unless
it has read the question before. The same probe on questions that were generated afterwards tells what
guessing gives.

    probe(source, tasks, complete)                    # the data set under suspicion
    probe(*fresh_calculations(500, seed), complete)   # the null: expressions that no text contains
    contrasts(suspect, null)                          # the excess, with intervals

Source: https://arxiv.org/abs/2507.10532, section 3 (partial-prompt completion). The paper's intervals are ours.

Covered: questions learnt by heart, with or without their answers. Not covered: questions that were learnt
in other words, and models that were trained not to go on with a question.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from palestra.envs.families.arithmetic.random_calculation import RandomCalculation
from palestra.envs.operators.operator import without_format
from palestra.envs.source import QuestionSource
from palestra.envs.task import Task
from palestra.verifiers import Verdict
from palestra.verifiers.statistics import NOTHING, Estimate, wilson

SHARES = (0.4, 0.6, 0.8)
"""How much of a question is shown."""

Complete = Callable[[str], str]
"""A model's continuation of a text, without sampling (temperature 0)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Completion:
    """What a model made of the beginning of a question."""

    task: Task
    share: float
    hidden: str
    """The rest of the question."""
    text: str
    """What the model wrote."""
    is_exact: bool
    """Whether it wrote the rest, word by word."""
    rouge_l: float
    """How much of the rest it wrote; of as many words as the rest has."""
    verdict: Verdict
    """Of the text as an answer to the whole question."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Reproduction:
    """What a model reproduced of many questions, at one share."""

    share: float
    exact: Estimate
    """Share of the questions whose rest it wrote word by word."""
    rouge_l: Estimate
    """Mean ROUGE-L; the interval holds for any distribution of that mean."""
    answered: Estimate
    """Share of the questions that it answered without having read them to the end; undecided verdicts are left out."""

    def to_json(self) -> dict[str, object]:
        """All fields."""
        return {
            "share": self.share,
            "exact": self.exact.to_json(),
            "rouge_l": self.rouge_l.to_json(),
            "answered": self.answered.to_json(),
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class Contrast:
    """How much more a model reproduced of one set of questions than of another, at one share."""

    share: float
    exact: Estimate
    rouge_l: Estimate
    answered: Estimate

    @property
    def is_suspicious(self) -> bool:
        """Whether the model wrote, or answered, more than the null allows: an interval lies above 0."""
        return self.exact.low > 0 or self.answered.low > 0


def probe(
    source: QuestionSource, tasks: Iterable[Task], complete: Complete, *, shares: Sequence[float] = SHARES
) -> list[Completion]:
    """What the model makes of the beginning of each task's question, at each share.

    How to answer is not part of a question: it is the same for all tasks, so to reproduce it shows nothing.

    Args:
        source: Where the tasks come from; its verifier judges what was written as an answer.
        tasks: Those to probe. Questions of a single word are left out.
        complete: The model.
        shares: How much of the words of a question is shown, each above 0 and below 1.
    """
    if not all(0 < share < 1 for share in shares):
        raise ValueError(f"`shares` must lie between 0 and 1, got {tuple(shares)}")
    found = []
    for task in tasks:
        question, _ = without_format(task.prompt, source)
        for share in shares:
            shown, hidden = parts(question, share)
            if shown and hidden:
                text = complete(shown)
                verdict = source.verifier.verify(text, task.reference)
                found.append(_completion(task, share, hidden, text, verdict))
    return found


def summarise(completions: Iterable[Completion]) -> tuple[Reproduction, ...]:
    """The completions by their share, in order of size."""
    by_share: dict[float, list[Completion]] = {}
    for one in completions:
        by_share.setdefault(one.share, []).append(one)
    return tuple(_reproduction(share, by_share[share]) for share in sorted(by_share))


def contrasts(suspect: Iterable[Completion], null: Iterable[Completion]) -> tuple[Contrast, ...]:
    """How much more was reproduced of the first than of the second, at the shares that both have.

    Source: Newcombe (1998), method 10, https://doi.org/10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I
    """
    nulls = {one.share: one for one in summarise(null)}
    return tuple(
        Contrast(
            share=one.share,
            exact=_excess(one.exact, nulls[one.share].exact),
            rouge_l=_excess(one.rouge_l, nulls[one.share].rouge_l),
            answered=_excess(one.answered, nulls[one.share].answered),
        )
        for one in summarise(suspect)
        if one.share in nulls
    )


def fresh_calculations(count: int, seed: int, *, difficulty: float = 0.4) -> tuple[RandomCalculation, list[Task]]:
    """Expressions that no text contains, with their source: take a seed that nobody has published."""
    source = RandomCalculation.configured({"difficulty": difficulty})
    return source, [source.task("test", seed, index) for index in range(count)]


def parts(question: str, share: float) -> tuple[str, str]:
    """The first words of a question, as many as the share says, and the rest.

    >>> parts("How many legs have nine cats?", 0.4)
    ('How many', ' legs have nine cats?')
    """
    words = question.split()
    num_shown = math.floor(share * len(words) + 1e-9)  # 0.6 * 5 is 3 in every arithmetic
    end = 0
    for word in words[:num_shown]:
        end = question.index(word, end) + len(word)
    return question[:end], question[end:]


def rouge_l(candidate: Sequence[str], reference: Sequence[str]) -> float:
    """The F1 of the longest common subsequence of words.

    >>> rouge_l("police kill the gunman".split(), "police killed the gunman".split())
    0.75

    Source: Lin (2004), https://aclanthology.org/W04-1013/, section 3, with beta = 1
    """
    row = [0] * (len(reference) + 1)
    for word in candidate:
        before = 0
        for j, other in enumerate(reference, 1):
            before, row[j] = row[j], before + 1 if word == other else max(row[j], row[j - 1])
    return 2 * row[-1] / (len(candidate) + len(reference)) if row[-1] else 0.0


def _completion(task: Task, share: float, hidden: str, text: str, verdict: Verdict) -> Completion:
    wanted = hidden.split()
    written = text.split()[: len(wanted)]
    return Completion(
        task=task,
        share=share,
        hidden=hidden,
        text=text,
        is_exact=written == wanted,
        rouge_l=rouge_l(written, wanted),
        verdict=verdict,
    )


def _reproduction(share: float, completions: Sequence[Completion]) -> Reproduction:
    decided = [one.verdict for one in completions if one.verdict.valid]
    return Reproduction(
        share=share,
        exact=wilson(sum(one.is_exact for one in completions), len(completions)),
        rouge_l=_mean([one.rouge_l for one in completions]),
        answered=wilson(sum(verdict.score == 1 for verdict in decided), len(decided)),
    )


def _mean(values: Sequence[float]) -> Estimate:
    """The mean of numbers in 0..1: none varies more than a share of the same mean, so Wilson's interval is safe."""
    total, count = sum(values), len(values)
    if not count:
        return NOTHING
    return Estimate(total / count, wilson(math.floor(total), count).low, wilson(math.ceil(total), count).high)


def _excess(one: Estimate, other: Estimate) -> Estimate:
    value = one.value - other.value
    low = value - math.hypot(one.value - one.low, other.high - other.value)
    return Estimate(value, low, value + math.hypot(one.high - one.value, other.value - other.low))
