from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from palestra.cli import main
from palestra.trainer.metrics import StepMetrics
from palestra.trainer.metrics.metrics_log import read_metrics
from palestra.trainer.run.train import train_command
from palestra.trainer.run_folder.run_paths import RunPaths
from tiny_model import save_tiny_model
from tiny_run import start, write_config


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny_model(tmp_path_factory.mktemp("model"))


def told_steps(paths: RunPaths) -> list[int]:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(str(paths.folder / "tensorboard"), purge_orphaned_data=False)
    events.Reload()
    return [point.step for point in events.Scalars("step/loss")]


def test_after_a_kill_no_point_is_there_twice_and_the_last_ones_are_there(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = ("checkpoint = { every = 3, keep = 1 }", 'trackers = ["tensorboard"]')
    config = write_config(tmp_path, model, *lines, steps=60)
    paths = RunPaths(folder=tmp_path / "runs" / "tiny")
    process = start((str(config), [], None), tmp_path / "log")
    deadline = time.monotonic() + 120.0
    while not (paths.metrics.exists() and '"step": 5,' in paths.metrics.read_text()):
        assert time.monotonic() < deadline and process.is_alive(), (tmp_path / "log").read_text()
        time.sleep(0.05)
    time.sleep(0.7)  # so that the tracker has been told something
    assert process.is_alive(), "the run ended before it could be killed: give it more steps"
    os.kill(process.pid or 0, signal.SIGKILL)
    process.join()
    assert train_command(None, [], paths.folder) == 0
    said = capsys.readouterr().err
    assert "tracker tensorboard: tensorboard --logdir" in said and "the tracker" not in said
    found = told_steps(paths)
    steps = [row.step for row in read_metrics(paths.metrics) if isinstance(row, StepMetrics)]
    assert steps == list(range(1, 61))
    assert found == sorted(set(found)), "none is there twice"
    assert len(set(steps) - set(found)) <= 1 and found[-3:] == steps[-3:]


def test_a_package_that_is_missing_is_said_before_a_model_is_loaded(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("palestra.trainer.trackers.choice.find_spec", lambda name: None)
    config = write_config(tmp_path, tmp_path / "no-model")
    assert main(["train", str(config), "--trackers", "trackio"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("error: the tracker `trackio` needs the package `trackio`\n\nhint: pip install 'palestra[tr")
    assert not (tmp_path / "runs").exists()
