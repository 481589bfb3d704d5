"""Tasks of which half have no answer."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from palestra.envs.answers.final import final_line
from palestra.envs.errors import ConfigError, EmptySplitError
from palestra.envs.family import Content
from palestra.envs.operators.operator import Named, Operator
from palestra.envs.question import Question
from palestra.envs.record import decode, encode
from palestra.envs.source import QuestionSource
from palestra.envs.task import Split, Task, TaskId
from palestra.verifiers import Traits, Verdict, Verifier
from palestra.verifiers.errors import NoAnswerError
from palestra.verifiers.keyed_random import KeyedRandom, stable_hash

CLAIM = "impossible"
"""What a response says of a task without an answer."""
_HOW_TO_CLAIM = (
    f"If there is no answer at all, the last line of your reply must instead be the single word `{CLAIM}`; "
    "about half of these tasks have none."
)
_MAX_TRIES = 512
_TRIES_WITH_A_KEY = 16
_QUOTES = " \t'\"`*_.!"
_TRAIN_SHARE, _VALIDATION_SHARE = 80, 10  # per cent, as in families


@dataclass(frozen=True, kw_only=True)
class TwinReference:
    """What judges a response to a task that may have no answer."""

    reference: str | None
    """That of the family; None where there is no answer."""


class TwinVerifier(Verifier[tuple[Any, bool]]):
    """PASS for the claim that there is no answer, where there is none; elsewhere the family's verifier judges.

    Reference: a `TwinReference` as JSON.
    """

    name: ClassVar[str] = "impossible-twin"
    traits: ClassVar[Traits] = Traits(is_graded=True)

    def __init__(self, inner: Verifier[Any]) -> None:
        self.inner = inner

    def parse_reference(self, reference: str) -> tuple[Any, bool]:
        """Read the reference, and whether there is an answer."""
        own = decode(TwinReference, reference).reference
        return (None, False) if own is None else (self.inner.parse_reference(own), True)

    def judge(self, response: str, reference: tuple[Any, bool]) -> Verdict:
        """Judge the claim or the answer."""
        own, has_answer = reference
        claims = _claims(response)
        if claims and has_answer:
            return Verdict.failed("claimed that there is no answer, but there is one")
        if has_answer:
            return self.inner.judge(response, own)
        if claims:
            return Verdict.passed("there is no answer, as claimed")
        return Verdict.failed("answered, but there is no answer")


def _claims(response: str) -> bool:
    try:
        return final_line(response).strip(_QUOTES).casefold() == CLAIM
    except NoAnswerError as error:
        if response.strip():
            return False
        raise NoAnswerError("the response is empty") from error


@dataclass(frozen=True, kw_only=True)
class ImpossibleTwin(Operator):
    """Puzzles of a family and twins of such puzzles that are proven to have no answer, half and half.

    Of two neighbouring tasks of a stream one is a twin; a keyed toss says which. A twin belongs to the split
    of the puzzle that it was made from and of its own text.
    """

    id: ClassVar[str] = "palestra/ImpossibleTwin-v1"
    inner: QuestionSource = field(default_factory=Named("palestra/Diophantine-v1"))
    """A family that overrides `Question.unsolvable`."""

    def check(self) -> None:
        """The family has twins."""
        if not isinstance(self.inner, Question) or type(self.inner).unsolvable is Question.unsolvable:
            raise ConfigError(
                f"`{self.inner.id}` has no unsolvable twins\n\n"
                "hint: take a family that overrides `Question.unsolvable`, such as `palestra/Diophantine-v1`"
            )

    @property
    def floor(self) -> float:
        """What the claim earns that is right for half of the tasks."""
        return 0.5

    @property
    def verifier(self) -> Verifier[Any]:
        """The family's, behind the question whether there is an answer."""
        return TwinVerifier(self.inner.verifier)

    def derive(self, place: TaskId, rng: KeyedRandom) -> Task:
        """A puzzle of the family, or a twin of another one."""
        toss = stable_hash("twin", self.id, str(replace(place, index=place.index // 2))) % 2
        if place.index % 2 == toss:
            task = self.inner.task(place.split, place.seed, place.index)
            return _asked(task, task.prompt, task.reference)
        return self._twin(place, rng)

    def solve(self, task: Task) -> str:
        """The claim, or what solves the family's task."""
        if decode(TwinReference, task.reference).reference is None:
            return CLAIM
        return self.inner.oracle(self.inner.task(task.id.split, task.id.seed, task.id.index))

    def propose(self, task: Task, rng: KeyedRandom) -> str:
        """The claim, or a guess at a task of the family."""
        if rng.below(2):
            return CLAIM
        return self.inner.guess(self.inner.task(task.id.split, task.id.seed, task.id.index), rng)

    def _twin(self, place: TaskId, rng: KeyedRandom) -> Task:
        assert isinstance(self.inner, Question)  # `check` has seen to it
        for _ in range(_MAX_TRIES):
            drawn = self.inner.drawn(place.split, rng.below(1 << 62), 0)
            family = drawn.family
            assert isinstance(family, Question)
            if (twin := _twin_of(family, drawn.key, place.split, rng)) is not None:
                meta = {"effort": twin.effort}
                task = Task(id=place, prompt="", reference="", meta=meta, puzzle=f"{_hash(twin):016x}")
                return _asked(task, family.worded(twin, drawn.template), None)
        raise EmptySplitError(
            f"`{family.id}` makes no twins in the split `{place.split}`\n\nhint: change the difficulty"
        )


def _twin_of(family: Question[Any, Any], key: object, split: Split, rng: KeyedRandom) -> Content | None:
    """A twin whose own text belongs to the split too: twins of different puzzles may read alike."""
    home = split if split in ("train", "validation") else "test"
    for _ in range(_TRIES_WITH_A_KEY):
        twin = family.unsolvable(key, rng)
        if twin is None or _split_of(twin) == home:
            return twin
    return None


def _asked(task: Task, prompt: str, reference: str | None) -> Task:
    """The task with how to claim; without facts that could tell a twin."""
    meta = {name: value for name, value in task.meta.items() if name == "effort"}
    record = encode(TwinReference(reference=reference))
    return replace(task, prompt=f"{prompt}\n{_HOW_TO_CLAIM}", reference=record, meta=meta)


def _hash(twin: Content) -> int:
    return stable_hash("twin", *(text for pair in sorted(twin.slots.items()) for text in pair))


def _split_of(twin: Content) -> Split:
    percent = _hash(twin) % 100
    if percent < _TRAIN_SHARE:
        return "train"
    return "validation" if percent < _TRAIN_SHARE + _VALIDATION_SHARE else "test"
