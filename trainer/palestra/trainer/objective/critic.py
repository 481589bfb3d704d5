"""A critic: what is still to be earned from each token on, learned along with the policy on its hidden states."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import compress

import torch
from torch import Tensor, nn

from palestra.trainer.credit.gae import Gae
from palestra.trainer.objective.scan import SampleScan, episodes_of
from palestra.trainer.packing.packs import Group, Sample
from palestra.trainer.packing.policy_tokens import PolicyTokens


@dataclass(frozen=True, kw_only=True, slots=True)
class Critic:
    """Advantages from a value head instead of the group: PPO, with the clipped loss.

    The rewards of turns are paid at their last tokens, the rest of a rollout's reward at its last one. Advantages
    of the group then only decide what a selection keeps.

    What a cut episode was worth is the value of its last state that was read, the one before its last token.

    Source: "Proximal Policy Optimization Algorithms", arXiv:1707.06347, equation 9; the clip of values and the
        whitening as in "Secrets of RLHF in Large Language Models Part I: PPO", arXiv:2307.04964; cut episodes: "Time
        Limits in Reinforcement Learning", arXiv:1712.00378, section 3.
    """

    gae: Gae = field(default_factory=Gae)
    """Discount and trace of the advantages."""
    whiten: bool = True
    """Advantages of an update's tokens get mean 0 and variance 1."""
    coefficient: float = 0.5
    """Weight of the squared error of values in the loss."""
    value_clip: float | None = 0.2
    """How far a value may move in a step before it gains nothing more; none: as far as it will."""
    detach_trunk: bool = True
    """Train the value head alone; else its error reaches the model's layers too."""
    bootstraps_cut: bool = False
    """Whether an episode that ran out of tokens is thought to go on, worth what the critic expects; false: it is over,
    as where the limit is a part of the task. True without a penalty for long responses pays running on better than
    a wrong answer."""
    lr_factor: float = 10.0
    """Learning rate of the value head, as a factor of the policy's."""

    def __post_init__(self) -> None:
        for name, value in (("coefficient", self.coefficient), ("lr_factor", self.lr_factor)):
            if not 0.0 < value < math.inf:
                raise ValueError(f"{name} must be positive and finite, got {value}")
        if self.value_clip is not None and not self.value_clip > 0.0:
            raise ValueError(f"value_clip must be positive, got {self.value_clip}")

    def loss(self, values_M: Tensor, tokens: PolicyTokens) -> Tensor:
        """Weighted sum of `max((V - R)**2, (clip(V) - R)**2) / 2`, times the coefficient; a scalar.

        Args:
            values_M: With gradient.
            tokens: With returns, and with values from before the step.
        """
        assert tokens.return_M is not None and tokens.old_value_M is not None
        error_M = (values_M - tokens.return_M).square()
        if self.value_clip is not None:
            moved_M = (values_M - tokens.old_value_M).clamp(-self.value_clip, self.value_clip)
            error_M = torch.maximum(error_M, (tokens.old_value_M + moved_M - tokens.return_M).square())
        return self.coefficient * (error_M * tokens.weight_M).sum() / 2


class ValueHead(nn.Module):
    """Hidden states to values, in fp32; it starts at 0 everywhere."""

    def __init__(self, width: int, device: torch.device) -> None:
        super().__init__()
        self.weight_W = nn.Parameter(torch.zeros(width, device=device))
        self.bias = nn.Parameter(torch.zeros((), device=device))

    def forward(self, hidden_UW: Tensor) -> Tensor:
        """Values, shape (U,)."""
        values_U: Tensor = hidden_UW.float() @ self.weight_W + self.bias
        return values_U


def with_advantages(groups: Sequence[Group], scans: Sequence[Sequence[SampleScan]], critic: Critic) -> list[Group]:
    """The groups of one update with the critic's advantages, values and returns, token by token.

    The tokens of an episode are one sequence of steps, over all samples that it was cut into.
    """
    pairs = [pair for group, own in zip(groups, scans, strict=True) for pair in zip(group.samples, own, strict=True)]
    found: dict[int, tuple[Tensor, Tensor]] = {}
    for numbers in episodes_of([sample for sample, _ in pairs]):
        parts = [pairs[number] for number in numbers]
        estimate = critic.gae(
            torch.tensor([x for sample, _ in parts for x in sample.rewards], dtype=torch.float64),
            torch.tensor([x for _, scan in parts for x in scan.values], dtype=torch.float64),
            torch.tensor([x for sample, _ in parts for x in sample.mask], dtype=torch.bool),
            _value_after(*parts[-1]) if critic.bootstraps_cut else 0.0,
        )
        sizes = [len(sample.mask) for sample, _ in parts]
        cut = zip(estimate.advantages_T.split(sizes), estimate.returns_T.split(sizes), strict=True)
        found |= dict(zip(numbers, cut, strict=True))
    advantages = [found[number][0] for number in range(len(pairs))]
    if critic.whiten:
        advantages = _whitened(advantages, [sample for sample, _ in pairs])
    whole = iter(
        replace(
            sample,
            advantages=tuple(advantages[number].tolist()),
            old_values=scan.values,
            returns=tuple(found[number][1].tolist()),
        )
        for number, (sample, scan) in enumerate(pairs)
    )
    return [replace(group, samples=tuple(next(whole) for _ in group.samples)) for group in groups]


def explained_variance(values_M: Tensor, returns_M: Tensor) -> float:
    """Share of the returns' variance that the values explain; 0 is as good as a constant, NaN if there is none."""
    returns_M = returns_M.double()
    total = float(returns_M.var(correction=0)) if len(returns_M) else 0.0
    return 1.0 - float((returns_M - values_M).var(correction=0)) / total if total else math.nan


def _value_after(sample: Sample, scan: SampleScan) -> float:
    """What is expected behind an episode's last part: nothing, unless it was cut off."""
    return [*compress(scan.values, sample.mask)][-1] if sample.is_cut else 0.0


def _whitened(advantages: Sequence[Tensor], samples: Sequence[Sample]) -> list[Tensor]:
    kept = torch.tensor([x for a, s in zip(advantages, samples, strict=True) for x in compress(a.tolist(), s.mask)])
    if len(kept) < 2:
        return list(advantages)
    mean, variance = kept.mean(), kept.var()
    masks = [torch.tensor(sample.mask, dtype=torch.float64) for sample in samples]
    return [mask * (a - mean) * (variance + 1e-8).rsqrt() for a, mask in zip(advantages, masks, strict=True)]
