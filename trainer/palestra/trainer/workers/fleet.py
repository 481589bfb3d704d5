"""Server processes that are started, watched, started again when they die, and ended."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import httpx

from palestra.agents.errors import GeneratorError
from palestra.trainer.workers.kept_process import KeptProcess
from palestra.trainer.workers.server_command import HOST, ServerCommand

_LOOK_S = 0.25


class EventKind(StrEnum):
    """What happens to a server."""

    STARTED = "started"
    READY = "ready"
    DIED = "died"
    GIVEN_UP = "given-up"
    STOPPED = "stopped"


@dataclass(frozen=True, kw_only=True, slots=True)
class FleetEvent:
    """Something that happened to a server."""

    kind: EventKind
    worker: int
    """From 0."""
    url: str
    pid: int
    """Of the process that keeps it."""
    seconds: float
    """Since its last start."""
    detail: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class FleetLimits:
    """How long servers may take, and how often they are started again."""

    ready_timeout_s: float = 600.0
    """From a start to the first sign of health."""
    num_restarts: int = 5
    """In a row, without having been ready in between; a server that was never ready is not started again."""
    first_wait_s: float = 1.0
    """Before a server is started again; doubled each time, at most a minute."""
    grace_s: float = 10.0
    """Between asking a server to end and killing it."""

    def __post_init__(self) -> None:
        if min(self.ready_timeout_s, self.first_wait_s) <= 0 or self.num_restarts < 0 or self.grace_s < 0:
            raise ValueError(f"times are positive, num_restarts at least 0: {self}")


@dataclass(slots=True)
class _Server:
    """One place of a fleet; its processes come and go."""

    number: int
    port: int
    process: KeptProcess
    url: str = ""
    started: float = 0.0
    is_ready: bool = False
    was_ready: bool = False
    deaths: int = 0
    """In a row."""
    due: float | None = None
    """When it is started again, while it is not running."""
    failure: str = ""
    """Why it was given up."""
    cpu_before_s: float = 0.0
    """Of its earlier processes."""
    cpu_seen_s: float = 0.0


class Fleet:
    """Servers of one kind on this machine. Their processes end with this one, however it ends."""

    def __init__(
        self,
        command: ServerCommand,
        count: int,
        logs: Path,
        *,
        port: int = 0,
        limits: FleetLimits | None = None,
        on_event: Callable[[FleetEvent], None] | None = None,
    ) -> None:
        """A fleet, of which nothing runs yet.

        Args:
            command: Starts a server.
            count: How many.
            logs: Folder of their output: `worker-0.log`, `worker-1.log`, ...
            port: Of the first; the others follow. 0: whichever are free.
            limits: Deadlines and restarts.
            on_event: Hears what happens.

        Raises:
            GeneratorError: There are not so many ports.
        """
        self.on_event = on_event or (lambda _: None)
        self._command = command
        self._limits = limits or FleetLimits()
        self._logs = logs
        ports = list(range(port, port + count)) if port else free_ports(count)
        if max(ports) > 65535:
            raise GeneratorError(f"there is no port {max(ports)}\n\nhint: a lower `port`, or 0 for free ones")
        self._servers = [
            _Server(number=number, port=each, process=self._process(number, each), url=f"http://{HOST}:{each}")
            for number, each in enumerate(ports)
        ]
        self._is_stopped = False

    @property
    def is_settled(self) -> bool:
        """Whether of each server it is known whether it will serve."""
        return all(server.was_ready or server.failure for server in self._servers)

    @property
    def urls(self) -> Sequence[str]:
        """Of all servers, running or not."""
        return [server.url for server in self._servers]

    def start(self) -> None:
        """Start all servers; they take a while until they are ready.

        Raises:
            GeneratorError: No process or no log can be made.
        """
        for server in self._servers:
            self._start(server)

    async def watch(self) -> None:
        """Say when servers are ready, and start those again that die; ends when it is cancelled.

        Raises:
            GeneratorError: All were given up; the message has the last lines of their logs.
        """
        async with httpx.AsyncClient(trust_env=False, timeout=5.0) as client:
            while True:
                for server in self._servers:
                    await self._look(server, client)
                if all(server.failure for server in self._servers):
                    each = "\n".join(server.failure for server in self._servers)
                    raise GeneratorError(f"no vLLM server could be kept running\n{each}\n\nhint: see the logs")
                await asyncio.sleep(_LOOK_S)

    def take_cpu_s(self) -> list[float]:
        """Seconds of CPU that each server and its processes used since this was asked last."""
        found: list[float] = []
        for server in self._servers:
            now = server.cpu_before_s + (server.process.cpu_s() if server.due is None and not server.failure else 0.0)
            found.append(max(0.0, now - server.cpu_seen_s))
            server.cpu_seen_s = max(now, server.cpu_seen_s)
        return found

    def stop(self) -> None:
        """End all servers and all that they started; returns when they are gone. A second call does nothing."""
        if self._is_stopped:
            return
        self._is_stopped = True
        for server in self._servers:
            server.process.ask_to_end()
        for server in self._servers:
            server.process.end()
            self._say(EventKind.STOPPED, server)

    def _process(self, number: int, port: int) -> KeptProcess:
        return KeptProcess(
            command=self._command.line(port),
            environment=self._command.variables(),
            log=self._logs / f"worker-{number}.log",
            grace_s=self._limits.grace_s,
        )

    def _start(self, server: _Server) -> None:
        try:
            server.process.start()
        except OSError as error:
            raise GeneratorError(
                f"cannot start a vLLM server: {error}\n\nhint: is `{self._logs}` a folder that can be written to?"
            ) from error
        server.started, server.due, server.is_ready = time.monotonic(), None, False
        self._say(EventKind.STARTED, server, f"log: {server.process.log}")

    async def _look(self, server: _Server, client: httpx.AsyncClient) -> None:
        if server.failure:
            return
        if server.due is not None:
            if time.monotonic() >= server.due:
                server.process = self._process(server.number, server.port)
                self._start(server)
            return
        code = server.process.exit_code
        if code is not None:
            server.process.end()
            self._note_death(server, f"it ended with exit code {code}")
        elif not server.is_ready and await _is_healthy(server.url, client):
            server.is_ready = server.was_ready = True
            server.deaths = 0
            self._say(EventKind.READY, server)
        elif not server.is_ready and time.monotonic() - server.started > self._limits.ready_timeout_s:
            await asyncio.to_thread(server.process.end)
            self._note_death(server, f"it was not ready within {self._limits.ready_timeout_s:g} s")

    def _note_death(self, server: _Server, why: str) -> None:
        server.deaths += 1
        server.cpu_before_s = server.cpu_seen_s
        self._say(EventKind.DIED, server, why)
        if not server.was_ready or server.deaths > self._limits.num_restarts:
            server.failure = (
                f"worker {server.number} ({server.url}): {why}; the end of `{server.process.log}`:\n"
                f"{server.process.last_lines()}"
            )
            self._say(EventKind.GIVEN_UP, server, why)
        else:
            server.due = time.monotonic() + min(60.0, self._limits.first_wait_s * 2 ** (server.deaths - 1))

    def _say(self, kind: EventKind, server: _Server, detail: str = "") -> None:
        self.on_event(
            FleetEvent(
                kind=kind,
                worker=server.number,
                url=server.url,
                pid=server.process.pid,
                seconds=time.monotonic() - server.started,
                detail=detail,
            )
        )


def free_ports(count: int) -> list[int]:
    """Ports of this machine that nobody listens at."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind((HOST, 0))
        return [each.getsockname()[1] for each in sockets]


async def _is_healthy(url: str, client: httpx.AsyncClient) -> bool:
    try:
        return (await client.get(f"{url}/health")).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False
