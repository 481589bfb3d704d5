"""Rollouts in the formats of others, and back."""

from palestra.agents.exports.atif import to_atif
from palestra.agents.exports.atif_reader import from_atif
from palestra.agents.exports.conversation import messages_only
from palestra.agents.exports.formats import ExportFormat, Written, read_export, write_export
from palestra.agents.exports.judge_data import JudgeRow, judge_rows, write_judge_data
from palestra.agents.exports.sharegpt import from_sharegpt, to_sharegpt
from palestra.agents.exports.stored import StoredRollout
from palestra.agents.exports.training_rows import TrainingRow, skyrl_output, training_rows, trl_columns, verl_outputs

__all__ = [
    "ExportFormat",
    "JudgeRow",
    "StoredRollout",
    "TrainingRow",
    "Written",
    "from_atif",
    "from_sharegpt",
    "judge_rows",
    "messages_only",
    "read_export",
    "skyrl_output",
    "to_atif",
    "to_sharegpt",
    "training_rows",
    "trl_columns",
    "verl_outputs",
    "write_export",
    "write_judge_data",
]
