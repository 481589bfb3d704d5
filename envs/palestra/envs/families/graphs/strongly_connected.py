"""Strongly connected components: which nodes of a directed graph reach each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.config import ramp
from palestra.envs.families.graphs.drawing import Edge, draw_arcs, most_edges
from palestra.envs.families.graphs.graph_config import GraphConfig, check_room
from palestra.envs.families.graphs.groups import GroupsQuestion
from palestra.verifiers.keyed_random import KeyedRandom


@dataclass(frozen=True, kw_only=True, slots=True)
class StronglyConnectedConfig(GraphConfig):
    """Which graphs are taken apart."""

    num_nodes: int = ramp(5, 18, low=4, high=24)
    """How many nodes there are."""
    num_arcs: int = ramp(7, 30, low=3, high=100)
    """How many arcs there are."""

    def check(self) -> None:
        """There are that many pairs."""
        check_room("num_arcs", self.num_arcs, most_edges(self.num_nodes))


class StronglyConnected(GroupsQuestion[StronglyConnectedConfig]):
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
    lines = "arcs"

    def draw(self, rng: KeyedRandom) -> tuple[Edge, ...]:
        """Random arcs."""
        return draw_arcs(self.config.num_nodes, self.config.num_arcs, rng)
