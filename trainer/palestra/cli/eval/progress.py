"""How far an evaluation got, on the terminal."""

from __future__ import annotations

from types import TracebackType

from palestra.agents import Rollout
from palestra.cli.eval.answerers import Unit
from palestra.cli.progress import ProgressBar
from palestra.envs import Task


class ProgressLedger:
    """Hears of each rollout as folders and caches do, and remembers only how many there were and what they earned."""

    def __init__(self, unit: Unit, samples: int) -> None:
        self._env = unit.env.source.id
        self._total = samples * len(unit.tasks)
        self._bar = ProgressBar(self._total)
        self._noted = 0
        self._valid = 0
        self._sum = 0.0

    def __enter__(self) -> ProgressLedger:
        self._bar.__enter__()
        return self

    def known(self, key: str, task: Task, sample: int) -> Rollout | None:
        """None: it keeps no rollouts."""
        return None

    def note(self, rollout: Rollout, sample: int) -> None:
        """Show one more."""
        if rollout.verdict.valid:
            self._valid += 1
            self._sum += rollout.verdict.score
        self._noted += 1
        mean = f", mean {self._sum / self._valid:.3f}" if self._valid else ""
        self._bar.update(self._noted, f"{self._env}: {self._noted} of {self._total}{mean}")

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._bar.__exit__(kind, error, at)
