"""The tiny model: a random decoder of two layers with a byte-level tokenizer, which learns in seconds on a CPU."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer
from tokenizers.decoders import ByteLevel as ByteLevelDecoder
from tokenizers.models import BPE
from tokenizers.pre_tokenizers import ByteLevel
from transformers import (
    AutoModelForCausalLM,
    LlamaConfig,
    PreTrainedConfig,
    PreTrainedModel,
    PreTrainedTokenizerFast,
)

TINY_SIZES: dict[str, Any] = {
    "vocab_size": 260,
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 512,
    "pad_token_id": 258,
    "bos_token_id": 256,
    "eos_token_id": 257,
}
"""What configurations of tiny decoders have in common."""
TINY_LLAMA = LlamaConfig(**TINY_SIZES, head_dim=16)
"""The tiny model, unless another architecture is asked for."""

_TEMPLATE = (
    "{% for message in messages %}<|start|>{{ message['role'] }}\n{{ message['content'] }}<|end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|start|>assistant\n{% endif %}"
)


def tiny_model(config: PreTrainedConfig | None = None, seed: int = 0) -> PreTrainedModel:
    """A random model, in evaluation mode."""
    torch.manual_seed(seed)
    # A copy: a model writes the attention that it uses into its configuration.
    model: PreTrainedModel = AutoModelForCausalLM.from_config(deepcopy(config or TINY_LLAMA))
    with torch.no_grad():  # small random weights make near-uniform logits, under which mistakes would hide
        for parameter in model.parameters():
            if parameter.ndim > 1:
                parameter.mul_(3.0)
    model.eval()
    return model


def byte_tokenizer() -> PreTrainedTokenizerFast:
    """One token for each byte, and the special tokens of a chat."""
    alphabet = {letter: number for number, letter in enumerate(sorted(ByteLevel.alphabet()))}
    tokenizer = Tokenizer(BPE(vocab=alphabet, merges=[]))
    tokenizer.pre_tokenizer = ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.decoder = ByteLevelDecoder()
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="<|pad|>",
        bos_token="<|start|>",
        eos_token="<|end|>",
    )
    fast.chat_template = _TEMPLATE
    return fast


def save_tiny_model(folder: Path, config: PreTrainedConfig | None = None, seed: int = 0) -> Path:
    """Write the tiny model and its tokenizer as a normal checkpoint, and return the folder."""
    tiny_model(config, seed).save_pretrained(folder)
    byte_tokenizer().save_pretrained(folder)
    return folder
