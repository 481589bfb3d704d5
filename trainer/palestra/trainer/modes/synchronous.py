"""One step after the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from palestra.trainer.modes.collector import Collector, WholeSteps
from palestra.trainer.modes.rollout_log import RolloutLog, StepLog
from palestra.trainer.modes.schedule import InTurn, Schedule, Steps
from palestra.trainer.modes.workshop import Workshop
from palestra.trainer.objective.staleness import Freshness
from palestra.trainer.run_folder.run_paths import RunPaths

if TYPE_CHECKING:
    from palestra.trainer.config import TrainConfig
    from palestra.trainer.run.parts import Parts


@dataclass(frozen=True, kw_only=True, slots=True)
class Synchronous:
    """Rollouts, then updates, then the next rollouts: every token is of the learner's own version.

    Runs repeat bit for bit, also when they are killed and resumed.
    """

    kind: ClassVar[str] = "synchronous"
    replays_log: ClassVar[bool] = False
    repeats: ClassVar[bool] = True

    def check(self, config: TrainConfig) -> None:
        """Everything goes with it."""

    def fit(self, parts: Parts) -> Parts:
        """The parts as they are."""
        return parts

    def remark(self, config: TrainConfig) -> str:
        """Nothing to say."""
        return ""

    def freshness(self, version: int) -> Freshness:
        """Tokens of other versions than the learner's are an error."""
        return Freshness(version=version)

    def open_log(self, paths: RunPaths, after: int) -> RolloutLog:
        """A log of whole steps."""
        return StepLog(paths)

    def collector(self, workshop: Workshop) -> Collector:
        """Collects whole steps."""
        return WholeSteps(workshop)

    def schedule(self, steps: Steps) -> Schedule:
        """One half after the other."""
        return InTurn(steps)
