"""Whole episodes on a repository over the wire, judged in the clean room, token by token."""

from __future__ import annotations

import asyncio

import pytest

from doubles import END
from multi_turn_cases import MergingTokenizer
from openai_server import Answer, Endpoint, serving, token_completion
from palestra.agents import Conduct, Episode, Rollout, RolloutDriver, Sampling
from palestra.agents.completions_client import CompletionsGenerator
from palestra.agents.completions_client import Endpoint as Model
from palestra.agents.loops import AgentLoop, MiniSwe, ToolCalling
from palestra.envs import EndReason, Message
from palestra.envs.swe.places import Places
from palestra.verifiers import Outcome
from swe_play import right_responses, worked_on

TOKENIZER = MergingTokenizer()
ASSISTANT = TOKENIZER.prompt_ids([])[-1]


def played(places: Places, loop: AgentLoop) -> tuple[Rollout, Endpoint, list[str]]:
    """An episode that a server answers, what it was asked, and what it said."""
    env, task = worked_on(places, loop)
    responses = right_responses(env, task)

    def complete(prompt: tuple[int, ...]) -> Answer:
        turn = prompt.count(ASSISTANT) - 1
        return token_completion((*responses[turn].encode(), END), prompt_ids=prompt)

    with serving(complete=complete) as server:
        model = Model(base_url=server.url, model="scripted", stop_ids=(END,))
        driver = RolloutDriver(
            CompletionsGenerator(model),
            TOKENIZER,
            Sampling(max_new_tokens=4000),
            Conduct.of(loop),
        )
        [rollout] = asyncio.run(driver.play([Episode(key="k", env=env, task=task)]))
    return rollout, server, responses


@pytest.mark.parametrize("loop", [ToolCalling(), MiniSwe()], ids=lambda loop: loop.kind)
def test_a_server_that_knows_the_patch_resolves_a_task_with_exact_tokens(places: Places, loop: AgentLoop) -> None:
    rollout, server, responses = played(places, loop)

    assert rollout.verdict.outcome is Outcome.PASS, rollout.verdict
    assert rollout.end is EndReason.SUBMITTED
    assert rollout.responses == tuple(responses) and len(responses) >= 4
    assert [turn.components["format"] for turn in rollout.turns] == [1.0, 0.0, *[1.0] * (len(responses) - 2)]
    assert "could not be read" in rollout.turns[1].reply

    prompts = [row["prompt"] for row in server.requests]
    read = list(TOKENIZER.prompt_ids(_asked(rollout)))
    for prompt, response, turn in zip(prompts, responses, rollout.turns, strict=True):
        assert prompt == read, "a prompt is the one before, what was sampled, and the observation"
        read += [*response.encode(), END]
        read += TOKENIZER.reply_ids([Message(role="user", content=turn.reply)], closed=True)
    [segment] = rollout.segments
    sampled = [token for token, mask in zip(_behind_the_prompt(rollout), segment.mask, strict=True) if mask]
    assert sampled == [token for response in responses for token in (*response.encode(), END)]
    again = [TOKENIZER.prompt_ids([Message(role="assistant", content=response)]) for response in responses]
    assert all(MergingTokenizer.AB in ids for ids in again[:2]), "made again from the text, they would be others"


def _asked(rollout: Rollout) -> tuple[Message, Message]:
    return Message(role="system", content=rollout.system), Message(role="user", content=rollout.task.prompt)


def _behind_the_prompt(rollout: Rollout) -> tuple[int, ...]:
    [segment] = rollout.segments
    return segment.token_ids[segment.prompt_length :]
