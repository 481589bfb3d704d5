"""A shortest path between two nodes of a graph with lengths; any shortest path is right."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

from palestra.envs.answers import RecordVerifier
from palestra.envs.config import FamilyConfig, ramp, stages
from palestra.envs.errors import ConfigError
from palestra.envs.families.graphs.drawing import (
    Edge,
    draw_connected,
    graph_shape,
    most_edges,
    name_nodes,
    neighbour_masks,
    tell_edges,
)
from palestra.envs.families.graphs.reading import final_nodes
from palestra.envs.families.shortcuts import is_left_out
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.record import decode, encode
from palestra.envs.task import Task
from palestra.verifiers import Verdict
from palestra.verifiers.keyed_random import KeyedRandom


@dataclass(frozen=True, kw_only=True, slots=True)
class ShortestPathConfig(FamilyConfig):
    """Which graphs are searched."""

    num_nodes: int = ramp(5, 20, low=4, high=24)
    """How many nodes there are."""
    num_edges: int = ramp(6, 44, low=3, high=150)
    """How many edges there are."""
    max_length: int = stages(9, 9, 20, 20, 50, choices=(9, 20, 50, 99, 999))
    """The longest edge; the shortest is 1."""

    def check(self) -> None:
        """The graph is connected, and no graph of all edges."""
        low, high = self.num_nodes - 1, most_edges(self.num_nodes) * 4 // 5
        if not low <= self.num_edges <= high:
            raise ConfigError(
                f"`num_edges` must lie in {low}..{high}, got {self.num_edges}\n\nhint: set `num_nodes` too"
            )


@dataclass(frozen=True, kw_only=True, slots=True)
class ShortestPathKey:
    """A graph; the path starts at node 0 and ends at the node that is farthest from it."""

    edges: tuple[Edge, ...]
    lengths: tuple[int, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class ShortestPathPuzzle:
    """What an answer is checked against."""

    nodes: tuple[str, ...]
    edges: tuple[int, ...]
    """Node, node and length, one edge after the other."""
    path: tuple[int, ...]
    """A shortest path."""
    shortest: int


class ShortestPathVerifier(RecordVerifier[ShortestPathPuzzle]):
    """PASS when the answer leads from start to goal along edges, and is as short as can be."""

    name: ClassVar[str] = "shortest-path"
    record_type = ShortestPathPuzzle

    def judge(self, response: str, reference: ShortestPathPuzzle) -> Verdict:
        """Check ends, then edges, then the length."""
        path, names = final_nodes(response, reference.nodes), reference.nodes
        start, goal = reference.path[0], reference.path[-1]
        if (path[0], path[-1]) != (start, goal):
            return Verdict.failed(f"the path must lead from {names[start]} to {names[goal]}")
        flat = reference.edges
        length_of = {frozenset(flat[i : i + 2]): flat[i + 2] for i in range(0, len(flat), 3)}
        total = 0
        for step in pairwise(path):
            if (length := length_of.get(frozenset(step))) is None:
                return Verdict.failed(f"no edge joins {names[step[0]]} and {names[step[1]]}")
            total += length
        detail = f"the path has length {total}, the shortest {reference.shortest}"
        return Verdict.passed(detail) if total == reference.shortest else Verdict.failed(detail)


class ShortestPath(Question[ShortestPathConfig, ShortestPathKey]):
    """Connected graphs with lengths."""

    id: ClassVar[str] = "palestra/ShortestPath-v1"
    Config: ClassVar[type[ShortestPathConfig]] = ShortestPathConfig
    templates = (
        "Edges and their lengths: {edges}.\nFind a shortest path from {start} to {goal}.",
        "Roads between towns, with their lengths: {edges}.\nWhich way from {start} to {goal} is shortest?",
        "Start at {start} and go to {goal} at the lowest cost.\nLinks, each with its cost in both directions: {edges}.",
    )
    answer_format = "The last line of your reply must be the path alone: its nodes in order, separated by commas."
    verifier = ShortestPathVerifier()

    def draw(self, rng: KeyedRandom) -> ShortestPathKey:
        """A connected graph with lengths."""
        config = self.config
        edges = draw_connected(config.num_nodes, config.num_edges, rng)
        return ShortestPathKey(edges=edges, lengths=tuple(rng.between(1, config.max_length) for _ in edges))

    def canonical(self, key: ShortestPathKey) -> str:
        """The graph without names, its start marked."""
        n = self.config.num_nodes
        return graph_shape(n, key.edges, weights=key.lengths, marks=[1] + [0] * (n - 1))

    def build(self, key: ShortestPathKey, rng: KeyedRandom) -> Content | None:
        """Find the farthest node; None where one edge leads to it, and mostly where the fewest edges are the way."""
        path, shortest = farthest_path(self.config.num_nodes, key.edges, key.lengths)
        fewest = fewest_edges(neighbour_masks(self.config.num_nodes, key.edges), path[-1])
        if len(path) < 3 or (len(path) == fewest + 1 and is_left_out(rng)):
            return None
        names = name_nodes(self.config.num_nodes, rng)
        flat = tuple(x for (u, v), length in zip(key.edges, key.lengths, strict=True) for x in (u, v, length))
        return Content(
            slots={
                "edges": tell_edges(key.edges, names, rng, weights=key.lengths),
                "start": names[path[0]],
                "goal": names[path[-1]],
            },
            reference=encode(ShortestPathPuzzle(nodes=names, edges=flat, path=path, shortest=shortest)),
            effort=len(key.edges) + len(path),
            meta={"num_nodes": len(names), "num_edges": len(key.edges)},
            symbols=names,
        )

    def oracle(self, task: Task) -> str:
        """A shortest path."""
        puzzle = decode(ShortestPathPuzzle, task.reference)
        return ", ".join(puzzle.nodes[node] for node in puzzle.path)

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """The ends, and some nodes in between."""
        puzzle = decode(ShortestPathPuzzle, task.reference)
        between = [name for i, name in enumerate(puzzle.nodes) if i not in (puzzle.path[0], puzzle.path[-1])]
        chosen = rng.sample(between, rng.between(1, min(3, len(between))))
        return ", ".join([puzzle.nodes[puzzle.path[0]], *chosen, puzzle.nodes[puzzle.path[-1]]])


def fewest_edges(neighbours: Sequence[int], goal: int) -> int:
    """How many edges a path from node 0 to the goal of a connected graph has at least."""
    reached, count = 1, 0
    while not reached >> goal & 1:
        before = reached
        for node, mask in enumerate(neighbours):
            if before >> node & 1:
                reached |= mask
        count += 1
    return count


def farthest_path(num_nodes: int, edges: Sequence[Edge], lengths: Sequence[int]) -> tuple[tuple[int, ...], int]:
    """A shortest path from node 0 to the node that is farthest from it, and its length (Dijkstra)."""
    steps: list[list[tuple[int, int]]] = [[] for _ in range(num_nodes)]
    for (u, v), length in zip(edges, lengths, strict=True):
        steps[u].append((v, length))
        steps[v].append((u, length))
    before: dict[int, int] = {}
    queue, far, farthest = [(0, 0, 0)], 0, 0
    while queue:
        distance, node, previous = heapq.heappop(queue)
        if node in before:
            continue
        before[node], far, farthest = previous, distance, node
        for other, length in steps[node]:
            if other not in before:
                heapq.heappush(queue, (distance + length, other, node))
    path = [farthest]
    while path[-1]:
        path.append(before[path[-1]])
    return tuple(reversed(path)), far
