"""Rewards: what is observed of a rollout, and the stages from there to what the learner is paid in."""

from palestra.trainer.rewards.noisy import NoisyReward, PerGroup, PerItem, PerSample, WithLength
from palestra.trainer.rewards.objectives import Objectives
from palestra.trainer.rewards.observation import Observation, Source, observe
from palestra.trainer.rewards.pipeline import RewardPipeline, rewards_of
from palestra.trainer.rewards.scored import ScoredRollout
from palestra.trainer.rewards.sources import (
    InvertedReward,
    RandomReward,
    SubstringReward,
    VerdictReward,
    VerifierReward,
)

RewardSource = VerdictReward | VerifierReward | SubstringReward | NoisyReward | RandomReward | InvertedReward
"""The sources that a configuration can name; each maps a rollout to the verdict that pays."""

__all__ = [
    "InvertedReward",
    "NoisyReward",
    "Objectives",
    "Observation",
    "PerGroup",
    "PerItem",
    "PerSample",
    "RandomReward",
    "RewardPipeline",
    "RewardSource",
    "ScoredRollout",
    "Source",
    "SubstringReward",
    "VerdictReward",
    "VerifierReward",
    "WithLength",
    "observe",
    "rewards_of",
]
