"""Cliques: a largest set of nodes that are all joined to each other; any such set is right."""

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
from palestra.envs.families.graphs.node_sets import NodeSetPuzzle, guess_set, largest_clique, tell_set
from palestra.envs.families.graphs.reading import final_nodes
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.record import decode, encode
from palestra.envs.task import Task
from palestra.verifiers import Verdict, Verifier
from palestra.verifiers.keyed_random import KeyedRandom


@dataclass(frozen=True, kw_only=True, slots=True)
class CliqueFindingConfig(FamilyConfig):
    """Which graphs are searched."""

    num_nodes: int = ramp(7, 20, low=5, high=24)
    """How many nodes there are."""
    num_edges: int = ramp(9, 80, low=4, high=150)
    """How many edges there are, besides those of a hidden clique."""
    hidden: int = ramp(3, 6, low=3, high=8)
    """The size of the hidden clique."""

    def check(self) -> None:
        """There are that many pairs."""
        most = most_edges(self.num_nodes) * 3 // 4
        if self.num_edges > most or self.hidden >= self.num_nodes:
            raise ConfigError(f"`num_edges` must be at most {most}, got {self.num_edges}\n\nhint: add nodes")


class CliqueFindingVerifier(Verifier[NodeSetPuzzle]):
    """PASS when the set has the demanded size and all its nodes are joined."""

    name: ClassVar[str] = "clique-finding"

    def parse_reference(self, reference: str) -> NodeSetPuzzle:
        """Read the graph."""
        return decode(NodeSetPuzzle, reference)

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


class CliqueFinding(Question[CliqueFindingConfig, tuple[Edge, ...]]):
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

    def draw(self, rng: KeyedRandom) -> tuple[Edge, ...]:
        """A clique of the first nodes, and random edges."""
        hidden = [(u, v) for v in range(self.config.hidden) for u in range(v)]
        others = draw_edges(self.config.num_nodes, self.config.num_edges, rng)
        return tuple(sorted({*hidden, *others}))

    def canonical(self, key: tuple[Edge, ...]) -> str:
        """The graph without names."""
        return graph_shape(self.config.num_nodes, key)

    def build(self, key: tuple[Edge, ...], rng: KeyedRandom) -> Content:
        """Find a largest clique."""
        return self._content(key, rng, beyond=0)

    def unsolvable(self, key: tuple[Edge, ...], rng: KeyedRandom) -> Content:
        """The same graph, asked for one node more than the largest clique has."""
        return self._content(key, rng, beyond=1)

    def oracle(self, task: Task) -> str:
        """A largest clique."""
        puzzle = decode(NodeSetPuzzle, task.reference)
        return tell_set(puzzle.nodes, puzzle.answer)

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """Random nodes."""
        return guess_set(decode(NodeSetPuzzle, task.reference), rng)

    def _content(self, edges: Sequence[Edge], rng: KeyedRandom, *, beyond: int) -> Content:
        n = self.config.num_nodes
        masks = neighbour_masks(n, edges)
        clique = largest_clique(masks)
        size = clique.bit_count() + beyond
        names = name_nodes(n, rng)
        return Content(
            slots={"edges": tell_edges(edges, names, rng), "size": str(size)},
            reference=encode(NodeSetPuzzle(nodes=names, neighbours=masks, answer=clique, size=size)),
            effort=len(edges),
            meta={"num_nodes": n, "num_edges": len(edges)},
            symbols=names,
        )
