"""Where the rollouts of a run are: folders of evaluations and of training, and files."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from palestra.cli.errors import UsageError

if TYPE_CHECKING:
    from palestra.agents import Rollout
    from palestra.agents.exports import StoredRollout

_EVALUATION = re.compile(r"(?P<name>.+)-step-(?P<step>\d+)\.jsonl")
_TRAINING = re.compile(r"step-(?P<step>\d+)\.jsonl")


def evaluation_file(run: Path, name: str | None = None, step: int | None = None) -> Path:
    """The rollouts of one evaluation.

    Args:
        run: A folder of `palestra eval` or `palestra train`, or a file of rollouts.
        name: Which evaluation of a training run: `heldout` if None, or the only one.
        step: Of which step of it; the last if None.

    Raises:
        UsageError: There is none.
    """
    if run.is_file():
        return run
    if not run.is_dir():
        raise UsageError(f"there is no `{run}`\n\nhint: give the folder of a run, or a file of rollouts")
    if (run / "rollouts.jsonl").is_file():
        return run / "rollouts.jsonl"
    found = [
        (match["name"], int(match["step"]), path)
        for path in (run / "evaluations").glob("*.jsonl")
        if (match := _EVALUATION.fullmatch(path.name))
    ]
    names = sorted({each[0] for each in found})
    wanted = name or (names[0] if len(names) == 1 else "heldout")
    steps = sorted((at, path) for each, at, path in found if each == wanted and step in (None, at))
    if not steps:
        known = f"there are {', '.join(f'`{each}`' for each in names)}" if names else "it has none"
        what = f"`{run}` has no evaluation `{wanted}`" + ("" if step is None else f" of step {step}")
        raise UsageError(f"{what}\n\nhint: {known}; `--evaluation NAME` chooses one")
    return steps[-1][1]


def rollout_paths(run: Path) -> Sequence[Path]:
    """All files of rollouts of a run: of an evaluation, or training step by step and then the evaluations.

    Raises:
        UsageError: There are none.
    """
    if run.is_file():
        return [run]
    whole = run / "rollouts.jsonl"
    found = [whole] if whole.is_file() else []
    found += sorted((run / "rollouts").glob("step-*.jsonl")) + sorted((run / "evaluations").glob("*-step-*.jsonl"))
    if not found:
        raise UsageError(f"`{run}` holds no rollouts\n\nhint: give the folder of a run, or a file of rollouts")
    return found


def read_all(paths: Sequence[Path]) -> list[Rollout]:
    """The rollouts of files, in order.

    Raises:
        EvaluationError: A file cannot be read.
    """
    from palestra.agents.evaluation import read_finished

    return [rollout for path in paths for rollout in read_finished(path)]


def stored_rollouts(run: Path) -> Iterator[StoredRollout]:
    """The rollouts of a run, file by file, each with the place that it is from.

    Raises:
        UsageError: There are none.
        EvaluationError: A file cannot be read.
    """
    from palestra.agents.evaluation import read_finished
    from palestra.agents.exports import StoredRollout

    for path in rollout_paths(run):
        if path.exists() and path.stat().st_size == 0:
            continue  # a step that found nothing to learn from
        source, step = path.stem, None
        if training := _TRAINING.fullmatch(path.name):
            source, step = "train", int(training["step"])
        elif evaluation := _EVALUATION.fullmatch(path.name):
            source, step = evaluation["name"], int(evaluation["step"])
        for rollout in read_finished(path):
            yield StoredRollout(rollout=rollout, source=source, step=step)
