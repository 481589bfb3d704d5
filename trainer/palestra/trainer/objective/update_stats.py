"""What the updates of the learner report."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from palestra.trainer.objective.critic import explained_variance
from palestra.trainer.objective.kl import k3_of
from palestra.trainer.packing.head import HeadReport
from palestra.trainer.packing.policy_tokens import PolicyTokens


@dataclass(frozen=True, kw_only=True, slots=True)
class UpdateStats:
    """What an update did and saw; means are over the policy tokens that were read."""

    loss: float
    """With penalty and bonus, without the critic's."""
    gradient_norm: float
    """Before clipping; without the value head."""
    policy_tokens: int
    """Tokens with a gradient."""
    packed_tokens: int
    """Tokens read by forward passes."""
    clip_share: float
    kl_behaviour: float
    """Mean k3 estimate of KL(behaviour || learner)."""
    mismatch_mean: float
    """Mean |log-prob of the learner less that of the generator| on tokens of the learner's own version."""
    mismatch_max: float
    """Largest of these."""
    entropy: float
    """Mean entropy of the distributions where the objective looks at it; else the mean of -log-prob of the sampled
    tokens, an unbiased estimate of it on-policy."""
    kl_reference: float | None = None
    """Mean k3 estimate of KL(learner || reference); None without a reference."""
    entropy_coefficient: float | None = None
    """With which the entropy was paid; None: it was not."""
    value_loss: float | None = None
    """The critic's; None without one."""
    explained_variance: float | None = None
    """Share of the returns' variance that the values from before the step explain; None without a critic."""
    fresh_tokens: int = 0
    """Tokens that the learner's own version sampled: mismatch is measured on them alone."""
    stale_tokens: int = 0
    """Tokens that an older version sampled."""
    kl_stale: float | None = None
    """Mean k3 estimate of KL(behaviour || learner) over them; None without any. `kl_fresh` is that of the others."""
    kl_fresh: float | None = None
    staleness_mean: float = 0.0
    """How many versions older than the learner's the sampling policy was, over both."""
    staleness_max: int = 0
    effective_share: float | None = None
    """Effective sample size of the ratios learner / behaviour as a share of the tokens: (sum w)^2 / (n sum w^2)."""


@dataclass(slots=True)
class Sums:
    """Running sums over the micro-batches of an update."""

    loss: float = 0.0
    tokens: int = 0
    sampled: int = 0
    """Of them, those that a policy of the run sampled."""
    packed: int = 0
    clipped: float = 0.0
    kl: float = 0.0
    kl_reference: float | None = None
    mismatch: float = 0.0
    mismatch_max: float = 0.0
    stale: int = 0
    """Of the sampled tokens, those of older versions."""
    kl_stale: float = 0.0
    lags: int = 0
    lag_max: int = 0
    ratios: float = 0.0
    squared_ratios: float = 0.0
    surprise: float = 0.0
    value_loss: float | None = None
    values: list[Tensor] = field(default_factory=list)
    returns: list[Tensor] = field(default_factory=list)

    def add(self, loss: float, packed: int, report: HeadReport, tokens: PolicyTokens) -> None:
        """Take a micro-batch."""
        is_sampled = ~tokens.behaviour_M.isnan()  # a token that no policy of the run sampled has no behaviour
        excess = (report.logprobs_M - tokens.behaviour_M).double().masked_fill(~is_sampled, 0.0)
        self.sampled += int(is_sampled.sum())
        self.loss += loss
        self.packed += packed
        self.tokens += len(excess)
        self.clipped += float(report.clipped_M.sum())
        self.kl += float(k3_of(excess).sum())
        fresh = excess if tokens.lag_M is None else excess.masked_fill(tokens.lag_M > 0, 0.0)
        self.mismatch += float(fresh.abs().sum())
        self.mismatch_max = max(self.mismatch_max, float(fresh.abs().max()))
        if tokens.lag_M is not None:
            self._add_stale(excess, tokens.lag_M)
        ratios = excess.exp().masked_fill(~is_sampled, 0.0)
        self.ratios += float(ratios.sum())
        self.squared_ratios += float(ratios.square().sum())
        self.surprise += float((-report.logprobs_M if report.entropies_M is None else report.entropies_M).sum())
        if tokens.reference_M is not None:
            ahead = (tokens.reference_M - report.logprobs_M).double()
            self.kl_reference = (self.kl_reference or 0.0) + float(k3_of(ahead).sum())

    def _add_stale(self, excess: Tensor, lag_M: Tensor) -> None:
        """Take what older versions sampled; tokens that nobody sampled have no lag."""
        self.stale += int((lag_M > 0).sum())
        self.kl_stale += float(k3_of(excess)[lag_M > 0].sum())
        self.lags += int(lag_M.sum())
        self.lag_max = max(self.lag_max, int(lag_M.max()))

    def add_values(self, loss: float, tokens: PolicyTokens) -> None:
        """Take what the critic saw of a micro-batch."""
        assert tokens.old_value_M is not None and tokens.return_M is not None
        self.value_loss = (self.value_loss or 0.0) + loss
        self.values.append(tokens.old_value_M)
        self.returns.append(tokens.return_M)

    @classmethod
    def of_all(cls, parts: Sequence[Sums]) -> Sums:
        """The sums of several processes as those of one."""
        whole = cls()
        for name in cls.__slots__:
            values = [value for part in parts if (value := getattr(part, name)) is not None]
            if name.endswith("_max"):
                setattr(whole, name, max(values))
            elif values:
                setattr(whole, name, sum(values[1:], start=values[0]))
        return whole

    def stats(self, gradient_norm: float, entropy_coefficient: float | None = None) -> UpdateStats:
        """The report of the update."""
        count, fresh = max(self.tokens, 1), self.sampled - self.stale
        explained = None
        if self.values:
            explained = explained_variance(torch.cat(self.values), torch.cat(self.returns))
        return UpdateStats(
            loss=self.loss,
            gradient_norm=gradient_norm,
            policy_tokens=self.tokens,
            packed_tokens=self.packed,
            clip_share=self.clipped / count,
            kl_behaviour=self.kl / max(self.sampled, 1),
            mismatch_mean=self.mismatch / max(fresh, 1),
            mismatch_max=self.mismatch_max,
            entropy=self.surprise / count,
            kl_reference=None if self.kl_reference is None else self.kl_reference / count,
            entropy_coefficient=entropy_coefficient,
            value_loss=self.value_loss,
            explained_variance=None if explained is None or math.isnan(explained) else explained,
            fresh_tokens=fresh,
            stale_tokens=self.stale,
            kl_stale=self.kl_stale / self.stale if self.stale else None,
            kl_fresh=(self.kl - self.kl_stale) / fresh if fresh else None,
            staleness_mean=self.lags / max(self.sampled, 1),
            staleness_max=self.lag_max,
            effective_share=self.ratios**2 / (self.sampled * self.squared_ratios) if self.squared_ratios else None,
        )
