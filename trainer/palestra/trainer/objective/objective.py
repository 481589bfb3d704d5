"""What an update of the policy minimises, and what it is held back or helped by."""

from __future__ import annotations

from dataclasses import dataclass

from palestra.trainer.losses import TokenLoss, needs_of
from palestra.trainer.objective.critic import Critic
from palestra.trainer.objective.entropy import Entropy
from palestra.trainer.objective.importance import Correction, with_correction
from palestra.trainer.objective.kl import KlPenalty, KlPlace, with_kl
from palestra.trainer.objective.token_focus import TokenFocus


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
        """The loss with its correction, and with its penalty if that is a term of it."""
        return with_kl(with_correction(self.loss, self.correction), None if self.charges_kl else self.kl)

    @property
    def charges_kl(self) -> bool:
        """Whether the penalty is taken from the reward."""
        return self.kl is not None and self.kl.place is KlPlace.REWARD

    @property
    def reads_idle_samples(self) -> bool:
        """Whether samples without an advantage have a gradient, or count in what is measured."""
        is_asked = self.entropy is not None or self.critic is not None or self.charges_kl
        return needs_of(self.token_loss).idle_tokens or is_asked

    def needs_scan(self, updates: int) -> bool:
        """Whether a step of so many updates must look at all its tokens before the first."""
        is_moving = self.correction is not None and updates > 1
        return is_moving or self.critic is not None or self.focus is not None or self.charges_kl
