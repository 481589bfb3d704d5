"""Our side of `palestra bench step`: reads its job from standard input, prints one line of JSON."""

from __future__ import annotations

import asyncio
import json
import random
import resource
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

import torch

from palestra.agents import Completion, GenerationRequest, Sampling
from palestra.envs import Message
from palestra.trainer.advantages import DrGrpo, ScoredGroups
from palestra.trainer.config import OptimConfig
from palestra.trainer.generation.in_process import InProcessGenerator
from palestra.trainer.learner.learner import Learner
from palestra.trainer.losses import ClippedLoss
from palestra.trainer.model.chat_tokenizer import HfChatTokenizer
from palestra.trainer.model.model_files import load_model, quiet_transformers
from palestra.trainer.model.policy import Policy
from palestra.trainer.objective.objective import Objective
from palestra.trainer.packing.packs import Group, Sample

_LR = 1e-5
_OBJECTIVE = Objective(loss=ClippedLoss(clip_low=0.2, clip_high=0.2))
_OFF_POLICY = 0.4
"""By how much the frozen batch's behaviour log-probabilities are moved at most: some ratios are clipped."""


def main() -> None:
    """Run the steps, and give the gradient on the frozen batch if that is asked for."""
    job: dict[str, Any] = json.load(sys.stdin)
    torch.set_num_threads(job["threads"])
    quiet_transformers()
    model, hf_tokenizer = load_model(job["model"])
    policy, tokenizer = Policy.of(model.eval()), HfChatTokenizer(hf_tokenizer)
    generator = InProcessGenerator(policy, [-1], max_concurrent=job["prompts"] * job["samples"])
    learner = Learner(policy, OptimConfig(lr=_LR), _OBJECTIVE)
    marks = []
    for step in range(job["steps"] + 1):
        started = time.perf_counter()
        questions = job["questions"][step * job["prompts"] : (step + 1) * job["prompts"]]
        prompts = [tokenizer.prompt_ids([Message(role="user", content=question)]) for question in questions]
        done = _sampled(generator, prompts, job, key=str(step))
        generated = time.perf_counter()
        rewards = torch.tensor([float(len(tokenizer.text(c.token_ids)) % 2) for c in done]).view(-1, job["samples"])
        advantages = DrGrpo()(ScoredGroups.of_rewards(rewards)).flatten().tolist()
        if step == 0 and job["compares"]:
            _compare(job, learner, _frozen(prompts, done, job))
            generated, started = time.perf_counter(), time.perf_counter()
        learner.update(_groups(prompts, done, [c.logprobs for c in done], advantages, job["samples"]), _LR)
        marks.append((generated - started, time.perf_counter() - generated))
    generate_s, learn_s = (median(times) for times in zip(*marks[1:], strict=True))
    print(  # noqa: T201  the answer
        json.dumps(
            {
                "generate_s": round(generate_s, 3),
                "learn_s": round(learn_s, 3),
                "step_s": round(median(g + s for g, s in marks[1:]), 3),
                "peak_GiB": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, 2),
            }
        )
    )


def _sampled(
    generator: InProcessGenerator, prompts: Sequence[tuple[int, ...]], job: dict[str, Any], *, key: str
) -> list[Completion]:
    sampling = Sampling(max_new_tokens=job["tokens"])
    requests = [
        GenerationRequest(prompt_ids=prompt, sampling=sampling, key=f"{key}/{number}/{sample}")
        for number, prompt in enumerate(prompts)
        for sample in range(job["samples"])
    ]
    return asyncio.run(generator.generate(requests))


def _groups(
    prompts: Sequence[tuple[int, ...]],
    done: Sequence[Completion],
    behaviour: Sequence[tuple[float, ...]],
    advantages: Sequence[float],
    samples: int,
) -> list[Group]:
    weight = 1.0 / sum(len(completion.token_ids) for completion in done)
    rows = [
        Sample(
            token_ids=completion.token_ids,
            mask=(1,) * len(completion.token_ids),
            behaviour=logprobs,
            advantages=(advantage,) * len(completion.token_ids),
            weight=weight,
        )
        for completion, logprobs, advantage in zip(done, behaviour, advantages, strict=True)
    ]
    return [
        Group(prompt_ids=prompt, samples=tuple(rows[number * samples : (number + 1) * samples]))
        for number, prompt in enumerate(prompts)
    ]


def _frozen(prompts: Sequence[tuple[int, ...]], done: Sequence[Completion], job: dict[str, Any]) -> list[Group]:
    """A batch with advantages of both signs, some of whose ratios are outside of the clipping range."""
    drawn = random.Random(0)
    behaviour = [tuple(x + drawn.uniform(-_OFF_POLICY, _OFF_POLICY) for x in each.logprobs) for each in done]
    advantages = [1.0 if number % 2 else -0.7 for number in range(len(done))]
    groups = _groups(prompts, done, behaviour, advantages, job["samples"])
    rows = [
        {
            "prompt": group.prompt_ids,
            "completion": sample.token_ids,
            "behaviour": sample.behaviour,
            "advantage": sample.advantages[0],
        }
        for group in groups
        for sample in group.samples
    ]
    Path(job["batch"]).write_text(json.dumps(rows), encoding="utf-8")
    return groups


def _compare(job: dict[str, Any], learner: Learner, groups: Sequence[Group]) -> None:
    """Write the gradient of the frozen batch, before clipping; the weights stay."""
    from safetensors.torch import save_file

    stats = Learner(learner.policy, OptimConfig(clip_norm=float("inf")), _OBJECTIVE).update(groups, 0.0)
    found = {name: p.grad.clone() for name, p in learner.policy.model.named_parameters() if p.grad is not None}
    save_file(found | {"loss": torch.tensor(stats.loss)}, Path(job["gradients"]) / "gradients-ours.safetensors")
    learner.policy.model.zero_grad(set_to_none=True)


if __name__ == "__main__":
    main()
