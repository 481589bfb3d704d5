"""Overlapping sets: how many are in this part, told by the sizes of others."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import ClassVar

from palestra.envs.answers import NumberAnswer
from palestra.envs.config import FamilyConfig, geometric, stages
from palestra.envs.families.kinds import check_kinds
from palestra.envs.families.logic.words import words
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom

_QUESTIONS = {
    "none": "like none of them",
    "any": "like at least one of them",
    "only": "like {first} but nothing else of these",
    "one": "like exactly one of them",
    "two": "like two or more of them",
    "odd": "like {first} or {second}, but not both",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class SetRelationsConfig(FamilyConfig):
    """How many sets there are, and what is asked."""

    sets: int = stages(2, 2, 3, 3, 4, choices=(2, 3, 4))
    """Things that people like or not."""
    largest: int = geometric(9, 200, low=3, high=10_000)
    """Most people in one part."""
    questions: str = stages("none any only", "none any only odd", "none only one two odd", choices=())
    """Kinds of questions, separated by blanks: `none any only one two odd`."""

    def check(self) -> None:
        """Questions are known."""
        check_kinds("questions", self.questions, _QUESTIONS)


@dataclass(frozen=True, kw_only=True, slots=True)
class SetRelationsKey:
    """For each part of the diagram how many are in it (bit i of its place: in set i), and what is asked."""

    parts: tuple[int, ...]
    question: str


class SetRelations(Question[SetRelationsConfig, SetRelationsKey]):
    """All sizes of sets and of what they share are told, which decides every part."""

    id: ClassVar[str] = "palestra/SetRelations-v1"
    Config: ClassVar[type[SetRelationsConfig]] = SetRelationsConfig
    templates = (
        "{total} people were asked what they like: {sizes}. How many of them {question}?",
        "Of {total} people, {sizes}. How many of the {total} {question}?",
        "In a group of {total}, this was counted: {sizes}. What is the number of people in the group who {question}?",
    )
    answer_format = (
        "Counts of people who like something include those who like other things too. End your reply with a line that "
        "has only the number."
    )
    verifier = NumberAnswer()
    floor = 0.05

    def draw(self, rng: KeyedRandom) -> SetRelationsKey:
        """The sizes of all parts."""
        config = self.config
        parts = tuple(rng.between(1, config.largest) for _ in range(1 << config.sets))
        return SetRelationsKey(parts=parts, question=rng.choice(config.questions.split()))

    def canonical(self, key: SetRelationsKey) -> str:
        """The parts as they are after sorting the sets by size, and the question."""
        n = self.config.sets
        order = sorted(range(n), key=lambda i: [sum(_inside(key.parts, 1 << i)), key.parts[1 << i]])
        moved = [key.parts[sum(1 << order[i] for i in range(n) if part >> i & 1)] for part in range(1 << n)]
        return f"{moved} {key.question if key.question not in ('only', 'odd') else ''}"

    def build(self, key: SetRelationsKey, rng: KeyedRandom) -> Content:
        """Tell the sizes of all sets and of what they share."""
        n = self.config.sets
        things = rng.sample(words("drink") + words("fruit"), n)
        told = []
        for count in range(1, n + 1):
            for chosen in combinations(range(n), count):
                size = sum(_inside(key.parts, sum(1 << i for i in chosen)))
                told.append(f"{size} like {_listed([things[i] for i in chosen])}")
        question = _QUESTIONS[key.question].format(first=things[0], second=things[1])
        return Content(
            slots={"total": str(sum(key.parts)), "sizes": "; ".join(told), "question": question},
            reference=str(answer(key)),
            effort=len(key.parts) * len(str(max(key.parts))),
            meta={"sets": n, "total": sum(key.parts)},
            symbols=tuple(things),
        )

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """Any number of people."""
        return str(rng.between(1, int(task.meta["total"])))


def answer(key: SetRelationsKey) -> int:
    """How many people the question is about."""
    return sum(size for part, size in enumerate(key.parts) if _is_asked(key.question, part))


def _is_asked(question: str, part: int) -> bool:
    match question:
        case "none":
            return part == 0
        case "any":
            return part > 0
        case "only":
            return part == 1
        case "one":
            return part.bit_count() == 1
        case "two":
            return part.bit_count() > 1
    return part & 3 in (1, 2)


def _inside(parts: tuple[int, ...], sets: int) -> list[int]:
    return [size for part, size in enumerate(parts) if part & sets == sets]


def _listed(things: list[str]) -> str:
    if len(things) == 1:
        return things[0]
    return f"{'both' if len(things) == 2 else 'all of'} {', '.join(things[:-1])} and {things[-1]}"
