"""Packing the most valuable items into a bag; every best choice is right."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.answers import RecordVerifier, final_line, read_words
from palestra.envs.config import FamilyConfig, ramp
from palestra.envs.families.shortcuts import is_left_out
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.record import decode, encode
from palestra.envs.task import Task
from palestra.verifiers.answer import quote
from palestra.verifiers.keyed_random import KeyedRandom
from palestra.verifiers.verdict import Verdict

_ITEMS = [
    "apple",
    "basket",
    "blanket",
    "book",
    "bottle",
    "bowl",
    "brush",
    "camera",
    "candle",
    "chain",
    "clock",
    "coat",
    "compass",
    "cup",
    "drum",
    "flute",
    "globe",
    "hammer",
    "hat",
    "jar",
    "kettle",
    "knife",
    "lamp",
    "lens",
    "map",
    "mirror",
    "mug",
    "pan",
    "pen",
    "pillow",
    "pot",
    "radio",
    "ring",
    "rope",
    "saw",
    "scarf",
    "spoon",
    "tent",
    "torch",
    "vase",
]


@dataclass(frozen=True, slots=True)
class Bag:
    """Items that may be packed, and one best choice."""

    capacity: int
    weights: dict[str, int]
    values: dict[str, int]
    best: tuple[str, ...]


class PackingVerifier(RecordVerifier[Bag]):
    """PASS when the items of the final line fit into the bag and no choice is worth more.

    Reference: `Bag` as JSON.
    """

    name: ClassVar[str] = "knapsack-packing"
    record_type = Bag

    def judge(self, response: str, reference: Bag) -> Verdict:
        """Weigh and add up."""
        items = [word.casefold() for word in read_words(final_line(response)) if word.casefold() != "and"]
        unknown = [item for item in items if item not in reference.weights]
        if unknown:
            return Verdict.failed(f"`{quote(unknown[0])}` is none of the items")
        if len(set(items)) < len(items):
            return Verdict.failed("an item is packed twice")
        weight = sum(reference.weights[item] for item in items)
        if weight > reference.capacity:
            return Verdict.failed(f"the weight is {weight}, the bag holds {reference.capacity}")
        value, best = (sum(reference.values[item] for item in choice) for choice in (items, reference.best))
        if value < best:
            return Verdict.failed(f"the value is {value}, the best is {best}")
        return Verdict.passed(f"the value {value} is the best")


@dataclass(frozen=True, kw_only=True, slots=True)
class KnapsackItemsConfig(FamilyConfig):
    """Which bags are packed."""

    num_items: int = ramp(5, 16, low=3, high=30)
    """How many items there are."""
    high: int = ramp(10, 60, low=5, high=100)
    """Largest weight and value of an item."""


Item = tuple[str, int, int]


class KnapsackItems(Question[KnapsackItemsConfig, tuple[Item, ...]]):
    """Items with whole weights and values; the bag holds half of their weight."""

    id: ClassVar[str] = "palestra/KnapsackItems-v1"
    Config: ClassVar[type[KnapsackItemsConfig]] = KnapsackItemsConfig
    templates = (
        "A bag holds a weight of {capacity}. Items (weight, value): {items}. Which should be packed to get the highest "
        "total value?",
        "Items with (weight, value): {items}.\nPack a bag that holds a weight of at most {capacity} "
        "so that the total value is as high as possible.",
        "You may carry a weight of up to {capacity}. Choose the most valuable load; items are given with their "
        "(weight, value): {items}.",
        "Choose from these items, each with its (weight, value): {items}.\n"
        "The weights may add up to {capacity} at most, the values to as much as possible.",
    )
    answer_format = "Each item can be taken once. The last line of your reply must be the items, separated by commas."
    verifier = PackingVerifier()

    def draw(self, rng: KeyedRandom) -> tuple[Item, ...]:
        """Different items."""
        high = self.config.high
        names = rng.sample(_ITEMS, self.config.num_items)
        return tuple((name, rng.between(1, high), rng.between(1, high)) for name in names)

    def canonical(self, key: tuple[Item, ...]) -> str:
        """Weights and values without names."""
        return str(sorted((weight, value) for _, weight, value in key))

    def build(self, key: tuple[Item, ...], rng: KeyedRandom) -> Content | None:
        """Ask for a best choice; None where that is a single item, and mostly where a simple order finds it."""
        capacity = sum(weight for _, weight, _ in key) // 2
        best = best_choice(key, capacity)
        if len(best) < 2 or (hasty_value(key, capacity) == value_of(best, key) and is_left_out(rng, keep_one_in=16)):
            return None
        bag = Bag(capacity, {name: w for name, w, _ in key}, {name: v for name, _, v in key}, best)
        return Content(
            slots={"capacity": str(capacity), "items": ", ".join(f"{n} ({w}, {v})" for n, w, v in key)},
            reference=encode(bag),
            effort=len(key),
            symbols=tuple(name for name, _, _ in key),
        )

    def oracle(self, task: Task) -> str:
        """One best choice."""
        return ", ".join(decode(Bag, task.reference).best)

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """Items in random order while they fit."""
        bag, left = decode(Bag, task.reference), decode(Bag, task.reference).capacity
        names, packed = rng.sample(tuple(bag.weights), len(bag.weights)), []
        for name in names:
            if bag.weights[name] <= left:
                left -= bag.weights[name]
                packed.append(name)
        return ", ".join(packed)


def value_of(names: Sequence[str], items: Sequence[Item]) -> int:
    """What the named items are worth together."""
    return sum(value for name, _, value in items if name in names)


def hasty_value(items: Sequence[Item], capacity: int) -> int:
    """The most that comes of packing what fits, in order of worth by weight, of worth, or of weight."""
    orders: tuple[Callable[[Item], float], ...] = (
        lambda item: -item[2] / item[1],
        lambda item: -item[2],
        lambda item: item[1],
    )
    most = 0
    for order in orders:
        left, total = capacity, 0
        for _, weight, value in sorted(items, key=order):
            if weight <= left:
                left, total = left - weight, total + value
        most = max(most, total)
    return most


def best_choice(items: tuple[Item, ...], capacity: int) -> tuple[str, ...]:
    """The names of a most valuable choice within the capacity.

    >>> best_choice((("a", 3, 5), ("b", 2, 3), ("c", 2, 3)), 4)
    ('b', 'c')
    """
    worth: dict[int, tuple[int, int]] = {0: (0, 0)}  # weight -> (value, chosen items as bits), undominated only
    for i, (_, weight, value) in enumerate(items):
        grown = dict(worth)
        for used, (total, chosen) in worth.items():
            heavier = used + weight
            if heavier <= capacity and total + value > grown.get(heavier, (-1, 0))[0]:
                grown[heavier] = (total + value, chosen | 1 << i)
        worth, high = {}, -1
        for used in sorted(grown):
            if grown[used][0] > high:
                worth[used], high = grown[used], grown[used][0]
    _, chosen = worth[max(worth)]
    return tuple(name for i, (name, _, _) in enumerate(items) if chosen >> i & 1)
