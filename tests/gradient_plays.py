"""Rollouts for the comparison of gradients, and what a whole model says of each of them alone."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor
from transformers import PreTrainedModel

from palestra.agents import UNSAMPLED, FinishReason, Rollout, TurnRow, VersionSpan
from palestra.agents.rollout import Segment
from palestra.trainer.rewards import ScoredRollout
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
