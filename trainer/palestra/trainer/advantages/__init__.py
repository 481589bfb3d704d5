"""Advantages: how much better a sample did than its group."""

from palestra.trainer.advantages.a_lol import ALol
from palestra.trainer.advantages.asym_re import AsymRe
from palestra.trainer.advantages.bnpo import Bnpo
from palestra.trainer.advantages.coefficients import Coefficients
from palestra.trainer.advantages.decomposed import Decomposed
from palestra.trainer.advantages.dr_grpo import DrGrpo
from palestra.trainer.advantages.gdpo import Gdpo
from palestra.trainer.advantages.gpg import Gpg
from palestra.trainer.advantages.groups import informative_groups
from palestra.trainer.advantages.grpo import Grpo
from palestra.trainer.advantages.opmd import Opmd, OpmdBaseline
from palestra.trainer.advantages.opo import Opo
from palestra.trainer.advantages.pass_at_k import PassAtK
from palestra.trainer.advantages.reinforce_plus_plus import ProrlV2, ReinforcePlusPlus, ReinforcePlusPlusBaseline
from palestra.trainer.advantages.rloo import Rloo
from palestra.trainer.advantages.scored_groups import Estimator, ScoredGroups
from palestra.trainer.advantages.weighted_reinforce import Nsr, Psr, WeightedReinforce
from palestra.trainer.advantages.whitening import Whitening

Advantage = (
    Grpo
    | DrGrpo
    | Rloo
    | ReinforcePlusPlus
    | ReinforcePlusPlusBaseline
    | ProrlV2
    | Bnpo
    | Decomposed
    | Gdpo
    | Opmd
    | AsymRe
    | Psr
    | Nsr
    | WeightedReinforce
    | PassAtK
    | Gpg
    | Opo
    | ALol
    | Coefficients
)
"""The estimators that a configuration can name; each maps `ScoredGroups` to advantages (P, G), and says by
`normalisation` what becomes of affine maps of the rewards, such as corrections of noise."""

__all__ = [
    "ALol",
    "Advantage",
    "AsymRe",
    "Bnpo",
    "Coefficients",
    "Decomposed",
    "DrGrpo",
    "Estimator",
    "Gdpo",
    "Gpg",
    "Grpo",
    "Nsr",
    "Opmd",
    "OpmdBaseline",
    "Opo",
    "PassAtK",
    "ProrlV2",
    "Psr",
    "ReinforcePlusPlus",
    "ReinforcePlusPlusBaseline",
    "Rloo",
    "ScoredGroups",
    "WeightedReinforce",
    "Whitening",
    "informative_groups",
]
