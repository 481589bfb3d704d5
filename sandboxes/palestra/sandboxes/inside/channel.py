"""Messages over a socket, with descriptors beside them."""

from __future__ import annotations

import _socket  # `socket` loads much that no program needs
from sys import byteorder

from .protocol import Message, decode, encode

_MAX_MESSAGE_BYTES = 1 << 16
_MAX_FDS = 8
_FD_BYTES = 4


def send(sock: _socket.socket, message: Message, fds: tuple[int, ...] = ()) -> None:
    """Send one message; the receiver gets copies of the descriptors."""
    numbers = b"".join(fd.to_bytes(_FD_BYTES, byteorder) for fd in fds)
    sock.sendmsg([encode(message)], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, numbers)] if fds else [])


def receive(sock: _socket.socket) -> tuple[Message, list[int]] | None:
    """The next message and its descriptors; None when the other side has closed."""
    data, beside, _, _ = sock.recvmsg(_MAX_MESSAGE_BYTES, _socket.CMSG_SPACE(_MAX_FDS * _FD_BYTES))
    fds = [fd for level, kind, numbers in beside for fd in _fds(level, kind, numbers)]
    return (decode(data), fds) if data else None


def _fds(level: int, kind: int, numbers: bytes) -> list[int]:
    if (level, kind) != (_socket.SOL_SOCKET, _socket.SCM_RIGHTS):
        return []
    return memoryview(numbers).cast("i").tolist()
