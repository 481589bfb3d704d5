"""Selection: which of a step's samples the learner sees, and how often."""

from palestra.trainer.selection.ada_balance import AdaBalance
from palestra.trainer.selection.chosen import Chosen
from palestra.trainer.selection.d3s import D3s
from palestra.trainer.selection.even_prompts import EvenPrompts
from palestra.trainer.selection.keep_all import KeepAll
from palestra.trainer.selection.pf_ppo import Filtration, PfPpo
from palestra.trainer.selection.red_drop import RedDrop

Selection = KeepAll | RedDrop | D3s | AdaBalance | PfPpo | EvenPrompts
"""What a configuration can name; each maps scored groups and an estimator to what it chose."""

__all__ = [
    "AdaBalance",
    "Chosen",
    "D3s",
    "EvenPrompts",
    "Filtration",
    "KeepAll",
    "PfPpo",
    "RedDrop",
    "Selection",
]
