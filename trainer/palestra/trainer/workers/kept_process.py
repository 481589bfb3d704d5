"""A process that ends with this one, with all that it starts, however this one ends."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

_KEEPER = Path(__file__).with_name("keeper.py")


@dataclass(slots=True)
class KeptProcess:
    """A command that runs under a keeper; its output goes to a file."""

    command: Sequence[str]
    environment: Mapping[str, str]
    """All of it."""
    log: Path
    """Appended to."""
    grace_s: float = 10.0
    """Between asking it to end and killing it."""
    _keeper: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def start(self) -> None:
        """Start the command.

        Raises:
            OSError: The log cannot be written, or no process can be started.
        """
        assert self._keeper is None, "a process is started once"
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self._keeper = subprocess.Popen(
                [sys.executable, "-I", "-S", str(_KEEPER), str(self.grace_s), *self.command],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=dict(self.environment),
                start_new_session=True,  # an interrupt at the terminal is for this process, which ends it in order
            )

    @property
    def pid(self) -> int:
        """Of the keeper, whose descendants the command and all its processes are."""
        assert self._keeper is not None, "it was started"
        return self._keeper.pid

    @property
    def exit_code(self) -> int | None:
        """None while it runs; more than 128 is 128 and the signal that ended it."""
        assert self._keeper is not None, "it was started"
        return self._keeper.poll()

    def ask_to_end(self) -> None:
        """Have it end; returns at once."""
        if self._keeper is not None and self._keeper.stdin is not None:
            with contextlib.suppress(OSError):
                self._keeper.stdin.close()

    def end(self) -> None:
        """End it, and all that it started; returns when they are gone."""
        if self._keeper is None:
            return
        self.ask_to_end()
        try:
            self._keeper.wait(timeout=self.grace_s + 10.0)
        except subprocess.TimeoutExpired:
            for pid in [*descendants(self._keeper.pid), self._keeper.pid]:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, 9)
            self._keeper.wait()

    def cpu_s(self) -> float:
        """Seconds of CPU that the command and all its processes have used so far."""
        return sum(map(_cpu_s, descendants(self.pid)))

    def last_lines(self, count: int = 20) -> str:
        """The end of its log."""
        try:
            with self.log.open("rb") as file:
                file.seek(max(0, self.log.stat().st_size - 16384))
                lines = file.read().decode("utf-8", "replace").splitlines()
        except OSError as error:
            return f"(no log: {error})"
        return "\n".join(line[:500] for line in lines[-count:])


def descendants(pid: int) -> list[int]:
    """The processes below one, as they are now."""
    found: list[int] = []
    rest = [pid]
    while rest:
        for thread in _listed(Path(f"/proc/{rest.pop()}/task")):
            with contextlib.suppress(OSError):
                below = [int(child) for child in (thread / "children").read_text().split()]
                found += below
                rest += below
    return found


def _listed(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return []


def wait_until_gone(pids: Sequence[int], timeout_s: float) -> bool:
    """Whether all these processes have ended, in time."""
    deadline = time.monotonic() + timeout_s
    while any(Path(f"/proc/{pid}").exists() for pid in pids):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def _cpu_s(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    # Own time and that of children that have ended, in user and kernel: fields 14 to 17 of proc_pid_stat(5).
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
