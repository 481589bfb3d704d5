"""A run that goes on, as a page that follows it: for this machine alone."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from palestra.trainer.errors import ViewError
from palestra.trainer.view.entries import Json
from palestra.trainer.view.exhibition import Exhibition, Exhibitor
from palestra.trainer.view.page import live_page_text, packed
from palestra.trainer.view.volume import Volume

ADDRESS = "127.0.0.1"
_REQUEST_TIMEOUT_S = 30.0


class LiveRun:
    """The blocks of a page, as files stand when they are asked for."""

    def __init__(self, exhibitor: Exhibitor) -> None:
        """Follow what an exhibitor reads."""
        self._exhibitor = exhibitor
        self._lock = threading.Lock()
        self._stamp = ""
        self._exhibition: Exhibition | None = None

    @property
    def name(self) -> str:
        """Of the run."""
        return self._exhibitor.target.resolve().name

    def block(self, name: str) -> bytes | None:
        """A block of the page, compressed; None if there is none of that name.

        Raises:
            ViewError: The run is gone.
        """
        with self._lock:
            exhibition = self._now()
            found = self._find(exhibition, name)
        return None if found is _MISSING else packed(found)

    def _now(self) -> Exhibition:
        stamp = self._exhibitor.stamp()
        if self._exhibition is None or stamp != self._stamp:
            self._exhibition, self._stamp = self._exhibitor.exhibition(), stamp
        return self._exhibition

    def _find(self, exhibition: Exhibition, name: str) -> Json:
        # A volume for each file: what was read stays as it is while the run writes the next one.
        volumes = {str(i): Volume.of(str(i), [each]) for i, each in enumerate(exhibition.contents)}
        match name.split("/"):
            case ["manifest"]:
                return exhibition.manifest(list(volumes.values()), is_live=True)
            case ["pieces"]:
                pieces = exhibition.pieces
                return None if pieces is None else {str(token): _json(piece) for token, piece in enumerate(pieces)}
            case ["index", volume] if volume in volumes:
                return volumes[volume].index()
            case ["texts", volume, chunk] if volume in volumes and chunk.isdecimal():
                return volumes[volume].texts(int(chunk))
            case ["tokens", volume, chunk] if volume in volumes and chunk.isdecimal():
                return volumes[volume].tokens(int(chunk))
        return _MISSING


_MISSING: Json = {"missing": True}


@contextmanager
def serving(exhibitor: Exhibitor, port: int) -> Iterator[ThreadingHTTPServer]:
    """A server of the page on this machine; it stops when the block ends.

    Args:
        exhibitor: Reads the run.
        port: 0 takes one that is free; `server_address` says which.

    Raises:
        ViewError: The port is taken.
    """
    live = LiveRun(exhibitor)

    class Handler(_Handler):
        run = live

    try:
        server = ThreadingHTTPServer((ADDRESS, port), Handler)
    except OSError as error:
        raise ViewError(
            f"port `{port}` of {ADDRESS} cannot be served: {error.strerror}\n\n"
            "hint: leave `--port` out to get a free one"
        ) from error
    Handler.hosts = tuple(f"{host}:{server.server_port}" for host in (ADDRESS, "localhost"))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, name="palestra-view", daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5.0)


class _Handler(BaseHTTPRequestHandler):
    run: LiveRun
    hosts: tuple[str, ...] = ()
    protocol_version = "HTTP/1.1"
    timeout = _REQUEST_TIMEOUT_S

    def do_GET(self) -> None:
        """The page, or a block of it."""
        if self.headers.get("Host") not in self.hosts:
            # A page from elsewhere whose name was made to point here must not read the run.
            self._reply(HTTPStatus.FORBIDDEN, b"this host is not served\n", "text/plain; charset=utf-8")
            return
        path = self.path.partition("?")[0]
        if path == "/":
            self._reply(HTTPStatus.OK, live_page_text(self.run.name).encode("ascii"), "text/html; charset=utf-8")
        elif path.startswith("/block/"):
            self._send_block(path.removeprefix("/block/"))
        else:
            self._reply(HTTPStatus.NOT_FOUND, b"there is no such page\n", "text/plain; charset=utf-8")

    def _send_block(self, name: str) -> None:
        try:
            block = self.run.block(name)
        except (ViewError, OSError) as error:
            self._reply(HTTPStatus.SERVICE_UNAVAILABLE, f"{error}\n".encode(errors="replace"), "text/plain")
            return
        if block is None:
            self._reply(HTTPStatus.NOT_FOUND, b"there is no such block\n", "text/plain")
            return
        tag = f'"{hashlib.sha256(block).hexdigest()[:32]}"'
        if self.headers.get("If-None-Match") == tag:
            self._reply(HTTPStatus.NOT_MODIFIED, b"", "application/gzip", tag)
        else:
            self._reply(HTTPStatus.OK, block, "application/gzip", tag)

    def _reply(self, status: HTTPStatus, body: bytes, kind: str, tag: str = "") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Referrer-Policy", "no-referrer")
        if tag:
            self.send_header("ETag", tag)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the terminal is the person's."""


def _json(piece: str | list[int]) -> Json:
    return piece if isinstance(piece, str) else list(piece)
