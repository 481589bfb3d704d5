"""Optimizers: AdamW with its moments in fp32, or in 8 bits."""

from palestra.trainer.optimizers.choice import fresh_optimizer
from palestra.trainer.optimizers.eight_bit import EightBitAdamW
from palestra.trainer.optimizers.states import EightBitStates, FullStates, OptimizerStates

__all__ = ["EightBitAdamW", "EightBitStates", "FullStates", "OptimizerStates", "fresh_optimizer"]
