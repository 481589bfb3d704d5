"""Euler trails: walk along every edge exactly once; any such trail is right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

from palestra.envs.answers import RecordVerifier
from palestra.envs.config import FamilyConfig, ramp
from palestra.envs.families.graphs.drawing import Edge, graph_shape, most_edges, name_nodes, tell_edges
from palestra.envs.families.graphs.graph_config import check_room
from palestra.envs.families.graphs.reading import final_nodes
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.record import decode, encode
from palestra.envs.task import Task
from palestra.verifiers import Verdict
from palestra.verifiers.keyed_random import KeyedRandom


@dataclass(frozen=True, kw_only=True, slots=True)
class EulerTrailConfig(FamilyConfig):
    """Which graphs are walked."""

    num_nodes: int = ramp(7, 14, low=4, high=24)
    """How many nodes there are at most."""
    num_edges: int = ramp(8, 44, low=6, high=150)
    """How many edges there are at most; usually up to three fewer."""

    def check(self) -> None:
        """The trail can hardly get stuck."""
        check_room("num_edges", self.num_edges, most_edges(self.num_nodes) * 2 // 3)


@dataclass(frozen=True, kw_only=True, slots=True)
class EulerTrailPuzzle:
    """What an answer is checked against."""

    nodes: tuple[str, ...]
    trail: tuple[int, ...]
    """A right trail: its steps are the edges."""


class EulerTrailVerifier(RecordVerifier[EulerTrailPuzzle]):
    """PASS when the steps of the answer are exactly the edges, each once."""

    name: ClassVar[str] = "euler-trail"
    record_type = EulerTrailPuzzle

    def judge(self, response: str, reference: EulerTrailPuzzle) -> Verdict:
        """Cross off edges."""
        names, trail = reference.nodes, final_nodes(response, reference.nodes)
        left = set(trail_edges(reference.trail))
        for u, v in trail_edges(trail):
            if (u, v) not in left:
                return Verdict.failed(f"no edge {names[u]}-{names[v]} is left to walk")
            left.remove((u, v))
        total = len(reference.trail) - 1
        return Verdict.failed(f"{len(left)} of {total} edges were not walked") if left else Verdict.passed("all walked")


class EulerTrail(Question[EulerTrailConfig, tuple[int, ...]]):
    """Graphs that were drawn in one stroke; the key is the trail."""

    id: ClassVar[str] = "palestra/EulerTrail-v1"
    Config: ClassVar[type[EulerTrailConfig]] = EulerTrailConfig
    templates = (
        "Edges: {edges}.\nFind a walk that uses every edge exactly once.",
        "Bridges join islands: {edges}.\nFind a walk that crosses each bridge exactly once.",
        "Draw this figure in one stroke, no line twice: {edges}.",
    )
    answer_format = (
        "You may start anywhere. The last line of your reply must be the walk alone: "
        "the names in order, the first and the last included, separated by commas."
    )
    verifier = EulerTrailVerifier()

    def draw(self, rng: KeyedRandom) -> tuple[int, ...]:
        """Walk at random along pairs that are new."""
        n, num_edges = self.config.num_nodes, self.config.num_edges - rng.below(4)
        trail, fresh = [0], [(1 << n) - 1 - (1 << node) for node in range(n)]
        while len(trail) <= num_edges and fresh[trail[-1]]:
            here = trail[-1]
            there = rng.below(n)
            while not fresh[here] >> there & 1:
                there = rng.below(n)
            fresh[here] ^= 1 << there
            fresh[there] ^= 1 << here
            trail.append(there)
        return tuple(trail)

    def canonical(self, key: tuple[int, ...]) -> str:
        """The graph without names."""
        return graph_shape(self.config.num_nodes, trail_edges(key))

    def build(self, key: tuple[int, ...], rng: KeyedRandom) -> Content:
        """Name the nodes."""
        return self._content(key, trail_edges(key), rng)

    def unsolvable(self, key: tuple[int, ...], rng: KeyedRandom) -> Content | None:
        """One end of one edge is moved, so that four nodes or more have an odd number of edges."""
        edges, used = trail_edges(key), sorted(set(key))
        for i in rng.sample(range(len(edges)), len(edges)):
            u, v = edges[i]
            others = [(min(u, w), max(u, w)) for w in used if w not in (u, v)]
            for edge in rng.sample(others, len(others)):
                moved = [*edges[:i], edge, *edges[i + 1 :]]
                if edge not in edges and len(odd_nodes(moved)) > 2:
                    return self._content(key, moved, rng)
        return None

    def oracle(self, task: Task) -> str:
        """The trail in which the graph was drawn."""
        puzzle = decode(EulerTrailPuzzle, task.reference)
        return ", ".join(puzzle.nodes[node] for node in puzzle.trail)

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """Names in random order, as many as the trail has."""
        puzzle = decode(EulerTrailPuzzle, task.reference)
        return ", ".join(puzzle.nodes[node] for node in rng.sample(puzzle.trail, len(puzzle.trail)))

    def _content(self, trail: tuple[int, ...], edges: Sequence[Edge], rng: KeyedRandom) -> Content:
        names = name_nodes(self.config.num_nodes, rng)
        return Content(
            slots={"edges": tell_edges(edges, names, rng)},
            reference=encode(EulerTrailPuzzle(nodes=names, trail=trail)),
            effort=len(edges),
            meta={"num_edges": len(edges)},
            symbols=names,
        )


def trail_edges(trail: Sequence[int]) -> list[Edge]:
    """The steps of a trail as edges, the smaller node first."""
    return [(u, v) if u < v else (v, u) for u, v in pairwise(trail)]


def odd_nodes(edges: Sequence[Edge]) -> list[int]:
    """The nodes with an odd number of edges: a graph with more than two of them has no Euler trail."""
    ends = [end for edge in edges for end in edge]
    return [node for node in sorted(set(ends)) if ends.count(node) % 2]
