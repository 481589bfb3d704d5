"""The shape of a tree of packed tokens, as kernels read it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from torch import Tensor


@dataclass(frozen=True, kw_only=True, slots=True)
class Branch:
    """A stretch of tokens without a fork, and the tokens behind it that see it."""

    start: int
    stop: int
    """End of its own tokens."""
    until: int
    """End of the tokens that see it: its own, then all that go on from it."""
    reach: int
    """Positions from its first token to the deepest one that sees it, both counted."""
    is_root: bool
    """Whether sequences begin with it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TreeShape:
    """A tree of N packed tokens."""

    branches: tuple[Branch, ...]
    """In the order of the tokens: a branch stands behind the one that it goes on from."""
    positions_N: Tensor
    until_N: Tensor
    """For each token the end of the stretch of tokens that see it."""
    block_masks: dict[int | None, Any] = field(default_factory=dict)
    """Of FlexAttention by window, kept for the layers of one forward pass."""
