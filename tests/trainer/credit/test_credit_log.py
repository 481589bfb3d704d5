from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from palestra.agents import read_rollouts
from palestra.trainer.run.train import train_command
from palestra.trainer.run_folder.run_paths import RunPaths
from tiny_model import save_tiny_model
from tiny_run import write_config

SHAPING = "overlong = { max_tokens = 8, buffer = 8 }"


@pytest.mark.parametrize("updates", [1, 2, 3])
def test_a_run_logs_what_every_token_learned_from(updates: int, tmp_path: Path) -> None:
    model = save_tiny_model(tmp_path / "model")
    lines = ('reward = "random"', SHAPING, f"learner.updates_per_step = {updates}")
    train_command(str(write_config(tmp_path, model, *lines)), [], None)
    paths = RunPaths(folder=tmp_path / "runs" / "tiny")
    rows = [json.loads(line) for line in paths.rewards(2).read_text().splitlines()]
    rollouts = list(read_rollouts(paths.rollouts(2)))
    assert [row["key"] for row in rows] == [rollout.key for rollout in rollouts]
    for row, rollout in zip(rows, rollouts, strict=True):
        credit = row["credit"]
        assert credit["turns"] == [credit["advantage"]] and credit["tokens"] == rollout.policy_tokens
    for start in range(0, len(rows), 4):
        group = rows[start : start + 4]
        mean = sum(row["reward"] for row in group) / 4
        assert all(math.isclose(row["credit"]["advantage"], row["reward"] - mean, abs_tol=1e-5) for row in group)
    for number in {row["credit"]["update"] for row in rows}:
        own = [row["credit"] for row in rows if row["credit"]["update"] == number]
        assert math.isclose(sum(credit["weight"] * credit["tokens"] for credit in own), 1.0, rel_tol=1e-4)
    assert {row["credit"]["update"] for row in rows} == set(range(1, updates + 1))
