"""Losses: scalar functions of (log-prob, behaviour log-prob, advantage, mask) with their derivatives."""

from palestra.trainer.losses.a_lol import ALolLoss
from palestra.trainer.losses.cispo import CispoLoss
from palestra.trainer.losses.clipped import ClippedLoss
from palestra.trainer.losses.gmpo import GmpoLoss
from palestra.trainer.losses.gspo import GspoLoss
from palestra.trainer.losses.raft import RaftLoss
from palestra.trainer.losses.rec import RecLoss
from palestra.trainer.losses.redi import RediLoss
from palestra.trainer.losses.reinforce import ReinforceLoss
from palestra.trainer.losses.soft_adaptive import SoftAdaptiveLoss
from palestra.trainer.losses.token_loss import LossTerms, Needs, TokenLoss, Tokens, needs_of
from palestra.trainer.losses.topr import ToprLoss

PolicyLoss = (
    ClippedLoss
    | ReinforceLoss
    | GspoLoss
    | CispoLoss
    | GmpoLoss
    | SoftAdaptiveLoss
    | ToprLoss
    | RecLoss
    | RaftLoss
    | RediLoss
    | ALolLoss
)
"""The losses that a configuration can name."""

__all__ = [
    "ALolLoss",
    "CispoLoss",
    "ClippedLoss",
    "GmpoLoss",
    "GspoLoss",
    "LossTerms",
    "Needs",
    "PolicyLoss",
    "RaftLoss",
    "RecLoss",
    "RediLoss",
    "ReinforceLoss",
    "SoftAdaptiveLoss",
    "TokenLoss",
    "Tokens",
    "ToprLoss",
    "needs_of",
]
