"""RAFT is a composition: sample, keep what is right, learn it as a demonstration, and again."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from palestra.trainer.metrics import EvalMetrics, StepMetrics
from palestra.trainer.metrics.metrics_log import read_metrics
from palestra.trainer.run.train import train_command
from palestra.trainer.run_folder.run_paths import RunPaths
from tiny_model import save_tiny_model
from tiny_run import write_config

LINES = (
    'reward = "random"',
    'advantage = "psr"',
    'loss = "raft"',
    'rollout.budget = "gvm"',
    "learner.updates_per_step = 2",
    "reasoning.share = 0.5",
)


def test_a_run_keeps_what_is_right_and_learns_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With GVM's allocation as the budget; and on request of the system prompt, which is evaluated both ways."""
    model = save_tiny_model(tmp_path / "model")
    lines = [line for line in LINES if not line.startswith("rollout")]
    path = write_config(tmp_path, model, *lines)
    assert train_command(str(path), ["--rollout.budget", "gvm"], None) == 0
    rows = list(read_metrics(RunPaths(folder=tmp_path / "runs" / "tiny").metrics))
    steps = [row for row in rows if isinstance(row, StepMetrics)]
    assert all(math.isfinite(row.loss) for row in steps)
    evaluated = {(row.name, row.step): row.obeyed for row in rows if isinstance(row, EvalMetrics)}
    assert {name for name, _ in evaluated} == {
        "heldout-thinking",
        "heldout-direct",
        "heldout-greedy-thinking",
        "heldout-greedy-direct",
    }
    assert evaluated["heldout-thinking", 0] == 0.0 and evaluated["heldout-direct", 0] == 1.0
    assert "heldout-thinking_before" in capsys.readouterr().out
