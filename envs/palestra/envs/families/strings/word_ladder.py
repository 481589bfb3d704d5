"""Word ladders over a given list of words; every shortest ladder is right."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import ClassVar

from palestra.envs.answers import RecordVerifier, final_line, read_words
from palestra.envs.config import FamilyConfig, ramp, stages
from palestra.envs.families.shortcuts import is_left_out
from palestra.envs.families.words import words
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.record import decode, encode
from palestra.envs.task import Task
from palestra.verifiers.answer import quote
from palestra.verifiers.keyed_random import KeyedRandom
from palestra.verifiers.verdict import Verdict

Neighbours = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Ladder:
    """The words that may be used, and a shortest ladder (empty where there is none)."""

    words: tuple[str, ...]
    start: str
    goal: str
    ladder: tuple[str, ...]


class LadderVerifier(RecordVerifier[Ladder]):
    """PASS when the words of the final line are a shortest ladder over the list.

    Reference: `Ladder` as JSON.
    """

    name: ClassVar[str] = "word-ladder"
    record_type = Ladder

    def judge(self, response: str, reference: Ladder) -> Verdict:
        """Climb the ladder."""
        ladder = tuple(word.casefold() for word in read_words(final_line(response).replace("\u2192", "->")))
        if ladder[:1] != (reference.start,) or ladder[-1:] != (reference.goal,):
            return Verdict.failed(f"the ladder does not lead from `{reference.start}` to `{reference.goal}`")
        if len(ladder) != len(reference.ladder):
            return Verdict.failed(f"{len(ladder)} words, a shortest ladder has {len(reference.ladder)}")
        for before, after in pairwise(ladder):
            if after not in reference.words:
                return Verdict.failed(f"`{quote(after)}` is not in the list")
            if not is_step(before, after):
                return Verdict.failed(f"`{before}` and `{after}` differ in more than one letter")
        return Verdict.passed(f"{len(ladder)} words lead to `{reference.goal}`")


@dataclass(frozen=True, kw_only=True, slots=True)
class WordLadderConfig(FamilyConfig):
    """Which ladders are asked."""

    length: int = stages(3, 3, 4, 4, choices=(3, 4, 5))
    """Letters of the words."""
    num_steps: int = ramp(2, 12, low=2, high=40)
    """Steps of the walk from the start to the goal; a shortest ladder may have fewer."""
    num_others: int = ramp(2, 24, low=0, high=100)
    """How many words are in the list besides that walk."""


@dataclass(frozen=True, slots=True)
class WordLadderKey:
    """A walk from start to goal, and other words."""

    walk: tuple[str, ...]
    others: tuple[str, ...]


class WordLadder(Question[WordLadderConfig, WordLadderKey]):
    """Words that differ from each other by single letters."""

    id: ClassVar[str] = "palestra/WordLadder-v1"
    Config: ClassVar[type[WordLadderConfig]] = WordLadderConfig
    templates = (
        "Word ladder: get from `{start}` to `{goal}` by changing one letter at a time, in as few steps as possible. "
        "Use only these words: {words}",
        "Words: {words}\nFind a shortest chain of them from `{start}` to `{goal}` in which neighbours differ in "
        "exactly one letter.",
        "Change `{start}` into `{goal}` letter by letter with the fewest changes; each word on the way must be one of: "
        "{words}",
        "Only the words {words} are allowed. Build a shortest ladder from `{start}` to `{goal}` whose rungs differ by "
        "one letter each.",
    )
    answer_format = (
        "Any shortest ladder is right. The last line of your reply must be all its words from first to last, "
        "separated by ` -> `."
    )
    verifier = LadderVerifier()

    def draw(self, rng: KeyedRandom) -> WordLadderKey:
        """A walk without repetition as long as it goes, and words beside it."""
        near = neighbours(self.config.length)
        names = tuple(near)
        walk = [rng.choice(names)]
        while len(walk) <= self.config.num_steps:
            ahead = [word for word in near[walk[-1]] if word not in walk]
            if not ahead:
                break
            walk.append(rng.choice(ahead))
        others: dict[str, None] = {}
        for _ in range(self.config.num_others):
            word = rng.choice(near[rng.choice(walk)])
            if word not in walk:
                others[word] = None
        return WordLadderKey(tuple(walk), tuple(others))

    def canonical(self, key: WordLadderKey) -> str:
        """The ends, and all the words in order."""
        ends = sorted((key.walk[0], key.walk[-1]))
        return f"{' '.join(ends)}: {' '.join(sorted(key.walk + key.others))}"

    def build(self, key: WordLadderKey, rng: KeyedRandom) -> Content | None:
        """Search a shortest ladder; None where that is the two ends alone, and mostly where haste finds it."""
        start, goal = key.walk[0], key.walk[-1]
        ladder = shortest_ladder(key.walk + key.others, start, goal)
        if len(ladder) < 2 + min(2, self.config.num_steps - 1):
            return None
        if num_hasty_words(key.walk + key.others, start, goal) == len(ladder) and is_left_out(rng):
            return None
        return self._content(key.walk + key.others, ladder, ladder, rng)

    def unsolvable(self, key: WordLadderKey, rng: KeyedRandom) -> Content | None:
        """The same with all the words beside the goal taken away, and as many others put in."""
        start, goal, allowed = key.walk[0], key.walk[-1], key.walk + key.others
        kept = [word for word in allowed if not is_step(word, goal)]
        if start not in kept:
            return None
        pool = [word for word in neighbours(self.config.length) if not is_step(word, goal) and word not in kept]
        kept += rng.sample(pool, min(len(pool), len(allowed) - len(kept)))
        return self._content(tuple(kept), (start, goal), (), rng)

    def oracle(self, task: Task) -> str:
        """A shortest ladder."""
        return " -> ".join(decode(Ladder, task.reference).ladder)

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """The ends with a few words between them."""
        ladder = decode(Ladder, task.reference)
        between = rng.sample(ladder.words, min(len(ladder.words), rng.between(1, 4)))
        return " -> ".join((ladder.start, *between, ladder.goal))

    def _content(
        self, allowed: tuple[str, ...], ends: tuple[str, ...], ladder: tuple[str, ...], rng: KeyedRandom
    ) -> Content:
        shown = tuple(rng.sample(allowed, len(allowed)))
        return Content(
            slots={"start": ends[0], "goal": ends[-1], "words": ", ".join(shown)},
            reference=encode(Ladder(shown, ends[0], ends[-1], ladder)),
            effort=len(shown) * max(1, len(ladder) - 1),
        )


def is_step(before: str, after: str) -> bool:
    """Whether two words of one length differ in exactly one letter."""
    return len(before) == len(after) and sum(a != b for a, b in zip(before, after, strict=True)) == 1


@cache
def neighbours(length: int) -> Neighbours:
    """For each word of the dictionary that has any, the words one step away."""
    families: dict[str, list[str]] = {}
    for word in words(length):
        for place in range(length):
            families.setdefault(f"{word[:place]}.{word[place + 1 :]}", []).append(word)
    near: dict[str, dict[str, None]] = {}
    for family in families.values():
        for word in family:
            near.setdefault(word, {}).update(dict.fromkeys(other for other in family if other != word))
    return {word: tuple(others) for word, others in near.items() if others}


def num_hasty_words(allowed: tuple[str, ...], start: str, goal: str) -> int:
    """Words of the ladder that always goes on to a word that shares most letters with the goal; 0 where it gets stuck.

    Of several such words the first one of the alphabet is taken.
    """
    near, left, here, count = neighbours(len(start)), set(allowed), start, 1
    while here != goal:
        left.discard(here)
        ahead = [word for word in near[here] if word in left]
        if not ahead:
            return 0
        here = min(ahead, key=lambda word: (sum(a != b for a, b in zip(word, goal, strict=True)), word))
        count += 1
    return count


def shortest_ladder(allowed: tuple[str, ...], start: str, goal: str) -> tuple[str, ...]:
    """A shortest ladder over the allowed words; empty where there is none."""
    near, left = neighbours(len(start)), set(allowed) - {start}
    before, queue = {start: ""}, [start]
    for word in queue:
        if word == goal:
            ladder = [word]
            while before[ladder[-1]]:
                ladder.append(before[ladder[-1]])
            return tuple(ladder[::-1])
        for other in near[word]:
            if other in left:
                left.discard(other)
                before[other] = word
                queue.append(other)
    return ()
