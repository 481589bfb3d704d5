"""One hardened container, and processes in it."""

from __future__ import annotations

import contextlib
import json
import secrets
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from palestra.sandboxes.docker.counters import OWN_INODES, TMPFS, ApiCounters, CgroupCounters, Counters
from palestra.sandboxes.docker.daemon import Daemon, daemon_calls, labels
from palestra.sandboxes.docker.image import FoundImage
from palestra.sandboxes.docker.inside import KILL, keep_command
from palestra.sandboxes.docker.process import Process
from palestra.sandboxes.docker.wire import Wire
from palestra.sandboxes.errors import SandboxUnavailableError
from palestra.sandboxes.limits import Limits
from palestra.sandboxes.seccomp import docker_profile

_JOB, _KEEPER = "65534:65534", "65533:65533"  # two users: a program cannot touch what keeps its container
_OVERHEAD_BYTES = 8 << 20
_MIN_PIDS, _MIN_BYTES = 24, 32 << 20  # below, runc cannot start a process in the container
_GONE_S = 5.0
_NOTICE_S = 0.2  # until the daemon knows of a death


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """How containers are made."""

    daemon: Daemon
    image: FoundImage
    python: str
    runtime: str | None
    cores: float | None
    """Of CPU time for each second; None where the kernel has no quotas."""

    def start(self, limits: Limits) -> Container:
        """Start a container.

        Raises:
            SandboxUnavailableError: The daemon fails.
        """
        name = f"palestra-{secrets.token_hex(8)}"
        try:
            with daemon_calls():
                made = self.daemon.client.containers.create(self.image.digest, name=name, **self._options(limits))
                made.start()
                made.reload()
            init_pid = made.attrs["State"]["Pid"]
            counters = (self.runtime is None and CgroupCounters.of(str(made.id), init_pid)) or ApiCounters(
                self.daemon, name
            )
            return Container(self.daemon, name, counters, limits)
        except BaseException:
            with contextlib.suppress(SandboxUnavailableError):
                self.daemon.remove(name)
            raise

    def _options(self, limits: Limits) -> dict[str, Any]:
        from docker.types import LogConfig, Ulimit

        return {
            "entrypoint": keep_command(self.python),
            "command": [],
            "user": _KEEPER,
            "working_dir": "/",
            "hostname": "sandbox",
            "environment": {},
            "use_config_proxy": False,  # or the host's proxies would be in the environment
            "labels": labels(),
            "runtime": self.runtime,
            "network_mode": "none",
            "dns": ["127.0.0.1"],  # or /etc/resolv.conf would tell the host's
            "dns_search": ["."],
            "ipc_mode": "private",
            "cgroupns": "private",
            "read_only": True,
            "tmpfs": {path: _tmpfs(path, limits) for path in TMPFS},
            "cap_drop": ["ALL"],
            "security_opt": ["no-new-privileges", f"seccomp={json.dumps(docker_profile(loopback=limits.loopback))}"],
            "pids_limit": _pids(limits),
            "mem_limit": _memory(limits),
            "memswap_limit": _memory(limits),
            "nano_cpus": None if self.cores is None else int(self.cores * 1e9),
            "ulimits": [Ulimit(name="core", soft=0, hard=0)],
            "log_config": LogConfig(type=LogConfig.types.NONE),
        }


class Container:
    """A container that sleeps, in which processes are started."""

    def __init__(self, daemon: Daemon, name: str, counters: Counters, limits: Limits) -> None:
        self._daemon, self.name, self.counters = daemon, name, counters
        self._limits = (_pids(limits), _memory(limits))
        self._keepers = self.pids()

    def set_limits(self, limits: Limits) -> None:
        """Bound memory and processes anew.

        Raises:
            SandboxUnavailableError: The daemon fails.
        """
        pids, memory = wanted = (_pids(limits), _memory(limits))
        if wanted != self._limits:
            body = {"PidsLimit": pids, "Memory": memory, "MemorySwap": memory}
            self._daemon.post(f"/containers/{self.name}/update", body)
            self._limits = wanted

    @contextlib.contextmanager
    def process(self, command: list[str], *, max_stdout: int, max_stderr: int) -> Iterator[tuple[Process, Wire]]:
        """Start a process; it is connected until the block ends, and nothing of it lives on.

        Raises:
            SandboxUnavailableError: The daemon fails.
        """
        api = self._daemon.client.api
        with daemon_calls():
            number = api.exec_create(self.name, command, stdin=True, user=_JOB, workdir="/")["Id"]
            answer: Any = api.exec_start(number, detach=False, tty=False, stream=False, socket=True)
        # docker-py hands out a file object around the socket.
        connection: socket.socket = getattr(answer, "_sock", answer)
        wire = Wire(connection, max_stdout=max_stdout, max_stderr=max_stderr)
        try:
            with Process(self._daemon, number, self.counters) as process:
                yield process, wire
        finally:
            wire.close()
            getattr(answer, "_response", answer).close()

    def kill(self) -> None:
        """Kill all processes but the container's own.

        Raises:
            SandboxUnavailableError: Some are left, or the daemon fails.
        """
        deadline = time.monotonic() + _GONE_S
        while self.pids() - self._keepers:
            try:
                is_sent = self.counters.kill(self._keepers)
            except OSError as error:
                raise SandboxUnavailableError(f"the container is gone: {error}") from error
            if not is_sent:
                self._kill_from_inside()
            if time.monotonic() > deadline:
                raise SandboxUnavailableError("processes of the container cannot be killed")
            time.sleep(0.002)

    def pids(self) -> frozenset[int]:
        """Processes of the container.

        Raises:
            SandboxUnavailableError: It is gone.
        """
        try:
            return self.counters.pids()
        except OSError as error:
            raise SandboxUnavailableError(f"the container is gone: {error}") from error

    def check_alive(self) -> None:
        """Check that the container itself was not killed.

        Raises:
            SandboxUnavailableError: It was, or the daemon fails.
        """
        time.sleep(_NOTICE_S)
        with daemon_calls():
            state = self._daemon.client.api.inspect_container(self.name)["State"]
        if not state["Running"]:
            raise SandboxUnavailableError("somebody has killed the container")

    def remove(self) -> None:
        """Kill and remove it."""
        self._daemon.remove(self.name)

    def _kill_from_inside(self) -> None:
        with self.process(list(KILL), max_stdout=0, max_stderr=0) as (_, wire):
            wire.send(b"\n", is_last=True)
            deadline = time.monotonic() + _GONE_S
            while not wire.is_ended and time.monotonic() < deadline:
                wire.pump(0.1)


def _tmpfs(path: str, limits: Limits) -> str:
    # The keeper owns the folders, so a program can neither lock nor replace them. Shared memory is a second
    # place only because Docker has no way to show one at two paths.
    share = 4 if path == "/dev/shm" else 1
    size, inodes = max(1, limits.disk_bytes // share), limits.inodes // share + OWN_INODES
    return f"rw,exec,nosuid,nodev,size={size},nr_inodes={inodes},uid=65533,gid=65533,mode=1777"


def _pids(limits: Limits) -> int:
    return max(_MIN_PIDS, limits.pids + 1)


def _memory(limits: Limits) -> int:
    return max(_MIN_BYTES, limits.memory_bytes + _OVERHEAD_BYTES)
