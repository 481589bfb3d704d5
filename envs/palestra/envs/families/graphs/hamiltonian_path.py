"""Hamiltonian paths: visit every node exactly once; any such path is right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

from palestra.envs.answers import RecordVerifier
from palestra.envs.config import FamilyConfig, ramp
from palestra.envs.families.graphs.drawing import Edge, graph_shape, most_edges, name_nodes, neighbour_masks, tell_edges
from palestra.envs.families.graphs.graph_config import check_room
from palestra.envs.families.graphs.reading import final_nodes
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.record import decode, encode
from palestra.envs.task import Task
from palestra.verifiers import Verdict
from palestra.verifiers.keyed_random import KeyedRandom


@dataclass(frozen=True, kw_only=True, slots=True)
class HamiltonianPathConfig(FamilyConfig):
    """Which graphs are walked."""

    num_nodes: int = ramp(7, 24, low=4, high=24)
    """How many nodes there are."""
    num_extra: int = ramp(4, 24, low=0, high=60)
    """How many edges there are besides those of the hidden path at most; up to two fewer."""

    def check(self) -> None:
        """There are that many pairs."""
        check_room("num_extra", self.num_extra, most_edges(self.num_nodes - 1) * 2 // 3)


@dataclass(frozen=True, kw_only=True, slots=True)
class HamiltonianPathPuzzle:
    """What an answer is checked against; the nodes are in the order of a right path."""

    nodes: tuple[str, ...]
    neighbours: tuple[int, ...]


class HamiltonianPathVerifier(RecordVerifier[HamiltonianPathPuzzle]):
    """PASS when every node is named once and edges join the neighbours of the list."""

    name: ClassVar[str] = "hamiltonian-path"
    record_type = HamiltonianPathPuzzle

    def judge(self, response: str, reference: HamiltonianPathPuzzle) -> Verdict:
        """Check the nodes, then the steps."""
        names, path = reference.nodes, final_nodes(response, reference.nodes)
        if len(path) != len(names) or len(set(path)) != len(names):
            return Verdict.failed(f"{len(set(path))} of {len(names)} nodes in a path of {len(path)}")
        for u, v in pairwise(path):
            if not reference.neighbours[u] >> v & 1:
                return Verdict.failed(f"no edge joins {names[u]} and {names[v]}")
        return Verdict.passed(f"the path visits all {len(names)} nodes")


class HamiltonianPath(Question[HamiltonianPathConfig, tuple[Edge, ...]]):
    """Graphs with the hidden path 0, 1, 2, ...; the key is the other edges."""

    id: ClassVar[str] = "palestra/HamiltonianPath-v1"
    Config: ClassVar[type[HamiltonianPathConfig]] = HamiltonianPathConfig
    templates = (
        "Edges: {edges}.\nFind a path that visits every node exactly once.",
        "Neighbours on a map: {edges}.\nGo from neighbour to neighbour so that you come to every place exactly once.",
        "Line up all of these so that each one knows the next; who knows whom: {edges}.",
    )
    answer_format = (
        "You may start anywhere, and need not come back. "
        "The last line of your reply must be the names alone, in order, separated by commas."
    )
    verifier = HamiltonianPathVerifier()

    def draw(self, rng: KeyedRandom) -> tuple[Edge, ...]:
        """Edges that are not on the hidden path."""
        n = self.config.num_nodes
        num_extra = self.config.num_extra - rng.below(3)
        extra: dict[Edge, None] = {}
        while len(extra) < num_extra:
            u, v = divmod(rng.below(n * n), n)
            if u + 1 < v:
                extra[u, v] = None
        return tuple(sorted(extra))

    def canonical(self, key: tuple[Edge, ...]) -> str:
        """The graph without names."""
        return graph_shape(self.config.num_nodes, self._edges(key))

    def build(self, key: tuple[Edge, ...], rng: KeyedRandom) -> Content:
        """Name the nodes."""
        return self._content(self._edges(key), rng)

    def unsolvable(self, key: tuple[Edge, ...], rng: KeyedRandom) -> Content | None:
        """Three nodes keep one edge each: a path has two ends only. As many edges are added elsewhere."""
        n, edges = self.config.num_nodes, self._edges(key)
        leaves = rng.sample(range(n), 3)
        kept = [edge for edge in edges if not set(edge) & set(leaves)]
        others = [node for node in range(n) if node not in leaves]
        free = [(u, v) for u in others for v in others if u < v and (u, v) not in kept]
        missing = len(edges) - len(kept) - 3
        if not others or missing > len(free):
            return None
        ties = [(min(leaf, tied), max(leaf, tied)) for leaf in leaves for tied in [rng.choice(others)]]
        return self._content([*kept, *ties, *rng.sample(free, max(0, missing))], rng)

    def oracle(self, task: Task) -> str:
        """The hidden path."""
        return ", ".join(decode(HamiltonianPathPuzzle, task.reference).nodes)

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """All nodes in random order."""
        nodes = decode(HamiltonianPathPuzzle, task.reference).nodes
        return ", ".join(rng.sample(nodes, len(nodes)))

    def _edges(self, extra: tuple[Edge, ...]) -> list[Edge]:
        return [*((node, node + 1) for node in range(self.config.num_nodes - 1)), *extra]

    def _content(self, edges: Sequence[Edge], rng: KeyedRandom) -> Content:
        n = self.config.num_nodes
        names = name_nodes(n, rng)
        return Content(
            slots={"edges": tell_edges(edges, names, rng)},
            reference=encode(HamiltonianPathPuzzle(nodes=names, neighbours=neighbour_masks(n, edges))),
            effort=len(edges),
            meta={"num_nodes": n, "num_edges": len(edges)},
            symbols=names,
        )
