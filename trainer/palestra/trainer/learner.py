"""The learner: groups of samples with advantages in, one optimizer update out. It knows no algorithm.

What an algorithm is has been decided before (advantages, weights) or comes as a scalar function (the loss).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from palestra.trainer.config import OptimConfig
from palestra.trainer.errors import TrainerError
from palestra.trainer.head import policy_loss, token_logprobs
from palestra.trainer.kl import KlPenalty, with_kl
from palestra.trainer.losses import TokenLoss
from palestra.trainer.packing import Group, Pack, micro_batches
from palestra.trainer.policy import Policy


@dataclass(frozen=True, kw_only=True, slots=True)
class UpdateStats:
    """What an update did and saw; means are over the policy tokens that were read."""

    loss: float
    gradient_norm: float
    """Before clipping."""
    policy_tokens: int
    """Tokens with a gradient."""
    packed_tokens: int
    """Tokens read by forward passes."""
    clip_share: float
    kl_behaviour: float
    """Mean k3 estimate of KL(behaviour || learner)."""
    mismatch_mean: float
    """Mean |log-prob of the learner less that of the generator|."""
    mismatch_max: float
    entropy: float
    """Mean of -log-prob of the sampled tokens: an unbiased estimate of the entropy on-policy."""


class Learner:
    """Updates a policy's weights with AdamW on fp32 weights."""

    def __init__(
        self,
        policy: Policy,
        optim: OptimConfig,
        loss: TokenLoss,
        *,
        tokens_per_microbatch: int = 4096,
        temperature: float = 1.0,
        reference: tuple[Policy, KlPenalty] | None = None,
    ) -> None:
        """Prepare a learner.

        Args:
            policy: The policy; only parameters that require gradients are trained.
            optim: Settings of the optimizer.
            loss: The scalar loss of a token.
            tokens_per_microbatch: Most packed tokens of one forward pass.
            temperature: Of sampling; log-probabilities are taken at it.
            reference: A frozen policy and the penalty for leaving it.
        """
        self.policy = policy
        self.optim = optim
        self._reference = None if reference is None else reference[0]
        self._loss = with_kl(loss, None if reference is None else reference[1])
        self._tokens_per_microbatch = tokens_per_microbatch
        self._temperature = temperature
        self.parameters = [p for p in policy.model.parameters() if p.requires_grad]
        self.optimizer = torch.optim.AdamW(
            self.parameters,
            lr=optim.lr,
            betas=(optim.beta1, optim.beta2),
            eps=optim.eps,
            weight_decay=optim.weight_decay,
            fused=True,
        )

    def update(self, groups: Sequence[Group], lr: float) -> UpdateStats:
        """Make one optimizer update from the groups.

        Samples without an advantage are left out before any forward pass, unless a KL penalty gives
        them a gradient too.

        Raises:
            TrainerError: The gradient is not finite; the weights are unchanged.
        """
        informative = groups if self._reference is not None else _with_advantage(groups)
        self.optimizer.zero_grad(set_to_none=True)
        seen = _Seen()
        for batch in micro_batches(informative, self._tokens_per_microbatch):
            self._accumulate(Pack.of(batch, self.policy.device), seen)
        norm = self._step(lr) if seen.tokens else 0.0
        return seen.stats(norm)

    def state(self) -> dict[str, Any]:
        """The optimizer's state, for a checkpoint."""
        return self.optimizer.state_dict()

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from `state`."""
        self.optimizer.load_state_dict(state)

    def _accumulate(self, pack: Pack, seen: _Seen) -> None:
        tokens = pack.tokens
        if self._reference is not None:
            with torch.no_grad():  # not inference mode: the pack keeps the masks for the pass with gradients
                hidden = self._reference.trunk.hidden(pack)
                logprobs = token_logprobs(
                    self._reference.head, hidden, tokens.row_M, tokens.target_M, self._temperature
                )
            tokens = replace(tokens, reference_M=logprobs)
        hidden = self.policy.trunk.hidden(pack)
        loss, report = policy_loss(self.policy.head, hidden, tokens, self._loss, temperature=self._temperature)
        loss.backward()
        seen.add(float(loss.detach()), len(pack.token_ids_N), report.logprobs_M, tokens.behaviour_M, report.clipped_M)

    def _step(self, lr: float) -> float:
        norm = float(torch.nn.utils.clip_grad_norm_(self.parameters, self.optim.clip_norm))
        if not math.isfinite(norm):
            self.optimizer.zero_grad(set_to_none=True)
            raise TrainerError(
                f"the gradient's norm is {norm}\n\nhint: lower optim.lr, or resume from an earlier checkpoint"
            )
        for settings in self.optimizer.param_groups:
            settings["lr"] = lr
        self.optimizer.step()
        return norm


@dataclass(slots=True)
class _Seen:
    """Running sums over micro-batches."""

    loss: float = 0.0
    tokens: int = 0
    packed: int = 0
    clipped: float = 0.0
    kl: float = 0.0
    mismatch: float = 0.0
    mismatch_max: float = 0.0
    surprise: float = 0.0

    def add(self, loss: float, packed: int, logprobs_M: Tensor, behaviour_M: Tensor, clipped_M: Tensor) -> None:
        excess = (logprobs_M - behaviour_M).double()
        self.loss += loss
        self.packed += packed
        self.tokens += len(excess)
        self.clipped += float(clipped_M.sum())
        self.kl += float((excess.clamp(-20, 20).exp() - 1 - excess).sum())
        self.mismatch += float(excess.abs().sum())
        self.mismatch_max = max(self.mismatch_max, float(excess.abs().max()))
        self.surprise -= float(logprobs_M.sum())

    def stats(self, gradient_norm: float) -> UpdateStats:
        count = max(self.tokens, 1)
        return UpdateStats(
            loss=self.loss,
            gradient_norm=gradient_norm,
            policy_tokens=self.tokens,
            packed_tokens=self.packed,
            clip_share=self.clipped / count,
            kl_behaviour=self.kl / count,
            mismatch_mean=self.mismatch / count,
            mismatch_max=self.mismatch_max,
            entropy=self.surprise / count,
        )


def _with_advantage(groups: Sequence[Group]) -> list[Group]:
    kept = (replace(group, samples=tuple(s for s in group.samples if any(s.advantages))) for group in groups)
    return [group for group in kept if group.samples]
