"""What a run left in its folder; whatever is missing or broken is left out, with a remark."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

from palestra.agents import Rollout, RolloutError, read_rollouts
from palestra.envs import Scalar
from palestra.trainer.errors import MetricsError
from palestra.trainer.metrics import AlarmMetrics, EvalMetrics, EventMetrics, LessonMetrics, RateMetrics, StepMetrics
from palestra.trainer.metrics_log import read_metrics

_EVALUATION = re.compile(r"(?P<name>.+)-step-(?P<step>\d+)\.jsonl")


@dataclass(frozen=True, kw_only=True, slots=True)
class RunFolder:
    """The contents of a run folder."""

    name: str
    config_text: str
    steps: tuple[StepMetrics, ...]
    lessons: tuple[LessonMetrics, ...]
    evaluations: tuple[EvalMetrics, ...]
    events: tuple[EventMetrics, ...]
    rates: tuple[RateMetrics, ...]
    alarms: tuple[AlarmMetrics, ...]
    rollout_files: dict[str, dict[int, Path]]
    """Rollouts of evaluations: name to step to file."""
    summary: dict[str, Scalar]
    remarks: tuple[str, ...]
    """What could not be read, a sentence each."""

    @classmethod
    def read(cls, folder: Path) -> RunFolder:
        """The contents of a folder, as far as they can be read."""
        remarks: list[str] = []
        steps: list[StepMetrics] = []
        lessons: list[LessonMetrics] = []
        evaluations: list[EvalMetrics] = []
        events: list[EventMetrics] = []
        rates: list[RateMetrics] = []
        alarms: list[AlarmMetrics] = []
        try:
            for row in read_metrics(folder / "metrics.jsonl"):
                match row:
                    case StepMetrics():
                        steps.append(row)
                    case LessonMetrics():
                        lessons.append(row)
                    case EvalMetrics():
                        evaluations.append(row)
                    case EventMetrics():
                        events.append(row)
                    case RateMetrics():
                        rates.append(row)
                    case AlarmMetrics():
                        alarms.append(row)
        except (OSError, MetricsError) as error:
            remarks.append(f"The metrics end early: {error}")
        return cls(
            name=folder.resolve().name,
            config_text=_read_text(folder / "config.toml", remarks),
            steps=tuple(steps),
            lessons=tuple(lessons),
            evaluations=tuple(evaluations),
            events=tuple(events),
            rates=tuple(rates),
            alarms=tuple(alarms),
            rollout_files=_rollout_files(folder / "evaluations"),
            summary=_read_summary(folder / "summary.json", remarks),
            remarks=tuple(remarks),
        )

    def first_samples(self, name: str, step: int) -> dict[str, Rollout]:
        """The first rollout of each task of an evaluation, by task id; a broken file ends early."""
        rollouts: dict[str, Rollout] = {}
        try:
            for rollout in read_rollouts(self.rollout_files[name][step]):
                rollouts.setdefault(str(rollout.task.id), rollout)
        except (OSError, ValueError, RolloutError):
            pass
        return rollouts


def _rollout_files(folder: Path) -> dict[str, dict[int, Path]]:
    files: dict[str, dict[int, Path]] = {}
    for path in sorted(folder.glob("*.jsonl")):
        if match := _EVALUATION.fullmatch(path.name):
            files.setdefault(match["name"], {})[int(match["step"])] = path
    return files


def _read_text(path: Path, remarks: list[str]) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        remarks.append(f"There is no {path.name}: {error.strerror}")
        return ""


def _read_summary(path: Path, remarks: list[str]) -> dict[str, Scalar]:
    if not path.exists():
        return {}
    try:
        summary = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        remarks.append(f"{path.name} cannot be read: {error}")
        return {}
    if not isinstance(summary, dict):
        return {}
    return {name: value for name, value in summary.items() if isinstance(value, str | int | float)}
