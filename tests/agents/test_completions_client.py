from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence

import pytest

from doubles import END, ByteTokenizer
from openai_server import Answer, Endpoint, serving, token_completion
from palestra.agents import (
    Completion,
    Episode,
    FinishReason,
    GenerationRequest,
    GeneratorError,
    RolloutDriver,
    Sampling,
)
from palestra.agents.completions_client import CompletionsGenerator
from palestra.agents.completions_client import Endpoint as Model
from palestra.agents.patience import Patience
from palestra.envs import EndReason
from palestra.verifiers import Outcome
from palestra.verifiers.tools.call import ToolCall
from shelf import ShelfOrder

HURRIED = Patience(timeout_s=5.0, num_retries=2, first_wait_s=0.0)
ASSISTANT = ByteTokenizer().prompt_ids([])[-1]


def generator(server: Endpoint, patience: Patience = HURRIED, concurrent: int = 8) -> CompletionsGenerator:
    model = Model(base_url=server.url, model="tiny", stop_ids=(END,), api_key="secret")
    return CompletionsGenerator(model, patience=patience, concurrent=concurrent)


def request(*prompt_ids: int, key: str = "k") -> GenerationRequest:
    return GenerationRequest(prompt_ids=prompt_ids, sampling=Sampling(max_new_tokens=9, temperature=0.5), key=key)


def ask(server: Endpoint, *requests: GenerationRequest, concurrent: int = 8) -> list[Completion]:
    return asyncio.run(generator(server, concurrent=concurrent).generate(requests))


def test_the_servers_tokens_come_back_in_the_order_of_the_requests() -> None:
    with serving(complete=lambda prompt: token_completion((*prompt, END), prompt_ids=prompt)) as server:
        found = ask(server, *(request(n, n + 1, key=f"k{n}") for n in range(20)), concurrent=3)
    assert [completion.token_ids for completion in found] == [(n, n + 1, END) for n in range(20)]
    assert {completion.finish_reason for completion in found} == {FinishReason.STOP}
    assert found[3].logprobs == (-0.3, -0.4, -(END % 7) / 10)
    [sent, *_] = [row for row in server.requests if row["prompt"] == [0, 1]]
    assert (sent["path"], sent["model"], sent["temperature"], sent["max_tokens"]) == ("/v1/completions", "tiny", 0.5, 9)
    assert sent["return_token_ids"] is True and sent["stop_token_ids"] == [END] and sent["top_p"] == 1.0
    assert len({row["seed"] for row in server.requests}) == 20, "the seed follows from the key"
    assert set(server.keys) == {"Bearer secret"}


def test_tokens_are_labelled_with_the_version_of_the_weights() -> None:
    with serving(complete=lambda prompt: token_completion([5])) as server:
        client = generator(server)
        client.version = 7
        [found] = asyncio.run(client.generate([request(1)]))
    assert [(span.version, span.start, span.end) for span in found.versions] == [(7, 0, 1)]


def test_a_busy_server_is_asked_again() -> None:
    answers = iter([Answer(status=503), Answer(status=429, headers=(("retry-after", "0"),)), token_completion([5])])
    with serving(complete=lambda prompt: next(answers)) as server:
        [found] = ask(server, request(1))
    assert found.token_ids == (5,) and len(server.requests) == 3


def changed(**changes: object) -> bytes:
    row = json.loads(token_completion([5, 6], prompt_ids=[1]).body)
    row["choices"][0] |= changes
    return json.dumps(row).encode()


@pytest.mark.parametrize(
    ("answer", "detail"),
    [
        (Answer(status=400, body=b"too long"), "status 400"),
        (Answer(status=500), "status 500"),
        (Answer(body=b"not json"), "no completion of tokens"),
        (Answer(body=b'{"choices": []}'), "no completion of tokens"),
        (Answer(body=changed(token_ids=None)), "no completion of tokens"),
        (Answer(body=changed(token_ids=[5, True])), "no completion of tokens"),
        (Answer(body=changed(token_ids=[5])), "1 tokens but 2"),
        (Answer(body=changed(token_ids=[], logprobs={"token_logprobs": []})), "without tokens"),
        (Answer(body=changed(logprobs={"token_logprobs": [0.0, None]})), "not finite"),
        (Answer(body=changed(finish_reason="abort")), "no completion of tokens"),
        (Answer(body=changed(finish_reason="error")), "it failed"),
        (Answer(body=changed(prompt_token_ids=[1, 1])), "another prompt"),
        (Answer(body=changed(token_ids=[5] * 10, logprobs={"token_logprobs": [0.0] * 10})), "10 tokens where 9"),
    ],
)
def test_a_reply_that_cannot_be_trained_on_is_an_error_and_the_others_stay(answer: Answer, detail: str) -> None:
    def complete(prompt: tuple[int, ...]) -> Answer:
        return answer if prompt == (1,) else token_completion([5])

    with serving(complete=complete) as server:
        good, bad = ask(server, request(2, key="a"), request(1, key="b"))
    assert good.token_ids == (5,)
    assert bad.finish_reason is FinishReason.ERROR and detail in bad.detail


def test_a_server_that_refuses_the_client_stops_the_run() -> None:
    with (
        serving(complete=lambda prompt: Answer(status=401)) as server,
        pytest.raises(GeneratorError, match="refuses `tiny`"),
    ):
        ask(server, request(1))


def test_nobody_listening_is_an_error_of_the_request() -> None:
    with serving() as server:
        pass
    [found] = ask(server, request(1))
    assert found.finish_reason is FinishReason.ERROR


def by_turn(responses: Sequence[str]) -> Callable[[tuple[int, ...]], Answer]:
    """Answers with the response of the turn that the prompt opens."""

    def complete(prompt: tuple[int, ...]) -> Answer:
        turn = prompt.count(ASSISTANT) - 1
        return token_completion((*responses[turn].encode(), END), prompt_ids=prompt)

    return complete


def test_a_server_drives_a_tool_episode_of_five_turns_with_exact_tokens() -> None:
    domain = ShelfOrder()
    env, task = domain.env(), domain.task("test", 0, 0)
    env.enter(task)
    things = [thing for thing, _ in domain.open_world(task).places]
    responses = [domain.codec.render_calls([ToolCall(name="find", arguments={"thing": thing})]) for thing in things[:1]]
    responses.insert(1, "no call at all")
    for response in responses:
        env.play(response)
    while not env.episode.is_over:
        responses.append(env.oracle())
        env.play(responses[-1])
    assert len(responses) == 5
    with serving(complete=by_turn(responses)) as server:
        driver = RolloutDriver(generator(server), ByteTokenizer(), Sampling(max_new_tokens=2000))
        [rollout] = asyncio.run(driver.play([Episode(key="k", env=domain.env(), task=task)]))
    assert rollout.verdict.outcome is Outcome.PASS and rollout.end is EndReason.SUBMITTED
    assert rollout.responses == tuple(responses)
    assert [turn.components["format"] for turn in rollout.turns] == [1.0, 0.0, 1.0, 1.0, 1.0]
    [segment] = rollout.segments
    for row, turn in zip(server.requests, rollout.turns, strict=True):
        read = segment.token_ids[: segment.prompt_length + turn.start]
        assert row["prompt"] == list(read), "each prompt is what was read and sampled before"
