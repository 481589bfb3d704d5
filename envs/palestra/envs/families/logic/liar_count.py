"""Liars who speak of how many liars there are: find the one number that fits."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cache
from typing import ClassVar

from palestra.envs.answers import NumberAnswer
from palestra.envs.config import FamilyConfig, ramp, stages
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom

_MAX_TRIES = 64
_SENTENCES = {
    "exactly": "Exactly {number} of us {lie}.",
    "least": "At least {number} of us {lie}.",
    "most": "At most {number} of us {lie}.",
    "multiple": "The number of liars among us is divisible by {number}.",
}

Says = tuple[str, int]
"""A kind of sentence and its number."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LiarCountConfig(FamilyConfig):
    """How many people there are, and what they say."""

    people: int = ramp(8, 60, low=2, high=200)
    """People."""
    sentences: int = ramp(4, 12, low=1, high=30)
    """Different sentences; each is said by one or more people."""
    kinds: str = stages("exactly least", "exactly least most", "least most multiple")
    """Kinds of sentences."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LiarCountKey:
    """How many people say what."""

    says: tuple[tuple[Says, int], ...]
    liars: int
    """The only number of liars that fits; -1 where there is none."""


class LiarCount(Question[LiarCountConfig, LiarCountKey]):
    """The key has the sentences in order."""

    id: ClassVar[str] = "palestra/LiarCount-v1"
    Config: ClassVar[type[LiarCountConfig]] = LiarCountConfig
    templates = (
        "{count} people are in a room. Each either lies or tells the truth. They say:\n{sentences}\nHow many lie?",
        "Each of {count} people makes one statement; liars' statements are false, all others are true.\n{sentences}\n"
        "What is the number of liars?",
        "In a club of {count} members, some always lie and the others never do. Asked about the club, they answer:\n"
        "{sentences}\nHow many members are liars?",
    )
    answer_format = "Exactly one number fits. End your reply with a line that has only this number."
    verifier = NumberAnswer()
    floor = 0.25  # of the easiest puzzles, which have few possible counts; a tenth further up

    def draw(self, rng: KeyedRandom) -> LiarCountKey:
        """Sentences until one number of liars fits, and there are liars and others."""
        config = self.config
        kinds = config.kinds.split()
        for _ in range(_MAX_TRIES):
            said = [_says(rng.choice(kinds), config.people, rng) for _ in range(config.sentences)]
            times = Counter({one: 1 for one in said})
            names = list(times)
            for _ in range(config.people - len(names)):
                times[rng.choice(names)] += 1
            says = tuple(sorted(times.items()))
            found = fitting(says) if sum(times.values()) == config.people else []
            if len(found) == 1 and 0 < found[0] < config.people:
                return LiarCountKey(says=says, liars=found[0])
        return LiarCountKey(says=(), liars=-1)

    def build(self, key: LiarCountKey, rng: KeyedRandom) -> Content | None:
        """Tell who says what."""
        if key.liars < 0:
            return None
        lines = [f"{_people(times)}: {_said(kind, n)}" for (kind, n), times in key.says]
        count = sum(times for _, times in key.says)
        return Content(
            slots={"count": str(count), "sentences": "\n".join(rng.sample(lines, len(lines)))},
            reference=str(key.liars),
            effort=count + 10 * len(lines),
            meta={"people": count, "sentences": len(lines)},
        )

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """Any number of people."""
        return str(rng.between(0, int(task.meta["people"])))


def fitting(says: tuple[tuple[Says, int], ...]) -> list[int]:
    """The numbers of liars with which exactly so many sentences are false."""
    count = sum(times for _, times in says)
    # Bit n of a number says whether a sentence is false with n liars.
    false = [(_false_with(kind, number, count), times) for (kind, number), times in says]
    return [n for n in range(count + 1) if sum(times for with_n, times in false if with_n >> n & 1) == n]


@cache
def _false_with(kind: str, number: int, count: int) -> int:
    below = (1 << number) - 1
    everything = (1 << (count + 1)) - 1
    match kind:
        case "exactly":
            return everything & ~(1 << number)
        case "least":
            return everything & below
        case "most":
            return everything & ~(below << 1 | 1)
    return everything & ~sum(1 << n for n in range(0, count + 1, number))


def _says(kind: str, people: int, rng: KeyedRandom) -> Says:
    return kind, rng.between(2, 7) if kind == "multiple" else rng.between(1, people - 1)


def _said(kind: str, number: int) -> str:
    return _SENTENCES[kind].format(number=number, lie="lies" if number == 1 else "lie")


def _people(times: int) -> str:
    return "1 person says" if times == 1 else f"{times} people say"
