"""Errors of this folder.

TrainerError
├── ConfigError (also ValueError)
├── ModelError (also ValueError: the path or the files in it are wrong, so the command line exits with 2)
├── CheckpointError (also ValueError, for the same reason)
├── DemonstrationError (also ValueError)
├── SyncError (also RuntimeError)
│   └── DisagreementError
├── StagingError (also GeneratorError of palestra.agents)
├── ReplayError (also GeneratorError of palestra.agents)
├── RankError (also RuntimeError)
├── RunFolderError (also OSError)
├── RunInUseError (also ValueError: another folder or another time would do)
├── ForgettingError (also RuntimeError)
├── BudgetError (also RuntimeError)
├── NoiseError (also ValueError)
├── ViewError (also ValueError)
└── MetricsError (also ValueError)
"""

from __future__ import annotations

from palestra.agents.errors import GeneratorError


class TrainerError(Exception):
    """Base of all errors that this folder raises."""


class ConfigError(TrainerError, ValueError):
    """A configuration has an unknown key, a value of another type, or one out of range."""


class ModelError(TrainerError, ValueError):
    """A model cannot be found or loaded, or its architecture does not fit."""


class CheckpointError(TrainerError, ValueError):
    """A checkpoint is missing, incomplete, corrupt, or of another run."""


class DemonstrationError(TrainerError, ValueError):
    """Demonstrations are missing, cannot be read, or do not fit the model."""


class SyncError(TrainerError, RuntimeError):
    """The generator's weights are not the learner's: behaviour and learner log-probabilities disagree."""


class ReplayError(TrainerError, GeneratorError):
    """The log of a run does not hold what a replay asks for, or holds something else under its key."""


class RankError(TrainerError, RuntimeError):
    """Another process of the learner is lost, failed, or never came."""


class DisagreementError(SyncError):
    """Log-probabilities of on-version tokens are further apart than the precisions explain."""


class StagingError(TrainerError, GeneratorError):
    """The learner's weights cannot be written where the generator would read them."""


class RunFolderError(TrainerError, OSError):
    """A file of a run cannot be written: the disk is full, read-only or broken."""

    def __str__(self) -> str:
        return str(self.strerror)


class RunInUseError(TrainerError, ValueError):
    """Another process trains in the run folder."""


class ForgettingError(TrainerError, RuntimeError):
    """A later stage cost what an earlier one had taught, and the configuration makes that an error."""


class BudgetError(TrainerError, RuntimeError):
    """A step has fewer groups to learn from than the configuration asks for."""


class NoiseError(TrainerError, ValueError):
    """Verdicts, references or rates are not such that rewards can be made of them as configured."""


class MetricsError(TrainerError, ValueError):
    """A metrics file holds a line that this version cannot read."""


class ViewError(TrainerError, ValueError):
    """There is nothing to look at: no run, or no file of rollouts."""
