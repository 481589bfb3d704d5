"""Graph colouring: colours such that no edge joins two nodes of the same colour; any proper colouring is right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.answers import RecordVerifier
from palestra.envs.config import FamilyConfig, ramp
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
from palestra.envs.families.graphs.reading import final_numbers
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.record import decode, encode
from palestra.envs.task import Task
from palestra.verifiers import Verdict
from palestra.verifiers.keyed_random import KeyedRandom


@dataclass(frozen=True, kw_only=True, slots=True)
class GraphColoringConfig(FamilyConfig):
    """Which graphs are coloured."""

    num_nodes: int = ramp(6, 20, low=4, high=24)
    """How many nodes are coloured."""
    num_edges: int = ramp(7, 42, low=3, high=120)
    """How many edges there are at most; up to two fewer."""
    num_colors: int = ramp(3, 3, low=2, high=6)
    """How many colours there are."""

    def check(self) -> None:
        """A graph of these colours has room for a quarter more edges, and needs all its colours."""
        n, k = self.num_nodes, self.num_colors
        room = most_edges(n) - sum(most_edges((n - i + k - 1) // k) for i in range(k))
        check_room("num_edges", self.num_edges, 4 * room // 5)
        check_room("num_colors", k, n - 1)


@dataclass(frozen=True, kw_only=True, slots=True)
class GraphColoringPuzzle:
    """What an answer is checked against."""

    nodes: tuple[str, ...]
    neighbours: tuple[int, ...]
    num_colors: int


class GraphColoringVerifier(RecordVerifier[GraphColoringPuzzle]):
    """PASS when each node has one of the colours and no edge joins equal colours."""

    name: ClassVar[str] = "graph-coloring"
    record_type = GraphColoringPuzzle

    def judge(self, response: str, reference: GraphColoringPuzzle) -> Verdict:
        """Check nodes, then colours, then edges."""
        names, colors = reference.nodes, final_numbers(response, reference.nodes)
        if len(colors) < len(names):
            return Verdict.failed(f"{len(colors)} of {len(names)} nodes have a color")
        if not all(1 <= color <= reference.num_colors for color in colors.values()):
            return Verdict.failed(f"a color lies outside 1..{reference.num_colors}")
        for u, mask in enumerate(reference.neighbours):
            for v in range(u):
                if mask >> v & 1 and colors[u] == colors[v]:
                    return Verdict.failed(f"{names[u]} and {names[v]} are joined and both have color {colors[u]}")
        return Verdict.passed(f"all {len(names)} nodes are colored properly")


class GraphColoring(Question[GraphColoringConfig, tuple[Edge, ...]]):
    """Graphs with a hidden colouring, in which node i has colour i modulo the number of colours."""

    id: ClassVar[str] = "palestra/GraphColoring-v1"
    Config: ClassVar[type[GraphColoringConfig]] = GraphColoringConfig
    templates = (
        "Color the nodes {nodes} with the colors 1 to {colors} so that joined nodes differ.\nJoined are: {edges}.",
        "A graph has the nodes {nodes} and the edges {edges}.\n"
        "Give each node one of the colors 1 to {colors} so that no edge has two ends of the same color.",
        "These pairs quarrel: {edges}.\nPut each of {nodes} at one of the tables 1 to {colors}, "
        "so that no two who quarrel share a table.",
    )
    answer_format = "The last line of your reply must give every one its number, such as `name=1, name=2`."
    verifier = GraphColoringVerifier()

    def draw(self, rng: KeyedRandom) -> tuple[Edge, ...]:
        """Edges between nodes of different hidden colours."""
        config = self.config
        num_edges = max(1, config.num_edges - rng.below(3))
        return draw_edges(config.num_nodes, num_edges, rng, parts=config.num_colors)

    def canonical(self, key: tuple[Edge, ...]) -> str:
        """The graph without names."""
        return f"{self.config.num_colors} {graph_shape(self.config.num_nodes, key)}"

    def build(self, key: tuple[Edge, ...], rng: KeyedRandom) -> Content:
        """Name the nodes."""
        config = self.config
        names = name_nodes(config.num_nodes, rng)
        masks = neighbour_masks(config.num_nodes, key)
        return Content(
            slots={
                "nodes": ", ".join(sorted(names)),
                "edges": tell_edges(key, names, rng),
                "colors": str(config.num_colors),
            },
            reference=encode(GraphColoringPuzzle(nodes=names, neighbours=masks, num_colors=config.num_colors)),
            effort=len(key) + len(names),
            meta={"num_nodes": len(names), "num_edges": len(key)},
            symbols=names,
        )

    def unsolvable(self, key: tuple[Edge, ...], rng: KeyedRandom) -> Content | None:
        """As many edges, among them all edges of one node more than there are colours."""
        members = sorted(rng.sample(range(self.config.num_nodes), self.config.num_colors + 1))
        clique = [(u, v) for i, v in enumerate(members) for u in members[:i]]
        others = [edge for edge in key if edge not in clique]
        if len(clique) > len(key):
            return None
        return self.build((*clique, *rng.sample(others, min(len(others), len(key) - len(clique)))), rng)

    def oracle(self, task: Task) -> str:
        """The hidden colouring."""
        puzzle = decode(GraphColoringPuzzle, task.reference)
        return ", ".join(f"{name}={i % puzzle.num_colors + 1}" for i, name in enumerate(puzzle.nodes))

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """A random colour for each node."""
        puzzle = decode(GraphColoringPuzzle, task.reference)
        return ", ".join(f"{name}={rng.between(1, puzzle.num_colors)}" for name in puzzle.nodes)
