"""Correctness against float64, and what repeats bit for bit."""

from __future__ import annotations

import asyncio
import hashlib

import torch
from learning import Batch, groups_of
from shapes import Shape, facts_of
from transformers import PreTrainedModel

from palestra.agents import Completion, GenerationRequest, Sampling
from palestra.trainer.config import OptimConfig
from palestra.trainer.generation.in_process import InProcessGenerator
from palestra.trainer.learner.learner import Learner
from palestra.trainer.losses import ClippedLoss
from palestra.trainer.model.policy import Policy, without_dropout
from palestra.trainer.objective.objective import Objective
from palestra.trainer.packing.packs import Group, Sample

CLIP_LOW, CLIP_HIGH = 0.8, 1.28


def against_float64(shape: Shape, device: torch.device, dtype: torch.dtype) -> dict[str, object]:
    """Log-probabilities and the gradient of an update, beside plain rows through `transformers` in float64."""
    groups = groups_of(shape.vocabulary, Batch(prompt=24, longest=40, prompts=2, samples=4))
    exact = _model(shape, torch.device("cpu"), torch.float64)
    logprobs, loss = _plain(exact, groups)
    loss.backward()
    model = _model(shape, torch.device("cpu"), torch.float64).float()
    model.to(device=device)  # type: ignore[call-arg]
    policy = Policy.of(model, dtype)
    learner = Learner(policy, OptimConfig(lr=1e-30, clip_norm=float("inf")), Objective(loss=ClippedLoss()))
    scans = learner.scan(groups)
    seen = torch.tensor([x for group in scans for scan in group for x in scan.logprobs], dtype=torch.float64)
    learner.update(groups, 1e-30)
    difference = norm = 0.0
    worst = ("", 0.0)
    own = dict(model.named_parameters())
    for name, parameter in exact.named_parameters():
        assert parameter.grad is not None
        gradient = own[name].grad
        assert gradient is not None
        apart = float((gradient.cpu().double() - parameter.grad).norm())
        difference, norm = difference + apart**2, norm + float(parameter.grad.norm()) ** 2
        share = apart / max(float(parameter.grad.norm()), 1e-12)
        worst = max(worst, (name, share), key=lambda each: each[1])
    return {
        "shape": facts_of(shape),
        "dtype": str(dtype),
        "tokens": len(seen),
        "logprob_max": float((seen - logprobs.detach()).abs().max()),
        "logprob_mean": float((seen - logprobs.detach()).abs().mean()),
        "gradient_relative": (difference / norm) ** 0.5,
        "gradient_worst": {"name": worst[0], "relative": worst[1]},
    }


def generator_and_learner(shape: Shape, device: torch.device, dtype: torch.dtype, rows: int) -> dict[str, object]:
    """Behaviour log-probabilities of sampled tokens beside the learner's on the same weights."""
    done = _sampled(_sampler(shape, device, dtype), rows)
    policy = Policy.of(_model(shape, device), dtype)
    samples = tuple(
        Sample(
            token_ids=each.token_ids,
            mask=(1,) * len(each.token_ids),
            behaviour=each.logprobs,
            advantages=(1.0,) * len(each.token_ids),
            weight=1.0,
        )
        for each in done
    )
    learner = Learner(policy, OptimConfig(lr=1e-6), Objective(loss=ClippedLoss()))
    [scans] = learner.scan([Group(prompt_ids=_prompt(shape), samples=samples)])
    ours = torch.tensor([x for scan in scans for x in scan.logprobs], dtype=torch.float64)
    theirs = torch.tensor([x for each in done for x in each.logprobs], dtype=torch.float64)
    apart = (ours - theirs).abs()
    return {"dtype": str(dtype), "tokens": len(apart), "max": float(apart.max()), "mean": float(apart.mean())}


def repeats(shape: Shape, device: torch.device, dtype: torch.dtype) -> dict[str, object]:
    """Whether an update and a generation give the same bits again, and a sequence the same alone as among others."""
    groups = groups_of(shape.vocabulary, Batch(prompt=32, longest=64, prompts=2, samples=4))
    digests, weights = [], []
    for _ in range(2):
        policy = Policy.of(_model(shape, device), dtype)
        Learner(policy, OptimConfig(lr=1e-3), Objective(loss=ClippedLoss())).update(groups, 1e-3)
        weights.append(torch.cat([parameter.detach().flatten().cpu() for parameter in policy.model.parameters()]))
        digests.append(hashlib.blake2b(weights[-1].numpy().tobytes()).hexdigest()[:16])
    policy = _sampler(shape, device, dtype)
    first, again, alone = _sampled(policy, 16), _sampled(policy, 16), _sampled(policy, 1)
    same = next(
        (i for i, (a, b) in enumerate(zip(first[0].token_ids, alone[0].token_ids, strict=False)) if a != b),
        len(alone[0].token_ids),
    )
    pairs = zip(first[0].logprobs[:same], alone[0].logprobs[:same], strict=True)
    return {
        "dtype": str(dtype),
        "update_is_bitwise": digests[0] == digests[1],
        "update_max_difference": float((weights[0] - weights[1]).abs().max()),
        "generation_is_bitwise": first == again,
        "alone_tokens_until_other": same,
        "alone_of": len(alone[0].token_ids),
        "alone_logprob_max": max((abs(a - b) for a, b in pairs), default=0.0),
    }


def _plain(model: PreTrainedModel, groups: list[Group]) -> tuple[torch.Tensor, torch.Tensor]:
    logprobs, losses = [], []
    for group in groups:
        for sample in group.samples:
            ids = torch.tensor([[*group.prompt_ids, *sample.token_ids]])
            start = len(group.prompt_ids)
            logits = model(input_ids=ids, use_cache=False).logits[0, start - 1 : -1].log_softmax(-1)
            own = logits.gather(1, ids[0, start:, None])[:, 0]
            advantages = torch.tensor(sample.advantages, dtype=own.dtype)
            ratio = (own - torch.tensor(sample.behaviour, dtype=own.dtype)).exp()
            value = torch.maximum(-ratio * advantages, -ratio.clamp(CLIP_LOW, CLIP_HIGH) * advantages)
            logprobs.append(own)
            losses.append((value * sample.weight).sum())
    return torch.cat(logprobs), torch.stack(losses).sum()


def _model(shape: Shape, device: torch.device, dtype: torch.dtype = torch.float32) -> PreTrainedModel:
    model = shape.model(device, dtype)
    without_dropout(model)
    return model


def _sampler(shape: Shape, device: torch.device, dtype: torch.dtype) -> Policy:
    """The policy as the trainer hands it to the generator: for bf16 with bf16 weights, on a CPU too."""
    model = _model(shape, device)
    model.requires_grad_(False)
    for parameter in model.parameters():  # not buffers: the angles of rotary positions need fp32
        parameter.data = parameter.data.to(dtype)
    return Policy.of(model, dtype)


def _sampled(policy: Policy, rows: int) -> list[Completion]:
    generator = InProcessGenerator(policy, [-1], max_concurrent=rows)
    vocabulary = int(policy.head.weight_VW.shape[0])
    prompt = tuple(place * 37 % vocabulary for place in range(1, 33))
    sampling = Sampling(max_new_tokens=32)
    requests = [GenerationRequest(prompt_ids=prompt, sampling=sampling, key=f"row/{row}") for row in range(rows)]
    return asyncio.run(generator.generate(requests))


def _prompt(shape: Shape) -> tuple[int, ...]:
    return tuple(place * 37 % shape.vocabulary for place in range(1, 33))
