"""Critical paths: a chain of tasks that takes longest; any longest chain is right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

from palestra.envs.answers import RecordVerifier
from palestra.envs.config import FamilyConfig, ramp, stages
from palestra.envs.families.graphs.drawing import (
    Edge,
    draw_edges,
    graph_shape,
    most_edges,
    name_nodes,
    neighbour_masks,
    tell_edges,
)
from palestra.envs.families.graphs.graph_config import check_room
from palestra.envs.families.graphs.reading import final_nodes
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.record import decode, encode
from palestra.envs.task import Task
from palestra.verifiers import Verdict
from palestra.verifiers.keyed_random import KeyedRandom


@dataclass(frozen=True, kw_only=True, slots=True)
class CriticalPathConfig(FamilyConfig):
    """Which projects are looked at."""

    num_tasks: int = ramp(4, 20, low=3, high=24)
    """How many tasks there are."""
    num_needs: int = ramp(4, 40, low=2, high=150)
    """How many pairs are given of which one comes first."""
    max_days: int = stages(9, 9, 20, 20, 50, choices=(9, 20, 50, 99))
    """The longest task; the shortest takes 1 day."""

    def check(self) -> None:
        """There are that many pairs."""
        check_room("num_needs", self.num_needs, most_edges(self.num_tasks), more="tasks")


@dataclass(frozen=True, kw_only=True, slots=True)
class CriticalPathKey:
    """Tasks 0, 1, 2, ... of which a later one may need an earlier one."""

    needs: tuple[Edge, ...]
    days: tuple[int, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class CriticalPathPuzzle:
    """What an answer is checked against."""

    tasks: tuple[str, ...]
    days: tuple[int, ...]
    later: tuple[int, ...]
    """For each task the bits of those that need it."""
    chain: tuple[int, ...]
    """A longest chain."""


class CriticalPathVerifier(RecordVerifier[CriticalPathPuzzle]):
    """PASS when arrows lead along the chain and no chain takes longer."""

    name: ClassVar[str] = "critical-path"
    record_type = CriticalPathPuzzle

    def judge(self, response: str, reference: CriticalPathPuzzle) -> Verdict:
        """Check the arrows, then the days."""
        names, chain = reference.tasks, final_nodes(response, reference.tasks)
        for u, v in pairwise(chain):
            if not reference.later[u] >> v & 1:
                return Verdict.failed(f"no arrow leads from {names[u]} to {names[v]}")
        total, longest = (sum(reference.days[task] for task in tasks) for tasks in (chain, reference.chain))
        detail = f"the chain takes {total} days, the longest {longest}"
        return Verdict.passed(detail) if total == longest else Verdict.failed(detail)


class CriticalPath(Question[CriticalPathConfig, CriticalPathKey]):
    """Projects of tasks with durations."""

    id: ClassVar[str] = "palestra/CriticalPath-v1"
    Config: ClassVar[type[CriticalPathConfig]] = CriticalPathConfig
    templates = (
        "Tasks and their days: {days}.\nAn arrow goes from a task to one that can start only after it: {needs}.\n"
        "Find a critical path: a chain along arrows whose days add up to the most.",
        "A project has the tasks {days}, each with the days that it takes.\nWhat must be done before what: {needs}.\n"
        "Which chain of arrows decides how long the project takes, since no chain takes longer?",
        "Follow arrows and collect the numbers of the nodes that you visit; start at any node.\nArrows: {needs}.\n"
        "Numbers: {days}.\nWhich walk collects the greatest total?",
    )
    answer_format = "The last line of your reply must be the names of the chain alone, in order, separated by commas."
    verifier = CriticalPathVerifier()

    def draw(self, rng: KeyedRandom) -> CriticalPathKey:
        """Random arrows and days."""
        needs = draw_edges(self.config.num_tasks, self.config.num_needs, rng)
        days = tuple(rng.between(1, self.config.max_days) for _ in range(self.config.num_tasks))
        return CriticalPathKey(needs=needs, days=days)

    def canonical(self, key: CriticalPathKey) -> str:
        """The project without names."""
        return graph_shape(len(key.days), key.needs, marks=key.days, directed=True)

    def build(self, key: CriticalPathKey, rng: KeyedRandom) -> Content:
        """Find a longest chain."""
        n = len(key.days)
        names = name_nodes(n, rng)
        later = neighbour_masks(n, key.needs, directed=True)
        chain = longest_chain(later, key.days)
        told = sorted(f"{name} {days}" for name, days in zip(names, key.days, strict=True))
        return Content(
            slots={"days": ", ".join(told), "needs": tell_edges(key.needs, names, rng, arrow="->")},
            reference=encode(CriticalPathPuzzle(tasks=names, days=key.days, later=later, chain=chain)),
            effort=len(key.needs) + len(chain),
            meta={"num_tasks": n, "num_needs": len(key.needs)},
            symbols=names,
        )

    def oracle(self, task: Task) -> str:
        """A longest chain."""
        puzzle = decode(CriticalPathPuzzle, task.reference)
        return ", ".join(puzzle.tasks[i] for i in puzzle.chain)

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """A random chain along arrows."""
        puzzle = decode(CriticalPathPuzzle, task.reference)
        chain = [rng.below(len(puzzle.tasks))]
        while after := [i for i in range(len(puzzle.tasks)) if puzzle.later[chain[-1]] >> i & 1]:
            chain.append(rng.choice(after))
        return ", ".join(puzzle.tasks[i] for i in chain)


def longest_chain(later: Sequence[int], days: Sequence[int]) -> tuple[int, ...]:
    """A longest chain of tasks of which later ones have greater numbers."""
    best: list[tuple[int, tuple[int, ...]]] = [(0, ())] * len(days)
    for task in reversed(range(len(days))):
        follow = max((best[i] for i in range(task + 1, len(days)) if later[task] >> i & 1), default=(0, ()))
        best[task] = (days[task] + follow[0], (task, *follow[1]))
    return max(best)[1]
