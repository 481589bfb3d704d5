from __future__ import annotations

import asyncio
import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doubles import EchoEnv, EchoSource
from openai_server import Answer, completion, serving
from palestra.agents import FinishReason, GeneratorError, RolloutDriver, Sampling
from palestra.agents.chat_endpoint import ChatEndpoint, TranscriptTokenizer
from palestra.agents.completions_client import Endpoint
from palestra.agents.evaluation import Plan, Player, play_plan
from palestra.agents.patience import Patience
from palestra.agents.rollout import Rollout
from palestra.envs import Message
from palestra.verifiers import Outcome

TASKS = [EchoSource().task("test", 0, index) for index in range(3)]
NO_WAIT = Patience(timeout_s=10.0, num_retries=2, first_wait_s=0.0)


def reply(text: str | None, *, reason: str = "stop", usage: object = None) -> Answer:
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": reason}
    return Answer(body=json.dumps({"choices": [choice], "usage": usage}).encode())


def play(
    answer: Callable[[str], Answer], *, key: str | None = None, samples: int = 1
) -> tuple[list[Rollout], list[dict[str, object]]]:
    with serving(answer) as served:
        endpoint = ChatEndpoint(Endpoint(base_url=served.url, model="m", api_key=key), patience=NO_WAIT)
        driver = RolloutDriver(endpoint, TranscriptTokenizer(), Sampling(max_new_tokens=9, temperature=0.5))
        player = Player(driver=driver, make_env=lambda task: EchoEnv(), finish=endpoint.finish)

        async def run() -> list[Rollout]:
            try:
                return await play_plan(player, Plan(tasks=TASKS, samples_per_task=samples))
            finally:
                await endpoint.aclose()

        rollouts = asyncio.run(run())
        assert served.keys == [None if key is None else f"Bearer {key}"] * len(served.requests)
        return rollouts, served.requests


messages = st.lists(
    st.builds(Message, role=st.sampled_from(["system", "user", "assistant", "tool"]), content=st.text()), max_size=5
)


@given(messages)
def test_a_conversation_is_read_back_as_it_was_written(conversation: list[Message]) -> None:
    tokenizer = TranscriptTokenizer()
    rows = [{"role": m.role, "content": m.content} for m in conversation]
    assert tokenizer.messages(tokenizer.prompt_ids(conversation)) == rows


def test_an_endpoint_plays_several_turns_and_its_counts_are_kept() -> None:
    usage = {"prompt_tokens": 21, "completion_tokens": 2}
    rollouts, requests = play(lambda prompt: reply("7", usage=usage), key="secret")
    assert all(len(rollout.responses) == 2 and not rollout.segments for rollout in rollouts)
    assert {(turn.tokens_in, turn.tokens_out) for rollout in rollouts for turn in rollout.turns} == {(21, 2)}
    second = requests[-1]["messages"]
    assert isinstance(second, list)
    assert [row["role"] for row in second] == ["system", "user", "assistant", "user"]
    assert (second[2]["content"], second[3]["content"]) == ("7", "Once more.")
    assert (requests[0]["max_tokens"], requests[0]["temperature"], requests[0]["model"]) == (9, 0.5, "m")


def test_rate_limits_and_passing_failures_are_waited_out() -> None:
    left = [Answer(status=429, headers=(("retry-after", "0"),)), Answer(status=503), Answer(status=429)]

    def answer(prompt: str) -> Answer:
        return left.pop() if left else reply("7")

    rollouts, requests = play(answer)
    assert len(requests) == 3 * 2 + 3
    assert all(rollout.verdict.valid for rollout in rollouts)


def test_a_model_that_wants_the_newer_name_of_the_limit_gets_it() -> None:
    said = {"error": {"message": "'max_tokens' is not supported. Use 'max_completion_tokens' instead."}}
    refused: list[int] = []

    def answer(prompt: str) -> Answer:
        if not refused:
            refused.append(1)
            return Answer(status=400, body=json.dumps(said).encode())
        return reply("7")

    rollouts, requests = play(answer)
    assert requests[-1]["max_completion_tokens"] == 9
    assert "max_tokens" not in requests[-1]
    assert all(rollout.verdict.valid for rollout in rollouts)


@pytest.mark.parametrize("body", [b"<html>", b"{}", b'{"choices": [{"message": {"content": 5}}]}', b"[" * 5000])
def test_what_is_no_completion_is_masked_and_says_why(body: bytes) -> None:
    rollouts, _ = play(lambda prompt: Answer(body=body))
    assert {rollout.verdict.outcome for rollout in rollouts} == {Outcome.ERROR}
    assert "no reply from" in rollouts[0].verdict.detail


def test_an_endpoint_that_stays_down_masks_its_samples() -> None:
    rollouts, requests = play(lambda prompt: Answer(status=500, body=b"oops"))
    assert {rollout.verdict.outcome for rollout in rollouts} == {Outcome.ERROR}
    assert len(requests) == 3 * 2 * 3, "each episode twice, each request three times"


def test_an_endpoint_that_is_gone_ends_the_evaluation() -> None:
    with pytest.raises(GeneratorError, match="no reply to 8 requests in a row") as gone:
        play(lambda prompt: Answer(status=503, body=b"down"), samples=8)
    assert "--resume" in str(gone.value)


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_refusal_ends_the_evaluation_and_does_not_name_the_key(status: int) -> None:
    with pytest.raises(GeneratorError, match="refuses `m`") as refused:
        play(lambda prompt: Answer(status=status), key="secret")
    assert "secret" not in str(refused.value)


def test_replies_that_are_cut_or_empty_are_responses() -> None:
    rollouts, _ = play(lambda prompt: reply(None, reason="length"))
    assert {rollout.finish_reason for rollout in rollouts} == {FinishReason.LENGTH}
    assert rollouts[0].responses == ("", "")
    assert rollouts[0].verdict.valid
    assert completion("x").status == 200
