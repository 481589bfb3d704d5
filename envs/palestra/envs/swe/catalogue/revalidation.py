"""Tasks put before the clean room once more: the right patch has to be accepted, and no work refused."""

from __future__ import annotations

import time
from dataclasses import dataclass

from palestra.envs.swe.grader import CleanRoom, SweStatus, SweVerdict
from palestra.envs.swe.patch import FileChange, FileChanges, Splices
from palestra.envs.swe.task import SweTask
from palestra.envs.swe.views import given_files
from palestra.sandboxes import Snapshot


@dataclass(frozen=True, kw_only=True, slots=True)
class Revalidation:
    """What the clean room says of a task."""

    task: SweTask
    gold: SweVerdict
    idle: SweVerdict
    """Of a patch that adds an empty line to a file that has to be mended."""
    seconds: float
    """Of the judgement of the right patch, on the clock."""

    @property
    def is_right(self) -> bool:
        """Whether the right patch alone is paid."""
        return self.gold.status is SweStatus.RESOLVED and self.idle.status is SweStatus.FAILED


async def revalidate(task: SweTask, repository: Snapshot, room: CleanRoom) -> Revalidation:
    """Judge the right patch of a task, and one that mends nothing."""
    started = time.monotonic()
    gold = await room.grade(task, repository, task.gold)
    seconds = time.monotonic() - started
    idle = await room.grade(task, repository, _idle(task, repository))
    return Revalidation(task=task, gold=gold, idle=idle, seconds=seconds)


def _idle(task: SweTask, repository: Snapshot) -> FileChanges:
    """A change that makes no difference: without any, nothing would be run."""
    assert isinstance(task.setup, Splices), "tasks of the catalogue are made by splices"
    path = task.setup.splices[0].path
    entry = given_files(task, repository).entries[path]
    return FileChanges(changes=(FileChange(path=path, content=entry.content + b"\n", mode=entry.mode),))
