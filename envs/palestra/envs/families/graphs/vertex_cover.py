"""Vertex covers: as few nodes as possible that touch every edge; any smallest cover is right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.config import FamilyConfig, ramp
from palestra.envs.errors import ConfigError
from palestra.envs.families.graphs.drawing import (
    Edge,
    draw_edges,
    graph_shape,
    most_edges,
    name_nodes,
    neighbour_masks,
    tell_edges,
)
from palestra.envs.families.graphs.node_sets import NodeSetPuzzle, guess_set, largest_independent_set, tell_set
from palestra.envs.families.graphs.reading import final_nodes
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.record import decode, encode
from palestra.envs.task import Task
from palestra.verifiers import Verdict, Verifier
from palestra.verifiers.keyed_random import KeyedRandom


@dataclass(frozen=True, kw_only=True, slots=True)
class VertexCoverConfig(FamilyConfig):
    """Which graphs are covered."""

    num_nodes: int = ramp(7, 22, low=5, high=24)
    """How many nodes there are."""
    num_edges: int = ramp(7, 40, low=3, high=100)
    """How many edges there are."""

    def check(self) -> None:
        """There are that many pairs."""
        most = most_edges(self.num_nodes) * 3 // 4
        if self.num_edges > most:
            raise ConfigError(f"`num_edges` must be at most {most}, got {self.num_edges}\n\nhint: add nodes")


class VertexCoverVerifier(Verifier[NodeSetPuzzle]):
    """PASS when the set has no more nodes than allowed and touches every edge."""

    name: ClassVar[str] = "vertex-cover"

    def parse_reference(self, reference: str) -> NodeSetPuzzle:
        """Read the graph."""
        return decode(NodeSetPuzzle, reference)

    def judge(self, response: str, reference: NodeSetPuzzle) -> Verdict:
        """Check the size, then the edges."""
        names, nodes = reference.nodes, final_nodes(response, reference.nodes)
        if len(nodes) > reference.size:
            return Verdict.failed(f"{len(nodes)} names, allowed are {reference.size}")
        bare = (1 << len(names)) - 1
        for node in nodes:
            bare &= ~(1 << node)
        for u, mask in enumerate(reference.neighbours):
            if bare >> u & 1 and mask & bare:
                return Verdict.failed(f"the edge {names[u]}-{names[(mask & bare).bit_length() - 1]} is not touched")
        return Verdict.passed(f"{len(nodes)} nodes touch every edge, allowed are {reference.size}")


class VertexCover(Question[VertexCoverConfig, tuple[Edge, ...]]):
    """Random graphs, to be covered with the fewest nodes."""

    id: ClassVar[str] = "palestra/VertexCover-v1"
    Config: ClassVar[type[VertexCoverConfig]] = VertexCoverConfig
    templates = (
        "Edges: {edges}.\nChoose at most {size} nodes so that every edge has a chosen end.",
        "Corridors join rooms: {edges}.\n"
        "A guard in a room sees all its corridors. Place at most {size} guards so that every corridor is seen.",
        "These pairs must not both stay at home: {edges}.\nWho leaves, if at most {size} may?",
    )
    answer_format = "The last line of your reply must be the chosen names alone, separated by commas."
    verifier = VertexCoverVerifier()

    def draw(self, rng: KeyedRandom) -> tuple[Edge, ...]:
        """Random edges."""
        return draw_edges(self.config.num_nodes, self.config.num_edges, rng)

    def canonical(self, key: tuple[Edge, ...]) -> str:
        """The graph without names."""
        return graph_shape(self.config.num_nodes, key)

    def build(self, key: tuple[Edge, ...], rng: KeyedRandom) -> Content:
        """Find a smallest cover."""
        return self._content(key, rng, spare=0)

    def unsolvable(self, key: tuple[Edge, ...], rng: KeyedRandom) -> Content:
        """The same graph with one node fewer allowed than the smallest cover has."""
        return self._content(key, rng, spare=-1)

    def oracle(self, task: Task) -> str:
        """A smallest cover."""
        puzzle = decode(NodeSetPuzzle, task.reference)
        return tell_set(puzzle.nodes, puzzle.answer)

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """Random nodes."""
        return guess_set(decode(NodeSetPuzzle, task.reference), rng)

    def _content(self, edges: Sequence[Edge], rng: KeyedRandom, *, spare: int) -> Content:
        n = self.config.num_nodes
        masks = neighbour_masks(n, edges)
        cover = (1 << n) - 1 & ~largest_independent_set(masks)
        size = cover.bit_count() + spare
        names = name_nodes(n, rng)
        return Content(
            slots={"edges": tell_edges(edges, names, rng), "size": str(size)},
            reference=encode(NodeSetPuzzle(nodes=names, neighbours=masks, answer=cover, size=size)),
            effort=len(edges),
            meta={"num_nodes": n, "num_edges": len(edges)},
            symbols=names,
        )
