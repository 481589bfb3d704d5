"""The routes of one environment: a WebSocket for whole sessions, and the same over plain HTTP."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from palestra.envs.serving.errors import Code, InvalidJsonError, ServingError, UnknownTypeError
from palestra.envs.serving.messages import (
    SCHEMA,
    Json,
    read_action,
    read_object,
    read_reset,
    read_session,
    written,
)
from palestra.envs.serving.offer import Offer
from palestra.envs.serving.session import Session, refused
from palestra.envs.serving.sessions import Sessions

if TYPE_CHECKING:
    from palestra.envs.row import Row

_LOG = logging.getLogger(__name__)
_NO_METHOD = -32601  # of JSON-RPC
_BODY_S = 60.0
_ENDED = 1001  # of WebSockets: going away

Answering = Callable[[Request], Awaitable[Json]]


class Desk:
    """Serves one offer.

    A WebSocket is a session: it opens with the connection and ends with it. Over HTTP, each `POST /reset` without a
    `session_id` opens a session, whose id stands in `metadata` and goes with every `step`, `state` and `close`.
    """

    def __init__(self, offer: Offer, sessions: Sessions) -> None:
        self._offer = offer
        self._sessions = sessions

    def routes(self) -> list[BaseRoute]:
        """The routes, relative to where the environment is mounted."""
        posted = {"/reset": self._reset, "/step": self._step, "/close": self._close, "/mcp": self._mcp}
        read = {"/state": self._state, "/schema": self._schema, "/metadata": self._metadata, "/health": self._health}
        return [
            WebSocketRoute("/ws", self._connected),
            *(Route(path, answering_json(answering), methods=["POST"]) for path, answering in posted.items()),
            *(Route(path, answering_json(answering), methods=["GET"]) for path, answering in read.items()),
        ]

    async def _reset(self, request: Request) -> Json:
        body = dict(await body_of(request))
        session_id = body.pop("session_id", None)
        order = read_reset(body)
        if session_id is not None:
            return await self._sessions.find(read_session(session_id), self._offer).reset(order)
        session = await self._sessions.open(self._offer)
        try:
            return await session.reset(order)
        except BaseException:
            await self._sessions.close(session)  # nobody knows its id
            raise

    async def _step(self, request: Request) -> Json:
        body = await body_of(request)
        session = self._sessions.find(read_session(body.get("session_id")), self._offer)
        return await session.step(read_action(body.get("action")))

    async def _state(self, request: Request) -> Json:
        return self._sessions.find(read_session(request.query_params.get("session_id")), self._offer).state()

    async def _close(self, request: Request) -> Json:
        body = await body_of(request)
        await self._sessions.close(self._sessions.find(read_session(body.get("session_id")), self._offer))
        return {"closed": True}

    async def _schema(self, request: Request) -> Json:
        return SCHEMA

    async def _health(self, request: Request) -> Json:
        return {"status": "healthy"}

    async def _metadata(self, request: Request) -> Json:
        row: Row = self._offer.row
        return {
            "name": row.id,
            "description": row.summary,
            "version": row.id.rpartition("-v")[2],
            "author": None,
            "readme_content": None,
            "documentation_url": None,
        }

    async def _mcp(self, request: Request) -> Json:
        why = "no tools by JSON-RPC; calls of tools are text in `step`, or see `palestra serve ID --mcp`"
        return {"jsonrpc": "2.0", "id": None, "error": {"code": _NO_METHOD, "message": why}}

    async def _connected(self, socket: WebSocket) -> None:
        await socket.accept()
        try:
            session = await self._sessions.open(self._offer)
        except ServingError as error:
            await _send(socket, _failure(error))
            await socket.close()
            return
        try:
            await self._talk(socket, session)
        except WebSocketDisconnect:
            pass
        finally:
            await self._sessions.close(session)

    async def _talk(self, socket: WebSocket, session: Session) -> None:
        limits = self._sessions.limits
        while True:
            try:
                async with asyncio.timeout(limits.idle_s):
                    text = await socket.receive_text()
            except TimeoutError:
                await _send(socket, _error(f"nothing asked for {limits.idle_s:g} s", Code.SESSION_ERROR))
                await socket.close(_ENDED)
                return
            except KeyError:  # bytes and no text
                await _send(socket, _error("a message is text, not bytes", Code.INVALID_JSON))
                continue
            session.last_asked_s = self._sessions.now()
            answer = await self._answer(session, text)
            if answer is None or session.is_lost:
                if answer is not None:
                    await _send(socket, answer)
                await socket.close()
                return
            await _send(socket, answer)

    async def _answer(self, session: Session, text: str) -> Json | None:
        """The answer to one message; None for the last one."""
        try:
            if len(text) > self._sessions.limits.message_bytes:
                raise InvalidJsonError(f"a message has at most {self._sessions.limits.message_bytes} bytes")
            message = read_object(text)
            data = message.get("data", {})
            match message.get("type"):
                case "reset":
                    order = read_reset(data if isinstance(data, dict) else {"data": data})
                    return {"type": "observation", "data": await session.reset(order)}
                case "step":
                    return {"type": "observation", "data": await session.step(read_action(data))}
                case "state":
                    return {"type": "state", "data": session.state()}
                case "close":
                    return None
                case other:
                    raise UnknownTypeError(f"no message of type `{str(other)[:80]}`: reset, step, state or close")
        except Exception as error:  # noqa: BLE001  the boundary: a client is told, and the server goes on
            return _failure(error)


def answering_json(answering: Answering) -> Callable[[Request], Awaitable[Response]]:
    """A route that answers in JSON, errors too."""

    async def answer(request: Request) -> Response:
        try:
            status, body = 200, await answering(request)
        except ClientDisconnect:
            return Response(status_code=413)
        except Exception as error:  # noqa: BLE001  the boundary: a client is told, and the server goes on
            body = {"detail": _failure(error)["data"]}
            status = error.status if isinstance(error, ServingError) else 500 if refused(error) is None else 400
        return Response(written(body), status_code=status, media_type="application/json")

    return answer


async def body_of(request: Request) -> Json:
    """The body of a request; an empty one is an empty object.

    Raises:
        InvalidJsonError: It is no JSON object, or takes too long to arrive.
    """
    try:
        async with asyncio.timeout(_BODY_S):
            body = await request.body()
    except TimeoutError:
        raise InvalidJsonError(f"the message has not arrived within {_BODY_S:g} s") from None
    return read_object(body) if body else {}


async def _send(socket: WebSocket, message: Json) -> None:
    try:
        await socket.send_text(written(message))
    except RuntimeError as error:  # the other side has closed in the meantime
        raise WebSocketDisconnect from error


def _failure(error: Exception) -> Json:
    """An error as a client is told it: its own doing in words, ours by its kind alone."""
    told = refused(error)
    if told is None:
        _LOG.error("a request failed", exc_info=error)
        told = f"the environment broke: {type(error).__name__}\n\nhint: the server's log has the rest; mask the sample"
    return _error(told, error.code if isinstance(error, ServingError) else Code.EXECUTION_ERROR)


def _error(message: str, code: Code) -> Json:
    return {"type": "error", "data": {"message": message, "code": str(code)}}
