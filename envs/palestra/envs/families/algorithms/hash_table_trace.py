"""Putting keys into a hash table with open addressing."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.answers import WordsAnswer
from palestra.envs.config import FamilyConfig, geometric, ramp, stages
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom

_PROBES: tuple[tuple[str, Callable[[int], int]], ...] = (
    ("h + 1, h + 2, h + 3, ...", lambda tries: tries),
    ("h + 2, h + 4, h + 6, ...", lambda tries: 2 * tries),
    ("h + 1, h + 3, h + 6, h + 10, ... (in steps of 1, 2, 3, 4, ...)", lambda tries: tries * (tries + 1) // 2),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class HashTableTraceConfig(FamilyConfig):
    """Which tables are filled."""

    num_cells: int = stages(4, 5, 7, 8, 11, 16, choices=tuple(range(3, 65)))
    """Size of the table."""
    num_keys: int = ramp(3, 13, low=2, high=60)
    """Most keys; never more than four in five cells."""
    high: int = geometric(30, 1000, low=20, high=10**9)
    """Largest key; the smallest is 1."""
    num_probes: int = stages(1, 2, 3)
    """From how many ways of going on one is drawn: by 1, by 2, by growing steps."""


@dataclass(frozen=True, slots=True)
class HashTableTraceKey:
    """The keys in their order, the size of the table, and how a search goes on."""

    keys: tuple[int, ...]
    num_cells: int
    probe: int


class HashTableTrace(Question[HashTableTraceConfig, HashTableTraceKey]):
    """Tables in which at least two keys collide."""

    id: ClassVar[str] = "palestra/HashTableTrace-v1"
    Config: ClassVar[type[HashTableTraceConfig]] = HashTableTraceConfig
    templates = (
        "A hash table has cells 0 to {last}. Key k goes to cell h = k mod {num_cells}; if that is taken, to the first "
        "empty one of {probe} (all mod {num_cells}).\nInsert in order: {keys}",
        "Insert {keys} one by one into an empty table with cells 0 to {last}. The cell of key k is h = k mod "
        "{num_cells}. If it is taken, try {probe} (mod {num_cells}).",
        "Open addressing in a table of {num_cells} cells (0 to {last}), h = k mod {num_cells}. A key whose cell is "
        "taken tries {probe} (mod {num_cells}). Keys in order: {keys}",
        "Fill a table whose cells are 0 to {last} with the keys {keys} in this order. A key k belongs in cell h = k "
        "mod {num_cells} or, where that is taken, in the first empty one of {probe} (mod {num_cells}).",
    )
    answer_format = (
        "The last line of your reply must be the contents of all cells from 0 on, separated by commas, "
        "with `-` for an empty cell."
    )
    verifier = WordsAnswer()

    def draw(self, rng: KeyedRandom) -> HashTableTraceKey:
        """Different keys."""
        config = self.config
        count = min(config.num_keys, config.num_cells * 4 // 5, config.high)
        keys: dict[int, None] = {}
        while len(keys) < count:
            keys[rng.between(1, config.high)] = None
        return HashTableTraceKey(tuple(keys), config.num_cells, rng.below(config.num_probes))

    def build(self, key: HashTableTraceKey, rng: KeyedRandom) -> Content | None:
        """Fill the table; None where no keys collide, or one finds no cell."""
        cells = filled(key)
        if cells is None or len({k % key.num_cells for k in key.keys}) == len(key.keys):
            return None
        return Content(
            slots={
                "keys": ", ".join(map(str, key.keys)),
                "num_cells": str(key.num_cells),
                "last": str(key.num_cells - 1),
                "probe": _PROBES[key.probe][0],
            },
            reference=json.dumps(cells),
            effort=len(key.keys),
        )

    def oracle(self, task: Task) -> str:
        """The cells."""
        return ", ".join(json.loads(task.reference))

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """The right contents in random order."""
        cells = json.loads(task.reference)
        rng.shuffle(cells)
        return ", ".join(cells)


def filled(key: HashTableTraceKey) -> list[str] | None:
    """The contents of the cells; None where a key never finds an empty one."""
    cells = ["-"] * key.num_cells
    for number in key.keys:
        probes = ((number + _PROBES[key.probe][1](tries)) % key.num_cells for tries in range(2 * key.num_cells))
        place = next((cell for cell in probes if cells[cell] == "-"), None)
        if place is None:
            return None
        cells[place] = str(number)
    return cells
