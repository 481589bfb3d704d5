"""How the attention of a tree of tokens is computed on this device."""

from palestra.trainer.packing.attention_kernels.choice import attend_tree

__all__ = ["attend_tree"]
