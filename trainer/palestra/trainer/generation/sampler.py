"""Drawing tokens: keyed random numbers and exact inverse-CDF sampling.

Shapes: U different distributions, R rows that draw from one of them each, V vocabulary.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn.functional import pad

from palestra.agents import GeneratorError

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

    Raises:
        GeneratorError: The logits make no distribution.
    """
    vocabulary = logits_UV.shape[-1]
    # One pass each for maximum, exponential and sum: the vocabulary is what costs here.
    weights = logits_UV.sub_(logits_UV.amax(dim=-1, keepdim=True)).exp_()
    blocks = pad(weights, (0, -vocabulary % _BLOCK)).view(len(weights), -1, _BLOCK)
    cumulative_U = blocks.sum(dim=-1, dtype=torch.float64).cumsum(dim=-1)
    total_U = _finite(cumulative_U[:, -1])
    cumulative = cumulative_U[row_R]
    point = torch.tensor(uniform_R, dtype=torch.float64, device=weights.device) * total_U[row_R]
    block = _first_above(cumulative, point)
    # Read off, not subtracted: a point that rounding puts before the block could draw a token of weight 0.
    before = pad(cumulative, (1, 0)).gather(1, block.unsqueeze(1)).squeeze(1)
    inside = blocks[row_R, block].double().cumsum(dim=-1)
    # Rounding may push the point past the block's end: then its last token with any weight is drawn.
    token = _first_above(inside, (point - before).clamp(max=inside[:, -1] * (1 - 1e-15)))
    token_R = block * _BLOCK + token
    return token_R, (weights[row_R, token_R].double() / total_U[row_R]).log().float()


def greedy_tokens(logits_UV: Tensor, row_R: Tensor) -> tuple[Tensor, Tensor]:
    """The most probable token of each row, and its log-probability.

    Raises:
        GeneratorError: The logits make no distribution.
    """
    best = logits_UV.argmax(dim=-1)
    logprob = logits_UV.gather(1, best.unsqueeze(1)).squeeze(1) - _finite(logits_UV.logsumexp(dim=-1))
    return best[row_R], logprob[row_R]


def _finite(values_U: Tensor) -> Tensor:
    """The normalisers of distributions, if the logits make any."""
    if not values_U.isfinite().all():
        raise GeneratorError(
            "the model's logits are not finite: there is nothing to sample from\n\n"
            "hint: check the weights; training that diverged leaves NaN, then lower optim.lr"
        )
    return values_U


def _first_above(cumulative: Tensor, point: Tensor) -> Tensor:
    found = torch.searchsorted(cumulative, point.unsqueeze(1), right=True).squeeze(1)
    return found.clamp(max=cumulative.shape[1] - 1)
