"""The reference policy: what the KL penalty keeps the policy near to."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping, Sequence

import torch
from torch import Tensor

from palestra.agents import Rollout
from palestra.trainer.crew.orders import Compare, Follow
from palestra.trainer.model.model_files import without_adapters
from palestra.trainer.model.policy import Policy, without_dropout
from palestra.trainer.objective.kl import k3_of
from palestra.trainer.packing.head import token_logprobs
from palestra.trainer.packing.packs import Group, Pack, Sample, micro_batches


class Reference:
    """A frozen copy of a policy, which can be made to follow it."""

    def __init__(self, policy: Policy, *, is_initial: bool) -> None:
        """Copy a policy as it is now, its adapters worked in.

        Args:
            policy: What is copied.
            is_initial: Whether its weights are those that the run started with, which no checkpoint needs to hold.
        """
        whole = without_adapters(policy.whole_model())
        model = copy.deepcopy(whole) if whole is policy.model else whole
        without_dropout(model)
        model.requires_grad_(False)
        model.eval()
        self.policy = policy.crew.placed(Policy.of(model, policy.dtype))
        self._is_initial = is_initial

    def follow(self, policy: Policy) -> None:
        """Copy the weights of a policy as they are now."""
        with policy.crew.lead(Follow()):
            self.policy.take_weights(without_adapters(policy.whole_model()))
        self._is_initial = False

    def tensors(self) -> dict[str, Tensor] | None:
        """The weights, for a checkpoint; None if they are those that the run started with."""
        return None if self._is_initial else self.policy.model.state_dict()

    def pattern(self, place: tuple[str | int, ...]) -> Tensor | None:
        """The weight that a tensor of `tensors` becomes, by its name."""
        return self.policy.model.state_dict().get(str(place[0]))

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        """Go on from `tensors`."""
        self.policy.model.load_state_dict(tensors)
        self._is_initial = False


def mean_kl(policy: Policy, reference: Policy, rollouts: Iterable[Rollout], *, temperature: float) -> float:
    """KL(policy || reference) per token on what the policy sampled, by the k3 estimate; 0 where nothing was."""
    groups = tuple(_groups_of(rollouts))
    with policy.crew.lead(Compare(groups=groups, temperature=temperature)):
        return mean_kl_of(policy, reference, groups, temperature=temperature)


def mean_kl_of(policy: Policy, reference: Policy, groups: Sequence[Group], *, temperature: float) -> float:
    """`mean_kl` on groups; every rank looks at all of them."""
    total, count = 0.0, 0
    for batch in micro_batches(groups, max_tokens=4096):
        pack = Pack.of(batch, policy.device)
        tokens = pack.tokens
        with torch.no_grad():
            own, other = (
                token_logprobs(each.head, each.trunk.hidden(pack), tokens.row_M, tokens.target_M, temperature).double()
                for each in (policy, reference)
            )
        total += float(k3_of(other - own).sum())
        count += len(own)
    return total / count if count else 0.0


def _groups_of(rollouts: Iterable[Rollout]) -> Sequence[Group]:
    return [
        Group(
            prompt_ids=segment.token_ids[: segment.prompt_length],
            samples=(
                Sample(
                    token_ids=segment.token_ids[segment.prompt_length :],
                    mask=segment.mask,
                    behaviour=segment.logprobs,
                    advantages=tuple(map(float, segment.mask)),
                    weight=1.0,
                ),
            ),
        )
        for rollout in rollouts
        for segment in rollout.segments
        if any(segment.mask)
    ]
