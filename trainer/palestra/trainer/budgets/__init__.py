"""Sample budgets: which tasks a step plays, and how often each."""

from palestra.trainer.budgets.fixed import FixedBudget
from palestra.trainer.budgets.playground import PlayedPrompt, Playground

SampleBudget = FixedBudget
"""What a configuration can name."""

__all__ = ["FixedBudget", "PlayedPrompt", "Playground", "SampleBudget"]
