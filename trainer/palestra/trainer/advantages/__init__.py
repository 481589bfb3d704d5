"""Advantages: how much better a sample did than its group."""

from palestra.trainer.advantages.dr_grpo import DrGrpo
from palestra.trainer.advantages.groups import informative_groups
from palestra.trainer.advantages.grpo import Grpo
from palestra.trainer.advantages.rloo import Rloo

Advantage = Grpo | DrGrpo | Rloo
"""The estimators that a configuration can name; each maps rewards (P, G) to advantages (P, G)."""

__all__ = ["Advantage", "DrGrpo", "Grpo", "Rloo", "informative_groups"]
