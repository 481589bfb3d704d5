"""The gradient of every update is that of its formula, by autograd on whole logits, sample by sample."""

from __future__ import annotations

import math
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import get_args

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from gradient_plays import TEMPERATURE, Seen, seen_by
from gradient_step import GROUPS, before_step, compare, learned, update_of, watched
from gradient_truth import aggregate, estimate_of_kl, keenness, literal_copies
from palestra.trainer.config import OptimConfig
from palestra.trainer.learner.batching import update_shares
from palestra.trainer.learner.learner import Learner
from palestra.trainer.losses import (
    ALolLoss,
    CispoLoss,
    ClippedLoss,
    GmpoLoss,
    GspoLoss,
    PolicyLoss,
    RecLoss,
    SoftAdaptiveLoss,
    ToprLoss,
)
from palestra.trainer.losses.rec import (
    AdvantageWeight,
    Everywhere,
    ForwardKl,
    RatioWeight,
    RecRange,
    RecRegulariser,
    RecWeight,
    Ring,
    SequenceOneSide,
    SquaredLogRatio,
    TwoSides,
)
from palestra.trainer.losses.sequences import Level
from palestra.trainer.model.policy import Policy
from palestra.trainer.objective.aggregation import Aggregation, ConstantNorm, SequenceMean, TokenMean
from palestra.trainer.objective.entropy import Entropy, EntropyBonus, EntropyControl
from palestra.trainer.objective.importance import Correction, IcePop, MaskedImportance, TruncatedImportance
from palestra.trainer.objective.kl import K2, K3, KlPenalty, KlPlace
from palestra.trainer.objective.objective import Objective
from palestra.trainer.objective.token_focus import TokenFocus
from tiny_model import ARCHITECTURES, tiny_model

PROGRESS = 0.25
TWEAKED: tuple[PolicyLoss, ...] = (
    ClippedLoss(clip_low=0.2, clip_high=0.4, dual_clip=1.5, max_ratio=3.0),
    GspoLoss(clip_low=0.2, clip_high=0.3),
    GmpoLoss(clip_low=0.1, clip_high=0.2),
    CispoLoss(upper=1.2, lower=0.7),
    SoftAdaptiveLoss(temperature_gain=0.7, temperature_cost=2.0),
    ToprLoss(level=Level.TOKEN, threshold=0.8),
    ToprLoss(level=Level.GEOMETRIC),
    ALolLoss(level=Level.TOKEN, clip=0.3),
    RecLoss(range=Ring(), weight=AdvantageWeight(), regulariser=SquaredLogRatio()),
    RecLoss(range=SequenceOneSide(low=0.1, high=0.1)),
    RecLoss(range=TwoSides(), weight=RatioWeight(maximum=1.5), regulariser=ForwardKl()),
    RecLoss(range=Everywhere(), weight=RatioWeight()),
)
"""Settings beside the defaults, so that clips, levels and regularisers of the small batch are at work."""
LOSSES: tuple[PolicyLoss, ...] = (*(member() for member in get_args(PolicyLoss)), *TWEAKED)
AGGREGATIONS: tuple[Aggregation, ...] = tuple(
    member(horizon=16) if member is ConstantNorm else member() for member in get_args(Aggregation)
)
CORRECTIONS: tuple[Correction, ...] = tuple(
    replace(member, level=level)
    for member in (TruncatedImportance(ceiling=1.3), MaskedImportance(low=0.6, high=1.6), IcePop(low=0.5, high=5.0))
    for level in Level
)
PENALTIES: tuple[KlPenalty, ...] = tuple(
    member(coefficient=0.3, place=place) for place in KlPlace for member in get_args(KlPenalty)
)
ENTROPIES: tuple[Entropy, ...] = tuple(
    member(coefficient=0.2) if member is EntropyBonus else member() for member in get_args(Entropy)
)
FOCUSES: tuple[TokenFocus, ...] = tuple(member() for member in get_args(TokenFocus))


@dataclass(frozen=True, kw_only=True, slots=True)
class Composition:
    """What a step does."""

    objective: Objective
    aggregation: Aggregation
    updates: int = 1
    budget: int = 1 << 20
    """Packed tokens of a micro-batch."""
    architecture: str = "qwen2"


@pytest.mark.parametrize("loss", LOSSES, ids=repr)
def test_every_loss_has_the_gradient_of_its_formula(loss: PolicyLoss) -> None:
    aggregation = AGGREGATIONS[LOSSES.index(loss) % len(AGGREGATIONS)]
    agree(Composition(objective=Objective(loss=loss), aggregation=aggregation, budget=8))


