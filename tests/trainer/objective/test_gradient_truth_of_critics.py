"""The gradient of PPO with a critic, of the policy and of the value head, is that of its formulas."""

from __future__ import annotations

import math
from collections.abc import Sequence
from copy import deepcopy

import pytest
import torch
from torch import Tensor

from gradient_plays import TEMPERATURE, Seen, seen_by
from gradient_step import GROUPS, before_step, compare, learned, update_of, watched
from gradient_truth import aggregate, estimate_of_kl, literal_copies
from palestra.trainer.config import OptimConfig
from palestra.trainer.credit import Gae
from palestra.trainer.learner.batching import update_shares
from palestra.trainer.learner.learner import Learner
from palestra.trainer.losses import ClippedLoss
from palestra.trainer.model.policy import Policy
from palestra.trainer.objective.aggregation import SequenceMean
from palestra.trainer.objective.critic import Critic, ValueHead
from palestra.trainer.objective.kl import K2, KlPlace
from palestra.trainer.objective.objective import Objective
from tiny_model import ARCHITECTURES, tiny_model


@pytest.mark.parametrize(
    ("whiten", "detach_trunk", "bootstraps_cut", "place"),
    [
        (False, False, False, None),
        (True, True, False, None),
        (False, True, True, KlPlace.LOSS),
        (True, False, True, KlPlace.REWARD),
        (False, False, False, KlPlace.REWARD),
    ],
)
def test_a_critic(whiten: bool, detach_trunk: bool, bootstraps_cut: bool, place: KlPlace | None) -> None:
    critic = Critic(
        gae=Gae(gamma=0.9, lam=0.8), whiten=whiten, detach_trunk=detach_trunk, bootstraps_cut=bootstraps_cut
    )
    penalty = None if place is None else K2(coefficient=0.3, place=place)
    agree_with_critic(Objective(loss=ClippedLoss(), critic=critic, kl=penalty))


def agree_with_critic(objective: Objective, *, updates: int = 2) -> None:
    """Compare the gradients of the policy and of the value head with those of PPO's formulas."""
    critic = objective.critic
    assert critic is not None
    model = tiny_model(ARCHITECTURES["qwen2"])
    reference = tiny_model(ARCHITECTURES["qwen2"], seed=3) if objective.kl else None
    learner = Learner(
        Policy.of(deepcopy(model), torch.float32),
        OptimConfig(lr=1e-3, clip_norm=math.inf),
        objective,
        tokens_per_microbatch=30,
        temperature=TEMPERATURE,
        reference=None if reference is None else Policy.of(deepcopy(reference), torch.float32),
    )
    head = learner.value_head
    assert head is not None
    torch.manual_seed(0)
    with torch.no_grad():
        head.weight_W.normal_(0.0, 0.1)
        head.bias.fill_(0.1)
    start, heads = deepcopy(head), list[tuple[ValueHead, Tensor]]()
    moments = watched(learner)

    def note(*_: object) -> None:
        assert head.weight_W.grad is not None
        heads.append((deepcopy(head), head.weight_W.grad.clone()))

    learner.optimizer.register_step_pre_hook(note)
    shares = [GROUPS[share.start : share.stop] for share in update_shares(len(GROUPS), updates)]
    learner.learn([update_of(share, SequenceMean()) for share in shares], 1e-3)
    current = deepcopy(model)
    for share, moment, (values, gradient_W) in zip(shares, moments, heads, strict=True):
        number = shares.index(share)
        old = before_step("qwen2", 0, updates)[number]
        frozen = None if reference is None else before_step("qwen2", 3, updates)[number]
        with torch.no_grad():
            targets = _targets(objective, old, frozen, start)
        current.load_state_dict(moment.weights)
        current.zero_grad()
        values.zero_grad()
        seen = seen_by(current, share)
        sequences = _ppo(objective, seen, frozen, targets, values)
        aggregate(SequenceMean(), sequences).backward()
        assert compare(current, moment) > 0.0
        assert values.weight_W.grad is not None
        difference = float((values.weight_W.grad - gradient_W).abs().max())
        assert difference <= 5e-5 * float(gradient_W.abs().max())


def _targets(
    objective: Objective, old: Sequence[Seen], frozen: Sequence[Seen] | None, head: ValueHead
) -> list[tuple[Tensor, Tensor, Tensor]]:
    """Advantages, returns and values of each episode before the step."""
    critic, found = objective.critic, []
    assert critic is not None
    for number, each in enumerate(old):
        values = head(torch.cat([part.hidden_TW for part in each.parts]))
        rewards = torch.zeros(len(values))
        rewards[-1] = each.play.scored.reward.value
        if objective.kl is not None and frozen is not None and objective.kl.place is KlPlace.REWARD:
            pairs = zip(frozen[number].parts, each.parts, strict=True)
            k = torch.cat([reference.logprobs_T - policy.logprobs_T for reference, policy in pairs])
            rewards -= objective.kl.coefficient * each.play.kl_weight * estimate_of_kl(objective.kl, k)
        is_cut = critic.bootstraps_cut and each.play.scored.rollout.is_truncated
        following = torch.cat([values[1:], values[-1:] if is_cut else torch.zeros(1)])
        deltas = rewards + critic.gae.gamma * following - values
        decay = critic.gae.gamma * critic.gae.lam
        powers = [decay ** torch.arange(len(deltas) - place) for place in range(len(deltas))]
        advantages = torch.stack([(power * deltas[place:]).sum() for place, power in enumerate(powers)])
        found.append((advantages, advantages + values, values))
    if critic.whiten:
        all_of_them = torch.cat([advantages for advantages, _, _ in found])
        mean, deviation = all_of_them.mean(), all_of_them.std()
        found = [((advantages - mean) / deviation, returns, values) for advantages, returns, values in found]
    return found


def _ppo(
    objective: Objective,
    seen: Sequence[Seen],
    frozen: Sequence[Seen] | None,
    targets: Sequence[tuple[Tensor, Tensor, Tensor]],
    head: ValueHead,
) -> list[Tensor]:
    """The losses of each sequence's tokens, the critic's among them."""
    critic = objective.critic
    assert critic is not None and critic.value_clip is not None
    clip = critic.value_clip

    def value_of(number: int, part: int) -> Tensor:
        own = seen[number].parts[part]
        first = sum(len(each.logprobs_T) for each in seen[number].parts[:part])
        advantages, returns, before = (each[first : first + len(own.logprobs_T)] for each in targets[number])
        value = learned(objective, own, own.logprobs_T.detach(), advantages)
        if objective.kl is not None and frozen is not None and objective.kl.place is KlPlace.LOSS:
            ahead = frozen[number].parts[part].logprobs_T - own.logprobs_T
            weight = objective.kl.coefficient * seen[number].play.kl_weight
            value = value + weight * estimate_of_kl(objective.kl, ahead)
        expected = head(own.hidden_TW.detach() if critic.detach_trunk else own.hidden_TW)
        near = before + (expected - before).clamp(-clip, clip)
        return value + critic.coefficient * torch.maximum((expected - returns) ** 2, (near - returns) ** 2) / 2

    return literal_copies(seen, value_of)
