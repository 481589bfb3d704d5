"""The last line of a run says what its rows say together."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from palestra.trainer.checkpoints.checkpoint import Position
from palestra.trainer.config.reader import parse_config
from palestra.trainer.metrics import StepMetrics
from palestra.trainer.metrics.metrics_log import MetricsLog
from palestra.trainer.run.summary import summarize
from palestra.trainer.run_folder.run_paths import RunPaths

RUN = 'steps = 3\n[env]\nid = "palestra/ChainSum-v1"\n[model]\npath = "m"\n'


def _step(step: int, *, policy_tokens: int, tokens_per_second: float, generate_s: float) -> StepMetrics:
    names = [f.name for f in dataclasses.fields(StepMetrics) if f.type == "float"]
    counts = [f.name for f in dataclasses.fields(StepMetrics) if f.type == "int"]
    values = dict.fromkeys(names, 0.5) | dict.fromkeys(counts, 3) | {"step": step, "policy_tokens": policy_tokens}
    values |= {"tokens_per_second": tokens_per_second, "generate_s": generate_s}
    return StepMetrics(**values)  # type: ignore[arg-type]


def _speed(folder: Path, *rows: StepMetrics) -> object:
    paths = RunPaths(folder=folder)
    with MetricsLog(paths.metrics) as log:
        for row in rows:
            log.append(row)
    position = Position(step=len(rows), train_seconds=1.0, threads=1)
    return summarize(parse_config(RUN), paths, position)["tokens_per_second"]


def test_the_speed_is_that_of_all_seconds_of_generation(tmp_path: Path) -> None:
    rows = (
        _step(1, policy_tokens=200, tokens_per_second=100.0, generate_s=2.0),
        _step(2, policy_tokens=600, tokens_per_second=100.0 * 6, generate_s=1.0),
    )
    assert _speed(tmp_path, *rows) == pytest.approx(800 / 3, abs=0.05)


def test_tokens_that_are_read_from_the_log_are_no_speed(tmp_path: Path) -> None:
    rows = (
        _step(1, policy_tokens=200, tokens_per_second=100.0, generate_s=2.0),
        _step(2, policy_tokens=500, tokens_per_second=0.0, generate_s=0.0),
        _step(3, policy_tokens=500, tokens_per_second=50.0, generate_s=2.0),
    )
    assert _speed(tmp_path, *rows) == 75.0


def test_a_run_that_sampled_nothing_has_no_speed(tmp_path: Path) -> None:
    assert _speed(tmp_path, _step(1, policy_tokens=500, tokens_per_second=0.0, generate_s=0.0)) is None
