"""Questions of which each needs the answer to the one before."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar

from palestra.envs.answers import read_integer
from palestra.envs.answers.final import final_line
from palestra.envs.errors import ConfigError, EmptySplitError
from palestra.envs.operators.operator import Named, Operator, without_format
from palestra.envs.operators.spec import floor_of
from palestra.envs.source import QuestionSource
from palestra.envs.task import Split, Task, TaskId
from palestra.verifiers import CalculationVerifier, NumberVerifier, Verifier
from palestra.verifiers.errors import NoAnswerError
from palestra.verifiers.keyed_random import KeyedRandom, stable_hash

_MOST = 8
_MAX_TRIES = 256
_UNSEEN_SHARE = 15  # per cent of the compositions, as in families
_LARGEST = 10**30  # longer answers are not passed on
_NUMBER = re.compile(r"(?<![\w.,:/^\-\\])(?:0|[1-9]\d{0,8})(?![\w:/^\-]|[.,]\d)")
"""A whole number that stands alone: no part of a decimal, a date, a fraction or a name, no exponent, no sign."""
_NAMES = ("K", "M", "Q", "W", "Z", "N", "P", "R", "T", "V", "G", "H", "X", "Y")
_OPENINGS = (
    "Here are {count} questions. Each needs the answer to the one before it. Reply to the last one alone.",
    "Answer {count} questions one after the other. Only the answer to the last one is wanted.",
    "The following {count} questions build on one another. Give the answer to the last.",
)
"""The last one is for `unseen-template` alone."""


@dataclass(frozen=True, kw_only=True)
class _Form:
    """What is made of the answer before a number is added to it."""

    words: str
    value: Callable[[int], int]
    fits: Callable[[int], bool] = lambda answer: True


_FORMS: dict[str, _Form] = {
    "same": _Form(words="the answer to question {q}", value=lambda a: a),
    "negative": _Form(words="the negative of the answer to question {q}", value=lambda a: -a),
    "twice": _Form(words="twice the answer to question {q}", value=lambda a: 2 * a),
    "three times": _Form(words="three times the answer to question {q}", value=lambda a: 3 * a),
    "square": _Form(
        words="the square of the answer to question {q}", value=lambda a: a * a, fits=lambda a: abs(a) < 1000
    ),
    "modulo 7": _Form(
        words="the remainder of the answer to question {q} after division by 7",
        value=lambda a: a % 7,
        fits=lambda a: a >= 7,
    ),
    "modulo 100": _Form(
        words="the remainder of the answer to question {q} after division by 100",
        value=lambda a: a % 100,
        fits=lambda a: a >= 100,
    ),
    "digits": _Form(
        words="the sum of the decimal digits of the answer to question {q}",
        value=lambda a: sum(map(int, str(a))),
        fits=lambda a: a >= 10,
    ),
}


@dataclass(frozen=True, kw_only=True)
class _Chain:
    """The questions of one task, with the texts of their links."""

    tasks: tuple[Task, ...]
    questions: tuple[str, ...]
    """As they are shown; all but the first need an answer."""


@dataclass(frozen=True, kw_only=True)
class Chained(Operator):
    """`length` questions: a number of each but the first is given through the answer to the one before.

    The answer to the last is judged, by its own verifier. A composition is two sources that follow
    one another and what is made of the answer in between; a hash keeps some for `unseen-composition`.
    """

    id: ClassVar[str] = "palestra/Chained-v1"
    first: QuestionSource = field(default_factory=Named("palestra/Products-v1"))
    """Of the first question: its answer must be one exact number."""
    second: QuestionSource = field(default_factory=Named("palestra/BasicArithmetic-v1"))
    """Of all further questions; of more than one its answers must be such numbers too."""
    length: int = 2
    """How many questions, 2..8."""

    def check(self) -> None:
        """The answers that are passed on are numbers."""
        if not 2 <= self.length <= _MOST:
            raise ConfigError(f"`length` must lie in 2..{_MOST}, got {self.length}")
        for source in (self.first, self.second)[: self.length - 1]:
            if not _asks_for_a_number(source):
                raise ConfigError(
                    f"the answer of `{source.id}` is not one exact number\n\n"
                    "hint: chain families such as `palestra/ChainSum-v1` or `palestra/Gcd-v1`"
                )

    @property
    def verifier(self) -> Verifier[Any]:
        """That of the last question."""
        return self.second.verifier

    @property
    def floor(self) -> float:
        """That of the last question."""
        return floor_of(self.second)

    def derive(self, place: TaskId, rng: KeyedRandom) -> Task:
        """The questions in a row."""
        chain = self._chain(place, rng)
        last = chain.tasks[-1]
        opening = _OPENINGS[-1] if place.split == "unseen-template" else rng.choice(_OPENINGS[:-1])
        parts = [opening.format(count=len(chain.tasks)), *chain.questions]
        efforts = [task.meta.get("effort", 1) for task in chain.tasks]
        puzzle = stable_hash("chain", *(task.puzzle or task.prompt for task in chain.tasks), *chain.questions[1:])
        return Task(
            id=place,
            prompt="\n\n".join(parts),
            reference=last.reference,
            meta={"length": len(chain.tasks), "effort": sum(e for e in efforts if isinstance(e, int | float))},
            puzzle=f"{puzzle:016x}",
        )

    def solve(self, task: Task) -> str:
        """What solves the last question."""
        return self.second.oracle(self._last(task))

    def propose(self, task: Task, rng: KeyedRandom) -> str:
        """A guess at the last question."""
        return self.second.guess(self._last(task), rng)

    def _last(self, task: Task) -> Task:
        return self._chain(task.id, KeyedRandom(self.id, str(task.id))).tasks[-1]

    def _chain(self, place: TaskId, rng: KeyedRandom) -> _Chain:
        """Draw questions until they make a chain whose composition belongs to the split."""
        for _ in range(_MAX_TRIES):
            chain = self._drawn(place.split, rng)
            if chain is not None:
                return chain
        raise EmptySplitError(
            f"`{self.id}` of `{self.first.id}` and `{self.second.id}` has no task in the split `{place.split}`\n\n"
            "hint: the first must have whole answers, the second a whole number in its prompt"
        )

    def _drawn(self, split: Split, rng: KeyedRandom) -> _Chain | None:
        is_unseen = split == "unseen-composition"
        home: Split = "test" if is_unseen else split
        tasks, questions, has_unseen = [self.first.task(home, rng.below(1 << 62), 0)], [], False
        source = self.first
        questions.append(_shown(1, tasks[0].prompt, source, is_last=False))
        for number in range(2, self.length + 1):
            answer = _whole_answer(source, tasks[-1])
            task = self.second.task(home, rng.below(1 << 62), 0)
            linked = None if answer is None else _linked(task, self.second, answer, questions, rng)
            if linked is None:
                return None
            form, definition, prompt = linked
            has_unseen |= _is_unseen(source, form, self.second)
            shown = _shown(number, prompt, self.second, is_last=number == self.length)
            questions.append(f"{definition}\n{shown}")
            tasks.append(task)
            source = self.second
        return _Chain(tasks=tuple(tasks), questions=tuple(questions)) if has_unseen == is_unseen else None


def _linked(
    task: Task, source: QuestionSource, answer: int, before: list[str], rng: KeyedRandom
) -> tuple[str, str, str] | None:
    """The form of the link, the sentence that defines the name, and the prompt with the name in it."""
    question, answer_format = without_format(task.prompt, source)
    places = list(_NUMBER.finditer(question))
    told = {word.casefold() for text in before for word in re.findall(r"[A-Za-z]+", text)}
    own = {word.casefold() for word in re.findall(r"[A-Za-z]+", task.prompt)}
    names = [name for name in _NAMES if name.casefold() not in told | own]
    defined = {name.casefold() for text in before for name in re.findall(r"Let ([A-Z]) be", text)}
    if not places or not names or defined & own:  # a name must not mean two things
        return None
    place, name = rng.choice(places), names[0]
    form = rng.choice([key for key, form in _FORMS.items() if form.fits(answer)])
    rest = int(place[0]) - _FORMS[form].value(answer)
    added = f" plus {rest}" if rest > 0 else f" minus {-rest}" if rest else ""
    definition = f"Let {name} be {_FORMS[form].words.format(q=len(before))}{',' if added else ''}{added}."
    replaced = f"{question[: place.start()]}{name}{question[place.end() :]}"
    return form, definition, f"{replaced}\n{answer_format}" if answer_format else replaced


def _shown(number: int, prompt: str, source: QuestionSource, *, is_last: bool) -> str:
    question, answer_format = without_format(prompt, source)
    if is_last or not answer_format:
        return f"Question {number}: {prompt}"
    # It may say which of several numbers is meant, so it is shown.
    return f"Question {number}: {question}\n(Form of this answer: {answer_format})"


def _whole_answer(source: QuestionSource, task: Task) -> int | None:
    try:
        answer = read_integer(final_line(source.oracle(task)))
    except NoAnswerError:
        return None
    return answer if abs(answer) <= _LARGEST else None


def _is_unseen(first: QuestionSource, form: str, second: QuestionSource) -> bool:
    return stable_hash("composition", "chained", first.id, form, second.id) % 100 < _UNSEEN_SHARE


def _asks_for_a_number(source: QuestionSource) -> bool:
    verifier: Verifier[Any] = source.verifier
    while isinstance(inner := getattr(verifier, "inner", None), Verifier):
        verifier = inner
    return isinstance(verifier, NumberVerifier | CalculationVerifier)
