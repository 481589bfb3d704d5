"""Maximum flow: how much can be sent through pipes of limited capacity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.answers import IntegersAnswer
from palestra.envs.config import FamilyConfig, ramp, stages
from palestra.envs.families.graphs.drawing import Edge, draw_edges, graph_shape, most_edges, name_nodes, tell_edges
from palestra.envs.families.graphs.graph_config import check_room
from palestra.envs.families.shortcuts import is_left_out
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom


@dataclass(frozen=True, kw_only=True, slots=True)
class MaximumFlowConfig(FamilyConfig):
    """Which networks are asked about."""

    num_nodes: int = ramp(4, 14, low=3, high=24)
    """How many nodes there are."""
    num_pipes: int = ramp(5, 36, low=2, high=120)
    """How many pipes there are."""
    max_capacity: int = stages(20, 20, 50, 50, 99, choices=(9, 20, 50, 99, 999))
    """The widest pipe; the narrowest has capacity 1."""

    def check(self) -> None:
        """There are that many pairs."""
        check_room("num_pipes", self.num_pipes, most_edges(self.num_nodes))


@dataclass(frozen=True, kw_only=True, slots=True)
class MaximumFlowKey:
    """Pipes (u, v) with u < v; the flow goes from node 0 to the last node."""

    pipes: tuple[Edge, ...]
    capacities: tuple[int, ...]


class MaximumFlow(Question[MaximumFlowConfig, MaximumFlowKey]):
    """Networks without cycles, with flows above 0."""

    id: ClassVar[str] = "palestra/MaximumFlow-v1"
    Config: ClassVar[type[MaximumFlowConfig]] = MaximumFlowConfig
    floor = 0.1
    templates = (
        "Pipes and their capacities: {pipes}.\nWhat is the maximum flow from {source} to {sink}?",
        "One-way roads, each with the trucks that it can carry in an hour: {pipes}.\n"
        "How many trucks an hour can go from {source} to {sink} at most?",
        "A network sends data along {pipes}, where the number is the limit of a link.\n"
        "What is the highest total rate from {source} to {sink}?",
    )
    answer_format = "The last line of your reply must be the number alone."
    verifier = IntegersAnswer()

    def draw(self, rng: KeyedRandom) -> MaximumFlowKey:
        """Random pipes."""
        pipes = draw_edges(self.config.num_nodes, self.config.num_pipes, rng)
        return MaximumFlowKey(pipes=pipes, capacities=tuple(rng.between(1, self.config.max_capacity) for _ in pipes))

    def canonical(self, key: MaximumFlowKey) -> str:
        """The network without names, its ends marked."""
        n = self.config.num_nodes
        marks = [1, *[0] * (n - 2), 2]
        return graph_shape(n, key.pipes, weights=key.capacities, marks=marks, directed=True)

    def build(self, key: MaximumFlowKey, rng: KeyedRandom) -> Content | None:
        """Find the maximum flow; None where there is none, and mostly where the pipes at the ends alone limit it."""
        n = self.config.num_nodes
        flow, rounds = maximum_flow(n, key.pipes, key.capacities)
        leaving = sum(room for (u, _), room in zip(key.pipes, key.capacities, strict=True) if u == 0)
        arriving = sum(room for (_, v), room in zip(key.pipes, key.capacities, strict=True) if v == n - 1)
        if flow == 0 or (flow == min(leaving, arriving) and is_left_out(rng)):
            return None
        names = name_nodes(n, rng)
        return Content(
            slots={
                "pipes": tell_edges(key.pipes, names, rng, weights=key.capacities, arrow="->"),
                "source": names[0],
                "sink": names[-1],
            },
            reference=f"[{flow}]",
            effort=len(key.pipes) + rounds,
            meta={"num_nodes": n, "num_pipes": len(key.pipes)},
            symbols=names,
        )

    def oracle(self, task: Task) -> str:
        """The flow."""
        return task.reference.strip("[]")

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """A flow of the size of one or two pipes."""
        return str(rng.between(1, 2 * self.config.max_capacity))


def maximum_flow(num_nodes: int, pipes: Sequence[Edge], capacities: Sequence[int]) -> tuple[int, int]:
    """The maximum flow from node 0 to the last node, and how many paths were filled (Edmonds and Karp)."""
    room = [[0] * num_nodes for _ in range(num_nodes)]
    near: list[list[int]] = [[] for _ in range(num_nodes)]
    for (u, v), capacity in zip(pipes, capacities, strict=True):
        room[u][v] = capacity
        near[u].append(v)
        near[v].append(u)
    flow = rounds = 0
    while path := _open_path(room, near):
        share = min(room[u][v] for u, v in path)
        for u, v in path:
            room[u][v] -= share
            room[v][u] += share
        flow, rounds = flow + share, rounds + 1
    return flow, rounds


def _open_path(room: list[list[int]], near: list[list[int]]) -> list[Edge]:
    """The pipes of a shortest path with room left; none where there is no such path."""
    sink = len(near) - 1
    before = {0: 0}
    queue = [0]
    for u in queue:
        for v in near[u]:
            if v not in before and room[u][v]:
                before[v] = u
                queue.append(v)
        if sink in before:
            break
    else:
        return []
    path = [(before[sink], sink)]
    while path[-1][0]:
        path.append((before[path[-1][0]], path[-1][0]))
    return path
