"""The reward stage of a step: from rollouts to what the learner is paid in."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from statistics import fmean

from palestra.agents import Rollout
from palestra.trainer.config import TrainConfig
from palestra.trainer.errors import NoiseError
from palestra.trainer.losses import RaftLoss, RediLoss
from palestra.trainer.metrics import StepMetrics
from palestra.trainer.noise import AssumedRates, AuditedRates, Auditor, NoiseLoop, Surroundings, assert_correction
from palestra.trainer.objective.entropy import EntropyBonus
from palestra.trainer.rewards import Objectives, RewardPipeline, RewardSource, ScoredRollout, VerdictReward
from palestra.trainer.rewards.objectives import OUTCOME
from palestra.trainer.rewards.strata import check_names
from palestra.trainer.rewards.turn_rewards import GatedTurns, NoTurns, SummedTurns, TurnRewards
from palestra.trainer.run.practising import practised
from palestra.trainer.shaping import SurpriseOf, no_surprise
from palestra.verifiers.noise import BatchScored, GroupCentred, Normalisation, Thresholded


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
        NoiseError: One is configured that spoils them, the auditor is what pays, or rates are those of no sample.
    """
    rates = config.noise.rates if config.noise else None
    if isinstance(rates, AuditedRates) and _is_same(rates.auditor, config.reward):
        raise NoiseError(
            f"the auditor `{rates.auditor.kind}` is what pays too: it never finds an error\n\n"
            "hint: set noise.rates.auditor to something stricter than the reward"
        )
    if isinstance(rates, AssumedRates) and config.noise is not None:
        names = [rate.stratum for rate in rates.rates]
        check_names(names, config.noise.strata, [member.env for member in practised(config)])
    return f"noise: {assert_correction(config.noise, _surroundings(config))}" if config.noise else ""


def _is_same(auditor: Auditor, source: RewardSource) -> bool:
    """Whether an auditor says just what the source does."""
    return auditor.kind == source.kind and getattr(auditor, "name", None) == getattr(source, "name", None)


def _surroundings(config: TrainConfig) -> Surroundings:
    has_turns = _pays_turns(config.reward.turns) and any(member.make().pays_turns for member in practised(config))
    # With components each is normalised alone: what shaping adds to the reward is not seen beside the outcome.
    apart = bool(config.components) and getattr(config.advantage, "reads_components", False)
    normalisation = _normalisation(config, is_apart=apart)
    stages = [stage for stage in config.shaping_stages if stage.mixes and not apart]
    adding = [stage for stage in stages if getattr(stage, "is_additive", True)]
    # What replaces rewards puts right and wrong ones on the same side of a threshold.
    is_replaced = len(stages) > len(adding) and not isinstance(normalisation, Thresholded)
    readers = (config.rollout.budget, config.selection)
    return Surroundings(
        normalisation=normalisation,
        is_mixed=bool(adding) or (has_turns and isinstance(config.reward.turns, SummedTurns)),
        reads_corrected=is_replaced or any(getattr(part, "reads_corrected", False) for part in readers),
        is_gated=has_turns and isinstance(config.reward.turns, GatedTurns),
        has_fixed_terms=_has_fixed_terms(config),
        is_unread=apart and OUTCOME not in config.components,
        thresholds=tuple(_thresholds(config)),
    )


def _normalisation(config: TrainConfig, *, is_apart: bool) -> Normalisation:
    """What becomes of an affine map of the corrected rewards, whoever gives the advantages."""
    if config.critic is not None:  # its values follow the rewards: a constant less, and a scale that whitening removes
        return BatchScored(is_group_centred=True) if config.critic.whiten else GroupCentred()
    found: Normalisation = config.advantage.normalisation
    if is_apart and len(config.components) > 1 and isinstance(found, GroupCentred):
        return replace(found, sees_scale=True)  # beside the other components
    return found


def _thresholds(config: TrainConfig) -> Iterator[str]:
    """The kinds of the parts that take rewards above a threshold for right."""
    weighting = () if config.kl is None else (config.kl.weighting,)
    for part in (config.advantage, config.credit, *weighting, *config.reweighting):
        if hasattr(part, "threshold") or hasattr(part, "won_above"):
            yield part.kind


def _has_fixed_terms(config: TrainConfig) -> bool:
    """Whether the size of advantages matters in the loss."""
    if isinstance(config.loss, RaftLoss | RediLoss):  # they read signs
        return False
    pays_entropy = config.entropy is not None and config.entropy != EntropyBonus(coefficient=0.0)
    return config.kl is not None or pays_entropy or getattr(config.loss, "regulariser", None) is not None


def _pays_turns(turns: TurnRewards) -> bool:
    if isinstance(turns, NoTurns):
        return False
    return (turns.budget if isinstance(turns, GatedTurns) else turns.scale) > 0.0
