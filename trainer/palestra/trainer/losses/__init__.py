"""Losses: scalar functions of (log-prob, behaviour log-prob, advantage, mask) with their derivatives."""

from palestra.trainer.losses.clipped import ClippedLoss
from palestra.trainer.losses.reinforce import ReinforceLoss
from palestra.trainer.losses.token_loss import LossTerms, TokenLoss, Tokens

PolicyLoss = ClippedLoss | ReinforceLoss
"""The losses that a configuration can name."""

__all__ = ["ClippedLoss", "LossTerms", "PolicyLoss", "ReinforceLoss", "TokenLoss", "Tokens"]
