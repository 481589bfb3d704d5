"""The one connection that carries a program's input and output, read without ever waiting for either side."""

from __future__ import annotations

import contextlib
import selectors
import socket
from dataclasses import dataclass, field

_CHUNK = 1 << 18
_HEAD_BYTES = 8  # stream, three zeros, length: the daemon's framing of streams without a terminal


@dataclass(kw_only=True, slots=True)
class Stream:
    """What is kept of one direction."""

    max_bytes: int
    kept: bytearray = field(default_factory=bytearray)
    is_over: bool = False

    def add(self, chunk: bytes) -> None:
        """Keep what fits."""
        room = self.max_bytes - len(self.kept)
        self.kept += chunk[:room]
        self.is_over = self.is_over or len(chunk) > room


class Wire:
    """A hijacked connection to a program."""

    def __init__(self, connection: socket.socket, *, max_stdout: int, max_stderr: int) -> None:
        connection.setblocking(False)
        self._socket = connection
        self._selector = selectors.DefaultSelector()
        self._selector.register(connection, selectors.EVENT_READ)
        self._to_send = memoryview(b"")
        self._is_last = False
        self._frames = bytearray()
        self._left, self._current = 0, 0
        self._streams = {1: Stream(max_bytes=max_stdout), 2: Stream(max_bytes=max_stderr)}
        self.is_ended = False
        """Whether the other side has closed."""

    @property
    def stdout(self) -> Stream:
        """Of the program."""
        return self._streams[1]

    @property
    def stderr(self) -> Stream:
        """Of the program."""
        return self._streams[2]

    def send(self, data: bytes, *, is_last: bool = False) -> None:
        """Send data while pumping; the last makes the program see the end of its input."""
        self._to_send = memoryview(bytes(self._to_send) + data)
        self._is_last = self._is_last or is_last
        self._listen(writing=True)

    def pump(self, timeout_s: float) -> bool:
        """Move what can be moved; False if nothing could be in this time."""
        if self.is_ended:
            return False
        ready = self._selector.select(timeout_s)
        for _, events in ready:
            if events & selectors.EVENT_WRITE:
                self._write()
            if events & selectors.EVENT_READ:
                self._read()
        return bool(ready)

    def forget(self) -> None:
        """Drop what was kept so far."""
        for stream in self._streams.values():
            stream.kept.clear()
            stream.is_over = False

    def close(self) -> None:
        """Stop; the connection stays open."""
        self._selector.close()

    def _listen(self, *, writing: bool) -> None:
        events = selectors.EVENT_READ | (selectors.EVENT_WRITE if writing else 0)
        with contextlib.suppress(KeyError):  # ended
            self._selector.modify(self._socket, events)

    def _write(self) -> None:
        try:
            if self._to_send:
                self._to_send = self._to_send[self._socket.send(self._to_send[:_CHUNK]) :]
        except BlockingIOError:
            return
        except OSError:  # nobody reads any more; what the program wrote may still come
            self._to_send, self._is_last = memoryview(b""), False
        if not self._to_send:
            if self._is_last:
                with contextlib.suppress(OSError):
                    self._socket.shutdown(socket.SHUT_WR)
            self._listen(writing=False)

    def _read(self) -> None:
        try:
            chunk = self._socket.recv(_CHUNK)
        except BlockingIOError:
            return
        except OSError:
            chunk = b""
        if not chunk:
            self.is_ended = True
            self._selector.unregister(self._socket)
            return
        self._frames += chunk
        self._unframe()

    def _unframe(self) -> None:
        at, size = 0, len(self._frames)
        while True:
            if not self._left:
                if size - at < _HEAD_BYTES:
                    break
                self._current = self._frames[at]
                self._left = int.from_bytes(self._frames[at + 4 : at + _HEAD_BYTES], "big")
                at += _HEAD_BYTES
            part = bytes(self._frames[at : at + self._left])
            if not part:
                if self._left:
                    break
                continue
            if stream := self._streams.get(self._current):
                stream.add(part)
            at += len(part)
            self._left -= len(part)
        del self._frames[:at]
