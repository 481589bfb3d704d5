"""Canaries in the host's System V shared memory and POSIX message queues, which have no module in Python."""

from __future__ import annotations

import ctypes
import os
from dataclasses import dataclass

_IPC_CREAT, _IPC_EXCL, _IPC_RMID = 0o1000, 0o2000, 0
_BYTES = 4096


def _libc() -> ctypes.CDLL:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.shmat.restype = ctypes.c_void_p
    libc.shmat.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_int]
    libc.shmdt.argtypes = [ctypes.c_void_p]
    return libc


@dataclass(frozen=True, kw_only=True, slots=True)
class SharedMemoryCanary:
    """A segment that every user of this machine may open."""

    segment: int
    content: bytes

    @classmethod
    def plant(cls, key: int, content: bytes) -> SharedMemoryCanary | None:
        """The segment, or None where the kernel has none to give."""
        segment = _libc().shmget(key, _BYTES, _IPC_CREAT | _IPC_EXCL | 0o666)
        if segment < 0:
            return None
        canary = cls(segment=segment, content=content)
        address = _libc().shmat(segment, None, 0)
        ctypes.memmove(address, content, len(content))
        _libc().shmdt(address)
        return canary

    def is_intact(self) -> bool:
        """Whether it still holds what was planted."""
        address = _libc().shmat(self.segment, None, 0)
        if address == ctypes.c_void_p(-1).value:
            return False
        content = ctypes.string_at(address, len(self.content))
        _libc().shmdt(address)
        return content == self.content

    def remove(self) -> None:
        """Take it away."""
        _libc().shmctl(self.segment, _IPC_RMID, None)


@dataclass(frozen=True, kw_only=True, slots=True)
class QueueCanary:
    """A message queue that every user of this machine may open."""

    name: str
    fd: int

    @classmethod
    def plant(cls, name: str, content: bytes) -> QueueCanary | None:
        """The queue with one message, or None where the kernel has none to give."""
        libc = _libc()
        if not hasattr(libc, "mq_open"):
            return None
        fd = libc.mq_open(name.encode(), os.O_CREAT | os.O_RDWR | os.O_NONBLOCK, 0o666, None)
        if fd < 0:
            return None
        libc.mq_send(fd, content, len(content), 0)
        return cls(name=name, fd=fd)

    def remove(self) -> None:
        """Take it away."""
        libc = _libc()
        libc.mq_close(self.fd)
        libc.mq_unlink(self.name.encode())
