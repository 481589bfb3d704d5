"""Every budget and every selection trains the tiny model, and goes on from a checkpoint as if it had never stopped."""

from __future__ import annotations

import asyncio
import math
from contextlib import nullcontext
from pathlib import Path

import pytest

from palestra.trainer.checkpoints.checkpoint import Position, checkpoints
from palestra.trainer.config.reader import read_config
from palestra.trainer.metrics import Metrics, StepMetrics
from palestra.trainer.run.assembly import assemble
from palestra.trainer.run.loop import TrainingLoop
from palestra.trainer.run_folder.run_paths import RunPaths
from tiny_model import save_tiny_model
from tiny_run import write_config

SELECTIONS = ("red-drop", "d3s", "ada-balance", "pf-ppo", "even-prompts")
COMPOSITIONS = {
    "fixed": "",
    "dynamic": "rollout.budget.kind=dynamic rollout.budget.keep.kind=mixed rollout.budget.max-rounds=2",
    "reinforce-ada": "rollout.budget.kind=reinforce-ada rollout.budget.rounds=2 rollout.budget.samples-per-round=3",
    "gvm": "rollout.budget.kind=gvm rollout.budget.pilot=2 rollout.budget.gradient=surprise",
    "swarm": "rollout.budget.kind=swarm rollout.budget.folder=@ rollout.budget.node=a rollout.budget.external=1",
    **{name: f"selection.kind={name}" for name in SELECTIONS},
    "gold": "rollout.gold.shaping=0.1",
    "gold in the baseline": "rollout.gold.shaping=none rollout.gold.in-baseline=true learner.updates-per-step=2",
    "rejection": "rollout.rejection.score.kind=opening rollout.rejection.every=3 rollout.rejection.spare=0.5",
}
"""Overrides by name; `@` is a folder."""


class _KilledError(Exception):
    """The run ends here."""


class _Rows:
    """Keeps the rows of steps, and kills the run when it is told of a later one."""

    def __init__(self, last: int) -> None:
        self.rows: list[StepMetrics] = []
        self._last = last

    def record(self, metrics: Metrics) -> None:
        if isinstance(metrics, StepMetrics):
            if metrics.step > self._last:
                raise _KilledError
            self.rows.append(metrics)

    def say(self, text: str) -> None:
        pass


def _train(folder: Path, model: Path, overrides: str, stops: tuple[int, ...]) -> list[StepMetrics]:
    """Train to each of the steps in turn, each time with fresh parts from the last checkpoint."""
    flags = [f"--{flag}" for flag in overrides.replace("@", str(folder / "swarm")).split()]
    path = write_config(folder, model, 'reward = "random"', steps=stops[-1])
    config = read_config(path, ["--evaluation.tasks=0", "--checkpoint.every=1", *flags])
    paths = RunPaths(folder=folder / "run")
    position = Position(step=0, train_seconds=0.0, threads=1)
    rows: list[StepMetrics] = []
    for stop in stops:
        parts, memory = assemble(config), _Rows(stop)
        for checkpoint in list(checkpoints(paths.checkpoints))[:1]:
            checkpoint.restore_weights(parts.policy.model)
            parts.restore(checkpoint)
            position = checkpoint.position()
        loop = TrainingLoop(config, parts, paths, memory)
        with pytest.raises(_KilledError) if stop < stops[-1] else nullcontext():
            asyncio.run(loop.run(position))
        rows += memory.rows
    return rows


@pytest.mark.parametrize("name", COMPOSITIONS)
def test_two_steps_in_one_go_equal_two_with_a_kill_between_them(name: str, tmp_path: Path) -> None:
    model = save_tiny_model(tmp_path / "model")
    weights = []
    for stops in ((2,), (1, 2)):
        folder = tmp_path / f"{len(stops)}"
        folder.mkdir()
        rows = _train(folder, model, COMPOSITIONS[name], stops)
        assert [row.step for row in rows] == [1, 2]
        assert any(row.gradient_norm > 0 for row in rows)
        assert all(row.mismatch_max < 1e-4 for row in rows if not math.isnan(row.mismatch_max))
        newest = next(checkpoints(folder / "run" / "checkpoints"))
        weights.append((newest.folder / "model" / "model.safetensors").read_bytes())
    assert weights[0] == weights[1]
    assert weights[0] != (model / "model.safetensors").read_bytes()
