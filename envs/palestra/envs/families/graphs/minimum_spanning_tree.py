"""Minimum spanning tree: join all nodes at the lowest total cost; any cheapest tree is right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.answers import RecordVerifier
from palestra.envs.config import FamilyConfig, ramp, stages
from palestra.envs.errors import ConfigError
from palestra.envs.families.graphs.drawing import Edge, draw_connected, graph_shape, most_edges, name_nodes, tell_edges
from palestra.envs.families.graphs.reading import final_pairs
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.record import decode, encode
from palestra.envs.task import Task
from palestra.verifiers import Verdict
from palestra.verifiers.keyed_random import KeyedRandom


@dataclass(frozen=True, kw_only=True, slots=True)
class MinimumSpanningTreeConfig(FamilyConfig):
    """Which graphs are spanned."""

    num_nodes: int = ramp(4, 18, low=3, high=24)
    """How many nodes there are."""
    num_edges: int = ramp(5, 44, low=3, high=200)
    """How many edges there are."""
    max_cost: int = stages(9, 9, 20, 20, 50, choices=(9, 20, 50, 99, 999))
    """The dearest edge; the cheapest costs 1."""

    def check(self) -> None:
        """The graph has a cycle, and no more edges than pairs."""
        low, high = self.num_nodes, most_edges(self.num_nodes)
        if not low <= self.num_edges <= high:
            raise ConfigError(
                f"`num_edges` must lie in {low}..{high}, got {self.num_edges}\n\nhint: set `num_nodes` too"
            )


@dataclass(frozen=True, kw_only=True, slots=True)
class MinimumSpanningTreeKey:
    """A connected graph."""

    edges: tuple[Edge, ...]
    costs: tuple[int, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class MinimumSpanningTreePuzzle:
    """What an answer is checked against."""

    nodes: tuple[str, ...]
    edges: tuple[int, ...]
    """Node, node and cost, one edge after the other."""
    tree: tuple[int, ...]
    """Which edges make a cheapest tree."""
    lowest: int


class MinimumSpanningTreeVerifier(RecordVerifier[MinimumSpanningTreePuzzle]):
    """PASS when the edges exist, are as many as a tree has, join all nodes, and cost as little as can be."""

    name: ClassVar[str] = "minimum-spanning-tree"
    record_type = MinimumSpanningTreePuzzle

    def judge(self, response: str, reference: MinimumSpanningTreePuzzle) -> Verdict:
        """Check the edges, then the tree, then its cost."""
        names, pairs = reference.nodes, final_pairs(response, reference.nodes)
        flat = reference.edges
        cost_of = {(flat[i], flat[i + 1]): flat[i + 2] for i in range(0, len(flat), 3)}
        for u, v in pairs:
            if (u, v) not in cost_of:
                return Verdict.failed(f"there is no edge {names[u]}-{names[v]}")
        if len(pairs) != len(names) - 1:
            return Verdict.failed(f"{len(pairs)} edges, a tree of {len(names)} nodes has {len(names) - 1}")
        costs = [cost_of[pair] for pair in pairs]
        if len(cheapest_tree(len(names), pairs, costs)) < len(pairs):
            return Verdict.failed("the edges hold a cycle, and do not join all nodes")
        detail = f"the tree costs {sum(costs)}, the cheapest {reference.lowest}"
        return Verdict.passed(detail) if sum(costs) == reference.lowest else Verdict.failed(detail)


class MinimumSpanningTree(Question[MinimumSpanningTreeConfig, MinimumSpanningTreeKey]):
    """Connected graphs with costs."""

    id: ClassVar[str] = "palestra/MinimumSpanningTree-v1"
    Config: ClassVar[type[MinimumSpanningTreeConfig]] = MinimumSpanningTreeConfig
    templates = (
        "Edges and their costs: {edges}.\nFind a minimum spanning tree.",
        "Cables that could be laid between houses, with their prices: {edges}.\n"
        "Choose cables of the lowest total price that join all the houses, directly or through others.",
        "Which of these roads should be kept, so that each town can be reached from each other one "
        "and the sum of the numbers is lowest?\n{edges}",
    )
    answer_format = (
        "The last line of your reply must be the list of chosen pairs alone, "
        "each pair joined by a hyphen, separated by commas."
    )
    verifier = MinimumSpanningTreeVerifier()

    def draw(self, rng: KeyedRandom) -> MinimumSpanningTreeKey:
        """A connected graph with costs."""
        edges = draw_connected(self.config.num_nodes, self.config.num_edges, rng)
        return MinimumSpanningTreeKey(edges=edges, costs=tuple(rng.between(1, self.config.max_cost) for _ in edges))

    def canonical(self, key: MinimumSpanningTreeKey) -> str:
        """The graph without names."""
        return graph_shape(self.config.num_nodes, key.edges, weights=key.costs)

    def build(self, key: MinimumSpanningTreeKey, rng: KeyedRandom) -> Content:
        """Find a cheapest tree."""
        names = name_nodes(self.config.num_nodes, rng)
        tree = cheapest_tree(self.config.num_nodes, key.edges, key.costs)
        flat = tuple(x for (u, v), cost in zip(key.edges, key.costs, strict=True) for x in (u, v, cost))
        puzzle = MinimumSpanningTreePuzzle(nodes=names, edges=flat, tree=tree, lowest=sum(key.costs[i] for i in tree))
        return Content(
            slots={"edges": tell_edges(key.edges, names, rng, weights=key.costs)},
            reference=encode(puzzle),
            effort=len(key.edges),
            meta={"num_nodes": len(names), "num_edges": len(key.edges)},
            symbols=names,
        )

    def oracle(self, task: Task) -> str:
        """A cheapest tree."""
        puzzle = decode(MinimumSpanningTreePuzzle, task.reference)
        return ", ".join(_pair(puzzle, i) for i in puzzle.tree)

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """As many random edges as a tree has."""
        puzzle = decode(MinimumSpanningTreePuzzle, task.reference)
        return ", ".join(_pair(puzzle, i) for i in rng.sample(range(len(puzzle.edges) // 3), len(puzzle.tree)))


def cheapest_tree(num_nodes: int, edges: Sequence[Edge], costs: Sequence[int]) -> tuple[int, ...]:
    """Which edges make a cheapest tree of each connected part (Kruskal)."""
    part = list(range(num_nodes))
    tree = []
    for i in sorted(range(len(edges)), key=lambda i: (costs[i], i)):
        u, v = (part[end] for end in edges[i])
        if u != v:
            tree.append(i)
            part = [v if p == u else p for p in part]
    return tuple(tree)


def _pair(puzzle: MinimumSpanningTreePuzzle, edge: int) -> str:
    u, v = puzzle.edges[3 * edge : 3 * edge + 2]
    return f"{puzzle.nodes[u]}-{puzzle.nodes[v]}"
