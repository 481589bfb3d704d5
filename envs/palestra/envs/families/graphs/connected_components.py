"""Connected components: which nodes hang together."""

from __future__ import annotations

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
from palestra.envs.families.graphs.groups import Groups, GroupsVerifier, guess_groups, mutual_groups, tell_groups
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.record import decode, encode
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom


@dataclass(frozen=True, kw_only=True, slots=True)
class ConnectedComponentsConfig(FamilyConfig):
    """Which graphs are taken apart."""

    num_nodes: int = ramp(7, 24, low=4, high=24)
    """How many nodes there are."""
    num_edges: int = ramp(6, 18, low=3, high=60)
    """How many edges there are at most; up to two fewer."""

    def check(self) -> None:
        """There are that many pairs."""
        most = most_edges(self.num_nodes)
        if self.num_edges > most:
            raise ConfigError(f"`num_edges` must be at most {most}, got {self.num_edges}\n\nhint: add nodes")


class ConnectedComponents(Question[ConnectedComponentsConfig, tuple[Edge, ...]]):
    """Sparse graphs of two components or more."""

    id: ClassVar[str] = "palestra/ConnectedComponents-v1"
    Config: ClassVar[type[ConnectedComponentsConfig]] = ConnectedComponentsConfig
    templates = (
        "Nodes: {nodes}. Edges: {edges}.\nFind the connected components.",
        "People: {nodes}. Friends: {edges}.\n"
        "News passes from friend to friend. Group the people so that two are in one group exactly if news "
        "of one can reach the other.",
        "The pieces {nodes} are tied together at {edges}.\nWhich pieces come along when one is lifted? Group them all.",
    )
    answer_format = (
        "The last line of your reply must be the groups alone: names separated by commas, groups by semicolons. "
        "Every name belongs to a group, if only to one of its own."
    )
    verifier = GroupsVerifier()

    def draw(self, rng: KeyedRandom) -> tuple[Edge, ...]:
        """Random edges."""
        return draw_edges(self.config.num_nodes, self.config.num_edges - rng.below(3), rng)

    def canonical(self, key: tuple[Edge, ...]) -> str:
        """The graph without names."""
        return graph_shape(self.config.num_nodes, key)

    def build(self, key: tuple[Edge, ...], rng: KeyedRandom) -> Content | None:
        """Find the components; None where there is one only."""
        n = self.config.num_nodes
        groups = mutual_groups(neighbour_masks(n, key))
        if len(groups) < 2:
            return None
        names = name_nodes(n, rng)
        return Content(
            slots={"nodes": ", ".join(sorted(names)), "edges": tell_edges(key, names, rng)},
            reference=encode(Groups(nodes=names, groups=groups)),
            effort=n + len(key),
            meta={"num_nodes": n, "num_edges": len(key)},
            symbols=names,
        )

    def oracle(self, task: Task) -> str:
        """The components."""
        return tell_groups(decode(Groups, task.reference))

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """A random group for each node."""
        return guess_groups(decode(Groups, task.reference), rng)
