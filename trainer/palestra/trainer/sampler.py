"""Drawing tokens: keyed random numbers and exact inverse-CDF sampling.

Shapes: U different distributions, R rows that draw from one of them each, V vocabulary.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn.functional import pad

_BLOCK = 256


def keyed_uniform(key: str, position: int) -> float:
    """A number in [0, 1) that the key and the position decide: equal on every machine, in any batch."""
    digest = hashlib.blake2b(f"{key}#{position}".encode(), digest_size=8).digest()
    return (int.from_bytes(digest, "little") >> 11) * 2.0**-53


def draw_tokens(logits_UV: Tensor, row_R: Tensor, uniform_R: Sequence[float]) -> tuple[Tensor, Tensor]:
    """Draw one token for each row from the softmax of its logits.

    The cumulative distribution is summed in two levels and in float64, so that no token of a large
    vocabulary is lost to rounding.

    Args:
        logits_UV: fp32, already divided by the temperature; overwritten.
        row_R: Which distribution each row draws from.
        uniform_R: Numbers in [0, 1).

    Returns:
        Token ids and their log-probabilities, shape (R,) each.
    """
    vocabulary = logits_UV.shape[-1]
    weights = logits_UV.sub_(logits_UV.logsumexp(dim=-1, keepdim=True)).exp_()
    blocks = pad(weights, (0, -vocabulary % _BLOCK)).view(len(weights), -1, _BLOCK)
    block_sums = blocks.sum(dim=-1, dtype=torch.float64)
    cumulative = block_sums.cumsum(dim=-1)[row_R]
    point = torch.tensor(uniform_R, dtype=torch.float64, device=weights.device) * cumulative[:, -1]
    block = _first_above(cumulative, point)
    before = cumulative.gather(1, block.unsqueeze(1)).squeeze(1) - block_sums[row_R, block]
    inside = blocks[row_R, block].double().cumsum(dim=-1)
    # Rounding may push the point past the block's end: then its last token with any weight is drawn.
    token = _first_above(inside, (point - before).clamp(max=inside[:, -1] * (1 - 1e-15)))
    token_R = block * _BLOCK + token
    return token_R, weights[row_R, token_R].log()


def greedy_tokens(logits_UV: Tensor, row_R: Tensor) -> tuple[Tensor, Tensor]:
    """The most probable token of each row, and its log-probability."""
    best = logits_UV.argmax(dim=-1)
    logprob = logits_UV.gather(1, best.unsqueeze(1)).squeeze(1) - logits_UV.logsumexp(dim=-1)
    return best[row_R], logprob[row_R]


def _first_above(cumulative: Tensor, point: Tensor) -> Tensor:
    found = torch.searchsorted(cumulative, point.unsqueeze(1), right=True).squeeze(1)
    return found.clamp(max=cumulative.shape[1] - 1)
