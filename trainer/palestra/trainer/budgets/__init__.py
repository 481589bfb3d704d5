"""Sample budgets: which tasks a step plays, and how often each."""

from palestra.trainer.budgets.dynamic_sampling import DynamicSampling, Shortfall
from palestra.trainer.budgets.fixed import FixedBudget
from palestra.trainer.budgets.group_filters import CorrectedShare, GroupFilter, MixedRewards
from palestra.trainer.budgets.gvm import GradientSize, GvmAllocation
from palestra.trainer.budgets.playground import Insight, PlayedPrompt, Playground, Recital
from palestra.trainer.budgets.reinforce_ada import BothHalves, ReinforceAda, SomeRight
from palestra.trainer.budgets.swarm import SwarmBudget

SampleBudget = FixedBudget | DynamicSampling | ReinforceAda | GvmAllocation | SwarmBudget
"""What a configuration can name."""

__all__ = [
    "BothHalves",
    "CorrectedShare",
    "DynamicSampling",
    "FixedBudget",
    "GradientSize",
    "GroupFilter",
    "GvmAllocation",
    "Insight",
    "MixedRewards",
    "PlayedPrompt",
    "Playground",
    "Recital",
    "ReinforceAda",
    "SampleBudget",
    "Shortfall",
    "SomeRight",
    "SwarmBudget",
]
