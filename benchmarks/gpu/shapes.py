"""Models of known shapes with random weights, what they cost at least, and what the machine can do at most."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass

import torch
from transformers import AutoModelForCausalLM, PreTrainedModel, Qwen2Config

GEMM_WIDTH = {"cuda": 8192, "cpu": 768}
COPY_BYTES = {"cuda": 4 << 30, "cpu": 64 << 20}


@dataclass(frozen=True, kw_only=True)
class Shape:
    """A decoder of Qwen2's architecture."""

    name: str
    width: int
    layers: int
    heads: int
    kv_heads: int
    intermediate: int
    vocabulary: int = 151_936

    @property
    def head_width(self) -> int:
        """Of one head of the attention."""
        return self.width // self.heads

    def config(self) -> Qwen2Config:
        """Its configuration; the head is the embedding, as in both of the real models."""
        return Qwen2Config(
            vocab_size=self.vocabulary,
            hidden_size=self.width,
            intermediate_size=self.intermediate,
            num_hidden_layers=self.layers,
            num_attention_heads=self.heads,
            num_key_value_heads=self.kv_heads,
            max_position_embeddings=32_768,
            tie_word_embeddings=True,
        )

    def model(self, device: torch.device, dtype: torch.dtype = torch.float32) -> PreTrainedModel:
        """A model with random weights."""
        torch.manual_seed(0)
        with torch.device(device):
            model: PreTrainedModel = AutoModelForCausalLM.from_config(self.config(), dtype=dtype)
        return model.eval()


QWEN_HALF_B = Shape(name="Qwen2.5-0.5B", width=896, layers=24, heads=14, kv_heads=2, intermediate=4864)
QWEN_ONE_AND_HALF_B = Shape(name="Qwen2.5-1.5B", width=1536, layers=28, heads=12, kv_heads=2, intermediate=8960)
SMALL = Shape(name="small", width=64, layers=2, heads=4, kv_heads=2, intermediate=128, vocabulary=512)


@dataclass(frozen=True, kw_only=True)
class Peaks:
    """What this device reaches on plain products and copies, measured now."""

    gemm_flop_per_s: float
    copy_bytes_per_s: float
    """Bytes read and written."""

    def to_json(self) -> dict[str, float]:
        """As a JSON object, in tera and giga."""
        return {"gemm_tflop_per_s": self.gemm_flop_per_s / 1e12, "copy_gbyte_per_s": self.copy_bytes_per_s / 1e9}


def weights_read(model: PreTrainedModel) -> int:
    """Weights that the products of a token read: all but an embedding that is not the head too."""
    embedding, head = model.get_input_embeddings().weight, model.get_output_embeddings().weight
    extra = 0 if embedding is head else embedding.numel()
    return sum(parameter.numel() for parameter in model.parameters()) - extra


def training_flop(shape: Shape, weights: int, lengths: list[tuple[int, int]], recompute: bool) -> float:
    """Operations of forward and backward pass over sequences, each as (tokens, tokens that each sees on average)."""
    passes = 4 if recompute else 3
    products = sum(2.0 * weights * tokens for tokens, _ in lengths)
    attention = sum(4.0 * shape.layers * shape.heads * shape.head_width * tokens * seen for tokens, seen in lengths)
    return passes * (products + attention)


def decode_floor_s(shape: Shape, weights: int, rows: int, context: float, bytes_each: int, peaks: Peaks) -> float:
    """Least seconds of a decode step: its products, or reading weights and keys and values."""
    cache = 2 * shape.layers * shape.kv_heads * shape.head_width * bytes_each
    reading = (weights * bytes_each + rows * context * cache) / peaks.copy_bytes_per_s
    return max(rows * 2.0 * weights / peaks.gemm_flop_per_s, reading)


def peaks_of(device: torch.device, dtype: torch.dtype) -> Peaks:
    """Measure the device: the median of five runs of each."""
    width, size = GEMM_WIDTH[device.type], COPY_BYTES[device.type]
    left, right = (torch.randn(width, width, device=device).to(dtype) for _ in range(2))
    source = torch.zeros(size // 4, dtype=torch.float32, device=device)
    target = torch.empty_like(source)
    gemm_s = typical_s(device, lambda: torch.mm(left, right))
    copy_s = typical_s(device, lambda: target.copy_(source))
    return Peaks(gemm_flop_per_s=2.0 * width**3 / gemm_s, copy_bytes_per_s=2.0 * size / copy_s)


def typical_s(device: torch.device, work: Callable[[], object], *, runs: int = 5, warm: int = 2) -> float:
    """Median seconds of some runs, after some that do not count."""
    for _ in range(warm):
        work()
    return statistics.median(timed_s(device, work) for _ in range(runs))


def timed_s(device: torch.device, work: Callable[[], object]) -> float:
    """Seconds of a run, until the device has finished it."""
    wait(device)
    started = time.perf_counter()
    work()
    wait(device)
    return time.perf_counter() - started


def wait(device: torch.device) -> None:
    """Until the device has done all that it was given."""
    if device.type == "cuda":
        torch.cuda.synchronize()


def forget_peak(device: torch.device) -> int:
    """Begin to look for a new peak of memory; the bytes that are in use now."""
    if device.type != "cuda":
        return 0
    torch.cuda.empty_cache()
    torch.cuda.reset_peak_memory_stats()
    return torch.cuda.memory_allocated()


def peak_bytes(device: torch.device) -> int | None:
    """The peak since `forget_peak`; None where nobody counts it."""
    return torch.cuda.max_memory_allocated() if device.type == "cuda" else None


def facts_of(shape: Shape) -> dict[str, object]:
    """The shape as a JSON object."""
    return asdict(shape)
