"""Selection: which of a step's samples the learner sees, and how often."""

from palestra.trainer.selection.chosen import Chosen
from palestra.trainer.selection.keep_all import KeepAll

Selection = KeepAll
"""What a configuration can name; each maps scored groups and an estimator to what it chose."""

__all__ = ["Chosen", "KeepAll", "Selection"]
