"""Environments as a web application, and the server that runs it."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from enum import StrEnum
from importlib.metadata import version
from importlib.util import find_spec

from palestra.envs.errors import ConfigError, MissingPackageError
from palestra.envs.serving.guard import Guard
from palestra.envs.serving.limits import ServingLimits
from palestra.envs.serving.messages import SCHEMA, Json, written
from palestra.envs.serving.offer import Offer
from palestra.envs.serving.sessions import Sessions

try:
    import uvicorn
    from starlette.applications import Starlette
    from starlette.middleware import Middleware
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import BaseRoute, Mount, Route

    from palestra.envs.serving.desk import Desk
    from palestra.envs.serving.nemo_gym import NemoGymDesk
except ImportError as error:
    raise MissingPackageError(
        f"the package `{error.name}` is not installed\n\nhint: `pip install 'palestra[serve]'`"
    ) from None


class Protocol(StrEnum):
    """What clients speak."""

    OPENENV = "openenv"
    """Each environment under its id, and one that is alone at the root too."""
    NEMO_GYM = "nemo-gym"
    """One resources server at the root; the rows say which environment is meant."""


def application(
    offers: Sequence[Offer],
    limits: ServingLimits | None = None,
    token: str | None = None,
    *,
    protocol: Protocol = Protocol.OPENENV,
    clients: Sessions | None = None,
) -> Starlette:
    """The application.

    Args:
        offers: What is served, each id once.
        limits: What clients may take.
        token: What they must know; None for nothing.
        protocol: What they speak.
        clients: Their sessions, where somebody wants to watch them.

    Raises:
        ConfigError: There is nothing to serve, or an id is there twice.
    """
    ids = [offer.id for offer in offers]
    if not ids or len(set(ids)) < len(ids):
        raise ConfigError(f"serve one or more environments, each once; got {', '.join(ids) or 'none'}")
    bounds = limits or ServingLimits()
    sessions = Sessions(bounds) if clients is None else clients

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        sweeping = asyncio.create_task(sessions.keep_closing_idle())
        try:
            yield
        finally:
            sweeping.cancel()
            await sessions.close_all()

    async def listed(request: Request) -> Response:
        return _json(ids)

    async def described(request: Request) -> Response:
        return _json(_openapi())

    routes: list[BaseRoute] = [Route("/list_environments", listed)]
    if protocol is Protocol.NEMO_GYM:
        routes.extend(NemoGymDesk(offers, sessions).routes())
    else:
        routes.append(Route("/openapi.json", described))
        desks = {offer.id: Desk(offer, sessions).routes() for offer in offers}
        routes.extend(Mount(f"/{env_id}", routes=own) for env_id, own in desks.items())
        if len(desks) == 1:
            routes.extend(desks[ids[0]])
    guard = Middleware(Guard, token=token, max_bytes=bounds.message_bytes)
    return Starlette(routes=routes, lifespan=lifespan, middleware=[guard])


@contextmanager
def listening(host: str, port: int) -> Iterator[tuple[socket.socket, str]]:
    """A socket that listens, and its address as clients write it.

    Raises:
        ConfigError: It cannot be had.
    """
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        opened = socket.create_server((host, port), family=family)
    except (OSError, OverflowError) as error:
        raise ConfigError(
            f"cannot listen on `{host}`, port {port}: {error}\n\nhint: `--port 0` takes a free one"
        ) from None
    with opened:
        shown = f"[{host}]" if ":" in host else host
        yield opened, f"http://{shown}:{opened.getsockname()[1]}"


def run(app: Starlette, listener: socket.socket, limits: ServingLimits) -> None:
    """Serve until the process is told to stop.

    Raises:
        MissingPackageError: The package `websockets` is not installed.
    """
    if find_spec("websockets") is None:
        raise MissingPackageError("the package `websockets` is not installed\n\nhint: `pip install 'palestra[serve]'`")
    config = uvicorn.Config(
        app,
        log_level="warning",
        ws="websockets-sansio",
        ws_max_size=limits.message_bytes,
        ws_per_message_deflate=False,  # what is small on the wire is small in memory
        limit_concurrency=4 * limits.sessions + 16,
        timeout_graceful_shutdown=5,
        server_header=False,
    )
    uvicorn.Server(config).run(sockets=[listener])


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches an address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _json(value: object) -> Response:
    return Response(written(value), media_type="application/json")


def _openapi() -> Json:
    """A short description of the routes in OpenAPI, which tools of OpenEnv look for."""
    posted = {"/reset": "Start an episode", "/step": "Hand in a response", "/close": "End a session"}
    read = {
        "/state": "How far the episode is",
        "/schema": "The schemas",
        "/metadata": "The environment",
        "/health": "Up",
    }
    answer = {"responses": {"200": {"description": "JSON"}}}
    paths = {path: {"post": {"summary": what, **answer}} for path, what in posted.items()}
    paths |= {path: {"get": {"summary": what, **answer}} for path, what in read.items()}
    return {
        "openapi": "3.1.0",
        "info": {"title": "palestra", "version": version("palestra")},
        "paths": paths,
        "components": {"schemas": SCHEMA},
    }
