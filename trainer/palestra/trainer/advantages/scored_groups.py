"""What an estimator may know of a step: rewards, lengths, outcomes and components of its groups."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

import torch
from torch import Tensor


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class ScoredGroups:
    """P groups of up to G samples; NaN stands for a masked sample, and where a group has fewer than G."""

    rewards_PG: Tensor
    """What a sample is worth to the learner: finite, unbounded."""
    lengths_PG: Tensor
    """Tokens that the policy wrote; 0 where there is no sample."""
    components: Mapping[str, Tensor] = field(default_factory=dict)
    """Rewards of several objectives by name, shape (P, G) each; empty where there is but one."""
    foreign_PG: Tensor | None = None
    """Boolean: no policy of this run wrote the sample; None: it wrote all."""
    progress: float = 0.0
    """Share of the training that is behind this step, in [0, 1]."""

    def __post_init__(self) -> None:
        shape = self.rewards_PG.shape
        if self.rewards_PG.ndim != 2 or not self.rewards_PG.is_floating_point():
            raise ValueError(f"rewards must be a matrix of floats, got {self.rewards_PG.dtype} {tuple(shape)}")
        if self.rewards_PG.isinf().any():
            raise ValueError("a reward is infinite; mark masked samples with NaN")
        for name, other in (("lengths", self.lengths_PG), *self.components.items()):
            if other.shape != shape:
                raise ValueError(f"{name} have the shape {tuple(other.shape)}, the rewards {tuple(shape)}")

    @classmethod
    def of_rewards(cls, rewards_PG: Tensor) -> ScoredGroups:
        """Groups of which nothing but the rewards is known: every response has one token."""
        return cls(rewards_PG=rewards_PG, lengths_PG=(~rewards_PG.isnan()).long())

    @property
    def valid_PG(self) -> Tensor:
        """Boolean: there is a sample, and it is not masked."""
        return ~self.rewards_PG.isnan()

    def only(self, kept_PG: Tensor) -> ScoredGroups:
        """The same groups with all samples masked but some."""
        return replace(self, rewards_PG=self.rewards_PG.masked_fill(~kept_PG, torch.nan))

    def with_rewards(self, rewards_PG: Tensor) -> ScoredGroups:
        """The same groups with other rewards."""
        return replace(self, rewards_PG=rewards_PG)


class Estimator(Protocol):
    """Gives advantages to groups of samples.

    One that a configuration names, such as a plugin's, also has a `normalisation`
    (`palestra.verifiers.noise.Normalisation`), which says what becomes of affine maps of the rewards.
    """

    def __call__(self, groups: ScoredGroups, /) -> Tensor:
        """Shape (P, G), finite; 0 for masked samples."""
        ...
