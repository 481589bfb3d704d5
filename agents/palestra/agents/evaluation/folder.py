"""An evaluation on disk: what was asked, every rollout as it ended, and what came of it.

    config.json      what was asked; enough to go on with
    rollouts.jsonl   one line for each sample, in the order in which they ended
    summary.json     the numbers; there once all samples are

Covered: a kill at any moment (a line that was not finished is dropped), two processes in one folder (refused).
Not covered: file systems without locks.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import IO

from palestra.agents.errors import EvaluationError, RolloutError
from palestra.agents.rollout import Rollout
from palestra.envs import Task
from palestra.verifiers import Outcome

CONFIG, ROLLOUTS, SUMMARY = "config.json", "rollouts.jsonl", "summary.json"


class EvalFolder:
    """The folder of an evaluation that is under way, held until the `with` statement ends; a ledger of rollouts."""

    def __init__(self, folder: Path) -> None:
        """Hold a folder that has a configuration.

        Raises:
            EvaluationError: Another process holds it, or it cannot be written.
        """
        self.path = folder
        self._file = _held(folder)
        # Read under the lock: the unfinished end of another writer is none that may be cut off.
        self._rollouts = {rollout.key: rollout for rollout in _whole_lines(folder / ROLLOUTS)}

    @classmethod
    def create(cls, folder: Path, config: Mapping[str, object]) -> EvalFolder:
        """A new folder.

        Raises:
            EvaluationError: There is something in it already, or it cannot be written.
        """
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise EvaluationError(f"`{folder}` is not empty\n\nhint: `--resume {folder}` goes on with an evaluation")
        try:
            folder.mkdir(parents=True, exist_ok=True)
            _replace(folder / CONFIG, json.dumps(config, indent=2) + "\n")
        except OSError as error:
            raise EvaluationError(f"`{folder}` cannot be written: {error.strerror}\n\nhint: give another") from error
        return cls(folder)

    def known(self, key: str, task: Task, sample: int) -> Rollout | None:
        """The rollout of a sample that was played before; one whose machinery broke is played again.

        Raises:
            EvaluationError: The folder holds another task under this key: the environment has changed.
        """
        rollout = self._rollouts.get(key)
        if rollout is None or rollout.verdict.outcome is Outcome.ERROR:
            return None
        if rollout.task != task:
            raise EvaluationError(
                f"`{self.path}` holds another task under `{key}`: the environment has changed since"
                "\n\nhint: evaluate anew"
            )
        return rollout

    def note(self, rollout: Rollout, sample: int) -> None:
        """Append a rollout, unless it is there."""
        if self._rollouts.get(rollout.key) == rollout:
            return
        self._rollouts[rollout.key] = rollout
        self._file.write(rollout.to_json() + "\n")
        self._file.flush()

    def finish(self, rows: list[dict[str, object]]) -> None:
        """Write the numbers."""
        _replace(self.path / SUMMARY, json.dumps(rows, indent=2, allow_nan=False) + "\n")

    def __enter__(self) -> EvalFolder:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()


def read_config(folder: Path) -> dict[str, object]:
    """What an evaluation was asked.

    Raises:
        EvaluationError: The folder is no evaluation's.
    """
    try:
        row = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise EvaluationError(
            f"`{folder}` is no folder of an evaluation: {type(error).__name__}: {error}"
            "\n\nhint: `palestra eval` names the folder that it writes"
        ) from error
    if not isinstance(row, dict):
        raise EvaluationError(f"`{folder / CONFIG}` holds a JSON {type(row).__name__}\n\nhint: evaluate anew")
    return row


def read_finished(path: Path) -> list[Rollout]:
    """The rollouts of a file, each once: a later line with the same key counts, as it was played again.

    Raises:
        EvaluationError: The file cannot be read, or holds no rollout.
    """
    try:
        found = {rollout.key: rollout for rollout in _lines(path)}
    except OSError as error:
        raise EvaluationError(f"`{path}` cannot be read: {error.strerror}\n\nhint: check the path") from error
    if not found:
        raise EvaluationError(f"`{path}` holds no rollouts\n\nhint: JSON lines, as `palestra eval` writes them")
    return list(found.values())


def unused(wanted: Path) -> Path:
    """The folder, or the first of `NAME-2`, `NAME-3`, ... that is not there or empty."""
    candidate, number = wanted, 1
    while candidate.exists() and (not candidate.is_dir() or any(candidate.iterdir())):
        number += 1
        candidate = wanted.with_name(f"{wanted.name}-{number}")
    return candidate


def _held(folder: Path) -> IO[str]:
    """The file of rollouts, open for appending and locked."""
    try:
        file = (folder / ROLLOUTS).open("a", encoding="utf-8")
    except OSError as error:
        raise EvaluationError(f"`{folder}` cannot be written: {error.strerror}\n\nhint: give another") from error
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        raise EvaluationError(
            f"`{folder}` is being written by another process\n\nhint: wait for it, or choose another with `--out`"
        ) from None
    return file


def _lines(path: Path) -> Iterator[Rollout]:
    """The rollouts; a last line that was not finished is passed over."""
    with path.open(encoding="utf-8", errors="surrogateescape", newline="\n") as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            try:
                yield Rollout.from_json(line)
            except RolloutError as error:
                if line.endswith("\n"):
                    raise EvaluationError(f"{path}, line {number}: {error}\n\nhint: remove the line") from error


def _whole_lines(path: Path) -> Iterator[Rollout]:
    """The rollouts of a file that is about to be continued: an unfinished end is cut off."""
    if not path.exists():
        return
    content = path.read_bytes()
    end = content.rfind(b"\n") + 1
    if end < len(content):
        os.truncate(path, end)
    yield from _lines(path)


def _replace(path: Path, text: str) -> None:
    partial = path.with_name(f".partial-{path.name}")
    partial.write_text(text, encoding="utf-8")
    partial.replace(path)
