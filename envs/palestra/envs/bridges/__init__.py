"""Bridges in: environments of other suites as `TextEnv`, where their packages are installed.

reasoning-gym, GEM, TextArena and skyrl-gym. Each has one id, and an option that names the peer's
environment; all other options go to the peer. TextWorld makes games of a size; of BFCL and tau2 the
tasks are taken, and our own code plays and judges them:

    gymnasium.make("palestra/ReasoningGym-v1", name="countdown", min_numbers=4)
    gymnasium.make("palestra/Gem-v1", name="game:Sudoku-v0-easy")

Covered: an own seed for each task, so that neighbouring seeds share none; task ids that name the peer's
release and are refused by another one; the global random state and standard output of this process
stay as they were; a peer that breaks gives an ERROR verdict, never a reward.
Not covered: whether the peer's tasks and scores are right, and whether two splits share a puzzle:
splits are streams of seeds, and a peer cannot prove more. Our own families can.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from palestra.envs.row import Kind, Row
from palestra.envs.task import Scalar

if TYPE_CHECKING:
    from palestra.envs.bridges.gem_games import Gem
    from palestra.envs.bridges.reasoning_gym_data import ReasoningGym
    from palestra.envs.bridges.skyrl_gym_rows import SkyRLGym
    from palestra.envs.bridges.textarena_games import TextArena

ROWS = (
    Row(
        id="palestra/ReasoningGym-v1",
        group="bridges",
        source="palestra.envs.bridges.reasoning_gym_data:ReasoningGym",
        summary="Any data set of reasoning-gym, by `name`.",
        difficulty="the peer's own options",
        kind=Kind.BRIDGE,
    ),
    Row(
        id="palestra/Gem-v1",
        group="bridges",
        source="palestra.envs.bridges.gem_games:Gem",
        summary="Any game of GEM, by `name`.",
        difficulty="the peer's own options",
        kind=Kind.BRIDGE,
    ),
    Row(
        id="palestra/TextArena-v1",
        group="bridges",
        source="palestra.envs.bridges.textarena_games:TextArena",
        summary="Any game for one player of TextArena, by `name`.",
        difficulty="the peer's own options",
        kind=Kind.BRIDGE,
    ),
    Row(
        id="palestra/SkyRLGym-v1",
        group="bridges",
        source="palestra.envs.bridges.skyrl_gym_rows:SkyRLGym",
        summary="Any environment of skyrl-gym, by `name`, on the rows of a JSON-lines file.",
        difficulty="the peer's own options",
        kind=Kind.BRIDGE,
    ),
    Row(
        id="palestra/TextWorld-v1",
        group="bridges",
        source="palestra.envs.bridges.textworld_games:TextWorld",
        summary="Text adventures that TextWorld generates, won by all of their points.",
        difficulty="rooms, objects and length of the quest",
        kind=Kind.BRIDGE,
        licence="MIT; its interpreter jericho is GPL-2.0-or-later",
    ),
    Row(
        id="palestra/BFCL-v1",
        group="bridges",
        source="palestra.envs.bridges.bfcl_tasks:Bfcl",
        summary="Call tools as the rows of the Berkeley Function Calling Leaderboard ask, by category as `name`.",
        difficulty="none: rows are as hard as they are",
        kind=Kind.BRIDGE,
    ),
    Row(
        id="palestra/Tau2-v1",
        group="bridges",
        source="palestra.envs.bridges.tau2_tasks:Tau2",
        summary="Work on the tickets of tau2's airline or retail desk, named by `name`; the records are compared.",
        difficulty="none: rows are as hard as they are",
        kind=Kind.BRIDGE,
        licence="MIT",
    ),
)


def reasoning_gym(name: str, options: Mapping[str, Scalar] | None = None) -> ReasoningGym:
    """The tasks of a data set of reasoning-gym; `.env()` makes an environment of them.

    Raises:
        MissingPackageError: reasoning-gym is not installed.
        ConfigError: It has no such data set or option, or the data set's scorer runs answers as code.
    """
    from palestra.envs.bridges.reasoning_gym_data import ReasoningGym

    return ReasoningGym.configured({**(options or {}), "name": name})


def gem(name: str, options: Mapping[str, Scalar] | None = None) -> Gem:
    """The episodes of an environment of GEM; `.env()` makes an environment of them.

    Raises:
        MissingPackageError: gem-llm is not installed.
        ConfigError: It has no such environment or option.
    """
    from palestra.envs.bridges.gem_games import Gem

    return Gem.configured({**(options or {}), "name": name})


def textarena(name: str, options: Mapping[str, Scalar] | None = None) -> TextArena:
    """The episodes of a game of TextArena for one player; `.env()` makes an environment of them.

    Raises:
        MissingPackageError: textarena is not installed.
        ConfigError: It has no such game or option.
    """
    from palestra.envs.bridges.textarena_games import TextArena

    return TextArena.configured({**(options or {}), "name": name})


def skyrl_gym(name: str, path: str, options: Mapping[str, Scalar] | None = None) -> SkyRLGym:
    """The episodes of an environment of skyrl-gym on rows of a file; `.env()` makes an environment of them.

    Raises:
        MissingPackageError: skyrl-gym is not installed.
        ConfigError: It has no such environment, the file has no such rows, or the environment runs answers as code.
    """
    from palestra.envs.bridges.skyrl_gym_rows import SkyRLGym

    return SkyRLGym.configured({**(options or {}), "name": name, "path": path})


__all__ = ["ROWS", "gem", "reasoning_gym", "skyrl_gym", "textarena"]
