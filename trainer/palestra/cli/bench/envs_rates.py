"""Rates of environments: how many tasks are made, and how many answers are judged, in a second of the CPU."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from palestra.envs import Family, Kind, Question, Row, Scalar, Task

DIFFICULTIES = (0.0, 0.5, 1.0)
SCORED_TASKS = 200
"""Answers are judged in turn over so many tasks."""
_SEED = 20_251_121


class Ours:
    """Tasks of a family of ours, as `rate` and a peer's side want them."""

    def __init__(self, row: Row, config: Mapping[str, Scalar]) -> None:
        self._family = cast("Family[Any, Any]", row.load().configured(config))

    def make(self, index: int) -> Task:
        """The task number `index`."""
        return self._family.task("train", _SEED, index)

    def scorer(self, tasks: Sequence[Task]) -> Callable[[int], float] | None:
        """Judges the right answer of the task number `i % len(tasks)`; None for games, which are played."""
        family = self._family
        if not isinstance(family, Question):
            return None
        verify = family.verifier.verify
        pairs = [(family.oracle(task), task.reference) for task in tasks]
        count = len(pairs)

        def score(index: int) -> float:
            answer, reference = pairs[index % count]
            return verify(answer, reference).score

        return score


@dataclass(frozen=True, kw_only=True, slots=True)
class EnvRates:
    """How fast one of our environments is."""

    id: str
    generated_per_s: tuple[float, ...]
    """Tasks per second at each of `DIFFICULTIES`."""
    scored_per_s: float | None
    """Right answers judged per second at difficulty 0.5; None for games."""

    @property
    def slowest(self) -> float:
        """The least of the rates of generation."""
        return min(self.generated_per_s)

    def to_json(self) -> dict[str, object]:
        """The rates as a JSON object."""
        generated = dict(zip(map(str, DIFFICULTIES), self.generated_per_s, strict=True))
        return {"id": self.id, "generated_per_s": generated, "scored_per_s": self.scored_per_s}


def measure_env(row: Row, seconds: float) -> EnvRates:
    """The rates of a procedural environment.

    Args:
        row: Its row of the table.
        seconds: CPU-seconds for each figure.
    """
    generated: list[float] = []
    scored: float | None = None
    for difficulty in DIFFICULTIES:
        ours = Ours(row, {"difficulty": difficulty})
        ours.make(0)  # loads what is loaded once
        per_s, count = rate(ours.make, 1, seconds)
        generated.append(per_s)
        if difficulty == 0.5 and row.kind is Kind.QUESTION:
            scorer = ours.scorer([ours.make(index) for index in range(min(count, SCORED_TASKS))])
            scored = None if scorer is None else rate(scorer, 0, seconds)[0]
    return EnvRates(id=row.id, generated_per_s=tuple(generated), scored_per_s=scored)


def rate(work: Callable[[int], object], first: int, seconds: float) -> tuple[float, int]:
    """How often per CPU-second `work(first)`, `work(first + 1)`, ... are done, and the number after the last.

    Seconds of the CPU, since what else a machine does is no property of an environment; and without the collector of
    garbage, as in `timeit`, since what it costs depends on all that the process has loaded.
    """
    gc.collect()
    gc.disable()
    try:
        index, spent = first, 0.0
        start = time.process_time()
        while spent < seconds:
            work(index)
            index += 1
            spent = time.process_time() - start
        return (index - first) / spent, index
    finally:
        gc.enable()
