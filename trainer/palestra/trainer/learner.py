"""The learner: groups of samples with advantages in, one optimizer update out. It knows no algorithm.

What an algorithm is has been decided before (advantages, weights) or comes as an objective: a scalar function
of a token, and what is added to it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from palestra.trainer.critic import ValueHead, with_advantages
from palestra.trainer.errors import TrainerError
from palestra.trainer.head import policy_loss, token_logprobs
from palestra.trainer.objective import Objective
from palestra.trainer.packing import Group, Pack, Sample, micro_batches
from palestra.trainer.policy import Policy
from palestra.trainer.policy_tokens import PolicyTokens
from palestra.trainer.scan import SampleScan, focused, per_sample, with_old
from palestra.trainer.settings.updates import OptimConfig
from palestra.trainer.update_stats import Sums, UpdateStats


class Learner:
    """Updates a policy's weights with AdamW on fp32 weights."""

    def __init__(
        self,
        policy: Policy,
        optim: OptimConfig,
        objective: Objective,
        *,
        tokens_per_microbatch: int = 4096,
        temperature: float = 1.0,
        reference: Policy | None = None,
    ) -> None:
        """Prepare a learner.

        Args:
            policy: The policy; only parameters that require gradients are trained.
            optim: Settings of the optimizer.
            objective: What is minimised.
            tokens_per_microbatch: Most packed tokens of one forward pass.
            temperature: Of sampling; log-probabilities are taken at it.
            reference: A frozen policy, for the objective's KL penalty.
        """
        if (objective.kl is None) != (reference is None):
            raise ValueError("a KL penalty and a reference policy go together")
        self.policy = policy
        self.optim = optim
        self.reference = reference
        self.temperature = temperature
        self._objective = objective
        self._loss = objective.token_loss
        self._tokens_per_microbatch = tokens_per_microbatch
        self.parameters = [p for p in policy.model.parameters() if p.requires_grad]
        self.value_head: ValueHead | None = None
        if objective.critic is not None:
            self.value_head = ValueHead(policy.head.weight_VW.shape[1], policy.device)
        self._entropy_coefficient = None if objective.entropy is None else objective.entropy.start
        self.optimizer = self._fresh_optimizer()

    def learn(self, shares: Sequence[Sequence[Group]], lr: float, *, progress: float = 0.0) -> list[UpdateStats]:
        """Make the updates of a step, one from each share of its groups.

        Args:
            shares: Groups of each update.
            lr: Learning rate.
            progress: Share of the run that is done, in [0, 1].

        Raises:
            TrainerError: A gradient is not finite.
        """
        if self._objective.needs_scan(len(shares)):
            shares = [self._prepared(share, progress) for share in shares]
        return [self.update(share, lr) for share in shares]

    def update(self, groups: Sequence[Group], lr: float) -> UpdateStats:
        """Make one optimizer update from the groups.

        Samples without an advantage are left out before any forward pass, unless the objective gives
        them a gradient too.

        Raises:
            TrainerError: The gradient is not finite; the weights are unchanged.
        """
        informative = groups if self._objective.reads_idle_samples else _with_advantage(groups)
        self.optimizer.zero_grad(set_to_none=True)
        sums = Sums()
        for batch in micro_batches(informative, self._tokens_per_microbatch):
            self._accumulate(Pack.of(batch, self.policy.device), sums)
        norm = self._step(lr) if sums.tokens else 0.0
        stats = sums.stats(norm, self._entropy_coefficient)
        if self._entropy_coefficient is not None and self._objective.entropy is not None and sums.tokens:
            self._entropy_coefficient = self._objective.entropy.after(self._entropy_coefficient, stats.entropy)
        return stats

    @torch.no_grad()
    def scan(self, groups: Sequence[Group]) -> list[list[SampleScan]]:
        """Log-probabilities, entropies and, with a critic, values of every sample of each group."""
        scans: list[SampleScan] = []
        for batch in micro_batches(groups, self._tokens_per_microbatch):
            pack = Pack.of(batch, self.policy.device)
            hidden, tokens = self.policy.trunk.hidden(pack), pack.tokens
            entropies = torch.empty(len(tokens.row_M), dtype=torch.float32, device=hidden.device)
            logprobs = self._logprobs(self.policy, hidden, tokens, entropies)
            columns = [logprobs, entropies]
            if self.value_head is not None:
                columns.append(self.value_head(hidden)[tokens.row_M])
            scans += _scans([sample for group in batch for sample in group.samples], tokens, columns)
        ordered = iter(scans)
        return [[next(ordered) for _ in group.samples] for group in groups]

    def renew(self) -> None:
        """Forget the optimizer's moments."""
        self.optimizer = self._fresh_optimizer()

    def state(self) -> dict[str, Any]:
        """The optimizer's state, and what else was learned beside the policy's weights, for a checkpoint."""
        return {
            "optimizer": self.optimizer.state_dict(),
            "value_head": None if self.value_head is None else self.value_head.state_dict(),
            "entropy_coefficient": self._entropy_coefficient,
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from `state`."""
        if self.value_head is not None and state["value_head"] is not None:
            self.value_head.load_state_dict(state["value_head"])
        if self._entropy_coefficient is not None and state["entropy_coefficient"] is not None:
            self._entropy_coefficient = state["entropy_coefficient"]
        configured = [dict(group) for group in self.optimizer.param_groups]
        self.optimizer.load_state_dict(state["optimizer"])
        for group, own in zip(self.optimizer.param_groups, configured, strict=True):
            group.update({name: own[name] for name in ("betas", "eps", "weight_decay")})

    def _fresh_optimizer(self) -> torch.optim.AdamW:
        optim, head = self.optim, self.value_head
        groups = [self.parameters] if head is None else [self.parameters, list(head.parameters())]
        return torch.optim.AdamW(
            [{"params": parameters} for parameters in groups],
            lr=optim.lr,
            betas=(optim.beta1, optim.beta2),
            eps=optim.eps,
            weight_decay=optim.weight_decay,
            fused=True,
        )

    def _prepared(self, groups: Sequence[Group], progress: float) -> Sequence[Group]:
        """The groups of an update with what the learner thinks of them before the step."""
        objective, scans = self._objective, self.scan(groups)
        groups = with_old(groups, scans)
        if objective.critic is not None:
            groups = with_advantages(groups, scans, objective.critic)
        if objective.focus is not None:
            groups = focused(groups, scans, objective.focus, progress)
        return groups

    def _logprobs(
        self, policy: Policy, hidden: Tensor, tokens: PolicyTokens, entropies_M: Tensor | None = None
    ) -> Tensor:
        row, target = tokens.row_M, tokens.target_M
        return token_logprobs(policy.head, hidden, row, target, self.temperature, entropies_M=entropies_M)

    def _accumulate(self, pack: Pack, sums: Sums) -> None:
        tokens = pack.tokens
        if self.reference is not None:
            with torch.no_grad():  # not inference mode: the pack keeps the masks for the pass with gradients
                frozen = self.reference.trunk.hidden(pack)
                tokens = replace(tokens, reference_M=self._logprobs(self.reference, frozen, tokens))
        hidden = self.policy.trunk.hidden(pack)
        loss, report = policy_loss(
            self.policy.head,
            hidden,
            tokens,
            self._loss,
            temperature=self.temperature,
            entropy=self._entropy_coefficient,
        )
        sums.add(float(loss.detach()), len(pack.token_ids_N), report, tokens)
        (loss + self._value_loss(hidden, tokens, sums)).backward()

    def _value_loss(self, hidden: Tensor, tokens: PolicyTokens, sums: Sums) -> Tensor | float:
        critic = self._objective.critic
        if critic is None or self.value_head is None or tokens.return_M is None:
            return 0.0
        values_U = self.value_head(hidden.detach() if critic.detach_trunk else hidden)
        loss = critic.loss(values_U[tokens.row_M], tokens)
        sums.add_values(float(loss.detach()), tokens)
        return loss

    def _step(self, lr: float) -> float:
        norm = float(nn.utils.clip_grad_norm_(self.parameters, self.optim.clip_norm))
        others = 0.0
        if self.value_head is not None:
            others = float(nn.utils.clip_grad_norm_(self.value_head.parameters(), self.optim.clip_norm))
        if not math.isfinite(norm + others):
            self.optimizer.zero_grad(set_to_none=True)
            raise TrainerError(
                f"the gradient's norm is {norm + others}\n\nhint: lower optim.lr, or resume from an earlier checkpoint"
            )
        critic = self._objective.critic
        factors = (1.0, 1.0 if critic is None else critic.lr_factor)
        for settings, factor in zip(self.optimizer.param_groups, factors, strict=False):
            settings["lr"] = lr * factor
        self.optimizer.step()
        return norm


def _scans(samples: Sequence[Sample], tokens: PolicyTokens, columns: Sequence[Tensor]) -> list[SampleScan]:
    """What was found for each sample of a micro-batch."""
    assert tokens.sequence_M is not None
    rows = zip(*(per_sample(samples, tokens.sequence_M, column) for column in columns), strict=True)
    return [
        SampleScan(logprobs=logprobs, entropies=entropies, values=values[0] if values else ())
        for logprobs, entropies, *values in rows
    ]


def _with_advantage(groups: Sequence[Group]) -> list[Group]:
    kept = (replace(group, samples=tuple(s for s in group.samples if any(s.advantages))) for group in groups)
    return [group for group in kept if group.samples]
