"""Cliques: a largest set of nodes that are all joined to each other; any such set is right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.answers import RecordVerifier
from palestra.envs.config import ramp
from palestra.envs.families.graphs.drawing import Edge, draw_edges, most_edges
from palestra.envs.families.graphs.graph_config import GraphConfig, check_room
from palestra.envs.families.graphs.node_sets import NodeSetPuzzle, NodeSetQuestion, largest_clique
from palestra.envs.families.graphs.reading import final_nodes
from palestra.verifiers import Verdict
from palestra.verifiers.keyed_random import KeyedRandom


@dataclass(frozen=True, kw_only=True, slots=True)
class CliqueFindingConfig(GraphConfig):
    """Which graphs are searched."""

    num_nodes: int = ramp(7, 20, low=5, high=24)
    """How many nodes there are."""
    num_edges: int = ramp(9, 80, low=4, high=150)
    """How many edges there are, besides those of a hidden clique."""
    hidden: int = ramp(3, 6, low=3, high=8)
    """The size of the hidden clique."""

    def check(self) -> None:
        """There are that many pairs and nodes."""
        check_room("num_edges", self.num_edges, most_edges(self.num_nodes) * 3 // 4)
        check_room("hidden", self.hidden, self.num_nodes - 1)


class CliqueFindingVerifier(RecordVerifier[NodeSetPuzzle]):
    """PASS when the set has the demanded size and all its nodes are joined."""

    name: ClassVar[str] = "clique-finding"
    record_type = NodeSetPuzzle

    def judge(self, response: str, reference: NodeSetPuzzle) -> Verdict:
        """Check the size, then the pairs."""
        names, nodes = reference.nodes, final_nodes(response, reference.nodes)
        if len(nodes) != reference.size or len(set(nodes)) != reference.size:
            return Verdict.failed(
                f"{len(nodes)} names, {len(set(nodes))} different ones, {reference.size} are asked for"
            )
        for i, v in enumerate(nodes):
            for u in nodes[:i]:
                if not reference.neighbours[u] >> v & 1:
                    return Verdict.failed(f"{names[u]} and {names[v]} are not joined")
        return Verdict.passed(f"all {len(nodes)} nodes are joined to each other")


class CliqueFinding(NodeSetQuestion[CliqueFindingConfig]):
    """Graphs with a hidden clique; asked for is a clique of the greatest size that there is."""

    id: ClassVar[str] = "palestra/CliqueFinding-v1"
    Config: ClassVar[type[CliqueFindingConfig]] = CliqueFindingConfig
    templates = (
        "Edges: {edges}.\nFind {size} nodes that are all joined to each other.",
        "These pairs know each other: {edges}.\nFind {size} people of whom each knows each other one.",
        "Cables run between computers: {edges}.\nName {size} computers such that a cable runs between any two of them.",
    )
    answer_format = "The last line of your reply must be the names alone, separated by commas."
    verifier = CliqueFindingVerifier()
    too_good = 1

    def draw(self, rng: KeyedRandom) -> tuple[Edge, ...]:
        """A clique of the first nodes, and random edges."""
        hidden = [(u, v) for v in range(self.config.hidden) for u in range(v)]
        others = draw_edges(self.config.num_nodes, self.config.num_edges, rng)
        return tuple(sorted({*hidden, *others}))

    def best_set(self, neighbours: Sequence[int]) -> int:
        """A largest clique."""
        return largest_clique(neighbours)
