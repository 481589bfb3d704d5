"""Gold in the group: a right answer from outside where the policy finds none."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from palestra.agents import AGENTS
from palestra.trainer.advantages import Estimator, ScoredGroups
from palestra.trainer.budgets import PlayedPrompt, Playground, Recital
from palestra.trainer.losses import LossTerms, Needs, TokenLoss, Tokens, needs_of


@dataclass(frozen=True, kw_only=True, slots=True)
class GoldMember:
    """One more member of a group: the answer of the environment's oracle, played and judged like all others.

    No policy sampled it, so its tokens have a ratio of 1 to the policy that learns: the bias of learning off-policy is
    not corrected. `shaping` takes weight from tokens that the policy finds likely and leaves more to rare ones.

    Source: "Learning to Reason under Off-Policy Guidance", arXiv:2504.14945, sections 3.2 and 3.3. That gold joins
    unsolved groups alone, and stays out of their baseline, is ours.
    """

    only_unsolved: bool = True
    """Only groups without a right answer get it."""
    in_baseline: bool = False
    """Whether the policy's samples are compared with it too. Its own advantage is always that in the whole group."""
    shaping: float | None = 0.1
    """Gamma of p / (p + gamma), the objective of its tokens; none: the run's own loss."""
    right_from: float = 0.5
    """Least score of a right answer; an oracle's play with less is left out."""

    def __post_init__(self) -> None:
        if self.shaping is not None and not 0.0 < self.shaping < math.inf:
            raise ValueError(f"shaping must be positive and finite, got {self.shaping}")
        if not 0.0 < self.right_from <= 1.0:
            raise ValueError(f"right_from must be in (0, 1], got {self.right_from}")

    async def join(self, playground: Playground, played: Sequence[PlayedPrompt]) -> list[PlayedPrompt]:
        """The groups with gold; the sampler of tasks hears nothing of it."""
        lacking = [
            prompt for prompt in played if not (self.only_unsolved and max(prompt.scores, default=0) >= self.right_from)
        ]
        recitals = [
            Recital(name=f"{prompt.number}/gold", task=prompt.draw.task, speaker=AGENTS["oracle"]) for prompt in lacking
        ]
        gold = {
            prompt.number: rollout
            for prompt, rollout in zip(lacking, await playground.recite(recitals), strict=True)
            if rollout.verdict.valid and rollout.verdict.score >= self.right_from
        }
        return [
            replace(prompt, rollouts=(*prompt.rollouts, gold[prompt.number])) if prompt.number in gold else prompt
            for prompt in played
        ]


@dataclass(frozen=True, kw_only=True, slots=True)
class OwnBaseline:
    """An estimator whose policy's samples are compared among themselves, and foreign ones with the whole group."""

    estimate: Estimator

    def __call__(self, groups: ScoredGroups) -> Tensor:
        """Shape (P, G), finite; 0 for masked samples."""
        together_PG = self.estimate(groups)
        if groups.foreign_PG is None:
            return together_PG
        return torch.where(groups.foreign_PG, together_PG, self.estimate(groups.only(~groups.foreign_PG)))


@dataclass(frozen=True, kw_only=True, slots=True)
class ShapedForeign:
    """A loss that is `-advantage * p / (p + gamma)` on tokens that no policy of the run sampled."""

    loss: TokenLoss
    gamma: float

    @property
    def needs(self) -> Needs:
        """As the loss on the run's own tokens."""
        return needs_of(self.loss)

    def __call__(self, tokens: Tokens) -> LossTerms:
        """Value and derivative of each token."""
        terms = self.loss(tokens)
        if tokens.foreign_T is None:
            return terms
        foreign_T = tokens.foreign_T & tokens.mask_T
        chance_T = tokens.logprobs_T.exp()
        value_T = -tokens.advantages_T * chance_T / (chance_T + self.gamma)
        return LossTerms(
            value_T=value_T.where(foreign_T, terms.value_T),
            derivative_T=(value_T * self.gamma / (chance_T + self.gamma)).detach().where(foreign_T, terms.derivative_T),
            clipped_T=terms.clipped_T & ~foreign_T,
        )


def with_gold(loss: TokenLoss, gold: GoldMember | None) -> TokenLoss:
    """The loss, shaped on gold if the run has some and says so."""
    return loss if gold is None or gold.shaping is None else ShapedForeign(loss=loss, gamma=gold.shaping)
