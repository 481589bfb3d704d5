"""Runs an example while the machinery that judges is broken: every verdict is ERROR."""

from __future__ import annotations

import runpy
import sys

from palestra.envs import GameEnv, SingleTurnEnv
from palestra.envs.turn import EpisodeState, Turn
from palestra.verifiers import Verdict


def broken(self: object, state: EpisodeState, text: str) -> Turn:
    """No verdict about any text."""
    return Turn(verdict=Verdict.error("the disk is full"), world=state.world)


if __name__ == "__main__":
    SingleTurnEnv.respond = broken  # type: ignore[method-assign]
    GameEnv.respond = broken  # type: ignore[method-assign]
    runpy.run_path(sys.argv[1], run_name="__main__")
