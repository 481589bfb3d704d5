"""The least time that a step can take on this machine, from the shapes that were run.

Symbols: N weights that a token is multiplied with (embedding table and head not counted), H = V x W those of the head,
F products' peak in operations per second, B the memory's bytes per second. A token's forward pass is 2 N operations,
its backward pass 2 N for its inputs and 2 for each weight that is trained; a visible pair of query and key is
4 A operations forward and 8 A backward, A heads times their width, in each layer.
"""

from __future__ import annotations

import heapq
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import torch

from palestra.agents import Rollout
from palestra.trainer.model.policy import Policy
from palestra.trainer.packing.token_tree import tree_tokens
from palestra.trainer.packing.work import Work


@dataclass(frozen=True, kw_only=True, slots=True)
class Peaks:
    """What the machine does at best."""

    flops: float
    """Operations per second of a large matrix product."""
    bandwidth: float
    """Bytes per second of a large copy, read and written."""

    def __str__(self) -> str:
        return f"products {self.flops / 1e9:.0f} GFLOP/s, memory {self.bandwidth / 1e9:.1f} GB/s"


@lru_cache(maxsize=4)
def measured_peaks(device: torch.device, dtype: torch.dtype, threads: int) -> Peaks:
    """The best of a few short products and copies, measured once in a process.

    Args:
        device: Where.
        dtype: Of the products.
        threads: How many threads compute; another number is another machine.
    """
    is_gpu = device.type == "cuda"
    side, elements = (8192, 1 << 28) if is_gpu else (1024, 1 << 24)
    left, right = torch.randn(2, side, side, device=device).to(dtype)
    source, target = torch.zeros(2, elements, device=device)
    product_s = _best_seconds(lambda: left @ right, device)
    copy_s = _best_seconds(lambda: target.copy_(source), device)
    return Peaks(flops=2 * side**3 / product_s, bandwidth=8 * elements / copy_s)


