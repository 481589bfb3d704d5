"""Zebra puzzles: who lives where with what, by clues that leave one possibility."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import ClassVar

from palestra.envs.config import FamilyConfig, ramp, stages
from palestra.envs.families.constraints.grid_question import GridPuzzle, GridQuestion, grid_text
from palestra.envs.families.constraints.lines import LinePuzzle, pattern_of, permutation_patterns
from palestra.envs.families.kinds import check_kinds
from palestra.envs.families.logic.words import words
from palestra.envs.family import Content
from palestra.envs.record import decode, encode
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom

_FEW_ITEMS = 10
_MAX_TRIES = 400  # after which houses are told outright
_PERSONS = {
    "name": "{}",
    "drink": "the {} drinker",
    "pet": "the owner of the {}",
    "colour": "the person in the {} house",
    "job": "the {}",
    "hobby": "the person fond of {}",
    "fruit": "the person who grows {}",
}
_CLUES = {
    "at": "{a} lives in house {house}.",
    "same": "{a} is {b}.",
    "left": "{a} lives directly to the left of {b}.",
    "next": "{a} lives next door to {b}.",
    "before": "{a} lives somewhere to the left of {b}.",
    "not": "{a} is not {b}.",
    "off": "{a} does not live in house {house}.",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class ZebraPuzzleConfig(FamilyConfig):
    """How large the puzzles are, and what clues say."""

    houses: int = stages(3, 3, 4, 4, 5, 5, choices=(3, 4, 5))
    """Houses in the row."""
    categories: int = ramp(2, 5, low=2, high=7)
    """What is to be found out for each house."""
    kinds: str = stages("at same", "at same left", "same at left next", "same same left next before not", choices=())
    """Kinds of clues, separated by blanks: `at same left next before not off`."""

    def check(self) -> None:
        """Kinds are known."""
        check_kinds("kinds", self.kinds, _CLUES)


@dataclass(frozen=True, kw_only=True, slots=True)
class Clue:
    """Something about item `a`, and a second one or a house; items are category * houses + place."""

    kind: str
    a: int
    b: int


@dataclass(frozen=True, kw_only=True, slots=True)
class ZebraKey:
    """Clues about items of which item i of each category lives in house i % houses."""

    houses: int
    clues: tuple[Clue, ...]


class ZebraPuzzle(GridQuestion[ZebraPuzzleConfig, ZebraKey]):
    """The key has the clues; `build` finds words for the items."""

    id: ClassVar[str] = "palestra/ZebraPuzzle-v1"
    Config: ClassVar[type[ZebraPuzzleConfig]] = ZebraPuzzleConfig
    templates = (
        "{houses} houses stand in a row, numbered from left to right; one person lives in each. These are the "
        "people's things:\n{items}\n{clues}\nWhat belongs to each house?",
        "In a row of {houses} houses (1 is the leftmost) live {houses} people. Each line lists what they differ in, "
        "one item for each house:\n{items}\nClues:\n{clues}\nFind the items of every house.",
        "Who lives where? There are {houses} houses side by side, 1 to {houses} from the left, with one person each, "
        "and every item below belongs to exactly one of them.\n{items}\n{clues}",
    )
    answer_format = (
        "End your reply with one line for each house, from house 1 on: its items in the order of the lists above, "
        "separated by blanks."
    )

    def draw(self, rng: KeyedRandom) -> ZebraKey:
        """True clues; of small puzzles all of them, since few of those differ."""
        houses, num_items = self.config.houses, self.config.houses * self.config.categories
        kinds = self.config.kinds.split()
        tried = [_clue(rng.choice(kinds), houses, num_items, rng) for _ in range(num_items)]
        key = ZebraKey(houses=houses, clues=tuple(dict.fromkeys(clue for clue in tried if clue)))
        return self._completed(key, rng) if num_items < _FEW_ITEMS else key

    def canonical(self, key: ZebraKey) -> str:
        """The clues without their categories and order: the same for puzzles that differ in words alone."""
        n = key.houses
        return " ".join([str(n), *sorted(f"{clue.kind}{clue.a % n}{clue.b % n}" for clue in key.clues)])

    def build(self, key: ZebraKey, rng: KeyedRandom) -> Content:
        """Add clues until they leave one possibility, and find words for the items."""
        key = self._completed(key, rng)
        n = key.houses
        others = rng.sample([kind for kind in _PERSONS if kind != "name"], self.config.categories - 1)
        categories = ["name", *others]
        items = [word for category in categories for word in rng.sample(words(category), n)]
        persons = [_PERSONS[categories[i // n]].format(item) for i, item in enumerate(items)]
        told = [_text(clue, persons, n) for clue in key.clues]
        rng.shuffle(told)
        solution = tuple(tuple(range(house, len(items), n)) for house in range(n))
        lists = [f"{c}: {', '.join(rng.sample(items[i * n : (i + 1) * n], n))}" for i, c in enumerate(categories)]
        return Content(
            slots={"houses": str(n), "items": "\n".join(lists), "clues": "\n".join(told)},
            reference=encode(GridPuzzle(solution=solution, alphabet=tuple(items))),
            effort=n * len(items),
            meta={"houses": n, "clues": len(key.clues)},
            symbols=tuple(items[:n]),
        )

    def _completed(self, key: ZebraKey, rng: KeyedRandom) -> ZebraKey:
        """The key's clues and as many more that rule something out as are needed."""
        kinds, houses = self.config.kinds.split(), key.houses
        num_items = houses * self.config.categories
        puzzle = LinePuzzle(num_items, houses)
        for start in range(0, num_items, houses):
            puzzle.add(tuple(range(start, start + houses)), permutation_patterns(houses), is_news=False)
        for clue in key.clues:
            puzzle.add(*_line(clue, houses))
        puzzle.settle()
        clues = list(key.clues)
        tries = 0
        while any(map(puzzle.is_open, range(num_items))):
            tries += 1
            added = _clue(rng.choice(kinds) if tries < _MAX_TRIES else "at", houses, num_items, rng)
            if added is None or not puzzle.is_open(added.a) or not puzzle.is_open(added.b):
                continue
            if puzzle.would_narrow(*_line(added, houses)):
                clues.append(added)
                puzzle.add(*_line(added, houses))
                puzzle.settle()
        return ZebraKey(houses=houses, clues=tuple(clues))

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """The items of each list in any order."""
        puzzle = decode(GridPuzzle, task.reference)
        columns = [rng.sample(column, len(column)) for column in zip(*puzzle.solution, strict=True)]
        return grid_text(zip(*columns, strict=True), puzzle.alphabet)


