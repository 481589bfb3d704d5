"""Connected components: which nodes hang together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.config import ramp
from palestra.envs.families.graphs.drawing import Edge, draw_edges, most_edges
from palestra.envs.families.graphs.graph_config import GraphConfig, check_room
from palestra.envs.families.graphs.groups import GroupsQuestion
from palestra.verifiers.keyed_random import KeyedRandom


@dataclass(frozen=True, kw_only=True, slots=True)
class ConnectedComponentsConfig(GraphConfig):
    """Which graphs are taken apart."""

    num_nodes: int = ramp(7, 24, low=4, high=24)
    """How many nodes there are."""
    num_edges: int = ramp(6, 18, low=3, high=60)
    """How many edges there are at most; up to two fewer."""

    def check(self) -> None:
        """There are that many pairs."""
        check_room("num_edges", self.num_edges, most_edges(self.num_nodes))


class ConnectedComponents(GroupsQuestion[ConnectedComponentsConfig]):
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
    lines = "edges"

    def draw(self, rng: KeyedRandom) -> tuple[Edge, ...]:
        """Random edges."""
        return draw_edges(self.config.num_nodes, self.config.num_edges - rng.below(3), rng)
