"""How the losses of tokens become one number: a weight for each token of each sequence.

The loss of an update is `sum(weight * value)` over its tokens. The weights come from the token counts of
the whole update, so that splitting it into micro-batches changes nothing. Sequences without a policy
token have weight 0 and are not counted.

Source: "DAPO", arXiv:2503.14476, section 3.3 (token mean against sample mean); "Understanding
    R1-Zero-Like Training", arXiv:2503.20783, section 3.2 (constant normaliser).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, kw_only=True, slots=True)
class TokenMean:
    """The mean over all tokens: long sequences weigh more (DAPO)."""

    kind: ClassVar[str] = "token-mean"

    def __call__(self, token_counts: Sequence[int]) -> list[float]:
        """Weight of each token of each sequence of the update."""
        total = sum(token_counts)
        return [1.0 / total if count else 0.0 for count in token_counts]


@dataclass(frozen=True, kw_only=True, slots=True)
class SequenceMean:
    """The mean over sequences of the mean over tokens: a token of a long sequence weighs less (GRPO)."""

    kind: ClassVar[str] = "sequence-mean"

    def __call__(self, token_counts: Sequence[int]) -> list[float]:
        """Weight of each token of each sequence of the update."""
        sequences = _num_sequences(token_counts)
        return [1.0 / (sequences * count) if count else 0.0 for count in token_counts]


@dataclass(frozen=True, kw_only=True, slots=True)
class SequenceSum:
    """The mean over sequences of the sum over tokens."""

    kind: ClassVar[str] = "sequence-sum"

    def __call__(self, token_counts: Sequence[int]) -> list[float]:
        """Weight of each token of each sequence of the update."""
        sequences = _num_sequences(token_counts)
        return [1.0 / sequences if count else 0.0 for count in token_counts]


@dataclass(frozen=True, kw_only=True, slots=True)
class ConstantNorm:
    """The mean over sequences of the sum over tokens divided by a constant: no length bias (Dr. GRPO)."""

    kind: ClassVar[str] = "constant-norm"

    horizon: int
    """The divisor; usually the most tokens that a response may have."""

    def __post_init__(self) -> None:
        if self.horizon < 1:
            raise ValueError(f"horizon must be at least 1, got {self.horizon}")

    def __call__(self, token_counts: Sequence[int]) -> list[float]:
        """Weight of each token of each sequence of the update."""
        return [weight / self.horizon for weight in SequenceSum()(token_counts)]


Aggregation = TokenMean | SequenceMean | SequenceSum | ConstantNorm
"""The aggregations that a configuration can name."""


def _num_sequences(token_counts: Sequence[int]) -> int:
    return sum(1 for count in token_counts if count)
