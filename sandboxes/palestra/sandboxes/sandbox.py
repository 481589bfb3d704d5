"""The contract of every place where code that we do not trust runs."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from palestra.sandboxes.limits import Limits
from palestra.sandboxes.result import BackendReport, RunResult


@dataclass(frozen=True, kw_only=True, slots=True)
class Program:
    """What to run. It holds code and inputs, never an expected answer: those stay with the host."""

    argv: tuple[str, ...]
    """Executable and arguments, resolved inside the sandbox."""
    stdin: bytes = b""
    files: Mapping[str, bytes] = field(default_factory=dict)
    """Relative path -> content, laid into the working folder before the start."""
    env: Mapping[str, str] = field(default_factory=dict)
    """The whole environment of the program besides a minimal PATH, HOME and LANG."""

    def __post_init__(self) -> None:
        if not self.argv:
            raise ValueError("program.argv is empty\n\nhint: give at least the executable, e.g. ('python3', 'main.py')")
        for text in (*self.argv, *self.files, *self.env, *self.env.values()):
            if "\0" in text or not _is_encodable(text):
                raise ValueError(f"program: {text!r:.80} cannot be handed to an operating system")
        for path in self.files:
            parts = path.split("/")
            if path.startswith("/") or {"", ".", ".."} & set(parts):
                raise ValueError(f"program.files: `{path}` is not a plain relative path")

    @classmethod
    def python(cls, source: str, *, stdin: bytes = b"") -> Program:
        """A Python program, run isolated (`-I`) by this interpreter."""
        return cls(
            argv=(sys.executable, "-I", "main.py"),
            stdin=stdin,
            files={"main.py": source.encode("utf-8", "surrogatepass")},
        )


def _is_encodable(text: str) -> bool:
    try:
        os.fsencode(text)
    except UnicodeEncodeError:
        return False
    return True


@runtime_checkable
class Sandbox(Protocol):
    """Runs programs under limits; every end of a run is a value.

    A sandbox gets code and inputs and returns bytes, a status and counters. Whether the bytes are
    right is decided by the host.
    """

    @property
    def report(self) -> BackendReport:
        """What this back end keeps apart from the host."""
        ...

    async def run(self, program: Program, limits: Limits = ...) -> RunResult:
        """Run one program in a fresh place and wait for its end.

        Raises:
            SandboxUnavailableError: This back end cannot work on this machine.
        """
        ...


def run_sync(sandbox: Sandbox, program: Program, limits: Limits | None = None) -> RunResult:
    """Run one program and wait; works inside a running event loop too (on a thread of its own).

    Raises:
        SandboxUnavailableError: The back end cannot work on this machine.
    """
    chosen = limits or Limits()
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(sandbox.run(program, chosen))
    results: list[RunResult | BaseException] = []

    def run() -> None:
        try:
            results.append(asyncio.run(sandbox.run(program, chosen)))
        except BaseException as error:  # noqa: BLE001  handed to the caller's thread
            results.append(error)

    thread = threading.Thread(target=run, name="palestra-sandbox")
    thread.start()
    thread.join()
    if isinstance(results[0], BaseException):
        raise results[0]
    return results[0]
