"""What an update minimises, written a second time: from the formulas, sample by sample, for plain autograd.

Nothing here looks at how the trainer packs, chunks or differentiates. Every choice that a configuration can name has
its formula registered below; one without a formula fails its test by name. Formulas are those of the papers that the
classes of the trainer cite.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import singledispatch
from typing import Any

import torch
from torch import Tensor
from transformers import PreTrainedModel

from palestra.agents import UNSAMPLED, FinishReason, Rollout, TurnRow, VersionSpan
from palestra.agents.rollout import Segment
from palestra.trainer.aggregation import ConstantNorm, SequenceMean, SequenceSum, TokenMean
from palestra.trainer.importance import IcePop, MaskedImportance, TruncatedImportance
from palestra.trainer.kl import K1, K2, K3
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
from palestra.trainer.rewards import ScoredRollout
from palestra.trainer.token_focus import AdvantageEntropyTokens, HighEntropyTokens
from palestra.verifiers import Verdict
from palestra.verifiers.rewards import Reward
from rollout_cases import rollout, segment, unknown

TEMPERATURE = 0.8


@dataclass(frozen=True, kw_only=True, slots=True)
class Play:
    """A rollout with what an estimator and a selection made of it."""

    scored: ScoredRollout
    advantages: tuple[float, ...]
    """One for each turn, or one for all tokens."""
    copies: int
    kl_weight: float


def plays(seed: int = 5) -> list[list[Play]]:
    """Four groups with everything that a batch can hold.

    Observations, episodes of several segments, samples of one token, masked, left out and doubled ones, no advantage,
    half weight, a cut response, and tokens that no policy of the run sampled.
    """
    dice = random.Random(seed)
    short, long, played = _ids(dice, 6), _ids(dice, 9), _ids(dice, 4)
    groups = [
        [
            _one(dice, short, 5, cut=True),
            _one(dice, short, 1),
            _several(dice, short),
            _one(dice, short, 4, valid=False),
        ],
        [_one(dice, long, 7), _one(dice, long, 3, foreign=True)],
        [_several(dice, played), _several(dice, played, weight=0.5), _one(dice, played, 6)],
        [_one(dice, _ids(dice, 3), 5), _one(dice, _ids(dice, 3), 2)],
    ]
    copies = [[2, 1, 1, 1], [1, 1], [1, 0, 2], [1, 1]]
    return [
        [
            Play(
                scored=scored,
                advantages=_advantages(dice, len(scored.rollout.turns)),
                copies=count,
                kl_weight=dice.choice([1.0, 0.5, 0.8]),
            )
            for scored, count in zip(group, counts, strict=True)
        ]
        for group, counts in zip(groups, copies, strict=True)
    ]


def _ids(dice: random.Random, count: int) -> list[int]:
    return [dice.randrange(256) for _ in range(count)]


def _advantages(dice: random.Random, turns: int) -> tuple[float, ...]:
    sizes = (-1.0, 0.7, 0.0, 1.3, -0.4)
    return tuple(dice.choice(sizes) for _ in range(turns if dice.random() < 0.7 else 1))


def _one(
    dice: random.Random,
    prompt: Sequence[int],
    count: int,
    *,
    valid: bool = True,
    foreign: bool = False,
    cut: bool = False,
) -> ScoredRollout:
    own = _segment(dice, prompt, count)
    if foreign:
        own = replace(own, versions=(VersionSpan(version=UNSAMPLED, start=0, end=count),))
    scored = _scored(dice, [own], (TurnRow(segment=0, start=0, tokens_in=2, tokens_out=count),), valid=valid)
    end = FinishReason.LENGTH if cut else FinishReason.STOP
    return replace(scored, rollout=replace(scored.rollout, finish_reason=end))


def _several(dice: random.Random, prompt: Sequence[int], weight: float = 1.0) -> ScoredRollout:
    """Three turns with observations between them, and a fourth behind another prompt."""
    segments = [
        _segment(dice, prompt, 9, (1, 1, 1, 0, 0, 1, 1, 0, 1)),
        replace(_segment(dice, _ids(dice, 7), 4), id=1),
    ]
    turns = (
        TurnRow(segment=0, start=0, tokens_in=2, tokens_out=3),
        TurnRow(segment=0, start=5, tokens_in=2, tokens_out=2),
        TurnRow(segment=0, start=8, tokens_in=1, tokens_out=1),
        TurnRow(segment=1, start=0, tokens_in=2, tokens_out=4),
    )
    scored = _scored(dice, segments, turns)
    return replace(scored, rollout=replace(scored.rollout, weight=weight))


def _segment(dice: random.Random, prompt: Sequence[int], count: int, mask: Sequence[int] | None = None) -> Segment:
    made = segment(prompt, _ids(dice, count), mask)
    return replace(made, logprobs=tuple((-5.5 + dice.gauss(0.0, 0.6)) * m for m in made.mask))


def _scored(
    dice: random.Random, segments: Sequence[Segment], turns: tuple[TurnRow, ...], *, valid: bool = True
) -> ScoredRollout:
    played = rollout(f"0/1/{dice.random()}", Verdict.passed() if valid else unknown(), *segments)
    return ScoredRollout(
        rollout=replace(played, turns=turns, responses=("a",) * len(turns)),
        reward=Reward(value=dice.random()) if valid else Reward.masked("unknown"),
    )


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Part:
    """The policy's tokens of one segment under a model, shape (T,) each."""

    logprobs_T: Tensor
    entropies_T: Tensor
    hidden_TW: Tensor
    """The states that predict them."""
    advantages_T: Tensor
    behaviour_T: Tensor
    foreign_T: Tensor


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Seen:
    """A rollout that counts, under a model."""

    play: Play
    parts: list[Part]


def seen_by(model: PreTrainedModel, groups: Sequence[Sequence[Play]]) -> list[Seen]:
    """Every rollout that counts, each read alone by the whole model."""
    counting = [play for group in groups for play in group if play.copies and play.scored.reward.valid]
    return [
        Seen(play=play, parts=[_part(model, play, own) for own in play.scored.rollout.segments]) for play in counting
    ]


def _part(model: PreTrainedModel, play: Play, own: Segment) -> Part:
    first = own.prompt_length
    found = model(input_ids=torch.tensor([own.token_ids]), use_cache=False, output_hidden_states=True)
    log_softmax = (found.logits[0, first - 1 : -1].float() / TEMPERATURE).log_softmax(-1)
    written = torch.tensor(own.mask) == 1
    spoken = log_softmax.gather(1, torch.tensor(own.token_ids[first:])[:, None])[:, 0]
    foreign = [any(s.version == UNSAMPLED and s.start <= t < s.end for s in own.versions) for t in range(len(own.mask))]
    return Part(
        logprobs_T=spoken[written],
        entropies_T=-(log_softmax.exp() * log_softmax).sum(-1)[written],
        hidden_TW=found.hidden_states[-1][0, first - 1 : -1][written],
        advantages_T=torch.tensor(_by_token(play.scored.rollout, own, play.advantages))[written],
        behaviour_T=torch.tensor(own.logprobs)[written],
        foreign_T=torch.tensor(foreign)[written],
    )


def _by_token(rollout: Rollout, own: Segment, advantages: Sequence[float]) -> list[float]:
    if len(advantages) == 1:
        return [advantages[0]] * len(own.mask)
    spread = [0.0] * len(own.mask)
    for turn, advantage in zip(rollout.turns, advantages, strict=True):
        for place in range(turn.start, turn.start + turn.tokens_out) if turn.segment == own.id else ():
            spread[place] = advantage
    return spread


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
