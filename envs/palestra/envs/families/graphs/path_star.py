"""Path-star graphs: arms that meet in a centre; which arm leads to the goal is seen from its far end only."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.answers import WordsAnswer
from palestra.envs.config import FamilyConfig, ramp
from palestra.envs.families.graphs.drawing import tell_edges
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom


@dataclass(frozen=True, kw_only=True, slots=True)
class PathStarConfig(FamilyConfig):
    """Which stars are asked about."""

    num_arms: int = ramp(2, 8, low=2, high=20)
    """How many arms meet in the centre."""
    arm_length: int = ramp(2, 10, low=1, high=30)
    """How many nodes an arm has besides the centre."""


class PathStar(Question[PathStarConfig, tuple[int, ...]]):
    """Stars with numbered nodes; the key is the number of the centre, then arm by arm; the first arm is asked for."""

    id: ClassVar[str] = "palestra/PathStar-v1"
    Config: ClassVar[type[PathStarConfig]] = PathStarConfig
    templates = (
        "Edges: {edges}.\nFind the path from {start} to {goal}.",
        "These pairs of nodes are joined: {edges}.\nThere is exactly one path from {start} to {goal}. Which one?",
        "Tunnels join these caves: {edges}.\nYou are in cave {start}. Through which caves do you reach cave {goal}?",
    )
    answer_format = (
        "The last line of your reply must be the path alone: all its numbers, both ends too, separated by commas."
    )
    verifier = WordsAnswer()

    def draw(self, rng: KeyedRandom) -> tuple[int, ...]:
        """Different numbers for all nodes."""
        num_nodes = 1 + self.config.num_arms * self.config.arm_length
        limit = 100 if num_nodes <= 50 else 1000
        numbers: dict[int, None] = {}
        while len(numbers) < num_nodes:
            numbers[rng.below(limit)] = None
        return tuple(numbers)

    def canonical(self, key: tuple[int, ...]) -> str:
        """The centre, the asked arm, and the other arms in order."""
        first, *others = self._arms(key)
        return repr((key[0], first, sorted(others)))

    def build(self, key: tuple[int, ...], rng: KeyedRandom) -> Content:
        """Tell the edges."""
        length, names = self.config.arm_length, [str(number) for number in key]
        edges = [(i if i % length else 0, i + 1) for i in range(len(key) - 1)]
        path = [key[0], *self._arms(key)[0]]
        return Content(
            slots={"edges": tell_edges(edges, names, rng), "start": names[0], "goal": str(path[-1])},
            reference=json.dumps([str(number) for number in path]),
            effort=len(edges),
            meta={"num_arms": self.config.num_arms, "arm_length": length},
            symbols=tuple(names),
        )

    def oracle(self, task: Task) -> str:
        """The path."""
        return ", ".join(json.loads(task.reference))

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """Any numbers between the ends."""
        path = json.loads(task.reference)
        return ", ".join([path[0], *(str(rng.below(100)) for _ in path[1:-1]), path[-1]])

    def _arms(self, key: tuple[int, ...]) -> list[tuple[int, ...]]:
        length = self.config.arm_length
        return [key[i : i + length] for i in range(1, len(key), length)]
