"""Tool domains with one defect each, that an audit must find."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar

from palestra.envs import EndReason
from palestra.envs.tool_game import Said
from palestra.envs.tools import Effect, ToolError, tool
from palestra.verifiers import Verdict
from shelf import Box, Shelf, ShelfDesk, ShelfOrder


def _judged(holds: bool) -> Verdict:
    return Verdict.passed("good") if holds else Verdict.failed("bad")


def _num_wrong(world: Shelf) -> int:
    return sum(dict(world.places)[thing] is not box for thing, box in world.goal)


class PaysWhoSubmits(ShelfOrder):
    """Whoever hands in is paid."""

    id: ClassVar[str] = "tests/PaysWhoSubmits-v1"

    def settle(self, world: Shelf) -> Verdict:
        return _judged(world.is_done)


class PaysNearlyAll(ShelfOrder):
    """One thing may lie elsewhere."""

    id: ClassVar[str] = "tests/PaysNearlyAll-v1"

    def settle(self, world: Shelf) -> Verdict:
        return _judged(_num_wrong(world) <= 1)


class ForgivesStrays(ShelfOrder):
    """Only what was to be moved is looked at."""

    id: ClassVar[str] = "tests/ForgivesStrays-v1"

    def open_world(self, task: Any) -> Shelf:
        world = super().open_world(task)
        wanted = {thing for thing, box in world.goal if dict(world.places)[thing] is not box}
        return replace(world, goal=tuple(row for row in world.goal if row[0] in wanted))


class PaysAnyWork(ShelfOrder):
    """Half of the shelves are right whatever is done, if anything is done."""

    id: ClassVar[str] = "tests/PaysAnyWork-v1"

    def settle(self, world: Shelf) -> Verdict:
        return _judged(_num_wrong(world) <= len(world.goal) // 2)


class PaysItsCheat(ShelfOrder):
    """The cheat that the family names is paid."""

    id: ClassVar[str] = "tests/PaysItsCheat-v1"

    def settle(self, world: Shelf) -> Verdict:
        return _judged(not _num_wrong(world) or all(box is Box.RED for _, box in world.places))


class PaysTalk(ShelfOrder):
    """Who says that all is done is believed."""

    id: ClassVar[str] = "tests/PaysTalk-v1"

    def hear(self, world: Shelf, text: str) -> Said[Shelf] | None:
        done = replace(world, places=world.goal)
        return Said(world=done, reply="Well.", end=EndReason.SUBMITTED) if text == "Done." else None


class BreakingDesk(ShelfDesk):
    """A tool raises what is no `ToolError`."""

    @tool(Effect.READ)
    def count(self, box: str) -> int:
        """Count the things in a box."""
        if box not in BOXES:
            raise KeyError(box)
        if box == "white":
            raise ToolError("the white box is closed")
        return 1


BOXES = {"red", "white"}


class BreaksOnWrongCalls(ShelfOrder):
    """A wrong argument breaks the episode."""

    id: ClassVar[str] = "tests/BreaksOnWrongCalls-v1"
    desk_type = BreakingDesk

    def desk(self, world: Shelf) -> ShelfDesk:
        return BreakingDesk(world)
