"""Supervised learning: demonstrations instead of rewards, with the same learner."""

from palestra.trainer.supervised.demonstration import Demonstration
from palestra.trainer.supervised.sft import Sft
from palestra.trainer.supervised.sources import ChatSource, ExpertSource, OracleSource, RolloutSource, School, Source
from palestra.trainer.supervised.token_choice import AllTokens, SurprisingTokens, TokenChoice

__all__ = [
    "AllTokens",
    "ChatSource",
    "Demonstration",
    "ExpertSource",
    "OracleSource",
    "RolloutSource",
    "School",
    "Sft",
    "Source",
    "SurprisingTokens",
    "TokenChoice",
]