def _clue(kind: str, houses: int, num_items: int, rng: KeyedRandom) -> Clue | None:
    """A clue by chance; None where it would be false or say nothing."""
    a = rng.below(num_items)
    if kind == "at":
        return Clue(kind=kind, a=a, b=a)
    b = rng.below(num_items)
    if kind == "same":
        other = b - b % houses + a % houses
        return Clue(kind=kind, a=min(a, other), b=max(a, other)) if a != other else None
    gap = b % houses - a % houses
    is_same_category = a // houses == b // houses
    fits = {
        "left": gap == 1,
        "next": gap == 1,
        "before": gap > 0,
        "not": gap != 0 and not is_same_category,
        "off": gap != 0,
    }[kind]
    if not fits:
        return None
    return Clue(kind=kind, a=min(a, b), b=max(a, b)) if kind == "not" else Clue(kind=kind, a=a, b=b)


def _line(clue: Clue, houses: int) -> tuple[tuple[int, ...], Sequence[int]]:
    """The clue as a line of the items' places."""
    if clue.kind == "at":
        return (clue.a,), [1 << clue.a % houses]
    if clue.kind == "off":
        return (clue.a,), [1 << house for house in range(houses) if house != clue.b % houses]
    return (clue.a, clue.b), _patterns(clue.kind, houses)


@cache
def _patterns(kind: str, houses: int) -> tuple[int, ...]:
    gaps = {
        "same": [0],
        "left": [1],
        "next": [-1, 1],
        "before": range(1, houses),
        "not": [gap for gap in range(-houses, houses) if gap],
    }[kind]
    return tuple(pattern_of((a, b), houses) for a in range(houses) for b in range(houses) if b - a in gaps)


def _text(clue: Clue, persons: Sequence[str], houses: int) -> str:
    text = _CLUES[clue.kind].format(a=persons[clue.a], b=persons[clue.b], house=clue.b % houses + 1)
    return text[0].upper() + text[1:]
