"""What the tests of generator and learner share: requests, groups, and the plain truth to compare with."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import torch
from torch import Tensor
from transformers import PreTrainedModel

from palestra.agents import Completion, FinishReason, GenerationRequest, Generator, Sampling
from palestra.trainer.packing.packs import Group, Sample

STOP = 257
"""The end-of-sequence token of the tiny models."""


def request(
    key: str, length: int = 5, *, tokens: int = 12, temperature: float = 1.0, start: int = 3
) -> GenerationRequest:
    """A request whose prompt is decided by its length and start."""
    prompt = tuple((start + 7 * i + 31 * i * i) % 256 for i in range(length))
    sampling = Sampling(max_new_tokens=tokens, temperature=temperature)
    return GenerationRequest(prompt_ids=prompt, sampling=sampling, key=key)


def generate(generator: Generator, requests: Sequence[GenerationRequest]) -> list[Completion]:
    """The completions, from an event loop of their own."""
    return asyncio.run(generator.generate(requests))


def plain_logprobs(model: PreTrainedModel, ids: Sequence[int], first: int, temperature: float = 1.0) -> Tensor:
    """Log-probabilities of `ids[first:]` by one ordinary forward pass, differentiable."""
    logits = model(input_ids=torch.tensor([ids]), use_cache=False).logits[0, first - 1 : -1].float()
    targets = torch.tensor(ids[first:])
    logprobs: Tensor = (logits / temperature).log_softmax(dim=-1).gather(1, targets.unsqueeze(1)).squeeze(1)
    return logprobs


def largest_difference(
    model: PreTrainedModel, requests: Sequence[GenerationRequest], done: Sequence[Completion]
) -> float:
    """Largest |log-prob of the generator less that of a plain forward pass of `model`|."""
    worst = 0.0
    for asked, completion in zip(requests, done, strict=True):
        ids = [*asked.prompt_ids, *completion.token_ids]
        with torch.no_grad():
            plain = plain_logprobs(model, ids, len(asked.prompt_ids), asked.sampling.temperature or 1.0)
        worst = max(worst, float((torch.tensor(completion.logprobs) - plain).abs().max()))
    return worst


def sample(
    token_ids: Sequence[int],
    advantage: float,
    *,
    mask: Sequence[int] | None = None,
    behaviour: Sequence[float] | None = None,
    weight: float = 0.1,
) -> Sample:
    """A sample, of policy tokens alone unless a mask is given."""
    mask = tuple(mask or [1] * len(token_ids))
    behaviour = tuple(behaviour or [-5.5 * m for m in mask])
    advantages = tuple(advantage * m for m in mask)
    return Sample(token_ids=tuple(token_ids), mask=mask, behaviour=behaviour, advantages=advantages, weight=weight)


def group_of(asked: GenerationRequest, completions: Sequence[Completion], advantages: Sequence[float]) -> Group:
    """Completions of one prompt as a group to learn from."""
    samples = [
        sample(done.token_ids, advantage, behaviour=done.logprobs)
        for done, advantage in zip(completions, advantages, strict=True)
        if done.finish_reason is not FinishReason.ERROR
    ]
    return Group(prompt_ids=asked.prompt_ids, samples=tuple(samples))
