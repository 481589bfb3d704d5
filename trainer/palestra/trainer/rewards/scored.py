"""A rollout with its reward."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from palestra.agents import Rollout
from palestra.trainer.rewards.observation import Observation
from palestra.verifiers.noise import CorrectedReward
from palestra.verifiers.rewards import Reward


@dataclass(frozen=True, kw_only=True, slots=True)
class ScoredRollout:
    """A rollout with what it is worth to the learner."""

    rollout: Rollout
    reward: Reward
    """Distinct from the verdict's score; with the stages that it came through."""
    gated: float = math.nan
    """The raw reward as it is behind the gate of the turns' rewards, whichever of the two is paid."""
    ungated: float = math.nan
    """The raw reward as the plain sum."""
    credits: tuple[float, ...] = ()
    """What counts of each turn's own components; empty where turns have none."""
    components: Mapping[str, float] = field(default_factory=dict, hash=False)
    """Rewards of several objectives by name, where the reward has some."""
    observation: Observation | None = None
    """The verdict that paid, and what audits made of it."""
    corrected: CorrectedReward | None = None
    """How the raw reward was corrected for the errors of that verdict; None if it was not."""

    @property
    def outcome(self) -> float:
        """The score of the environment's verdict, or what settled it; NaN for a masked sample."""
        if not self.reward.valid:
            return math.nan
        return self.rollout.verdict.score if self.rollout.verdict.valid else self.observed

    @property
    def observed(self) -> float:
        """The score of the verdict that paid, as it was observed; NaN for a masked sample."""
        if not self.reward.valid:
            return math.nan
        return self.rollout.verdict.score if self.observation is None else self.observation.value
