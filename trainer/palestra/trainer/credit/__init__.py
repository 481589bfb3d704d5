"""Credit: how a rollout's advantage is spread over its turns, and the log of rewards that it starts from."""

from palestra.trainer.credit.dense_turns import DenseTurns
from palestra.trainer.credit.duration_weighted import DurationWeighted
from palestra.trainer.credit.gae import Gae, TokenAdvantages
from palestra.trainer.credit.turn_returns import TurnReturns
from palestra.trainer.credit.whole_response import WholeResponse

Credit = WholeResponse | TurnReturns | DenseTurns | DurationWeighted
"""What a configuration can name."""

__all__ = ["Credit", "DenseTurns", "DurationWeighted", "Gae", "TokenAdvantages", "TurnReturns", "WholeResponse"]
