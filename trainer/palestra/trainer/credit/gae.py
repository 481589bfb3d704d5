"""Generalised advantage estimation: what each token did better than its value said."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class TokenAdvantages:
    """The tokens of one sequence: how good each was, and what its value should have been."""

    advantages_T: Tensor
    """float64; 0 on tokens that the policy did not write."""
    returns_T: Tensor
    """Targets of the values, float64: advantage plus value; 0 on tokens that the policy did not write."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Gae:
    """`sum over l of (gamma * lam)**l * delta[t + l]` with `delta[t] = r[t] + gamma * V[t + 1] - V[t]`.

    Only tokens that the policy wrote are steps: the one behind an observation follows on the one before it, and
    neither `gamma` nor `lam` counts what lies between.

    Source: "High-Dimensional Continuous Control Using Generalized Advantage Estimation", arXiv:1506.02438, section 3.
    """

    gamma: float = 1.0
    """Discount of a reward per token of delay."""
    lam: float = 1.0
    """1: returns less values, unbiased; 0: one step ahead, with the bias of the values."""

    def __post_init__(self) -> None:
        for name, value in (("gamma", self.gamma), ("lam", self.lam)):
            if not 0.0 <= value <= 1.0:
                raise ValueError(f"{name} must be in [0, 1], got {value}")

    def __call__(
        self, rewards_T: Tensor, values_T: Tensor, mask_T: Tensor, value_after: float = 0.0
    ) -> TokenAdvantages:
        """Advantages and returns of the T tokens of one sequence.

        Args:
            rewards_T: What is paid at a token, such as the last of a turn; only the policy's tokens are paid.
            values_T: What the critic expects to be paid from a token on; read on the policy's tokens only.
            mask_T: Boolean: the policy wrote it.
            value_after: What is expected behind the last token: 0 where the episode is over, the critic's value of
                the state that was reached where it was only cut off.

        Raises:
            ValueError: A token that the policy did not write is paid.
        """
        rewards_T, mask_T = rewards_T.double(), mask_T.bool()
        if rewards_T[~mask_T].any():
            raise ValueError(
                "an observation token has a reward\n\nhint: pay the last token that the policy wrote before it"
            )
        values = values_T.double()[mask_T].tolist()
        advantages: list[float] = []
        advantage, following = 0.0, value_after
        for reward, value in zip(reversed(rewards_T[mask_T].tolist()), reversed(values), strict=True):
            advantage = reward + self.gamma * following - value + self.gamma * self.lam * advantage
            following = value
            advantages.append(advantage)
        found = rewards_T.new_tensor(advantages[::-1])
        zeros_T = torch.zeros_like(rewards_T)
        return TokenAdvantages(
            advantages_T=zeros_T.masked_scatter(mask_T, found),
            returns_T=zeros_T.masked_scatter(mask_T, found + rewards_T.new_tensor(values)),
        )
