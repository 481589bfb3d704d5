"""The configuration of a run: its tree of dataclasses, read from TOML and written back."""

from palestra.trainer.config.train_config import TrainConfig
from palestra.trainer.optimizers.config import OptimConfig
from palestra.trainer.settings.evaluation import CheckpointConfig, EvalConfig
from palestra.trainer.settings.learner import LearnerConfig
from palestra.trainer.settings.model import LoraConfig, ModelConfig, Precision
from palestra.trainer.settings.rollout import RolloutConfig

__all__ = [
    "CheckpointConfig",
    "EvalConfig",
    "LearnerConfig",
    "LoraConfig",
    "ModelConfig",
    "OptimConfig",
    "Precision",
    "RolloutConfig",
    "TrainConfig",
]
