"""What is measured and kept during a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from palestra.envs import Scalar
from palestra.trainer.require import require


@dataclass(frozen=True, kw_only=True, slots=True)
class EvalConfig:
    """Evaluation on tasks of the test split, before, during and after training."""

    every: int = 0
    """Steps between evaluations; 0: only before and after."""
    tasks: int = 200
    """Tasks of each evaluation, the same every time; 0: no evaluation."""
    during_tasks: int = 100
    """Of these tasks, how many (the first) are evaluated during training, with one sample each."""
    samples_per_task: int = 1
    """Responses to each task; more than 1 also gives pass@k."""
    greedy: bool = True
    """Also evaluate with the most probable token everywhere."""
    ood_config: Mapping[str, Scalar] | None = None
    """Options of the task family for a second evaluation, e.g. a higher difficulty; none: no second one."""
    ood_tasks: int = 200
    """Tasks of the second evaluation."""
    seed: int = 0
    """Stream of evaluation tasks."""

    def __post_init__(self) -> None:
        for name, value, least in (
            ("every", self.every, 0),
            ("tasks", self.tasks, 0),
            ("during_tasks", self.during_tasks, 0),
            ("samples_per_task", self.samples_per_task, 1),
            ("ood_tasks", self.ood_tasks, 1),
        ):
            require(value >= least, f"{name} must be {least} or more, got {value}")


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckpointConfig:
    """What survives a kill."""

    every: int = 10
    """Steps between checkpoints; 0: only at the end."""
    keep: int = 2
    """Newest checkpoints that stay on disk."""

    def __post_init__(self) -> None:
        require(self.every >= 0, f"every must be 0 or more, got {self.every}")
        require(self.keep >= 1, f"keep must be at least 1, got {self.keep}")
