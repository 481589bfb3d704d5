"""The Berkeley Function Calling Leaderboard, version 4, as `TextEnv`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, Self

from palestra.envs.bridges.bfcl_calls import BfclCallsEnv, BfclEnv
from palestra.envs.bridges.bfcl_rows import CALLS, PEER, REFUSALS, TALKS, BfclRow, rows_of
from palestra.envs.bridges.bfcl_talk import BfclTalkEnv
from palestra.envs.bridges.peer import Options
from palestra.envs.bridges.row_tasks import RowTasks
from palestra.envs.task import Scalar, Split, Task

UNSOLVABLE: Final = ("live_simple_106-63-0", "live_simple_112-68-0", "multi_turn_miss_func_49")
"""Rows that no answer can satisfy: an argument that must be given has no right value, or the right calls need a tool
before it comes. They are left out."""


class Bfcl(RowTasks):
    """The rows of one category.

    Options: `name`, a category; `codec`; `test_share`; `release`. In single turns the calls are compared with the
    possible answers; in talks, the world and what was told are compared after every request with what the right
    calls give, and 1 is for a talk in which all agree. Each request that comes out right is a component `request` of
    the turn that closes it.
    """

    id = "palestra/BFCL-v1"
    peer = PEER

    def __init__(self, options: Options) -> None:
        self.name = options.take_name((*CALLS, *REFUSALS, *TALKS), "category of the leaderboard")
        super().__init__(options)
        options.refuse_rest()

    @classmethod
    def configured(cls, options: Mapping[str, Scalar]) -> Self:
        """The source with these options."""
        PEER.load()
        return cls(Options(cls.id, options))

    def row_names(self) -> Sequence[str]:
        """All rows of the category that have an answer."""
        return [name for name in rows_of(self.name) if name not in UNSOLVABLE]

    def row(self, task: Task) -> BfclRow:
        """The row of a task."""
        return rows_of(self.name)[self.row_of(task)]

    def prompt(self, name: str) -> str:
        """The first request."""
        return "\n".join(rows_of(self.name)[name].turns[0])

    def env(self, *, split: Split = "train", system_prompt: str = "", render_mode: str | None = None) -> BfclEnv:
        """An environment of these tasks."""
        env_type = BfclTalkEnv if self.name in TALKS else BfclCallsEnv
        return env_type(self, split=split, system_prompt=system_prompt, render_mode=render_mode)
