"""Attacks on the host's side of a session: what a program leaves in the workspace for the host to read."""

from __future__ import annotations

import asyncio
import functools
from dataclasses import dataclass

from palestra.sandboxes.attacks.attack import Finding, Outcome, breaches, finding, script
from palestra.sandboxes.attacks.host import Host
from palestra.sandboxes.errors import SandboxFileError
from palestra.sandboxes.limits import Limits
from palestra.sandboxes.program import Program, PythonScript
from palestra.sandboxes.report import Property
from palestra.sandboxes.result import Status
from palestra.sandboxes.sandbox import Sandbox

_MAX_BYTES = 1 << 16
_PATIENCE_S = 60.0


@dataclass(frozen=True, kw_only=True, slots=True)
class FileTrick:
    """A path of the workspace that the host must refuse to read or to write, and must not wait for."""

    name: str
    proves: Property
    how: str
    make: str
    """Python that makes `result`; `PRIVATE` and `SECRET_FOLDER` are paths of the host."""
    path: str = "result"
    """What the host is asked for."""
    is_written: bool = False
    """Whether the host writes there instead of reading."""
    needs: frozenset[Property] = frozenset()

    def play(self, sandbox: Sandbox, host: Host) -> Finding:
        """Let the program lay the trap in a session, then step on it."""
        broken = asyncio.run(self._step(sandbox, host)) or host.damage()
        evidence = broken or f"{'writing to' if self.is_written else 'reading'} `{self.path}` was refused"
        return finding(self, Outcome.BROKEN if broken else Outcome.HELD, evidence)

    async def _step(self, sandbox: Sandbox, host: Host) -> str:
        source = script("trap") + self.make + "\ndone()\n"
        program = Program(entry=PythonScript(source=source), stdin=host.clues)
        async with await sandbox.start(Limits(wall_s=60.0)) as session:
            result = await session.exec(program, Limits(wall_s=60.0))
            if result.status is not Status.OK:
                return f"the trap was not laid: {result.status} {result.detail} {result.stderr[-80:]!r}"
            if said := breaches(result, host):
                return said[0]
            touch = (
                functools.partial(session.write, self.path, b"overwritten")
                if self.is_written
                else functools.partial(session.read, self.path, _MAX_BYTES)
            )
            try:
                content = await asyncio.wait_for(touch(), _PATIENCE_S)
            except SandboxFileError:
                return ""
            except TimeoutError:
                return f"the host waits for `{self.path}`"
            leaked = host.leaks(content or b"")
            return f"the host read its own secret: {leaked}" if leaked else f"`{self.path}` was not refused"


_LINK = "os.symlink(PRIVATE, 'result')"

FILE_TRICKS: tuple[FileTrick, ...] = (
    FileTrick(name="link", proves=Property.FS_READ, how="the result is a link to a file of the host", make=_LINK),
    FileTrick(
        name="relative link",
        proves=Property.FS_READ,
        how="a link that climbs to a file of the host",
        make="os.symlink('../' * 20 + PRIVATE[1:], 'result')",
    ),
    FileTrick(
        name="link of a link",
        proves=Property.FS_READ,
        how="a link to a link inside",
        make="os.symlink(PRIVATE, 'first')\nos.symlink('first', 'result')",
    ),
    FileTrick(
        name="linked folder",
        proves=Property.FS_READ,
        how="a folder on the way is a link",
        make="os.symlink(SECRET_FOLDER, 'folder')",
        path="folder/private",
    ),
    FileTrick(
        name="link to /proc",
        proves=Property.FS_READ,
        how="a link to the environment of whoever follows it",
        make="os.symlink('/proc/self/environ', 'result')",
    ),
    FileTrick(
        name="link to a descriptor",
        proves=Property.FS_READ,
        how="a link to a descriptor of whoever follows it",
        make="os.symlink('/proc/self/fd/0', 'result')",
    ),
    FileTrick(
        name="written link",
        proves=Property.FS_WRITE,
        how="a folder on the way to a file that the host writes is a link",
        make="os.symlink(SECRET_FOLDER, 'folder')",
        path="folder/public",
        is_written=True,
    ),
    FileTrick(name="FIFO", proves=Property.OUTPUT, how="the result is a FIFO", make="os.mkfifo('result')"),
    FileTrick(
        name="socket",
        proves=Property.OUTPUT,
        how="the result is a socket",
        make="import socket\ntry:\n    socket.socket(socket.AF_UNIX).bind('result')\nexcept OSError:\n    pass",
    ),
    FileTrick(name="folder", proves=Property.OUTPUT, how="the result is a folder", make="os.mkdir('result')"),
    FileTrick(name="missing", proves=Property.OUTPUT, how="there is no result", make=""),
    FileTrick(
        name="large",
        proves=Property.OUTPUT,
        how="the result is larger than what the host asks for",
        make="open('result', 'wb').write(b'x' * (1 << 20))",
    ),
    FileTrick(
        name="sparse",
        proves=Property.OUTPUT,
        how="the result is large and has no bytes",
        make="open('result', 'wb').truncate(15 << 20)",
    ),
    FileTrick(
        name="climb",
        proves=Property.OUTPUT,
        how="the path climbs out",
        make="open('result', 'w').close()",
        path="../result",
    ),
)
