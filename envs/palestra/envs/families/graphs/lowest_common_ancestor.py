"""Lowest common ancestor: the deepest node of a tree above two others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.answers import IntegersAnswer
from palestra.envs.config import FamilyConfig, ramp
from palestra.envs.families.graphs.drawing import graph_shape, tell_edges
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom

_NUMBERS = range(1, 500)
_FAR = 3  # steps from which on all tasks are kept; of those with a nearer ancestor a share, or parents would be right


@dataclass(frozen=True, kw_only=True, slots=True)
class LowestCommonAncestorConfig(FamilyConfig):
    """Which trees are climbed."""

    num_nodes: int = ramp(12, 60, low=6, high=200)
    """How many nodes there are."""
    reach: int = ramp(4, 6, low=1, high=50)
    """A new node hangs at one of the last so many nodes: the smaller, the deeper the tree."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LowestCommonAncestorKey:
    """A tree with the root 0, and two of its nodes."""

    parents: tuple[int, ...]
    """The parent of node 1, of node 2, ..."""
    pair: tuple[int, int]


class LowestCommonAncestor(Question[LowestCommonAncestorConfig, LowestCommonAncestorKey]):
    """Trees in which neither of the two nodes is above the other."""

    id: ClassVar[str] = "palestra/LowestCommonAncestor-v1"
    Config: ClassVar[type[LowestCommonAncestorConfig]] = LowestCommonAncestorConfig
    floor = 0.02
    templates = (
        "A tree, each arrow from a parent to its child: {tree}.\n"
        "Which node is the lowest common ancestor of {one} and {two}?",
        "A folder lies in the one left of its arrow: {tree}.\nWhat is the smallest folder that holds {one} and {two}?",
        "Who leads whom directly: {tree}.\nWho is the lowest superior that {one} and {two} have in common?",
    )
    answer_format = "The last line of your reply must be its number alone."
    verifier = IntegersAnswer()

    def draw(self, rng: KeyedRandom) -> LowestCommonAncestorKey:
        """Hang node after node at one of the latest, and choose two nodes."""
        n, reach = self.config.num_nodes, self.config.reach
        parents = tuple(node - 1 - rng.below(min(node, reach)) for node in range(1, n))
        first = rng.between(n // 2, n - 1)
        return LowestCommonAncestorKey(parents=parents, pair=(first, rng.between(1, n - 1)))

    def canonical(self, key: LowestCommonAncestorKey) -> str:
        """The tree without names, its two nodes marked."""
        n = len(key.parents) + 1
        edges = [(parent, node + 1) for node, parent in enumerate(key.parents)]
        return graph_shape(n, edges, marks=[int(node in key.pair) for node in range(n)], directed=True)

    def build(self, key: LowestCommonAncestorKey, rng: KeyedRandom) -> Content | None:
        """Find the ancestor; None where one node is above the other, and more often so the nearer the ancestor is."""
        lines = [ancestors(node, key.parents) for node in key.pair]
        if key.pair[0] in lines[1] or key.pair[1] in lines[0]:
            return None
        lowest = next(node for node in lines[0] if node in lines[1])
        if min(line.index(lowest) for line in lines) <= rng.below(_FAR):
            return None
        names = [str(number) for number in rng.sample(_NUMBERS, len(key.parents) + 1)]
        edges = [(parent, node + 1) for node, parent in enumerate(key.parents)]
        one, two = (names[node] for node in rng.sample(key.pair, 2))
        return Content(
            slots={"tree": tell_edges(edges, names, rng, arrow="->"), "one": one, "two": two},
            reference=f"[{names[lowest]}]",
            effort=len(names) + lines[0].index(lowest) + lines[1].index(lowest),
            meta={"num_nodes": len(names)},
            symbols=tuple(names),
        )

    def oracle(self, task: Task) -> str:
        """The ancestor."""
        return task.reference.strip("[]")

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """A number that a node may have."""
        return str(rng.choice(_NUMBERS))


def ancestors(node: int, parents: Sequence[int]) -> list[int]:
    """The node, its parent, and so on up to the root."""
    line = [node]
    while line[-1]:
        line.append(parents[line[-1] - 1])
    return line
