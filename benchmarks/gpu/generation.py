"""Tokens per second of the in-process generator, against the floor of its decode steps and `transformers`."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import torch
from shapes import Peaks, Shape, decode_floor_s, facts_of, timed_s, weights_read
from transformers import PreTrainedModel

from palestra.agents import GenerationRequest, Sampling
from palestra.trainer.generation.in_process import InProcessGenerator
from palestra.trainer.model.policy import Policy

GROUP = 8
NO_STOP = (-1,)


def measure(
    shape: Shape, device: torch.device, dtype: torch.dtype, peaks: Peaks, *, batches: tuple[int, ...], tokens: int
) -> Iterator[dict[str, object]]:
    """A row for each number of sequences; prompts of 128 tokens (fewer in the dry run), each for 8 samples."""
    policy = Policy.for_generation(shape.model(device), dtype)
    weights, bytes_each = weights_read(policy.model), torch.finfo(policy.dtype).bits // 8
    prompt = 128 if tokens >= 64 else 16
    _generate(policy, 2, prompt, 4)
    for rows in batches:
        first_s = timed_s(device, lambda rows=rows: _generate(policy, rows, prompt, 1))
        all_s = timed_s(device, lambda rows=rows: _generate(policy, rows, prompt, tokens))
        step_s = (all_s - first_s) / (tokens - 1)
        floor_s = decode_floor_s(shape, weights, rows, prompt + tokens / 2, bytes_each, peaks)
        peer_s = timed_s(device, lambda rows=rows: _transformers(policy.model, rows, prompt, tokens))
        yield {
            "shape": facts_of(shape),
            "dtype": str(policy.dtype),
            "sequences": rows,
            "prompt_tokens": prompt,
            "tokens_each": tokens,
            "tokens_per_s": rows * tokens / all_s,
            "decode_step_ms": 1000 * step_s,
            "decode_floor_ms": 1000 * floor_s,
            "of_floor": floor_s / step_s,
            "transformers_tokens_per_s": rows * tokens / peer_s,
        }


def _generate(policy: Policy, rows: int, prompt: int, tokens: int) -> None:
    generator = InProcessGenerator(policy, NO_STOP, max_concurrent=rows)
    sampling = Sampling(max_new_tokens=tokens)
    requests = [
        GenerationRequest(
            prompt_ids=tuple(_prompt(policy.model, row // GROUP, prompt)), sampling=sampling, key=str(row)
        )
        for row in range(rows)
    ]
    done = asyncio.run(generator.generate(requests))
    assert all(len(each.token_ids) == tokens for each in done)


def _transformers(model: PreTrainedModel, rows: int, prompt: int, tokens: int) -> None:
    ids = torch.tensor([_prompt(model, row // GROUP, prompt) for row in range(rows)], device=model.device)
    own = model.config._attn_implementation
    model.set_attn_implementation("sdpa")
    try:
        with torch.inference_mode():
            model.generate(
                input_ids=ids,
                attention_mask=torch.ones_like(ids),
                do_sample=True,
                top_k=0,
                top_p=1.0,
                max_new_tokens=tokens,
                min_new_tokens=tokens,
                pad_token_id=0,
            )
    finally:
        model.set_attn_implementation(own)


def _prompt(model: PreTrainedModel, group: int, length: int) -> list[int]:
    vocabulary = int(model.get_output_embeddings().weight.shape[0])
    return [(7919 * (group + 1) * (place + 1)) % vocabulary for place in range(length)]
