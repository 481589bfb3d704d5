"""The log of rollouts: whole steps, and what was played for steps that are not whole yet."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Protocol

from palestra.agents import Rollout, RolloutError, read_rollouts
from palestra.trainer.errors import CheckpointError
from palestra.trainer.run_folder.run_paths import RunPaths, write_whole
from palestra.trainer.run_folder.storage import storing


class RolloutLog(Protocol):
    """Where a run writes its rollouts down, and what it finds there when it is resumed."""

    def find(self, key: str) -> Rollout | None:
        """The rollout of this key, if it was played before the run was resumed or for a step not whole yet."""
        ...

    def append(self, rollout: Rollout) -> None:
        """Write down a rollout that has just ended."""
        ...

    def finish(self, step: int, rollouts: Sequence[Rollout]) -> None:
        """Write down all rollouts of a step, whole; those that belong to later steps stay where they are."""
        ...

    def planned(self, step: int) -> frozenset[str] | None:
        """Keys of the rollouts of a step that was whole before the run was resumed; None: it was not."""
        ...


class StepLog:
    """One file for each step, written at its end; a resumed run samples again what comes after its checkpoint."""

    def __init__(self, paths: RunPaths) -> None:
        self._paths = paths

    def find(self, key: str) -> Rollout | None:
        """None."""
        return None

    def append(self, rollout: Rollout) -> None:
        """Nothing: it is written with its step."""

    def finish(self, step: int, rollouts: Sequence[Rollout]) -> None:
        """Write the step's file."""
        write_whole(self._paths.rollouts(step), rollouts)

    def planned(self, step: int) -> frozenset[str] | None:
        """None."""
        return None


class AheadLog:
    """A log that also holds what was played ahead: rollouts are appended as they end, and a resumed run reads them.

    After a kill at any moment each rollout that was written is found once, by its key; a last line that was not
    written whole is no rollout.
    """

    def __init__(self, paths: RunPaths, *, after: int) -> None:
        """Open the log of a run.

        Args:
            paths: Of the run.
            after: Step of the checkpoint that the run goes on from: rollouts of later steps are not played again.

        Raises:
            CheckpointError: A line, other than the last one of rollouts played ahead, is no rollout.
        """
        self._paths = paths
        self._open: dict[str, Rollout] = {}
        self._planned: dict[int, frozenset[str]] = {}
        for step, path in paths.rollout_steps():
            if step > after:
                found = list(_read(path))
                self._planned[step] = frozenset(rollout.key for rollout in found)
                self._open |= {rollout.key: rollout for rollout in found}
        if paths.ahead.exists():
            self._open |= {rollout.key: rollout for rollout in _read_but_last(paths.ahead)}
            self._rewrite()

    def find(self, key: str) -> Rollout | None:
        """The rollout of this key."""
        return self._open.get(key)

    def append(self, rollout: Rollout) -> None:
        """Write it down; it survives a kill of the process from here on.

        Raises:
            RunFolderError: The disk is full or not writable.
        """
        line = memoryview((rollout.to_json() + "\n").encode())
        with storing(self._paths.ahead):
            self._paths.ahead.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self._paths.ahead, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
            try:
                while line:
                    line = line[os.write(descriptor, line) :]
            finally:
                os.close(descriptor)
        self._open[rollout.key] = rollout

    def finish(self, step: int, rollouts: Sequence[Rollout]) -> None:
        """Write the step's file, then take its rollouts out of those played ahead."""
        write_whole(self._paths.rollouts(step), rollouts)
        self._planned.pop(step, None)
        for rollout in rollouts:
            self._open.pop(rollout.key, None)
        self._rewrite()

    def planned(self, step: int) -> frozenset[str] | None:
        """Keys of the rollouts that the step had before the run was resumed."""
        return self._planned.get(step)

    def _rewrite(self) -> None:
        """What is in no step's file stays in that of rollouts played ahead."""
        settled = frozenset[str]().union(*self._planned.values())
        rest = [rollout for key, rollout in self._open.items() if key not in settled]
        if rest:
            write_whole(self._paths.ahead, rest)
        else:
            self._paths.ahead.unlink(missing_ok=True)


def _read(path: Path) -> Iterable[Rollout]:
    try:
        yield from read_rollouts(path)
    except RolloutError as error:
        raise CheckpointError(f"{error}\n\nhint: delete that file; its rollouts are then played again") from error


def _read_but_last(path: Path) -> Iterator[Rollout]:
    """The rollouts of a file whose last line may be a part of one."""
    lines = path.read_bytes().splitlines(keepends=True)
    whole = lines if not lines or lines[-1].endswith(b"\n") else lines[:-1]
    for number, line in enumerate(whole, start=1):
        try:
            yield Rollout.from_json(line.decode(errors="surrogateescape"))
        except RolloutError as error:
            raise CheckpointError(
                f"{path}, line {number}: {error}\n\nhint: delete that file; its rollouts are then played again"
            ) from error
