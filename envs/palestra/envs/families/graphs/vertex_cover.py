"""Vertex covers: as few nodes as possible that touch every edge; any smallest cover is right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.answers import RecordVerifier
from palestra.envs.config import ramp
from palestra.envs.families.graphs.drawing import Edge, draw_edges, most_edges
from palestra.envs.families.graphs.graph_config import GraphConfig, check_room
from palestra.envs.families.graphs.node_sets import NodeSetPuzzle, NodeSetQuestion, largest_independent_set
from palestra.envs.families.graphs.reading import final_nodes
from palestra.verifiers import Verdict
from palestra.verifiers.keyed_random import KeyedRandom


@dataclass(frozen=True, kw_only=True, slots=True)
class VertexCoverConfig(GraphConfig):
    """Which graphs are covered."""

    num_nodes: int = ramp(7, 22, low=5, high=24)
    """How many nodes there are."""
    num_edges: int = ramp(7, 40, low=3, high=100)
    """How many edges there are."""

    def check(self) -> None:
        """There are that many pairs."""
        check_room("num_edges", self.num_edges, most_edges(self.num_nodes) * 3 // 4)


class VertexCoverVerifier(RecordVerifier[NodeSetPuzzle]):
    """PASS when the set has no more nodes than allowed and touches every edge."""

    name: ClassVar[str] = "vertex-cover"
    record_type = NodeSetPuzzle

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


class VertexCover(NodeSetQuestion[VertexCoverConfig]):
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
    too_good = -1

    def draw(self, rng: KeyedRandom) -> tuple[Edge, ...]:
        """Random edges."""
        return draw_edges(self.config.num_nodes, self.config.num_edges, rng)

    def best_set(self, neighbours: Sequence[int]) -> int:
        """A smallest cover: what a largest independent set leaves."""
        return (1 << len(neighbours)) - 1 & ~largest_independent_set(neighbours)