def _best_seconds(run: Callable[[], object], device: torch.device, repeats: int = 5) -> float:
    seconds = []
    for _ in range(repeats):
        started = time.perf_counter()
        run()
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        seconds.append(time.perf_counter() - started)
    return max(min(seconds), 1e-9)


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelShape:
    """The sizes of a model that decide what a token costs."""

    body: int
    """Weights that a token is multiplied with, without embedding table and head; of experts, those it is sent to."""
    trained_body: int
    head: int
    trained_head: int
    trained: int
    """All weights that the optimizer moves."""
    layers: int
    attention_width: int
    """Query heads times their width."""
    kv_width: int
    """Key-value heads times their width."""
    weight_bytes: int = 4
    """Of a weight in a product."""

    @classmethod
    def of(cls, policy: Policy) -> ModelShape:
        """The shape of a policy's model."""
        config: Any = policy.model.config.get_text_config()
        heads = getattr(config, "num_attention_heads", 0) or 0
        head_width = getattr(config, "head_dim", None) or (config.hidden_size // heads if heads else 0)
        experts = getattr(config, "num_local_experts", None) or getattr(config, "num_experts", None) or 0
        share = (getattr(config, "num_experts_per_tok", None) or experts) / experts if experts else 1.0
        tables = {
            id(layer.weight) for layer in (policy.model.get_input_embeddings(), policy.model.get_output_embeddings())
        }
        body = trained_body = 0.0
        for name, weight in policy.model.named_parameters():
            if id(weight) not in tables:
                count = weight.numel() * (share if ".experts." in name else 1.0)
                body += count
                trained_body += count if weight.requires_grad else 0.0
        head = policy.model.get_output_embeddings().weight
        return cls(
            body=round(body),
            trained_body=round(trained_body),
            head=head.numel(),
            trained_head=head.numel() if head.requires_grad else 0,
            trained=sum(weight.numel() for weight in policy.model.parameters() if weight.requires_grad),
            layers=config.num_hidden_layers,
            attention_width=heads * head_width,
            kv_width=(getattr(config, "num_key_value_heads", None) or heads) * head_width,
            weight_bytes=policy.dtype.itemsize,
        )

    def forward_flops(self, tokens: float, positions: float = 0.0, pairs: float = 0.0) -> float:
        """Operations of a pass without a gradient.

        Args:
            tokens: Read by the layers.
            positions: At which the head makes logits.
            pairs: Of a query and a key that it sees, in one layer.
        """
        return 2 * self.body * tokens + 2 * self.head * positions + 4 * self.layers * self.attention_width * pairs

    def learning_flops(self, tokens: float, positions: float, pairs: float) -> float:
        """Operations of a pass with its gradient."""
        of_tokens = (4 * self.body + 2 * self.trained_body) * tokens
        of_positions = (4 * self.head + 2 * self.trained_head) * positions
        return of_tokens + of_positions + 12 * self.layers * self.attention_width * pairs

    @property
    def kv_bytes(self) -> int:
        """Bytes of keys and values of a token."""
        return 2 * self.layers * self.kv_width * self.weight_bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class PhaseFloor:
    """The least seconds of a phase of a step, and what is done beyond them."""

    seconds: float
    flops: float
    """Operations of the products that are needed."""
    bytes: float
    """That have to be moved."""
    costs: dict[str, float]
    """Seconds of what could be avoided, by name."""


def learning_floor(
    shape: ModelShape, work: Work, peaks: Peaks, *, recomputes: bool = False, state_bytes: int = 28
) -> PhaseFloor:
    """The floor of a step's updates: products of what has to be read, and one move of the optimizer's states.

    Args:
        shape: Of the model.
        work: What was computed.
        peaks: Of the machine.
        recomputes: Whether activations are computed twice.
        state_bytes: That an optimizer update moves for each trained weight.

    Source: "Reducing Activation Recomputation in Large Transformer Models", arXiv:2205.05198, appendix A (operations).
    """
    flops = shape.learning_flops(work.tokens, work.positions, work.pairs)
    moved = shape.trained * state_bytes
    per_token = shape.learning_flops(1, 0, 0) / peaks.flops
    costs = {
        "padding": work.padding * per_token,
        "prompts read twice": max(work.tokens_read - work.padding - work.tokens, 0) * per_token,
        "extra passes": shape.forward_flops(work.extra_tokens, work.extra_positions) / peaks.flops,
        "recomputed activations": shape.forward_flops(work.tokens_read, 0, work.pairs) / peaks.flops
        if recomputes
        else 0.0,
        "more than one update": max(work.updates - 1, 0) * moved / peaks.bandwidth,
    }
    once = min(work.updates, 1) * moved
    return PhaseFloor(seconds=flops / peaks.flops + once / peaks.bandwidth, flops=flops, bytes=once, costs=costs)


@dataclass(frozen=True, kw_only=True, slots=True)
class Decoding:
    """What was sampled in a step."""

    prompt_tokens: int
    """Read before and between responses, what prompts begin with alike once."""
    responses: tuple[int, ...]
    """Tokens of each rollout that the policy wrote."""
    context: float
    """Mean tokens before a sampled one."""
    slots: int
    """Most rollouts that are decoded at once."""

    @classmethod
    def of(cls, rollouts: Sequence[Rollout], slots: int) -> Decoding:
        """What rollouts took."""
        segments = [segment for rollout in rollouts for segment in rollout.segments]
        prompts = [segment.token_ids[: segment.prompt_length] for segment in segments]
        observed = sum(len(segment.mask) - sum(segment.mask) for segment in segments)
        places = [segment.prompt_length + len(segment.mask) / 2 for segment in segments if any(segment.mask)]
        return cls(
            prompt_tokens=tree_tokens(prompts) + observed,
            responses=tuple(rollout.policy_tokens for rollout in rollouts),
            context=sum(places) / len(places) if places else 0.0,
            slots=slots,
        )

    def alive(self) -> list[int]:
        """Rows of each decoding step, when rollouts take free slots in their order."""
        slots = [0] * min(self.slots, len(self.responses))
        changes: dict[int, int] = {}
        for length in self.responses:
            start = heapq.heappop(slots)
            heapq.heappush(slots, start + length)
            changes[start] = changes.get(start, 0) + 1
            changes[start + length] = changes.get(start + length, 0) - 1
        rows, profile = 0, []
        for step in range(max(changes, default=0)):
            rows += changes.get(step, 0)
            profile.append(rows)
        return profile


def generation_floor(shape: ModelShape, decoding: Decoding, peaks: Peaks) -> PhaseFloor:
    """The floor of a step's generation: prompts read once, and decoding steps that are all full.

    A decoding step of b rows takes the longer of its products and of reading the weights, keys and values.
    The tail, in which few rows are left, is what can be avoided.
    """
    weights = (shape.body + shape.head) * shape.weight_bytes

    def step_flops(rows: float) -> float:
        return shape.forward_flops(rows, rows, rows * decoding.context)

    def step_bytes(rows: float) -> float:
        return weights + rows * decoding.context * shape.kv_bytes

    def step_s(rows: float) -> float:
        return max(step_flops(rows) / peaks.flops, step_bytes(rows) / peaks.bandwidth)

    full = min(decoding.slots, len(decoding.responses))
    steps = sum(decoding.responses) / full if full else 0.0
    reading = shape.forward_flops(decoding.prompt_tokens)
    actual = sum(map(step_s, decoding.alive()))
    return PhaseFloor(
        seconds=reading / peaks.flops + steps * step_s(full),
        flops=reading + steps * step_flops(full),
        bytes=steps * step_bytes(full),
        costs={"generation tail": max(actual - steps * step_s(full), 0.0)},
    )