@pytest.mark.parametrize("loss", LOSSES, ids=repr)
def test_every_loss_keeps_it_amid_everything_else_and_over_updates(loss: PolicyLoss) -> None:
    turn = LOSSES.index(loss)
    objective = Objective(
        loss=loss,
        correction=CORRECTIONS[turn % len(CORRECTIONS)],
        kl=PENALTIES[turn % len(PENALTIES)],
        entropy=ENTROPIES[turn % len(ENTROPIES)],
        focus=FOCUSES[turn % len(FOCUSES)] if turn % 3 else None,
    )
    agree(Composition(objective=objective, aggregation=AGGREGATIONS[turn % len(AGGREGATIONS)], updates=2, budget=30))


@pytest.mark.parametrize("aggregation", AGGREGATIONS, ids=repr)
def test_every_aggregation(aggregation: Aggregation) -> None:
    agree(Composition(objective=Objective(loss=ClippedLoss()), aggregation=aggregation))


@pytest.mark.parametrize("correction", CORRECTIONS, ids=repr)
def test_every_correction_over_updates(correction: Correction) -> None:
    objective = Objective(loss=ClippedLoss(), correction=correction)
    agree(Composition(objective=objective, aggregation=SequenceMean(), updates=3))


@pytest.mark.parametrize("penalty", PENALTIES, ids=repr)
def test_every_penalty_over_updates(penalty: KlPenalty) -> None:
    agree(Composition(objective=Objective(loss=GspoLoss(), kl=penalty), aggregation=SequenceMean(), updates=3))


@pytest.mark.parametrize("entropy", ENTROPIES, ids=repr)
def test_every_pay_for_entropy_over_updates(entropy: Entropy) -> None:
    agree(Composition(objective=Objective(loss=ClippedLoss(), entropy=entropy), aggregation=TokenMean(), updates=4))


@pytest.mark.parametrize("focus", FOCUSES, ids=repr)
def test_every_focus_over_updates(focus: TokenFocus) -> None:
    agree(Composition(objective=Objective(loss=ClippedLoss(), focus=focus), aggregation=TokenMean(), updates=2))


@pytest.mark.parametrize("architecture", ["gemma2-softcap", "gpt2-learned-positions", "mistral-sliding"])
def test_other_architectures(architecture: str) -> None:
    objective = Objective(loss=ClippedLoss(), kl=K3(coefficient=0.1), entropy=EntropyBonus(coefficient=0.2))
    agree(Composition(objective=objective, aggregation=TokenMean(), architecture=architecture))


@settings(max_examples=8, deadline=None, derandomize=True)
@given(
    objective=st.builds(
        Objective,
        loss=st.sampled_from(LOSSES)
        | st.builds(
            RecLoss,
            range=st.sampled_from([member() for member in get_args(RecRange)]),
            weight=st.sampled_from([member() for member in get_args(RecWeight)]),
            regulariser=st.sampled_from([None, *(member() for member in get_args(RecRegulariser))]),
        ),
        correction=st.sampled_from([None, *CORRECTIONS]),
        kl=st.sampled_from([None, *PENALTIES]),
        entropy=st.sampled_from([None, *ENTROPIES]),
        focus=st.sampled_from([None, *FOCUSES]),
    ),
    aggregation=st.sampled_from(AGGREGATIONS),
    updates=st.integers(1, 3),
    budget=st.sampled_from([8, 30, 1 << 20]),
)
def test_any_composition(objective: Objective, aggregation: Aggregation, updates: int, budget: int) -> None:
    agree(Composition(objective=objective, aggregation=aggregation, updates=updates, budget=budget))


def test_a_wrong_formula_is_noticed() -> None:
    """The comparison is sharp enough to tell neighbouring settings apart."""
    told = Composition(objective=Objective(loss=ClippedLoss(clip_high=0.4)), aggregation=TokenMean())
    meant = replace(told, objective=Objective(loss=ClippedLoss(clip_high=0.28)))
    with pytest.raises(AssertionError):
        agree(told, meant=meant)
    with pytest.raises(AssertionError):
        agree(told, meant=replace(told, aggregation=SequenceMean()))
    penalised = replace(told, objective=Objective(loss=ClippedLoss(), kl=K3(coefficient=0.1)))
    with pytest.raises(AssertionError):
        agree(penalised, meant=replace(told, objective=Objective(loss=ClippedLoss(), kl=K2(coefficient=0.1))))


