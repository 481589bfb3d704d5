"""Rollouts in the formats of others."""

from palestra.agents.exports.atif import to_atif
from palestra.agents.exports.training_rows import TrainingRow, skyrl_output, training_rows, trl_columns, verl_outputs

__all__ = ["TrainingRow", "skyrl_output", "to_atif", "training_rows", "trl_columns", "verl_outputs"]
