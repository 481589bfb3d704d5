import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from typing import TypeVar

import pytest

from control_server import ControlServer, control_server
from palestra.agents import GeneratorError
from palestra.agents.vllm.capabilities import FEATURES, Capabilities, ControlError
from palestra.agents.vllm.control import ControlDeadlines, VllmControl

ResultT = TypeVar("ResultT")


@pytest.fixture
def server() -> Iterator[ControlServer]:
    with control_server() as server:
        yield server


def _ask(server: ControlServer, what: Callable[[VllmControl], Awaitable[ResultT]], wait_s: float = 10) -> ResultT:
    async def run() -> ResultT:
        deadlines = ControlDeadlines(probe_s=wait_s, pause_s=wait_s, update_s=wait_s)
        control = VllmControl(url=server.url, deadlines=deadlines)
        try:
            return await what(control)
        finally:
            await control.aclose()

    return asyncio.run(run())


def test_capabilities_are_the_routes_that_are_there(server: ControlServer) -> None:
    server.missing = {"/sleep"}
    found = _ask(server, VllmControl.capabilities)
    assert found.version == "0.32.0" and found.features == set(FEATURES) - {"sleep"}
    assert server.calls == ["/version"], "asking for a route must not call it"
    found.require("transfer", "tokens")


def test_a_missing_route_names_the_flag_that_turns_it_on() -> None:
    found = Capabilities(worker="w", version="0.32.0", features=frozenset())
    with pytest.raises(ControlError, match=r"`w` has no route /inference/v1/generate(.|\n)*--enable-scale-out"):
        found.require("tokens")
    old = Capabilities(worker="w", version="0.9.2", features=frozenset())
    with pytest.raises(ControlError, match=r"hint: it runs vLLM 0\.9\.2, and the route was seen on 0\.32"):
        old.require("pause")


def test_a_call_to_a_missing_route_says_how_to_get_it(server: ControlServer) -> None:
    server.missing = {"/pause"}
    with pytest.raises(ControlError, match=r"/pause: it has no such route(.|\n)*VLLM_SERVER_DEV_MODE=1"):
        _ask(server, VllmControl.pause)


def test_every_call_has_a_deadline_that_names_worker_and_route(server: ControlServer) -> None:
    server.delays["/pause"] = threading.Event()
    with pytest.raises(ControlError, match=rf"`{server.url}`, /pause: no answer within 0.2 s"):
        _ask(server, VllmControl.pause, wait_s=0.2)


def test_a_server_that_is_gone_is_named() -> None:
    with control_server() as server:
        url = server.url
    with pytest.raises(ControlError, match=rf"`{url}`, /resume: ConnectError"):
        _ask(ControlServer(url=url), VllmControl.resume)


@pytest.mark.parametrize(
    "body", [b"<html>", b"[1]", b'{"checksums": 3}', b"\xff\xfe"], ids=["no-json", "no-object", "no-mapping", "no-text"]
)
def test_an_answer_that_is_none_is_an_error(server: ControlServer, body: bytes) -> None:
    server.answers["/weight_checker"] = (200, body)
    with pytest.raises(GeneratorError, match="/weight_checker: no "):
        _ask(server, VllmControl.checksums)


def test_a_refusal_shows_what_the_server_said(server: ControlServer) -> None:
    server.answers["/start_weight_update"] = (500, b'{"error": "an update is under way"}')
    with pytest.raises(ControlError, match=r"/start_weight_update: status 500: .*an update is under way"):
        _ask(server, VllmControl.start_update)


def test_a_version_is_a_number_or_none(server: ControlServer) -> None:
    assert _ask(server, VllmControl.weight_info) is None
    server.label = "17"
    assert _ask(server, VllmControl.weight_info) == 17


def test_a_control_lives_through_several_event_loops(server: ControlServer) -> None:
    control = VllmControl(url=server.url)
    for _ in range(2):
        asyncio.run(control.resume())
        assert asyncio.run(control.world_size()) == 1
    asyncio.run(control.aclose())
    asyncio.run(control.aclose())


def test_a_cache_in_use_is_an_error(server: ControlServer) -> None:
    _ask(server, VllmControl.reset_prefix_cache)
    server.answers["/reset_prefix_cache"] = (200, b'{"success": false}')
    with pytest.raises(ControlError, match="the cache is in use"):
        _ask(server, VllmControl.reset_prefix_cache)


def test_sleep_and_wake_and_adapters_reach_their_routes(server: ControlServer) -> None:
    async def all_of(control: VllmControl) -> None:
        await control.sleep(2)
        await control.wake("weights")
        await control.wake()
        await control.load_adapter("v1", "/folder")
        assert await control.models() == {"policy": "folder", "v1": "/folder"}
        await control.unload_adapter("v1")

    _ask(server, all_of)
    assert server.calls[:3] == ["/sleep", "/wake_up", "/wake_up"] and not server.adapters


def test_deadlines_are_positive() -> None:
    with pytest.raises(ValueError, match="pause_s must be positive"):
        ControlDeadlines(pause_s=0)
