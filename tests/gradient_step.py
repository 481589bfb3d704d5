"""What the comparisons of gradients have in common: the updates as the loop makes them, and a look at each of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor
from transformers import PreTrainedModel

from gradient_plays import Part, Play, Seen, plays, seen_by
from gradient_truth import importance, surrogate
from palestra.trainer.learner.batching import groups_of, update_shares
from palestra.trainer.learner.learner import Learner
from palestra.trainer.losses.sequences import Level
from palestra.trainer.objective.aggregation import Aggregation
from palestra.trainer.objective.objective import Objective
from palestra.trainer.packing.packs import Group
from tiny_model import ARCHITECTURES, tiny_model

GROUPS = plays()


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Moment:
    """The policy when an optimizer step is due, and the gradient that it would take."""

    weights: dict[str, Tensor]
    gradient: dict[str, Tensor]


@lru_cache
def before_step(architecture: str, seed: int, updates: int) -> list[list[Seen]]:
    """What a model that nobody trains finds of the groups of each update."""
    model = tiny_model(ARCHITECTURES[architecture], seed=seed)
    with torch.no_grad():
        return [seen_by(model, GROUPS[share.start : share.stop]) for share in update_shares(len(GROUPS), updates)]


def watched(learner: Learner) -> list[Moment]:
    """What each optimizer step is about to do, as it comes."""
    moments: list[Moment] = []
    model = learner.policy.model

    def note(*_: object) -> None:
        weights = {name: tensor.clone() for name, tensor in model.state_dict().items()}
        gradient = {name: p.grad.clone() for name, p in model.named_parameters() if p.grad is not None}
        moments.append(Moment(weights=weights, gradient=gradient))

    learner.optimizer.register_step_pre_hook(note)
    return moments


def update_of(share: Sequence[Sequence[Play]], aggregation: Aggregation) -> list[Group]:
    """The groups of an update, as the loop makes them."""
    return groups_of(
        [[play.scored for play in group] for group in share],
        [[play.advantages for play in group] for group in share],
        [[play.copies for play in group] for group in share],
        aggregation,
        [[play.kl_weight for play in group] for group in share],
    )


def learned(objective: Objective, own: Part, before_T: Tensor, advantages_T: Tensor) -> Tensor:
    """The loss with its correction; what nobody sampled has a ratio of 1 to the weights of now."""
    behaviour_T = torch.where(own.foreign_T, own.logprobs_T.detach(), own.behaviour_T)
    if objective.correction is None:
        return surrogate(objective.loss, own.logprobs_T - behaviour_T, advantages_T, own.logprobs_T)
    before_T = torch.where(own.foreign_T, own.logprobs_T.detach(), before_T)
    excess_T = before_T - behaviour_T
    level = objective.correction.level
    if level is not Level.TOKEN:
        excess_T = (excess_T.sum() if level is Level.SEQUENCE else excess_T.mean()).expand_as(excess_T)
    weight_T = importance(objective.correction, excess_T.exp()).detach()
    return weight_T * surrogate(objective.loss, own.logprobs_T - before_T, advantages_T, own.logprobs_T)


def compare(current: PreTrainedModel, moment: Moment) -> float:
    """Every parameter's gradient, relative to the greatest entry of all, which is returned."""
    wanted = {name: p.grad for name, p in current.named_parameters() if p.grad is not None}
    greatest = max((float(gradient.abs().max()) for gradient in wanted.values()), default=0.0)
    for name, gradient in wanted.items():
        found = moment.gradient.get(name, torch.zeros_like(gradient))
        assert float((found - gradient).abs().max()) <= 5e-5 * greatest, name
    return greatest
