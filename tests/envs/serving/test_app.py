"""The application as clients meet it: whole episodes, hostile messages, limits."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from palestra.envs import ENVS, ConfigError, EmptySplitError, TextEnv, UnknownEnvError
from palestra.envs.serving import Offer, ServingLimits, Sessions
from palestra.envs.serving.app import application, is_loopback

COUNTDOWN, WORDLE = "palestra/Countdown-v1", "palestra/Wordle-v1"
LIMITS = ServingLimits(sessions=3, message_bytes=1 << 16)


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with TestClient(application([Offer(COUNTDOWN), Offer(WORDLE)], LIMITS)) as client:
        yield client


def oracle_of(task_id: str) -> TextEnv:
    env = ENVS.make(task_id.partition("/train/")[0])
    env.reset(options={"task_id": task_id})
    return env


def ask(socket: Any, kind: str, data: object = None) -> dict[str, Any]:
    socket.send_text(json.dumps({"type": kind} if data is None else {"type": kind, "data": data}))
    answer = json.loads(socket.receive_text())
    assert isinstance(answer, dict)
    return answer


def test_an_episode_over_a_websocket_earns_what_it_earns_here(client: TestClient) -> None:
    with client.websocket_connect(f"/{WORDLE}/ws") as socket:
        shown = ask(socket, "reset", {"seed": 3, "episode_id": "mine"})["data"]
        env = oracle_of(shown["observation"]["task_id"])
        assert (shown["observation"]["text"], shown["reward"], shown["done"]) == (env.task.prompt, None, False)
        while not shown["done"]:
            response = env.oracle()
            reply, *_ = env.step(response)
            shown = ask(socket, "step", {"text": response})["data"]
            assert shown["observation"]["text"] == reply
        assert (shown["reward"], shown["metadata"]["outcome"], shown["metadata"]["valid"]) == (1.0, "PASS", True)
        state = ask(socket, "state")["data"]
        assert (state["episode_id"], state["step_count"]) == ("mine", env.episode.turns)
        assert (state["is_over"], state["reward"]) == (True, 1.0)
        again = ask(socket, "step", {"text": "x"})
        assert (again["type"], again["data"]["code"]) == ("error", "EXECUTION_ERROR")


def test_an_episode_over_plain_http_has_a_session(client: TestClient) -> None:
    first = client.post(f"/{COUNTDOWN}/reset", json={"seed": 1}).json()
    session = first["metadata"]["session_id"]
    env = oracle_of(first["observation"]["task_id"])
    order = {"session_id": session, "action": {"text": env.oracle()}}
    assert client.post(f"/{COUNTDOWN}/step", json=order).json()["reward"] == 1.0
    state = client.get(f"/{COUNTDOWN}/state", params={"session_id": session}).json()
    assert (state["env_id"], state["is_over"]) == (COUNTDOWN, True)
    second = client.post(f"/{COUNTDOWN}/reset", json={"session_id": session}).json()
    assert second["metadata"]["session_id"] == session
    assert second["observation"]["task_id"] != first["observation"]["task_id"]
    other = client.post(f"/{WORDLE}/step", json=order)
    assert (other.status_code, other.json()["detail"]["code"]) == (404, "SESSION_ERROR"), (
        "a session has one environment"
    )
    assert client.post(f"/{COUNTDOWN}/close", json={"session_id": session}).json() == {"closed": True}
    assert client.post(f"/{COUNTDOWN}/step", json=order).status_code == 404


def test_neither_the_reference_nor_what_quotes_it_leaves() -> None:
    with (
        TestClient(application([Offer("palestra/ChainSum-v1")], LIMITS)) as client,
        client.websocket_connect("/ws") as socket,
    ):
        shown = ask(socket, "reset", {"seed": 0})
        reference = oracle_of(shown["data"]["observation"]["task_id"]).task.reference
        told = [shown, ask(socket, "state"), ask(socket, "step", {"text": "42"}), ask(socket, "state")]
        told += [ask(socket, "state", {"fields": ["reference"]}), ask(socket, "reference"), ask(socket, "oracle")]
        told += [client.get(path).json() for path in ("/schema", "/metadata", "/openapi.json")]
        assert not [one for one in told if f'"{reference}"' in json.dumps(one) or f"right is {reference}" in str(one)]
        assert not [one for one in told if "reference" in json.dumps(one).replace("no message of type `reference`", "")]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "INVALID_JSON"),
        ("[" * 50_000, "INVALID_JSON"),
        ("1" * 5000, "INVALID_JSON"),
        ('"reset"', "INVALID_JSON"),
        ("{}", "UNKNOWN_TYPE"),
        ('{"type": ["reset"]}', "UNKNOWN_TYPE"),
        ('{"type": "reset", "data": 1}', "VALIDATION_ERROR"),
        ('{"type": "reset", "data": {"seed": -1}}', "VALIDATION_ERROR"),
        ('{"type": "reset", "data": {"seed": true}}', "VALIDATION_ERROR"),
        ('{"type": "reset", "data": {"seed": 1e400}}', "VALIDATION_ERROR"),
        ('{"type": "reset", "data": {"tsk_id": "x"}}', "VALIDATION_ERROR"),
        ('{"type": "reset", "data": {"index": -1}}', "EXECUTION_ERROR"),
        ('{"type": "reset", "data": {"difficulty": 7}}', "EXECUTION_ERROR"),
        ('{"type": "reset", "data": {"difficulty": NaN}}', "EXECUTION_ERROR"),
        ('{"type": "reset", "data": {"split": "golds"}}', "EXECUTION_ERROR"),
        ('{"type": "reset", "data": {"task_id": "../../etc/passwd"}}', "EXECUTION_ERROR"),
        ('{"type": "reset", "data": {"task_id": "palestra/Dataset-v1/train/0/0?path=%22%2Fetc%2Fpasswd%22"}}',
         "EXECUTION_ERROR"),
        ('{"type": "step", "data": {"text": "1"}}', "EXECUTION_ERROR"),
        ('{"type": "step", "data": {"text": 1}}', "VALIDATION_ERROR"),
        ('{"type": "step", "data": {"text": "1", "reward": 1}}', "VALIDATION_ERROR"),
        ('{"type": "step"}', "VALIDATION_ERROR"),
        ("x" * ((1 << 16) + 1), "INVALID_JSON"),
    ],
)  # fmt: skip
def test_a_bad_message_is_an_error_and_the_session_goes_on(client: TestClient, text: str, code: str) -> None:
    with client.websocket_connect(f"/{COUNTDOWN}/ws") as socket:
        socket.send_text(text)
        answer = json.loads(socket.receive_text())
        assert (answer["type"], answer["data"]["code"]) == ("error", code)
        assert ask(socket, "reset")["type"] == "observation"


def test_bytes_are_no_message(client: TestClient) -> None:
    with client.websocket_connect(f"/{COUNTDOWN}/ws") as socket:
        socket.send_bytes(b"\x00")
        assert json.loads(socket.receive_text())["data"]["code"] == "INVALID_JSON"


@settings(max_examples=40, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)
    )
)
def test_any_json_gets_an_answer(client: TestClient, value: object) -> None:
    with client.websocket_connect(f"/{COUNTDOWN}/ws") as socket:
        for message in (value, {"type": value}, {"type": "reset", "data": value}, {"type": "step", "data": value}):
            socket.send_text(json.dumps(message))
            assert json.loads(socket.receive_text())["type"] in ("error", "observation")


def test_any_text_can_be_a_response(client: TestClient) -> None:
    for text in ("\ud800", "\x00\x1b[2J", "", "{}", "9**9**9", "\u202e" * 1000):
        with client.websocket_connect(f"/{WORDLE}/ws") as socket:
            ask(socket, "reset")
            assert ask(socket, "step", {"text": text})["type"] == "observation"


def test_a_file_cannot_be_named_through_the_id_of_a_task(tmp_path: Any) -> None:
    for name in ("mine", "secret"):
        (tmp_path / f"{name}.jsonl").write_text(json.dumps({"prompt": f"{name}?", "reference": "2"}) + "\n")
    config = {"path": str(tmp_path / "mine.jsonl"), "splits": "train"}
    offer = Offer("palestra/Dataset-v1", config=config)
    with TestClient(application([offer], LIMITS)) as client, client.websocket_connect("/ws") as socket:
        shown = ask(socket, "reset")["data"]["observation"]
        assert ask(socket, "reset", {"task_id": shown["task_id"]})["data"]["observation"]["text"] == shown["text"]
        stolen = ask(socket, "reset", {"task_id": shown["task_id"].replace("mine", "secret")})
        assert stolen["type"] == "error"
        assert "secret?" not in str(stolen)


def test_sessions_are_bounded_and_a_closed_one_makes_room(client: TestClient) -> None:
    opened = [client.post(f"/{COUNTDOWN}/reset", json={}).json() for _ in range(3)]
    full = client.post(f"/{COUNTDOWN}/reset", json={})
    assert (full.status_code, full.json()["detail"]["code"]) == (503, "CAPACITY_REACHED")
    with client.websocket_connect(f"/{COUNTDOWN}/ws") as socket:
        assert json.loads(socket.receive_text())["data"]["code"] == "CAPACITY_REACHED"
    for one in opened:
        client.post(f"/{COUNTDOWN}/close", json={"session_id": one["metadata"]["session_id"]})
    with client.websocket_connect(f"/{COUNTDOWN}/ws") as socket:
        assert ask(socket, "reset")["type"] == "observation"


def test_a_refused_reset_leaves_no_session_behind() -> None:
    sessions = Sessions(LIMITS)
    with TestClient(application([Offer(COUNTDOWN)], LIMITS, clients=sessions)) as client:
        for _ in range(5):
            assert client.post("/reset", json={"split": "golds"}).status_code == 400
        assert len(sessions) == 0
        with client.websocket_connect("/ws") as socket:
            ask(socket, "reset")
            assert len(sessions) == 1
        client.get("/health")
        assert len(sessions) == 0


def test_an_idle_session_ends() -> None:
    now = [0.0]
    sessions = Sessions(LIMITS, clock=lambda: now[0])
    with TestClient(application([Offer(COUNTDOWN)], LIMITS, clients=sessions)) as client:
        order = {"session_id": client.post("/reset", json={}).json()["metadata"]["session_id"], "action": {"text": "1"}}
        now[0] = LIMITS.idle_s - 1
        assert client.post("/step", json=order).status_code == 200
        now[0] += LIMITS.idle_s + 1
        assert client.post("/step", json=order).status_code == 404
        for _ in range(LIMITS.sessions):
            assert client.post("/reset", json={}).status_code == 200, "the idle one makes room"


def test_a_silent_websocket_is_closed() -> None:
    limits = ServingLimits(idle_s=0.05)
    with TestClient(application([Offer(COUNTDOWN)], limits)) as client, client.websocket_connect("/ws") as socket:
        assert json.loads(socket.receive_text())["data"]["code"] == "SESSION_ERROR"
        with pytest.raises(WebSocketDisconnect):
            socket.receive_text()


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"authorization": "Bearer wrong"}, 401),
        ({"authorization": "Bearer right"}, 200),
        ({"authorization": "Bearer right", "origin": "https://example.com"}, 403),
        ({"authorization": "Bearer right", "content-length": str(1 << 17)}, 413),
        ({"authorization": "Bearer right", "content-length": "9" * 30}, 413),
    ],
)
def test_a_request_must_pass_the_guard(headers: dict[str, str], status: int) -> None:
    with TestClient(application([Offer(COUNTDOWN)], LIMITS, token="right")) as client:
        assert client.post("/reset", headers=headers).status_code == status
        if status in (401, 403):
            with pytest.raises(WebSocketDisconnect), client.websocket_connect("/ws", headers=headers):
                pass


def test_a_body_that_goes_on_for_ever_is_refused() -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(100):
            yield b" " * 4096

    with TestClient(application([Offer(COUNTDOWN)], LIMITS)) as client:
        assert client.post("/reset", content=endless()).status_code == 413


def test_what_cannot_be_served_is_refused_at_the_start() -> None:
    with pytest.raises(UnknownEnvError, match="did you mean"):
        Offer("palestra/Countdow-v1")
    with pytest.raises(EmptySplitError):
        Offer("palestra/ChainSum-v1", split="unseen-composition")
    with pytest.raises(ConfigError, match="each once"):
        application([])
    with pytest.raises(ValueError, match="`sessions` must be more than 0"):
        ServingLimits(sessions=0)
    assert [is_loopback(host) for host in ("127.0.0.1", "::1", "localhost", "0.0.0.0", "example.com")] == [
        True, True, True, False, False,
    ]  # fmt: skip
