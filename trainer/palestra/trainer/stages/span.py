"""Where a stage stands in its run."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from palestra.trainer.config import TrainConfig

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")

SHARED = (
    *("run_dir", "seed", "max_seconds", "model", "generator", "mode", "parallel", "env_workers"),
    *("checkpoint", "trackers", "forgetting"),
)
"""Settings that belong to the run as a whole: a stage has those of the run."""


_SHARED_WITHIN = (("rollout", "max_concurrent"), ("rollout", "rejection"), ("learner", "activation_checkpointing"))
"""Settings of parts that outlive a stage."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Span:
    """A stage with the steps of the run that it covers: `start` + 1 to `stop`."""

    config: TrainConfig
    """Settings of the stage."""
    name: str
    """Of the stage; empty in a run without stages."""
    start: int

    @property
    def stop(self) -> int:
        """The stage's last step, counted over the run."""
        return self.start + self.config.steps

    def lr_at(self, step: int) -> float:
        """The learning rate of a step of the run: warm-up and decay are the stage's own."""
        return self.config.optim.lr_at(step - self.start, self.config.steps)

    def progress_at(self, step: int) -> float:
        """The share of the stage, in [0, 1), that is done before a step of the run."""
        return (step - self.start - 1) / self.config.steps


def spans(config: TrainConfig) -> list[Span]:
    """The stages of a run in order; a run without stages is one."""
    if not config.stages:
        return [Span(config=config, name="", start=0)]
    found: list[Span] = []
    for stage in config.stages:
        found.append(Span(config=stage, name=stage.name, start=found[-1].stop if found else 0))
    return found


def check_stages(config: TrainConfig, stages: Sequence[TrainConfig]) -> None:
    """Refuse stages that cannot follow each other on the same weights.

    Raises:
        ValueError: A name is missing, twice there or no plain word, or a stage has a setting of the whole run.
    """
    names = [stage.name for stage in stages]
    for stage in stages:
        if not _NAME.fullmatch(stage.name):
            raise ValueError(f"the name of a stage is a word of letters, digits, `-` and `_`, got `{stage.name}`")
        if names.count(stage.name) > 1:
            raise ValueError(f"two stages have the name `{stage.name}`")
        if stage.stages:
            raise ValueError(f"the stage `{stage.name}` has stages itself")
        for setting in SHARED:
            if getattr(stage, setting) != getattr(config, setting):
                raise ValueError(f"the stage `{stage.name}` has its own `{setting}`: the run has one for all stages")
        for part, setting in _SHARED_WITHIN:
            if getattr(getattr(stage, part), setting) != getattr(getattr(config, part), setting):
                raise ValueError(
                    f"the stage `{stage.name}` has its own `{part}.{setting}`: the run has one for all stages"
                )
