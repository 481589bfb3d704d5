"""Advantages: how much better a sample did than its group."""

from palestra.trainer.advantages.dr_grpo import DrGrpo
from palestra.trainer.advantages.groups import informative_groups
from palestra.trainer.advantages.grpo import Grpo
from palestra.trainer.advantages.rloo import Rloo
from palestra.trainer.advantages.scored_groups import Estimator, ScoredGroups

Advantage = Grpo | DrGrpo | Rloo
"""The estimators that a configuration can name; each maps `ScoredGroups` to advantages (P, G)."""

__all__ = ["Advantage", "DrGrpo", "Estimator", "Grpo", "Rloo", "ScoredGroups", "informative_groups"]
