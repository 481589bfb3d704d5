"""Strongly connected components: which nodes of a directed graph reach each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.config import FamilyConfig, ramp
from palestra.envs.errors import ConfigError
from palestra.envs.families.graphs.drawing import (
    Edge,
    draw_arcs,
    graph_shape,
    most_edges,
    name_nodes,
    neighbour_masks,
    tell_edges,
)
from palestra.envs.families.graphs.groups import Groups, GroupsVerifier, guess_groups, mutual_groups, tell_groups
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.record import decode, encode
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom


@dataclass(frozen=True, kw_only=True, slots=True)
class StronglyConnectedConfig(FamilyConfig):
    """Which graphs are taken apart."""

    num_nodes: int = ramp(5, 18, low=4, high=24)
    """How many nodes there are."""
    num_arcs: int = ramp(7, 30, low=3, high=100)
    """How many arcs there are."""

    def check(self) -> None:
        """There are that many pairs."""
        most = most_edges(self.num_nodes)
        if self.num_arcs > most:
            raise ConfigError(f"`num_arcs` must be at most {most}, got {self.num_arcs}\n\nhint: add nodes")


class StronglyConnected(Question[StronglyConnectedConfig, tuple[Edge, ...]]):
    """Directed graphs with a cycle that does not hold all nodes."""

    id: ClassVar[str] = "palestra/StronglyConnected-v1"
    Config: ClassVar[type[StronglyConnectedConfig]] = StronglyConnectedConfig
    templates = (
        "Arcs of a directed graph: {arcs}. Its nodes: {nodes}.\nFind the strongly connected components.",
        "One-way streets: {arcs}.\nGroup the places {nodes} so that two are in one group exactly if one can drive "
        "from each of them to the other.",
        "Who sends messages on to whom: {arcs}.\nGroup {nodes} so that two share a group exactly if a message "
        "of each of them can reach the other.",
    )
    answer_format = (
        "The last line of your reply must be the groups alone: names separated by commas, groups by semicolons. "
        "Every name belongs to a group, if only to one of its own."
    )
    verifier = GroupsVerifier()

    def draw(self, rng: KeyedRandom) -> tuple[Edge, ...]:
        """Random arcs."""
        return draw_arcs(self.config.num_nodes, self.config.num_arcs, rng)

    def canonical(self, key: tuple[Edge, ...]) -> str:
        """The graph without names."""
        return graph_shape(self.config.num_nodes, key, directed=True)

    def build(self, key: tuple[Edge, ...], rng: KeyedRandom) -> Content | None:
        """Find the components; None where all nodes are in one, or each in its own."""
        n = self.config.num_nodes
        groups = mutual_groups(neighbour_masks(n, key, directed=True))
        if not 1 < len(groups) < n:
            return None
        names = name_nodes(n, rng)
        return Content(
            slots={"nodes": ", ".join(sorted(names)), "arcs": tell_edges(key, names, rng, arrow="->")},
            reference=encode(Groups(nodes=names, groups=groups)),
            effort=n + len(key),
            meta={"num_nodes": n, "num_arcs": len(key)},
            symbols=names,
        )

    def oracle(self, task: Task) -> str:
        """The components."""
        return tell_groups(decode(Groups, task.reference))

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """A random group for each node."""
        return guess_groups(decode(Groups, task.reference), rng)
