"""Which numbers the model computes with on this machine."""

from __future__ import annotations

import torch

from palestra.trainer.settings.model import Precision


def has_fast_bf16(device: torch.device) -> bool:
    """Whether the machine multiplies bf16 in hardware."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    capabilities = torch.cpu.get_capabilities() if hasattr(torch.cpu, "get_capabilities") else {}
    return bool(capabilities.get("avx512_bf16") or capabilities.get("amx_bf16"))


def product_dtype(precision: Precision, device: torch.device) -> torch.dtype:
    """The type of matrix products for a precision."""
    if precision is Precision.FP32 or (precision is Precision.AUTO and not has_fast_bf16(device)):
        return torch.float32
    return torch.bfloat16
