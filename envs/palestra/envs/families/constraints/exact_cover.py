"""Exact cover: choose sets so that each element is in exactly one of them. Any right choice is accepted."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.answers import RecordVerifier, final_line, read_words
from palestra.envs.config import FamilyConfig, ramp
from palestra.envs.errors import ConfigError
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.record import decode, encode
from palestra.envs.task import Task
from palestra.verifiers.answer import quote
from palestra.verifiers.errors import NoAnswerError
from palestra.verifiers.keyed_random import KeyedRandom
from palestra.verifiers.verdict import Verdict

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True, kw_only=True, slots=True)
class Cover:
    """Sets of the elements 1..size by letter, and letters that are an exact cover."""

    size: int
    sets: dict[str, tuple[int, ...]]
    solution: str


class CoverVerifier(RecordVerifier[Cover]):
    """PASS when the final line names different sets that hold each element exactly once.

    Reference: the record of a `Cover`.
    """

    name: ClassVar[str] = "exact-cover"
    record_type = Cover

    def judge(self, response: str, reference: Cover) -> Verdict:
        """Count how often each element is covered."""
        line = final_line(response)
        names = [name.upper() for name in read_words(line)]
        if unknown := [name for name in names if name not in reference.sets]:
            raise NoAnswerError(f"`{quote(unknown[0])}` is none of the {len(reference.sets)} sets")
        if len(names) > len(reference.sets):
            return Verdict.failed(f"{len(names)} names for {len(reference.sets)} sets")
        times = Counter(element for name in names for element in reference.sets[name])
        for element in range(1, reference.size + 1):
            if times[element] != 1:
                return Verdict.failed(f"{element} is covered {times[element]} times")
        return Verdict.passed(f"{len(names)} sets cover each of {reference.size} elements once")


@dataclass(frozen=True, kw_only=True, slots=True)
class ExactCoverConfig(FamilyConfig):
    """How many elements and sets there are."""

    elements: int = ramp(6, 16, low=3, high=30)
    """Elements to be covered."""
    sets: int = ramp(7, 22, low=3, high=26)
    """Sets to choose from."""
    max_set: int = ramp(3, 5, low=2, high=8)
    """Elements of the largest sets."""

    def check(self) -> None:
        """The sets of a cover and one more are there."""
        if self.sets * 2 <= self.elements:
            raise ConfigError(f"`sets` must be more than half of `elements`, got {self.sets}\n\nhint: set both")


@dataclass(frozen=True, kw_only=True, slots=True)
class ExactCoverKey:
    """An exact cover, and sets beside it."""

    cover: tuple[tuple[int, ...], ...]
    others: tuple[tuple[int, ...], ...]


class ExactCover(Question[ExactCoverConfig, ExactCoverKey]):
    """The key has the sets; `build` mixes them."""

    id: ClassVar[str] = "palestra/ExactCover-v1"
    Config: ClassVar[type[ExactCoverConfig]] = ExactCoverConfig
    templates = (
        "Choose some of these sets so that each of the numbers 1 to {size} is in exactly one chosen set.\n{sets}",
        "Which sets together contain every number from 1 to {size} once, without overlap?\n{sets}",
        "Find an exact cover of the numbers 1 to {size}: sets that do not overlap and miss nothing.\n{sets}",
    )
    answer_format = "End your reply with a line that has only the letters of the chosen sets, such as `A, C`."
    verifier = CoverVerifier()

    def draw(self, rng: KeyedRandom) -> ExactCoverKey:
        """A cover of the elements in random order, cut into sets; and sets of like size."""
        config = self.config
        elements = rng.sample(range(1, config.elements + 1), config.elements)
        cover, others = [], []
        while elements:
            count = min(rng.between(2, config.max_set), len(elements))
            if len(elements) - count == 1:  # a set of one element would tell that it is in the cover
                count += 1 if count < config.max_set else -1
            cover.append(tuple(sorted(elements[:count])))
            del elements[:count]
        seen = set(cover)
        while len(seen) < config.sets:
            count = rng.between(2, config.max_set)
            other = tuple(sorted(rng.sample(range(1, config.elements + 1), count)))
            if other not in seen:
                seen.add(other)
                others.append(other)
        return ExactCoverKey(cover=tuple(cover), others=tuple(others))

    def canonical(self, key: ExactCoverKey) -> str:
        """The sets without their order and with the sizes of an element's sets for the element."""
        sets = key.cover + key.others
        sizes = [
            "".join(sorted(str(len(one)) for one in sets if element in one))
            for element in range(self.config.elements + 1)
        ]
        return " ".join(sorted(",".join(sorted(sizes[element] for element in one)) for one in sets))

    def build(self, key: ExactCoverKey, rng: KeyedRandom) -> Content:
        """Letter the sets in random order."""
        mixed = rng.sample(key.cover + key.others, len(key.cover) + len(key.others))
        sets = dict(zip(_LETTERS, mixed, strict=False))
        solution = "".join(letter for letter, one in sets.items() if one in key.cover)
        return Content(
            slots={
                "size": str(self.config.elements),
                "sets": "\n".join(f"{letter}: {', '.join(map(str, one))}" for letter, one in sets.items()),
            },
            reference=encode(Cover(size=self.config.elements, sets=sets, solution=solution)),
            effort=len(sets) * self.config.elements,
            meta={"elements": self.config.elements, "sets": len(sets)},
        )

    def oracle(self, task: Task) -> str:
        """The cover that the sets were made around."""
        return ", ".join(decode(Cover, task.reference).solution)

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """Some of the sets by chance."""
        letters = list(decode(Cover, task.reference).sets)
        return ", ".join(rng.sample(letters, rng.between(1, len(letters))))
