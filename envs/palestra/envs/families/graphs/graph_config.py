"""What the configurations of graphs share: how many nodes there are, and whether their edges have room."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

from palestra.envs.config import FamilyConfig
from palestra.envs.errors import ConfigError


@dataclass(frozen=True, kw_only=True, slots=True)
class GraphConfig(FamilyConfig):
    """Which graphs are drawn."""

    num_nodes: int
    """How many nodes there are; each family declares its own range."""


GraphConfigT = TypeVar("GraphConfigT", bound=GraphConfig)


def check_room(name: str, number: int, most: int, *, more: str = "nodes") -> None:
    """Check a number of edges, or of nodes with a part to play.

    Args:
        name: The parameter.
        number: Its value.
        most: How many have room.
        more: What there must be more of, so that more have.

    Raises:
        ConfigError: There are more.
    """
    if number > most:
        raise ConfigError(f"`{name}` must be at most {most}, got {number}\n\nhint: add {more}")
