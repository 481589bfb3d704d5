"""What an update of the policy minimises, and what it is held back or helped by."""

from __future__ import annotations

from dataclasses import dataclass

from palestra.trainer.critic import Critic
from palestra.trainer.entropy import Entropy
from palestra.trainer.importance import Correction, with_correction
from palestra.trainer.kl import KlPenalty, with_kl
from palestra.trainer.losses import TokenLoss, needs_of
from palestra.trainer.token_focus import TokenFocus


@dataclass(frozen=True, kw_only=True, slots=True)
class Objective:
    """The terms of an update."""

    loss: TokenLoss
    """Of a token, from its advantage."""
    correction: Correction | None = None
    """For the generator's difference from the learner."""
    kl: KlPenalty | None = None
    """For leaving the reference policy."""
    entropy: Entropy | None = None
    """What is paid for entropy."""
    critic: Critic | None = None
    """Gives the advantages, token by token, and is trained along."""
    focus: TokenFocus | None = None
    """Which tokens keep their advantage."""

    @property
    def token_loss(self) -> TokenLoss:
        """The loss with its correction and its penalty."""
        return with_kl(with_correction(self.loss, self.correction), self.kl)

    @property
    def reads_idle_samples(self) -> bool:
        """Whether samples without an advantage have a gradient, or count in what is measured."""
        return needs_of(self.token_loss).idle_tokens or self.entropy is not None or self.critic is not None

    def needs_scan(self, updates: int) -> bool:
        """Whether a step of so many updates must look at all its tokens before the first."""
        is_moving = self.correction is not None and updates > 1
        return is_moving or self.critic is not None or self.focus is not None
