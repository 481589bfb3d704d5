"""What an update minimises, written a second time: from the formulas, sample by sample, for plain autograd.

Nothing here looks at how the trainer packs, chunks or differentiates. Every choice that a configuration can name has
its formula registered below; one without a formula fails its test by name. Formulas are those of the papers that the
classes of the trainer cite.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import singledispatch
from typing import Any

import torch
from torch import Tensor

from gradient_plays import Seen
from palestra.trainer.losses import (
    ALolLoss,
    CispoLoss,
    ClippedLoss,
    GmpoLoss,
    GspoLoss,
    RaftLoss,
    RecLoss,
    RediLoss,
    ReinforceLoss,
    SoftAdaptiveLoss,
    ToprLoss,
)
from palestra.trainer.losses.rec import (
    AdvantageWeight,
    EqualWeight,
    Everywhere,
    ForwardKl,
    OneSide,
    RatioWeight,
    Ring,
    SequenceOneSide,
    SquaredLogRatio,
    TwoSides,
)
from palestra.trainer.losses.sequences import Level
from palestra.trainer.objective.aggregation import ConstantNorm, SequenceMean, SequenceSum, TokenMean
from palestra.trainer.objective.importance import IcePop, MaskedImportance, TruncatedImportance
from palestra.trainer.objective.kl import K1, K2, K3
from palestra.trainer.objective.token_focus import AdvantageEntropyTokens, HighEntropyTokens


@singledispatch
def surrogate(loss: Any, d: Tensor, advantages: Tensor, logprobs: Tensor) -> Tensor:
    """The loss of each token of a sequence, from its log-ratios d; stop-gradients are `detach`."""
    raise NotImplementedError(f"no formula for the loss {type(loss).__name__}: register it in tests/gradient_truth.py")


@surrogate.register
def _(loss: ClippedLoss, d: Tensor, advantages: Tensor, logprobs: Tensor) -> Tensor:
    ratio = d.clamp(-math.log(loss.max_ratio), math.log(loss.max_ratio)).exp()
    value = -torch.minimum(ratio * advantages, ratio.clamp(1 - loss.clip_low, 1 + loss.clip_high) * advantages)
    if loss.dual_clip is None:
        return value
    return torch.where(advantages < 0, torch.minimum(value, -loss.dual_clip * advantages), value)


@surrogate.register
def _(loss: ReinforceLoss, d: Tensor, advantages: Tensor, logprobs: Tensor) -> Tensor:
    return -advantages * logprobs


@surrogate.register
def _(loss: GspoLoss, d: Tensor, advantages: Tensor, logprobs: Tensor) -> Tensor:
    ratio = (d.mean().detach() + d - d.detach()).exp()
    return -torch.minimum(ratio * advantages, ratio.clamp(1 - loss.clip_low, 1 + loss.clip_high) * advantages)


@surrogate.register
def _(loss: CispoLoss, d: Tensor, advantages: Tensor, logprobs: Tensor) -> Tensor:
    return -d.exp().clamp(loss.lower, loss.upper).detach() * advantages * logprobs


@surrogate.register
def _(loss: GmpoLoss, d: Tensor, advantages: Tensor, logprobs: Tensor) -> Tensor:
    advantage = advantages.mean()
    pessimistic = d.clamp(max=loss.clip_high) if advantage >= 0 else d.clamp(min=-loss.clip_low)
    return -advantage * pessimistic.mean().exp() * torch.ones_like(d)


@surrogate.register
def _(loss: SoftAdaptiveLoss, d: Tensor, advantages: Tensor, logprobs: Tensor) -> Tensor:
    tau = torch.where(advantages > 0, loss.temperature_gain, loss.temperature_cost)
    return -advantages * 4 / tau * torch.sigmoid(tau * (d.exp() - 1))


@surrogate.register
def _(loss: ToprLoss, d: Tensor, advantages: Tensor, logprobs: Tensor) -> Tensor:
    tapered = _at(loss.level, d).detach().exp().clamp(0, 1)
    return -torch.where(advantages > loss.threshold, 1.0, tapered) * advantages * logprobs


@surrogate.register
def _(loss: RaftLoss, d: Tensor, advantages: Tensor, logprobs: Tensor) -> Tensor:
    return -(advantages > 0).float() * logprobs


@surrogate.register
def _(loss: RediLoss, d: Tensor, advantages: Tensor, logprobs: Tensor) -> Tensor:
    return -logprobs * (advantages > 0) + loss.alpha * logprobs * (advantages < 0)


@surrogate.register
def _(loss: ALolLoss, d: Tensor, advantages: Tensor, logprobs: Tensor) -> Tensor:
    ratio = _at(loss.level, d).detach().exp().clamp(max(0.0, 1 - loss.clip), 1 + loss.clip)
    return -ratio * advantages.clamp(min=0) * logprobs


@surrogate.register
def _(loss: RecLoss, d: Tensor, advantages: Tensor, logprobs: Tensor) -> Tensor:
    ratio = d.exp().detach()
    weight = _rec_weight(loss.weight, ratio, advantages)
    value = -advantages * logprobs * _rec_range(loss.range, ratio, d.detach().mean().exp(), advantages) * weight
    if isinstance(loss.regulariser, ForwardKl):
        return value - loss.regulariser.coefficient * logprobs
    if isinstance(loss.regulariser, SquaredLogRatio):
        return value + loss.regulariser.coefficient * d**2
    return value


def _rec_weight(weight: Any, ratio: Tensor, advantages: Tensor) -> Tensor:
    if isinstance(weight, EqualWeight):
        return torch.ones_like(ratio)
    if isinstance(weight, RatioWeight):
        return ratio if weight.maximum is None else ratio.clamp(max=weight.maximum)
    assert isinstance(weight, AdvantageWeight), weight
    return (advantages / weight.temperature).exp()


def _rec_range(range_: Any, ratio: Tensor, geometric: Tensor, advantages: Tensor) -> Tensor:
    if isinstance(range_, Everywhere):
        return torch.ones_like(ratio)
    up, down = advantages >= 0, advantages <= 0
    if isinstance(range_, OneSide | SequenceOneSide):
        ratio = ratio if isinstance(range_, OneSide) else geometric.expand_as(ratio)
        counts: Tensor = up & (ratio <= 1 + range_.high) | down & (ratio >= 1 - range_.low)
        return counts.to(ratio.dtype)
    counts = (ratio >= 1 - range_.low) & (ratio <= 1 + range_.high)
    if isinstance(range_, Ring):
        counts = counts | up & (ratio <= 1 - range_.far_low) | down & (ratio >= 1 + range_.far_high)
    else:
        assert isinstance(range_, TwoSides), range_
    return counts.to(ratio.dtype)


@singledispatch
def importance(correction: Any, ratios: Tensor) -> Tensor:
    """The weights of tokens, from ratios of the learner before the step to the generator."""
    raise NotImplementedError(f"no formula for {type(correction).__name__}: register it in tests/gradient_truth.py")


@importance.register
def _(correction: TruncatedImportance, ratios: Tensor) -> Tensor:
    return ratios.clamp(max=correction.ceiling)


@importance.register
def _(correction: MaskedImportance, ratios: Tensor) -> Tensor:
    return ((ratios >= correction.low) & (ratios <= correction.high)).float()


@importance.register
def _(correction: IcePop, ratios: Tensor) -> Tensor:
    return torch.where((ratios >= correction.low) & (ratios <= correction.high), ratios, 0.0)


@singledispatch
def estimate_of_kl(penalty: Any, k: Tensor) -> Tensor:
    """The estimate of KL(policy || reference), from k = log reference - log policy."""
    raise NotImplementedError(f"no formula for {type(penalty).__name__}: register it in tests/gradient_truth.py")


@estimate_of_kl.register
def _(penalty: K1, k: Tensor) -> Tensor:
    return -k


@estimate_of_kl.register
def _(penalty: K2, k: Tensor) -> Tensor:
    return k**2 / 2


@estimate_of_kl.register
def _(penalty: K3, k: Tensor) -> Tensor:
    return k.exp() - k - 1


@singledispatch
def keenness(focus: Any, advantages: Tensor, entropies: Tensor, progress: float) -> tuple[Tensor, float]:
    """The scores by which tokens are chosen, and the share of them that is."""
    raise NotImplementedError(f"no formula for {type(focus).__name__}: register it in tests/gradient_truth.py")


@keenness.register
def _(focus: HighEntropyTokens, advantages: Tensor, entropies: Tensor, progress: float) -> tuple[Tensor, float]:
    return entropies, focus.share


@keenness.register
def _(focus: AdvantageEntropyTokens, advantages: Tensor, entropies: Tensor, progress: float) -> tuple[Tensor, float]:
    return advantages.abs() * entropies, focus.initial + progress * (focus.final - focus.initial)


@singledispatch
def aggregate(aggregation: Any, sequences: Sequence[Tensor]) -> Tensor:
    """One number from the tokens of all sequences."""
    raise NotImplementedError(f"no formula for {type(aggregation).__name__}: register it in tests/gradient_truth.py")


@aggregate.register
def _(aggregation: TokenMean, sequences: Sequence[Tensor]) -> Tensor:
    return torch.cat(list(sequences)).mean()


@aggregate.register
def _(aggregation: SequenceMean, sequences: Sequence[Tensor]) -> Tensor:
    return torch.stack([sequence.mean() for sequence in sequences]).mean()


@aggregate.register
def _(aggregation: SequenceSum, sequences: Sequence[Tensor]) -> Tensor:
    return torch.stack([sequence.sum() for sequence in sequences]).mean()


@aggregate.register
def _(aggregation: ConstantNorm, sequences: Sequence[Tensor]) -> Tensor:
    return torch.stack([sequence.sum() / aggregation.horizon for sequence in sequences]).mean()


def _at(level: Level, d: Tensor) -> Tensor:
    """Log-ratios of tokens as those of the level."""
    if level is Level.TOKEN:
        return d
    return (d.sum() if level is Level.SEQUENCE else d.mean()).expand_as(d)


def literal_copies(seen: Sequence[Seen], value_of: Callable[[int, int], Tensor]) -> list[Tensor]:
    """The losses of each sequence's tokens, a doubled sequence twice, times the rollout's weight.

    Args:
        seen: The sequences.
        value_of: The losses of a part's tokens, from the numbers of the rollout and of the part.
    """
    sequences = []
    for number, each in enumerate(seen):
        values = torch.cat([value_of(number, part) for part in range(len(each.parts))])
        sequences += [each.play.scored.rollout.weight * values] * each.play.copies
    return sequences
