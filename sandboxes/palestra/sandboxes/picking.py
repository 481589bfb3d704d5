"""`pick()`: the strongest back end that works here, found out by running a program in each."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator

from palestra.sandboxes.errors import SandboxUnavailableError
from palestra.sandboxes.limits import Limits
from palestra.sandboxes.program import Program
from palestra.sandboxes.report import Level, Property
from palestra.sandboxes.result import Status
from palestra.sandboxes.sandbox import Sandbox
from palestra.sandboxes.table import SANDBOXES, SandboxTable

_WORD = b"works"
_CANARY = Program.python(f"print({_WORD.decode()!r}, end='')")


def pick(*, require: Level | frozenset[Property] = Level.PARTIAL, table: SandboxTable = SANDBOXES) -> Sandbox:
    """The first back end of the table that runs a program here and promises what is required.

    Raises:
        SandboxUnavailableError: None does. The message says of each why, and nothing has been run outside one.
    """
    reasons: list[str] = []
    for name, row in table.items():
        if row.is_automatic:
            try:
                return make(name, require=require, table=table)
            except SandboxUnavailableError as error:
                reasons.append(f"{name}: {str(error).partition(chr(10))[0]}")
                hints = str(error).partition("hint: ")[2]
                reasons.extend([f"    {hints}"] if hints else [])
    raise SandboxUnavailableError(
        "no sandbox works here that promises what is required; nothing was run\n  "
        + "\n  ".join(reasons)
        + "\n\nhint: make one of these work, or take SubprocessSandbox(allow_unsafe=True) for programs that you trust"
    )


def make(name: str, *, require: Level | frozenset[Property] = Level.NONE, table: SandboxTable = SANDBOXES) -> Sandbox:
    """A back end by name, after it has run a program and promised what is required.

    Raises:
        UnknownSandboxError: There is no such name.
        SandboxUnavailableError: It does not work here, or promises too little.
    """
    sandbox = table.make(name)
    with _closed_on_error(sandbox):
        if lacks := sandbox.report.missing(require):
            raise SandboxUnavailableError(f"`{name}` does not promise {lacks} here")
        result = sandbox.run_sync(_CANARY, Limits(wall_s=60.0))
        if result.status is not Status.OK or result.stdout != _WORD:
            raise SandboxUnavailableError(f"`{name}` does not run a program: {result.status} {result.detail}")
    return sandbox


@contextlib.contextmanager
def _closed_on_error(sandbox: Sandbox) -> Iterator[None]:
    try:
        yield
    except BaseException:
        with warnings.catch_warnings():
            sandbox.close()
        raise
