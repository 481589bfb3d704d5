"""The state of a list in the middle of a sorting algorithm."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.answers import IntegersAnswer, read_integers
from palestra.envs.config import FamilyConfig, ramp, stages
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom


def _selection_pass(items: list[int], turn: int) -> None:
    if turn >= len(items):
        return
    smallest = items.index(min(items[turn:]), turn)
    items[turn], items[smallest] = items[smallest], items[turn]


def _bubble_pass(items: list[int], turn: int) -> None:
    for i in range(len(items) - 1):
        if items[i] > items[i + 1]:
            items[i], items[i + 1] = items[i + 1], items[i]


def _insertion_pass(items: list[int], turn: int) -> None:
    items[: turn + 2] = sorted(items[: turn + 2])


def _shaker_pass(items: list[int], turn: int) -> None:
    if turn % 2 == 0:
        _bubble_pass(items, turn)
        return
    for i in range(len(items) - 1, 0, -1):
        if items[i - 1] > items[i]:
            items[i], items[i - 1] = items[i - 1], items[i]


def _gnome_pass(items: list[int], turn: int) -> None:
    place = next((i for i in range(len(items) - 1) if items[i] > items[i + 1]), None)
    if place is not None:
        items[place], items[place + 1] = items[place + 1], items[place]


@dataclass(frozen=True, kw_only=True, slots=True)
class Algorithm:
    """A sorting algorithm, one pass at a time."""

    text: str
    apply: Callable[[list[int], int], None]


ALGORITHMS = (
    Algorithm(
        text="selection sort: pass k exchanges the smallest of the numbers from place k on with the one at place k",
        apply=_selection_pass,
    ),
    Algorithm(
        text="bubble sort: a pass goes from left to right and exchanges neighbours that are out of order",
        apply=_bubble_pass,
    ),
    Algorithm(
        text="insertion sort: pass k moves the number at place k + 1 to the left until the first k + 1 are sorted",
        apply=_insertion_pass,
    ),
    Algorithm(
        text="cocktail sort: odd passes go from left to right, even ones from right to left, "
        "and each exchanges neighbours that are out of order",
        apply=_shaker_pass,
    ),
    Algorithm(
        text="a slow sort: a pass exchanges only the first two neighbours, from the left, that are out of order",
        apply=_gnome_pass,
    ),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class SortingTraceConfig(FamilyConfig):
    """Which runs are followed."""

    num_numbers: int = ramp(4, 16, low=4, high=60)
    """How many numbers are sorted."""
    num_passes: int = ramp(1, 8, low=1, high=50)
    """Most passes."""
    num_algorithms: int = stages(2, 3, 4, 5)
    """From how many algorithms one is drawn."""


@dataclass(frozen=True, slots=True)
class SortingTraceKey:
    """The list, the place of the algorithm in `ALGORITHMS`, and the passes."""

    numbers: tuple[int, ...]
    algorithm: int
    num_passes: int


class SortingTrace(Question[SortingTraceConfig, SortingTraceKey]):
    """Runs that are stopped before the list is sorted."""

    id: ClassVar[str] = "palestra/SortingTrace-v1"
    Config: ClassVar[type[SortingTraceConfig]] = SortingTraceConfig
    templates = (
        "The list {numbers} is sorted upwards by {algorithm}.\nWhat is the list after {passes}?",
        "Sort {numbers} upwards by {algorithm}.\nStop after {passes}.",
        "List: {numbers}\nAlgorithm: {algorithm}.\nShow the list after {passes}.",
        "After {passes}, how has the list {numbers} changed? It is being sorted upwards by {algorithm}.",
    )
    answer_format = "The last line of your reply must be the whole list at that moment, separated by commas."
    verifier = IntegersAnswer()

    def draw(self, rng: KeyedRandom) -> SortingTraceKey:
        """Different numbers and a run."""
        config = self.config
        numbers = tuple(rng.sample(_POOL, config.num_numbers))
        num_passes = rng.between(max(1, config.num_passes // 2), config.num_passes)
        return SortingTraceKey(numbers, rng.below(config.num_algorithms), num_passes)

    def build(self, key: SortingTraceKey, rng: KeyedRandom) -> Content | None:
        """Follow the run; None where the list is sorted too early or has not changed in the last pass."""
        items, before = list(key.numbers), list[int]()
        for turn in range(key.num_passes):
            before = items[:]
            ALGORITHMS[key.algorithm].apply(items, turn)
        if items in (before, sorted(items), list(key.numbers)):
            return None
        plural = "" if key.num_passes == 1 else "es"
        return Content(
            slots={
                "numbers": ", ".join(map(str, key.numbers)),
                "algorithm": ALGORITHMS[key.algorithm].text,
                "passes": f"{key.num_passes} pass{plural}",
            },
            reference=str(items),
            effort=key.num_passes * len(items),
        )

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """The numbers in random order."""
        numbers = list(read_integers(task.reference))
        rng.shuffle(numbers)
        return ", ".join(map(str, numbers))


_POOL = range(1, 100)
