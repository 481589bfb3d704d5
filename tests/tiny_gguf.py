"""The smallest model that llama.cpp's format can hold."""

from __future__ import annotations

from pathlib import Path

import torch

_WIDTH, _HIDDEN, _HEADS, _POSITIONS = 16, 32, 2, 64
_SHAPES = {
    "attn_norm": (_WIDTH,),
    "attn_q": (_WIDTH, _WIDTH),
    "attn_k": (_WIDTH, _WIDTH),
    "attn_v": (_WIDTH, _WIDTH),
    "attn_output": (_WIDTH, _WIDTH),
    "ffn_norm": (_WIDTH,),
    "ffn_gate": (_HIDDEN, _WIDTH),
    "ffn_up": (_HIDDEN, _WIDTH),
    "ffn_down": (_WIDTH, _HIDDEN),
}


def save_tiny_gguf(path: Path) -> Path:
    """Write a model of one layer with a tokenizer of few letters; needs the package `gguf`."""
    from gguf import GGUFWriter, TokenType

    writer = GGUFWriter(str(path), "llama")
    tokens = [*"abcdefghijklmnopqrstuvwxyz0123456789+-=", "ab", "<|end|>"]
    end = len(tokens) - 1
    writer.add_context_length(_POSITIONS)
    writer.add_embedding_length(_WIDTH)
    writer.add_block_count(1)
    writer.add_feed_forward_length(_HIDDEN)
    writer.add_head_count(_HEADS)
    writer.add_head_count_kv(_HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(_WIDTH // _HEADS)
    writer.add_rope_freq_base(10000.0)
    writer.add_vocab_size(len(tokens))
    writer.add_tokenizer_model("gpt2")
    writer.add_token_list(tokens)
    writer.add_token_types([TokenType.NORMAL] * end + [TokenType.CONTROL])
    writer.add_token_merges(["a b"])
    writer.add_bos_token_id(end)
    writer.add_eos_token_id(end)
    draws = torch.Generator().manual_seed(0)
    shapes = {"token_embd": (len(tokens), _WIDTH), "output_norm": (_WIDTH,)}
    shapes |= {f"blk.0.{name}": shape for name, shape in _SHAPES.items()}
    for name, shape in shapes.items():
        writer.add_tensor(f"{name}.weight", torch.randn(shape, generator=draws).numpy())
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path
