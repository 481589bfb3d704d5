"""What every request must pass before a server of environments looks at it."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from palestra.envs.serving.messages import written

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Guard:
    """Refuses web pages, clients without the token, and bodies that are too long.

    Covered: a page in a browser on this machine reaches loopback ports, WebSockets above all, and DNS can rename
    them; such requests carry `Origin`, which no program of ours or of OpenEnv sends. Not covered: encryption, and
    floods of connections; put a server for other machines behind a proxy.
    """

    def __init__(self, app: ASGIApp, *, token: str | None, max_bytes: int) -> None:
        self._app = app
        self._token = token
        self._max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers: dict[bytes, bytes] = {name.lower(): value for name, value in scope["headers"]}
        if b"origin" in headers:
            await _refuse(scope, send, 403, "web pages are refused\n\nhint: use a program, not a browser")
        elif not self._knows(headers.get(b"authorization", b"")):
            await _refuse(scope, send, 401, "no valid token\n\nhint: send `Authorization: Bearer TOKEN`")
        elif scope["type"] == "http" and _announced(headers) > self._max_bytes:
            await _refuse(scope, send, 413, f"a message has at most {self._max_bytes} bytes")
        else:
            await self._app(scope, self._bounded(receive), send)

    def _knows(self, authorization: bytes) -> bool:
        return self._token is None or hmac.compare_digest(authorization, b"Bearer " + self._token.encode())

    def _bounded(self, receive: Receive) -> Receive:
        """The same messages; a body that goes on for longer than was announced ends the connection."""
        seen = 0

        async def bounded() -> Message:
            nonlocal seen
            message = await receive()
            if message["type"] == "http.request":
                seen += len(message.get("body", b""))
                if seen > self._max_bytes:
                    return {"type": "http.disconnect"}
            return message

        return bounded


def _announced(headers: dict[bytes, bytes]) -> int:
    length = headers.get(b"content-length", b"0")
    return int(length[:20]) if length.isdigit() else 0  # the server refuses what is no number


async def _refuse(scope: Scope, send: Send, status: int, why: str) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008, "reason": ""})
        return
    body = written({"detail": why}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
