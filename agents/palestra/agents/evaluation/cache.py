"""Rollouts of earlier evaluations by the same model under the same settings: asked again, they cost nothing."""

from __future__ import annotations

import fcntl
import hashlib
import json
import logging
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from palestra.agents.errors import RolloutError
from palestra.agents.rollout import Rollout
from palestra.envs import Task
from palestra.verifiers import Outcome

log = logging.getLogger("palestra")


class RolloutCache:
    """A ledger in the user's cache: one file for each model and settings, rollouts by task and sample.

    A failed write is said once and changes nothing: a cache is a convenience. Rollouts whose machinery broke are
    not kept.
    """

    def __init__(self, folder: Path, settings: Mapping[str, object]) -> None:
        """A cache.

        Args:
            folder: Where the files are; made when needed.
            settings: Everything besides task and sample that decides what a model answers and how it is judged; JSON.
        """
        self._path = folder / f"{_digest(settings)}.jsonl"
        self._lines: dict[str, str] = {}
        self._is_broken = False
        self.num_found = 0
        """Rollouts that did not have to be played."""
        if self._path.is_file():
            self._read()

    def known(self, key: str, task: Task, sample: int) -> Rollout | None:
        """The rollout of a sample, under the key that it has now."""
        line = self._lines.get(_place(task, sample))
        if line is None:
            return None
        try:
            rollout = replace(Rollout.from_json(line), key=key)
        except RolloutError:
            return None
        self.num_found += 1
        return rollout if rollout.task == task else None

    def note(self, rollout: Rollout, sample: int) -> None:
        """Keep a rollout."""
        place = _place(rollout.task, sample)
        if self._is_broken or place in self._lines or rollout.verdict.outcome is Outcome.ERROR:
            return
        line = self._lines[place] = rollout.to_json()
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("ab") as file:
                fcntl.flock(file, fcntl.LOCK_EX)  # lines of two processes must not be mixed
                file.write(f"{place} {line}\n".encode())
        except OSError as error:
            self._is_broken = True
            log.warning("the cache of rollouts at `%s` cannot be written: %s", self._path, error)

    def _read(self) -> None:
        try:
            content = self._path.read_bytes()
        except OSError as error:
            self._is_broken = True
            log.warning("the cache of rollouts at `%s` cannot be read: %s", self._path, error)
            return
        for line in content.decode("utf-8", "surrogateescape").split("\n"):
            place, _, rest = line.partition(" ")
            if rest.endswith("}"):
                self._lines[place] = rest


def cache_folder() -> Path:
    """The user's cache of rollouts: under `$XDG_CACHE_HOME`, or `~/.cache`."""
    root = os.environ.get("XDG_CACHE_HOME")
    return (Path(root) if root else Path.home() / ".cache") / "palestra" / "evaluations"


def _place(task: Task, sample: int) -> str:
    """A task by all that it says: a family that asks otherwise under the same id is another task."""
    return f"{_digest(task.to_json())}/{sample}"


def _digest(value: Mapping[str, object]) -> str:
    text = json.dumps(value, sort_keys=True)
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
