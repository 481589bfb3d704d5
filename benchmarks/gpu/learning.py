"""Tokens per second and use of the device by the learner, and the memory of its loss against the naive one."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass

import torch
from shapes import Peaks, Shape, facts_of, forget_peak, peak_bytes, timed_s, training_flop, wait, weights_read
from torch.nn.functional import linear

from palestra.trainer.config import OptimConfig
from palestra.trainer.learner.learner import Learner
from palestra.trainer.losses import ClippedLoss
from palestra.trainer.model.policy import Policy, without_dropout
from palestra.trainer.objective.objective import Objective
from palestra.trainer.packing.head import Head, policy_loss
from palestra.trainer.packing.packs import Group, Sample
from palestra.trainer.packing.policy_tokens import PolicyTokens


@dataclass(frozen=True, kw_only=True)
class Batch:
    """What an update learns from."""

    prompt: int
    """Tokens of each prompt."""
    longest: int
    """Tokens of the longest response."""
    prompts: int = 8
    samples: int = 8


def groups_of(vocabulary: int, batch: Batch) -> list[Group]:
    """Random groups of responses of `longest / 2` to `longest` tokens, as if drawn evenly from the vocabulary."""
    random = torch.Generator().manual_seed(0)

    def ids(count: int) -> tuple[int, ...]:
        return tuple(torch.randint(vocabulary, (count,), generator=random).tolist())

    def sample(number: int) -> Sample:
        length = int(torch.randint(batch.longest // 2, batch.longest + 1, (1,), generator=random))
        return Sample(
            token_ids=ids(length),
            mask=(1,) * length,
            behaviour=(-math.log(vocabulary),) * length,
            advantages=((-1.0) ** number,) * length,
            weight=1.0 / (batch.prompts * batch.samples * batch.longest),
        )

    return [
        Group(prompt_ids=ids(batch.prompt), samples=tuple(sample(number) for number in range(batch.samples)))
        for _ in range(batch.prompts)
    ]


def update(
    shape: Shape, device: torch.device, dtype: torch.dtype, peaks: Peaks, batch: Batch, microbatch: int
) -> dict[str, object]:
    """One update, the median of three after one that does not count."""
    model = shape.model(device)
    without_dropout(model)
    policy = Policy.of(model, dtype)
    base = forget_peak(device)
    learner = Learner(policy, OptimConfig(lr=1e-6), Objective(loss=ClippedLoss()), tokens_per_microbatch=microbatch)
    groups = groups_of(shape.vocabulary, batch)
    lengths = [(batch.prompt, batch.prompt // 2) for _ in groups]
    lengths += [(len(s.token_ids), batch.prompt + len(s.token_ids) // 2) for group in groups for s in group.samples]
    learner.update(groups, 1e-6)
    times = sorted(timed_s(device, lambda: learner.update(groups, 1e-6)) for _ in range(3))
    packed = sum(group.packed_tokens for group in groups)
    plain = sum(len(group.prompt_ids) + len(s.token_ids) for group in groups for s in group.samples)
    flop = training_flop(shape, weights_read(model), lengths, recompute=False)
    peak = peak_bytes(device)
    return {
        "shape": facts_of(shape),
        "dtype": str(dtype),
        **asdict(batch),
        "tokens_per_microbatch": microbatch,
        "packed_tokens": packed,
        "tokens_with_a_prompt_for_each_sample": plain,
        "update_s": times[1],
        "packed_tokens_per_s": packed / times[1],
        "flop": flop,
        "mfu": flop / times[1] / peaks.gemm_flop_per_s,
        "peak_gib": None if peak is None else peak / 2**30,
        "weights_gib": base / 2**30,
    }


def loss_memory(device: torch.device, *, tokens: int, vocabulary: int, width: int) -> dict[str, object]:
    """Growth of the peak by head and loss less the head's gradient: ours, and `linear -> log_softmax -> gather`."""
    torch.manual_seed(0)
    weight = torch.randn(vocabulary, width, device=device).mul_(0.05).requires_grad_()
    hidden = torch.randn(tokens, width, device=device).requires_grad_()
    target = torch.randint(vocabulary, (tokens,), device=device)
    advantages = torch.randn(tokens, device=device)
    weights = torch.full((tokens,), 1.0 / tokens, device=device)
    behaviour = torch.full((tokens,), -10.0, device=device)
    batch = PolicyTokens(
        row_M=torch.arange(tokens, device=device),
        target_M=target,
        behaviour_M=behaviour,
        advantage_M=advantages,
        weight_M=weights,
    )

    def ours() -> torch.Tensor:
        return policy_loss(Head(weight_VW=weight), hidden, batch, ClippedLoss())[0]

    def naive() -> torch.Tensor:
        logprobs = linear(hidden, weight).log_softmax(-1).gather(1, target[:, None])[:, 0]
        ratio = (logprobs - behaviour).exp()
        return (torch.maximum(-ratio * advantages, -ratio.clamp(0.8, 1.28) * advantages) * weights).sum()

    row: dict[str, object] = {"tokens": tokens, "vocabulary": vocabulary, "width": width}
    gradients: dict[str, torch.Tensor] = {}
    for name, loss_of in (("ours", ours), ("naive", naive)):
        weight.grad = hidden.grad = None
        base = forget_peak(device)
        try:

            def run(loss_of: object = loss_of, name: str = name) -> None:
                loss = loss_of()  # type: ignore[operator]
                loss.backward()
                row[f"{name}_loss"] = float(loss.detach())

            row[f"{name}_s"] = timed_s(device, run)
            peak = peak_bytes(device)
            row[f"{name}_grown_mib"] = None if peak is None else (peak - base - weight.numel() * 4) / 2**20
            assert weight.grad is not None
            gradients[name] = weight.grad.clone()
        except torch.OutOfMemoryError:
            row[f"{name}_grown_mib"] = row[f"{name}_s"] = None
            row[f"{name}_out_of_memory"] = True
        wait(device)
    if len(gradients) > 1:
        row["gradient_difference"] = float((gradients["ours"] - gradients["naive"]).norm() / gradients["naive"].norm())
    return row
