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
from torch import Tensor

from palestra.trainer.crew.crew import IDLE
from palestra.trainer.crew.orders import Learn, Renew, Scan, Update
from palestra.trainer.errors import TrainerError
from palestra.trainer.learner.sync_proof import SyncProof
from palestra.trainer.model.policy import Policy
from palestra.trainer.objective.critic import ValueHead, with_advantages
from palestra.trainer.objective.objective import Objective
from palestra.trainer.objective.scan import SampleScan, charged, focused, per_sample, with_old
from palestra.trainer.objective.update_stats import Sums, UpdateStats
from palestra.trainer.optimizers import fresh_optimizer
from palestra.trainer.optimizers.config import OptimConfig
from palestra.trainer.packing.head import policy_loss, token_logprobs
from palestra.trainer.packing.packs import Group, Pack, Sample
from palestra.trainer.packing.policy_tokens import PolicyTokens
from palestra.trainer.packing.work import Work


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
        self.trunk = policy.trunk
        """How the policy's layers are run; a compiled one may take its place."""
        self.optim = optim
        self.reference = reference
        self.temperature = temperature
        self._objective = objective
        self._loss = objective.token_loss
        self._tokens_per_microbatch = tokens_per_microbatch
        self._crew = policy.crew
        self._proof: SyncProof | None = None
        self.parameters = [p for p in policy.model.parameters() if p.requires_grad]
        self.value_head: ValueHead | None = None
        if objective.critic is not None:
            self.value_head = ValueHead(policy.head.weight_VW.shape[1], policy.device)
        self._entropy_coefficient = None if objective.entropy is None else objective.entropy.start
        self.optimizer = self._fresh_optimizer()
        self._work = Work()

    def take_work(self) -> Work:
        """What was computed since it was last asked for; of this rank alone."""
        work, self._work = self._work, Work()
        return work

    def learn(
        self,
        shares: Sequence[Sequence[Group]],
        lr: float,
        *,
        progress: float = 0.0,
        proof: SyncProof | None = None,
    ) -> list[UpdateStats]:
        """Make the updates of a step, one from each share of its groups.

        Args:
            shares: Groups of each update.
            lr: Learning rate.
            progress: Share of the run that is done, in [0, 1].
            proof: Judges what the first update that reads anything sees, before its optimizer step.

        Raises:
            TrainerError: A gradient is not finite.
            DisagreementError: The proof failed, on every rank; the weights are unchanged.
        """
        order = Learn(
            shares=tuple(map(tuple, shares)),
            lr=lr,
            progress=progress,
            temperature=self.temperature,
            bound=None if proof is None else proof.bound,
        )
        with self._crew.lead(order):
            if self._objective.needs_scan(len(shares)):
                shares = [self._prepared(share, progress) for share in shares]
            self._proof = proof
            try:
                return [self.update(share, lr) for share in shares]
            finally:
                self._proof = None

    def update(self, groups: Sequence[Group], lr: float) -> UpdateStats:
        """Make one optimizer update from the groups.

        Samples without an advantage are left out before any forward pass, unless the objective gives
        them a gradient too.

        Raises:
            TrainerError: The gradient is not finite; the weights are unchanged.
        """
        with self._crew.lead(Update(groups=tuple(groups), lr=lr, temperature=self.temperature)):
            return self._update(groups, lr)

    def _update(self, groups: Sequence[Group], lr: float) -> UpdateStats:
        informative = groups if self._objective.reads_idle_samples else _with_advantage(groups)
        self.optimizer.zero_grad(set_to_none=True)
        self._work.begin_update(informative)
        sums = Sums()
        for batch in self._crew.batches(informative, self._tokens_per_microbatch):
            pack = Pack.of([part.group for part in batch], self.policy.device)
            self._accumulate(pack, Sums() if batch is IDLE else sums)
        sums = self._crew.total(sums)
        if self._proof is not None and sums.tokens:
            proof, self._proof = self._proof, None
            proof.check(sums.stats(0.0))
        norm = self._step(lr) if sums.tokens else 0.0
        stats = sums.stats(norm, self._entropy_coefficient)
        if self._entropy_coefficient is not None and self._objective.entropy is not None and sums.tokens:
            self._entropy_coefficient = self._objective.entropy.after(self._entropy_coefficient, stats.entropy)
        return stats

    @torch.no_grad()
    def scan(self, groups: Sequence[Group]) -> list[list[SampleScan]]:
        """What the policy, and where rewards depend on them the critic and the reference, find of every sample."""
        with self._crew.lead(Scan(groups=tuple(groups), temperature=self.temperature)):
            return self._scan(groups)

    def _scan(self, groups: Sequence[Group]) -> list[list[SampleScan]]:
        found: dict[tuple[int, int], SampleScan] = {}
        for batch in self._crew.batches(groups, self._tokens_per_microbatch):
            pack = Pack.of([part.group for part in batch], self.policy.device)
            hidden, tokens = self.trunk.hidden(pack), pack.tokens
            self._work.add_extra(pack)
            entropies = torch.empty(len(tokens.row_M), dtype=torch.float32, device=hidden.device)
            logprobs = self._logprobs(self.policy, hidden, tokens, entropies)
            columns = {"logprobs": logprobs, "entropies": entropies}
            if self.value_head is not None:
                columns["values"] = self.value_head(hidden)[tokens.row_M]
            if self.reference is not None and self._objective.charges_kl:
                columns["reference"] = self._logprobs(self.reference, self.reference.trunk.hidden(pack), tokens)
                self._work.add_extra(pack)
            places = [(part.index, place) for part in batch for place in part.places]
            scans = _scans([sample for part in batch for sample in part.group.samples], tokens, columns)
            found.update(zip(places, scans, strict=True))
        found = self._crew.united(found)
        return [[found[index, place] for place in range(len(group.samples))] for index, group in enumerate(groups)]

    def renew(self) -> None:
        """Forget the optimizer's moments."""
        with self._crew.lead(Renew()):
            self.optimizer = self._fresh_optimizer()

    def pattern(self, place: tuple[str | int, ...]) -> Tensor | None:
        """The parameter that a tensor of `state` belongs to, by its path in it; None for none."""
        match place:
            case ("optimizer", "state", int(number), _):
                parameters: list[Tensor] = [each for group in self.optimizer.param_groups for each in group["params"]]
                return parameters[number]
        return None

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

    def _fresh_optimizer(self) -> torch.optim.Optimizer:
        head = self.value_head
        return fresh_optimizer(
            [self.parameters] if head is None else [self.parameters, list(head.parameters())], self.optim
        )

    def _prepared(self, groups: Sequence[Group], progress: float) -> Sequence[Group]:
        """The groups of an update with what the learner thinks of them before the step."""
        objective, scans = self._objective, self.scan(groups)
        groups = with_old(groups, scans)
        if objective.kl is not None and objective.charges_kl:
            groups = charged(groups, scans, objective.kl, as_rewards=objective.critic is not None)
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
                self._work.add_extra(pack)
                tokens = replace(tokens, reference_M=self._logprobs(self.reference, frozen, tokens))
        hidden = self.trunk.hidden(pack)
        self._work.add(pack, in_rows=not self.policy.takes_plans)
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
        norm = self._crew.clip_gradients(self.parameters, self.optim.clip_norm)
        others = 0.0
        if self.value_head is not None:
            others = self._crew.clip_gradients(list(self.value_head.parameters()), self.optim.clip_norm)
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


def _scans(samples: Sequence[Sample], tokens: PolicyTokens, columns: Mapping[str, Tensor]) -> list[SampleScan]:
    """What was found for each sample of a micro-batch, by the names of the fields."""
    assert tokens.sequence_M is not None
    rows = zip(*(per_sample(samples, tokens.sequence_M, column) for column in columns.values()), strict=True)
    return [SampleScan(**dict(zip(columns, row, strict=True))) for row in rows]


def _with_advantage(groups: Sequence[Group]) -> list[Group]:
    kept = (replace(group, samples=tuple(s for s in group.samples if any(s.advantages))) for group in groups)
    return [group for group in kept if group.samples]
