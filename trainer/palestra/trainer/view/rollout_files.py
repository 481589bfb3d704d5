"""Which files of rollouts there are under a path, and which of them are shown when there are too many."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from palestra.trainer.errors import ViewError

_TRAINING = re.compile(r"step-(?P<step>\d+)\.jsonl")
_EVALUATION = re.compile(r"(?P<name>.+)-step-(?P<step>\d+)\.jsonl")


class Origin(StrEnum):
    """What rollouts were played for."""

    TRAINING = "training"
    EVALUATION = "evaluation"


@dataclass(frozen=True, kw_only=True, slots=True)
class RolloutFile:
    """A file of rollouts."""

    path: Path
    name: str
    """What it is called on the page: `train`, the name of an evaluation, or that of the file."""
    origin: Origin
    step: int | None = None
    """Of the run; None outside of a training run."""
    rewards: Path | None = None
    """What became of the rollouts' verdicts; None where nothing was learned."""

    @property
    def stamp(self) -> str:
        """Changes when the file or that of its rewards does."""
        return "-".join(_stamp(path) for path in (self.path, self.rewards) if path is not None)

    def count(self) -> int:
        """How many lines it has."""
        with self.path.open("rb") as file:
            return sum(chunk.count(b"\n") for chunk in iter(lambda: file.read(1 << 20), b""))


def rollout_files(target: Path) -> list[RolloutFile]:
    """All files of rollouts of a run's folder, or the file itself: training by step, then evaluations.

    Raises:
        ViewError: There is no such file or folder, or the folder is no run's.
    """
    if target.is_file():
        return [RolloutFile(path=target, name=target.stem, origin=Origin.EVALUATION)]
    if not target.is_dir():
        raise ViewError(f"there is no `{target}`\n\nhint: give the folder of a run, or a file of rollouts (JSON lines)")
    found = [*_training(target), *_evaluations(target)]
    if (whole := target / "rollouts.jsonl").is_file():
        found.append(RolloutFile(path=whole, name="rollouts", origin=Origin.EVALUATION))
    if not found and not any((target / name).is_file() for name in ("metrics.jsonl", "config.toml", "summary.json")):
        raise ViewError(
            f"`{target}` holds no run: no rollouts, metrics.jsonl, config.toml or summary.json\n\n"
            "hint: give the folder that `palestra train` or `palestra eval` has written, e.g. runs/quickstart"
        )
    return found


def spread(files: Sequence[RolloutFile], most: int) -> list[RolloutFile]:
    """Whole files with about as many rollouts as are wanted, evenly over the steps; first and last always.

    The choice is stable: a run that goes on shows the same files, until there are twice as many.
    """
    counts = {file.path: file.count() for file in files}
    series: dict[str, list[RolloutFile]] = {}
    for file in files:
        series.setdefault(file.name, []).append(file)
    stride = 1
    while True:
        kept = [
            file for each in series.values() for i, file in enumerate(each) if i % stride == 0 or i == len(each) - 1
        ]
        if sum(counts[file.path] for file in kept) <= most or all(stride >= len(each) for each in series.values()):
            return kept
        stride *= 2


def _training(folder: Path) -> list[RolloutFile]:
    found = [
        RolloutFile(
            path=path,
            name="train",
            origin=Origin.TRAINING,
            step=int(match["step"]),
            rewards=folder / "rewards" / path.name,
        )
        for path in (folder / "rollouts").glob("step-*.jsonl")
        if (match := _TRAINING.fullmatch(path.name))
    ]
    return sorted(found, key=lambda file: file.step or 0)


def _evaluations(folder: Path) -> list[RolloutFile]:
    found = [
        RolloutFile(path=path, name=match["name"], origin=Origin.EVALUATION, step=int(match["step"]))
        for path in (folder / "evaluations").glob("*.jsonl")
        if (match := _EVALUATION.fullmatch(path.name))
    ]
    return sorted(found, key=lambda file: (file.name, file.step))


def _stamp(path: Path) -> str:
    try:
        state = path.stat()
    except OSError:
        return "0"
    return f"{state.st_size:x}.{state.st_mtime_ns:x}"
