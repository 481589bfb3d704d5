"""Questions that ask for a set of nodes; largest cliques and independent sets."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.families.graphs.drawing import Edge, graph_shape, name_nodes, neighbour_masks, tell_edges
from palestra.envs.families.graphs.graph_config import GraphConfigT
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.record import decode, encode
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom


@dataclass(frozen=True, kw_only=True, slots=True)
class NodeSetPuzzle:
    """A graph and a set of its nodes that is a right answer."""

    nodes: tuple[str, ...]
    neighbours: tuple[int, ...]
    answer: int
    """The bits of the set."""
    size: int
    """How many nodes an answer must have, or may have at most."""


class NodeSetQuestion(Question[GraphConfigT, tuple[Edge, ...]]):
    """Graphs in which a best set of nodes is asked for; a subclass finds one. The key is the edges."""

    too_good: ClassVar[int]
    """What is added to the size of a best set to ask for a set that there is not: 1 or -1."""

    @abstractmethod
    def best_set(self, neighbours: Sequence[int]) -> int:
        """The bits of a best set; `neighbours` has the bits of each node's neighbours."""

    def canonical(self, key: tuple[Edge, ...]) -> str:
        """The graph without names."""
        return graph_shape(self.config.num_nodes, key)

    def build(self, key: tuple[Edge, ...], rng: KeyedRandom) -> Content:
        """Find a best set, and ask for one of its size."""
        return self._content(key, rng, beyond=0)

    def unsolvable(self, key: tuple[Edge, ...], rng: KeyedRandom) -> Content:
        """The same graph, asked for a set that is better by one node."""
        return self._content(key, rng, beyond=self.too_good)

    def oracle(self, task: Task) -> str:
        """A best set."""
        puzzle = decode(NodeSetPuzzle, task.reference)
        return ", ".join(node for i, node in enumerate(puzzle.nodes) if puzzle.answer >> i & 1)

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """As many random nodes as are asked for."""
        puzzle = decode(NodeSetPuzzle, task.reference)
        return ", ".join(rng.sample(puzzle.nodes, puzzle.size))

    def _content(self, edges: Sequence[Edge], rng: KeyedRandom, *, beyond: int) -> Content:
        n = self.config.num_nodes
        masks = neighbour_masks(n, edges)
        best = self.best_set(masks)
        size = best.bit_count() + beyond
        names = name_nodes(n, rng)
        return Content(
            slots={"edges": tell_edges(edges, names, rng), "size": str(size)},
            reference=encode(NodeSetPuzzle(nodes=names, neighbours=masks, answer=best, size=size)),
            effort=len(edges),
            meta={"num_nodes": n, "num_edges": len(edges)},
            symbols=names,
        )


def largest_clique(neighbours: Sequence[int]) -> int:
    """A largest set of nodes that are all joined to each other."""
    everything = (1 << len(neighbours)) - 1
    strangers = [everything & ~mask & ~(1 << node) for node, mask in enumerate(neighbours)]
    return largest_independent_set(strangers)


def largest_independent_set(neighbours: Sequence[int]) -> int:
    """A largest set of nodes of which no two are joined."""
    return _independent((1 << len(neighbours)) - 1, neighbours)


def _independent(open_nodes: int, neighbours: Sequence[int]) -> int:
    """A largest independent set among the open nodes: take nodes of degree 0 or 1, branch on the busiest one."""
    taken = 0
    while open_nodes:
        busiest, most, rest = -1, -1, open_nodes
        while rest:
            bit = rest & -rest
            rest ^= bit
            node = bit.bit_length() - 1
            degree = (neighbours[node] & open_nodes).bit_count()
            if degree < 2:
                taken |= bit
                open_nodes &= ~(bit | neighbours[node])
                break
            if degree > most:
                busiest, most = node, degree
        else:
            without = open_nodes & ~(1 << busiest)
            left = _independent(without, neighbours)
            right = _independent(without & ~neighbours[busiest], neighbours) | 1 << busiest
            return taken | (right if right.bit_count() > left.bit_count() else left)
    return taken
