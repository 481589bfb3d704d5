"""Runs whose processes are killed at random moments, and what they leave behind."""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import torch

from leftovers import descendants, soon
from palestra.cli.errors import exit_code, report
from palestra.trainer.run.train import train_command
from palestra.trainer.run_folder.run_paths import RunPaths

Command = tuple[str | None, Sequence[str], Path | None]
_PATIENCE_S = 420.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Process:
    """A process that was seen; a number alone is soon another's."""

    pid: int
    began: str

    @classmethod
    def of(cls, pid: int) -> Process | None:
        with contextlib.suppress(OSError):
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            return None if fields[0] == "Z" else cls(pid=pid, began=fields[19])
        return None

    @property
    def is_alive(self) -> bool:
        return Process.of(self.pid) == self


@dataclass(kw_only=True)
class ChaoticRun:
    """A run in a process of its own, which is resumed whenever it is killed."""

    config: Path
    paths: RunPaths
    log: Path
    victims: Mapping[str, Callable[[int], bool]]
    """How each kind of process below the learner is known, by its number."""
    environment: Mapping[str, str] = field(default_factory=dict)
    killed: Counter[str] = field(default_factory=Counter)
    resumed: int = 0
    seen: set[Process] = field(default_factory=set)
    _process: ForkServerProcess | None = None

    def suffer(self, strikes: Sequence[str], rng: random.Random) -> None:
        """Kill what the strikes name, one after the other, some after another row of metrics; then let it end."""
        for strike in strikes:
            self._go_on(self._rows() + rng.randint(0, 1))
            time.sleep(rng.uniform(0.0, 0.8))
            self._strike(strike)
        self._go_on(None)

    def survivors(self) -> list[str]:
        """The command lines of processes that were seen and are still there after a while: none should be."""
        soon(lambda: not any(process.is_alive for process in self.seen), 30.0)
        return [f"{process.pid}: {command_line(process.pid)[:300]}" for process in self.seen if process.is_alive]

    def _strike(self, strike: str) -> None:
        assert self._process is not None and self._process.pid is not None
        deadline = time.monotonic() + _PATIENCE_S
        while True:
            found = [self._process.pid] if strike == "learner" else self._below(self.victims[strike])
            if found:
                break
            assert time.monotonic() < deadline, f"there is no {strike}: {self.log.read_text()[-3000:]}"
            self._go_on(self._rows())
            time.sleep(0.02)
        self._look()
        with contextlib.suppress(ProcessLookupError):
            os.kill(found[self.killed[strike] % len(found)], signal.SIGKILL)
            self.killed[strike] += 1
        if strike == "learner":
            self._process.join(60)

    def _go_on(self, rows: int | None) -> None:
        """Wait for rows of metrics, or for the end; start and resume as often as it takes."""
        deadline = time.monotonic() + _PATIENCE_S
        while self._process is None or not self._process.is_alive() or rows is None or self._rows() < rows:
            if self._process is None:
                self._start()
            assert self._process is not None
            if not self._process.is_alive():
                code = self._process.exitcode
                if code == 0:
                    assert rows is None, "the run ended before all strikes: it needs more steps"
                    return
                assert code in (-signal.SIGKILL, 1), self.log.read_text()[-6000:]
                assert code == -signal.SIGKILL or "\nhint: " in self.log.read_text()[-2000:], "an error has a hint"
                self.resumed += 1
                self._start()
            self._look()
            assert time.monotonic() < deadline, f"no progress: {self.log.read_text()[-6000:]}"
            time.sleep(0.05)

    def _start(self) -> None:
        is_fresh = not self.paths.config.is_file()
        command: Command = (str(self.config), [], None) if is_fresh else (None, [], self.paths.folder)
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["palestra.trainer.run.train"])
        self._process = context.Process(target=_train, args=(command, self.log, dict(self.environment)))
        self._process.start()

    def _below(self, is_victim: Callable[[int], bool]) -> list[int]:
        assert self._process is not None and self._process.pid is not None
        return sorted(pid for pid in descendants(self._process.pid) if is_victim(pid))

    def _look(self) -> None:
        assert self._process is not None and self._process.pid is not None
        pids = [self._process.pid, *descendants(self._process.pid)]
        self.seen |= {process for pid in pids if (process := Process.of(pid)) is not None}

    def _rows(self) -> int:
        return self.paths.metrics.read_bytes().count(b"\n") if self.paths.metrics.exists() else 0


def command_line(pid: int) -> str:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    return ""


def _train(command: Command, log: Path, environment: dict[str, str]) -> None:
    with log.open("ab") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    os.environ.update(environment)
    tempfile.tempdir = None
    torch.set_num_threads(1)
    try:
        sys.exit(train_command(*command))
    except Exception as error:
        code = exit_code(error)
        if code is None:
            raise
        report(str(error))
        sys.exit(code)


def check_log(paths: RunPaths, *, steps: int, rollouts_per_step: int) -> int:
    """Every step once and in order, and every rollout once; how many rollouts were masked."""
    rows = [json.loads(line) for line in paths.metrics.read_text().splitlines()]
    assert [row["step"] for row in rows if row["kind"] == "step"] == list(range(1, steps + 1))
    masked = 0
    for step in range(1, steps + 1):
        for path in (paths.rollouts(step), paths.rewards(step)):
            kept = [json.loads(line) for line in path.read_text().splitlines()]
            keys = [row["key"] for row in kept]
            assert len(set(keys)) == len(keys) == rollouts_per_step, path
            assert all(key.split("/")[1] == str(step) for key in keys)
        kept = [json.loads(line) for line in paths.rollouts(step).read_text().splitlines()]
        masked += sum(row["verdict"]["outcome"] == "ERROR" for row in kept)
    return masked


def compare_until_masked(one: RunPaths, other: RunPaths, *, steps: int) -> int:
    """Rollouts of two runs are equal up to the first step of which one was masked; how many were compared."""
    compared = 0
    for step in range(1, steps + 1):
        rows = [[json.loads(line) for line in paths.rollouts(step).read_text().splitlines()] for paths in (one, other)]
        pairs = [
            (mine, theirs)
            for mine, theirs in zip(*rows, strict=True)
            if "ERROR" not in (mine["verdict"]["outcome"], theirs["verdict"]["outcome"])
        ]
        for mine, theirs in pairs:
            assert [mine[name] for name in _SAME] == [theirs[name] for name in _SAME], mine["key"]
        compared += len(pairs)
        if len(pairs) < len(rows[0]):
            break
    return compared


_SAME = ("key", "task", "responses", "verdict", "finish_reason", "end", "segments")