def agree(told: Composition, *, meant: Composition | None = None) -> None:
    """Compare the gradients and losses of a step's updates with the formula's.

    Args:
        told: What the learner is told.
        meant: What the formula stands for, if not the same.
    """
    meant = meant or told
    model = tiny_model(ARCHITECTURES[told.architecture])
    reference = tiny_model(ARCHITECTURES[told.architecture], seed=3) if told.objective.kl else None
    learner = Learner(
        Policy.of(deepcopy(model), torch.float32),
        OptimConfig(lr=1e-3, clip_norm=math.inf),
        told.objective,
        tokens_per_microbatch=told.budget,
        temperature=TEMPERATURE,
        reference=None if reference is None else Policy.of(deepcopy(reference), torch.float32),
    )
    moments = watched(learner)
    current, gradients = deepcopy(model), list[float]()
    shares = [GROUPS[share.start : share.stop] for share in update_shares(len(GROUPS), told.updates)]
    stats = learner.learn([update_of(share, told.aggregation) for share in shares], 1e-3, progress=PROGRESS)
    coefficient = 0.0 if meant.objective.entropy is None else meant.objective.entropy.start
    for share, moment, found in zip(shares, moments, stats, strict=True):
        old = before_step(told.architecture, 0, told.updates)[len(gradients)]
        frozen = None if reference is None else before_step(told.architecture, 3, told.updates)[len(gradients)]
        current.load_state_dict(moment.weights)
        current.zero_grad()
        seen = seen_by(current, share)
        wanted = formula(meant, seen, old, frozen, coefficient)
        wanted.backward()
        gradients.append(compare(current, moment))
        assert found.loss == pytest.approx(float(wanted.detach()), rel=1e-4, abs=1e-5)
        if isinstance(meant.objective.entropy, EntropyControl):
            tokens = torch.cat([part.entropies_T for each in seen for part in each.parts])
            coefficient = meant.objective.entropy.after(coefficient, float(tokens.detach().mean()))
    assert max(gradients) > 0.0, "nothing was compared"


def formula(
    meant: Composition, seen: Sequence[Seen], old: Sequence[Seen], frozen: Sequence[Seen] | None, coefficient: float
) -> Tensor:
    """The loss of an update."""
    objective = meant.objective
    advantages = _focused(seen, old, objective.focus, _charges(objective, seen, old, frozen))

    def value_of(number: int, part: int) -> Tensor:
        own, before = seen[number].parts[part], old[number].parts[part].logprobs_T
        advantages_T = advantages[number][part]
        value = learned(objective, own, before if meant.updates > 1 else own.logprobs_T.detach(), advantages_T)
        if objective.kl is not None and frozen is not None and objective.kl.place is KlPlace.LOSS:
            ahead = frozen[number].parts[part].logprobs_T - own.logprobs_T
            weight = objective.kl.coefficient * seen[number].play.kl_weight
            value = value + weight * estimate_of_kl(objective.kl, ahead)
        return value - coefficient * own.entropies_T

    return aggregate(meant.aggregation, literal_copies(seen, value_of))


def _charges(
    objective: Objective, seen: Sequence[Seen], old: Sequence[Seen], frozen: Sequence[Seen] | None
) -> list[Tensor]:
    """What each token's advantage loses to a penalty in the reward: the sum from it to the episode's end."""
    charges = []
    for number, each in enumerate(seen):
        costs = torch.zeros(sum(len(part.logprobs_T) for part in each.parts))
        if objective.kl is not None and frozen is not None and objective.kl.place is KlPlace.REWARD:
            pairs = zip(frozen[number].parts, old[number].parts, strict=True)
            k = torch.cat([reference.logprobs_T - policy.logprobs_T for reference, policy in pairs])
            costs = objective.kl.coefficient * each.play.kl_weight * estimate_of_kl(objective.kl, k)
        charges.append(torch.stack([costs[place:].sum() for place in range(len(costs))]))
    return charges


def _focused(
    seen: Sequence[Seen], old: Sequence[Seen], focus: TokenFocus | None, charges: Sequence[Tensor]
) -> list[list[Tensor]]:
    """Advantages by rollout and part, 0 on tokens that are passed over."""
    own = [part for each in seen for part in each.parts]
    advantages = torch.cat([part.advantages_T for part in own]) - torch.cat(list(charges))
    if focus is not None:
        entropies = torch.cat([part.entropies_T for each in old for part in each.parts])
        scores, share = keenness(focus, advantages, entropies, PROGRESS)
        kept = scores.topk(math.ceil(share * len(scores) - 1e-9)).indices
        advantages = torch.zeros_like(advantages).index_copy(0, kept, advantages[kept])
    cut = iter(advantages.split([len(part.advantages_T) for part in own]))
    return [[next(cut) for _ in each.parts] for each in seen]
