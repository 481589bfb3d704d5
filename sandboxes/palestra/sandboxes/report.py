"""What a back end keeps apart from the host, and how: the label on every result."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum


class Property(StrEnum):
    """One thing that a sandbox can promise. Each is proven by attacks (`palestra sandbox doctor`)."""

    FS_READ = "fs_read"
    """No file of the host can be read beyond the sandbox's own read-only image."""
    FS_WRITE = "fs_write"
    """No file of the host can be changed."""
    NET = "net"
    """No network, no socket of the host, abstract and vsock included."""
    PID = "pid"
    """No process outside can be seen, signalled, traced or written to."""
    IPC = "ipc"
    """No shared memory, semaphore or message queue of the host."""
    SYSCALLS = "syscalls"
    """Kernel interfaces that honest programs do not need are closed, and there are no capabilities."""
    ENV = "env"
    """The host's environment, arguments and open files stay outside."""
    FRESH = "fresh"
    """Nothing that a run leaves (files, processes, shared memory) reaches the next."""
    MEMORY = "memory"
    """The memory of all processes together is bounded."""
    PIDS = "pids"
    """The number of processes and threads is bounded."""
    CPU = "cpu"
    """The CPU seconds of all processes together are bounded."""
    OUTPUT = "output"
    """Output is bounded, and never blocks or misleads the host."""
    DISK = "disk"
    """Bytes and number of files together are bounded."""


class Level(IntEnum):
    """How strong the isolation is, roughly; what holds exactly is `BackendReport.isolates`."""

    NONE = 0
    """Nothing keeps the program from the host's files: for trusted code."""
    PARTIAL = 1
    """Files and network of the host are out of reach, but processes are not counted or hidden."""
    NAMESPACES = 2
    """Own namespaces, no capabilities, a system-call filter."""
    CONTAINER = 3
    """A container of its own with the same."""
    KERNEL = 4
    """A kernel of its own: gVisor or a virtual machine."""


@dataclass(frozen=True, kw_only=True, slots=True)
class BackendReport:
    """Which back end ran the program and what it kept apart from the host."""

    name: str
    """`subprocess`, `landlock`, `namespaces`, `zygote`, `docker`, ..."""
    level: Level
    isolates: Mapping[Property, str]
    """What is promised -> by which mechanism."""
    partly: Mapping[Property, str] = field(default_factory=dict)
    """What is enforced with a gap -> which."""
    version: str = "1"
    """Version of the back end's behaviour."""

    def missing(self, required: Level | frozenset[Property]) -> str:
        """What is lacking for a requirement, as text; empty if nothing is."""
        if isinstance(required, Level):
            return "" if self.level >= required else f"level {required.name} (it has {self.level.name})"
        return ", ".join(sorted(required - self.isolates.keys()))

    def to_json(self) -> dict[str, object]:
        """Plain data, the same in every output of ours."""
        return {
            "name": self.name,
            "version": self.version,
            "level": self.level.name,
            "isolates": {key.value: self.isolates[key] for key in Property if key in self.isolates},
            "partly": {key.value: self.partly[key] for key in Property if key in self.partly},
        }
