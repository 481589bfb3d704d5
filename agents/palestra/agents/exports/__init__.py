"""Rollouts in the formats of others."""

from palestra.agents.exports.atif import to_atif
from palestra.agents.exports.judge_data import JudgeRow, judge_rows, write_judge_data
from palestra.agents.exports.training_rows import TrainingRow, skyrl_output, training_rows, trl_columns, verl_outputs

__all__ = [
    "JudgeRow",
    "TrainingRow",
    "judge_rows",
    "skyrl_output",
    "to_atif",
    "training_rows",
    "trl_columns",
    "verl_outputs",
    "write_judge_data",
]
