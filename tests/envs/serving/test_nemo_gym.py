"""A resources server as the agents of NeMo Gym call it: bodies as nemo-gym 0.7 sends them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from palestra.envs import ENVS, dataset
from palestra.envs.bridges_out import Trainer, trainer_rows
from palestra.envs.serving import Offer, ServingLimits
from palestra.envs.serving.app import Protocol, application
from palestra.envs.single_turn import SingleTurnEnv
from palestra.verifiers import Verdict, Verifier

COUNTDOWN, WORDLE = "palestra/Countdown-v1", "palestra/Wordle-v1"


@pytest.fixture
def client() -> Iterator[TestClient]:
    app = application([Offer(COUNTDOWN), Offer(WORDLE)], ServingLimits(sessions=2), protocol=Protocol.NEMO_GYM)
    with TestClient(app) as client:
        yield client


def row_of(env_id: str) -> dict[str, Any]:
    return next(trainer_rows(dataset(env_id, "train", 1), Trainer.NEMO_GYM, env_id))


def said(text: str) -> dict[str, Any]:
    reasoning = {"type": "reasoning", "summary": [{"type": "summary_text", "text": "no answer"}]}
    message = {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": text}]}
    return {"id": "1", "object": "response", "output": [reasoning, message]}


def solution(task_id: str) -> Any:
    env = ENVS.make(task_id.partition("/train/")[0])
    env.reset(options={"task_id": task_id})
    return env


def test_a_finished_response_is_judged_by_the_row_alone(client: TestClient) -> None:
    row = row_of(COUNTDOWN)
    assert client.post("/seed_session", json=row).json() == {}
    seeded = client.post("/seed_session", json={"resources_session_id": "a", "task_data": row}).json()
    assert seeded == {"resources_session_id": "a"}
    right = client.post("/verify", json={**row, "response": said(solution(row["task_id"]).oracle())}).json()
    assert (right["reward"], right["outcome"], right["task_id"]) == (1.0, "PASS", row["task_id"])
    assert "mask_sample" not in right
    wrong = client.post("/verify", json={**row, "response": said("1 + 1")}).json()
    assert (wrong["reward"], wrong["outcome"]) == (0.0, "FAIL")
    assert client.get("/reverify_mode").json() == "stateless"


def test_no_verdict_is_a_masked_sample(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    env = ENVS.make(COUNTDOWN)
    assert isinstance(env, SingleTurnEnv)

    def broken(self: Verifier[Any], response: str, reference: object) -> Verdict:
        raise OSError("the disk is full")

    monkeypatch.setattr(type(env.verifier), "judge", broken)
    row = row_of(COUNTDOWN)
    found = client.post("/verify", json={**row, "response": said("1 + 1")}).json()
    assert (found["mask_sample"], found["failure_kind"], found["outcome"]) == (True, "palestra:no_verdict", "ERROR")
    rows = [found, {"reward": 1.0}, {"reward": 0.0}]
    metrics = client.post("/aggregate_metrics", json={"verify_responses": rows}).json()["agent_metrics"]
    assert metrics == {"mean/reward": 0.5, "samples": 3, "masked": 1}
    client.post("/reset", json=row)
    assert client.post("/step", json={**row, "response": said("1 + 1")}).status_code == 500, "no mask there: no reward"


def test_a_game_is_played_with_a_cookie(client: TestClient) -> None:
    row = row_of(WORDLE)
    assert client.post("/reset", json=row).json()["observation"] is None, "the row has the prompt"
    env = solution(row["task_id"])
    reply, *_ = env.step("zzzz")
    first = client.post("/step", json={**row, "response": said("zzzz")}).json()
    assert (first["observation"], first["reward"], first["terminated"]) == (reply, 0.0, False)
    last = client.post("/step", json={**row, "response": said(env.oracle())}).json()
    assert (last["reward"], last["terminated"], last["info"]["outcome"]) == (1.0, True, "PASS")
    assert client.post("/close", json={}).json() == {}
    assert client.post("/step", json={**row, "response": said("x")}).status_code == 404


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/verify", {}, 422),
        ("/verify", {"response": said("1"), "task_id": 1}, 422),
        ("/verify", {"response": {"output": "x"}, "task_id": "x"}, 422),
        ("/verify", {"response": said("1"), "task_id": "nonsense"}, 422),
        ("/verify", {"response": said("1"), "task_id": "palestra/ChainSum-v1/train/0/0"}, 422),
        ("/verify", {"response": said("1"), "task_id": f"{WORDLE}/train/0/0"}, 422),
        ("/reset", {"task_id": "palestra/ChainSum-v1/train/0/0"}, 422),
        ("/reset", {"task_id": "nonsense"}, 400),
        ("/reset", {}, 422),
        ("/step", {"response": said("1")}, 422),
        ("/aggregate_metrics", {"verify_responses": 7}, 200),
    ],
)
def test_a_bad_request_is_refused(client: TestClient, path: str, body: dict[str, Any], status: int) -> None:
    assert client.post(path, json=body).status_code == status
