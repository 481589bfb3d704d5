"""The reward stage of a step: from rollouts to what the learner is paid in."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from statistics import fmean

from palestra.agents import Rollout
from palestra.trainer.config import TrainConfig
from palestra.trainer.metrics import StepMetrics
from palestra.trainer.noise import NoiseLoop, Surroundings, assert_correction
from palestra.trainer.rewards import Objectives, RewardPipeline, ScoredRollout, VerdictReward
from palestra.trainer.shaping import SurpriseOf, no_surprise
from palestra.trainer.turn_rewards import NoTurns, SummedTurns


class Rewarder:
    """Observes a step's rollouts, has some of them audited, and pays them all."""

    def __init__(self, config: TrainConfig, noise: NoiseLoop, surprise_of: SurpriseOf = no_surprise) -> None:
        """A reward stage.

        Args:
            config: Of the run.
            noise: What is known of the errors of its verdicts.
            surprise_of: For the stages of shaping that ask the policy.
        """
        self.noise = noise
        self._source = config.reward
        self._pay = RewardPipeline(
            source=config.reward,
            correction=config.noise.correction if config.noise else None,
            shaping=config.shaping_stages,
            objectives=Objectives(names=config.components, gates=config.component_gates),
            surprise_of=surprise_of,
        )

    async def __call__(self, step: int, groups: Sequence[Sequence[Rollout]]) -> list[list[ScoredRollout]]:
        """The step's rewards by group.

        Raises:
            NoiseError: Verdicts or references are not such that rewards can be made of them as configured.
        """
        return [self._pay(group) for group in await self.noise.observe(step, groups)]

    def preview(self, rollouts: Sequence[Rollout]) -> list[float]:
        """What the rollouts of a group are worth before any audit; NaN for a masked one."""
        return [scored.reward.or_nan for scored in self._pay(self.noise.look(rollouts))]

    def observed(self, rollout: Rollout) -> float:
        """The score of the verdict that pays; NaN for a masked sample."""
        [seen] = self.noise.look([rollout])
        return math.nan if seen.mask else seen.value

    def strict_mean(self, kept: Sequence[ScoredRollout]) -> float | None:
        """What the observed mean is worth: the share of right ones by audit, or else by the environment's verdict."""
        if self.noise.right_share is not None:
            return self.noise.right_share
        if isinstance(self._source, VerdictReward) or not kept:
            return None
        return fmean(scored.outcome for scored in kept)


def with_noise(metrics: StepMetrics, groups: Sequence[Sequence[ScoredRollout]], rewarder: Rewarder) -> StepMetrics:
    """The metrics of a step with what is known of the verdicts that paid."""
    scored = [each for group in groups for each in group]
    kept = [each for each in scored if each.reward.valid]
    seen = [each.observation for each in scored if each.observation is not None]
    return replace(
        metrics,
        samples=len(scored),
        observed_mean=fmean(each.observed for each in kept) if kept else None,
        strict_mean=rewarder.strict_mean(kept),
        audited_samples=sum(each.audit is not None for each in seen) if rewarder.noise.config else None,
        settled_samples=sum(each.settled is not None for each in seen) if rewarder.noise.config else None,
    )


def noise_sentence(config: TrainConfig) -> str:
    """What the run does about noise, and how that acts; empty if it does nothing.

    Raises:
        IneffectiveCorrectionError: A correction is configured that changes no update.
    """
    return f"noise: {assert_correction(config.noise, _surroundings(config))}" if config.noise else ""


def _surroundings(config: TrainConfig) -> Surroundings:
    turns = config.reward.turns
    return Surroundings(
        normalisation=config.advantage.normalisation,
        is_mixed=any(stage.mixes for stage in config.shaping_stages) or isinstance(turns, SummedTurns),
        reads_corrected=any(
            getattr(part, "reads_corrected", False) for part in (config.rollout.budget, config.selection)
        ),
        is_gated=config.loop is not None and not isinstance(turns, NoTurns | SummedTurns),
        has_fixed_terms=config.kl is not None,
    )
