"""The tiny model in the architectures that tests go through."""

from __future__ import annotations

import json
from pathlib import Path

from transformers import (
    CohereConfig,
    Gemma2Config,
    Gemma3TextConfig,
    GPT2Config,
    GraniteConfig,
    LlamaConfig,
    MambaConfig,
    MistralConfig,
    MixtralConfig,
    PhiConfig,
    PreTrainedConfig,
    Qwen2Config,
    Qwen3Config,
)

from palestra.trainer.lab.tiny_model import TINY_SIZES as _SIZES
from palestra.trainer.lab.tiny_model import byte_tokenizer, save_tiny_model, tiny_model

__all__ = ["ARCHITECTURES", "PLAIN_ARCHITECTURE", "byte_tokenizer", "save_roomy_model", "save_tiny_model", "tiny_model"]


def save_roomy_model(folder: Path) -> Path:
    """The tiny model with room for episodes of many turns and for the prompts of a workspace."""
    save_tiny_model(folder)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"max_position_embeddings": 8192}))
    return folder


_HEADS = _SIZES | {"head_dim": 16}

ARCHITECTURES: dict[str, PreTrainedConfig] = {
    "llama": LlamaConfig(**_HEADS),
    "mistral-sliding": MistralConfig(**_HEADS, sliding_window=8),
    "qwen2": Qwen2Config(**_SIZES),
    "qwen3": Qwen3Config(**_HEADS),
    "gemma2-softcap": Gemma2Config(**_HEADS, sliding_window=8, attn_logit_softcapping=5.0, final_logit_softcapping=3.0),
    "gemma3-sliding": Gemma3TextConfig(**_HEADS, sliding_window=8),
    "granite-scaled": GraniteConfig(**_SIZES, logits_scaling=3.0),
    "cohere-scaled": CohereConfig(**_SIZES, logit_scale=0.25),
    "phi-bias": PhiConfig(**_SIZES),
    "gpt2-learned-positions": GPT2Config(**_SIZES),
    "mixtral-experts": MixtralConfig(**_SIZES, num_local_experts=4),
}
"""Decoders that follow our attention plans."""

PLAIN_ARCHITECTURE = MambaConfig(
    vocab_size=260, hidden_size=32, num_hidden_layers=2, state_size=4, pad_token_id=258, eos_token_id=257
)
"""One that has no attention at all."""
