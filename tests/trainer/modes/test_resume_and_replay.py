"""What a pipelined run that is killed goes on from, and learning again from a log alone."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import time
from collections import Counter
from pathlib import Path

import pytest

from palestra.agents import read_rollouts
from palestra.trainer.checkpoints.checkpoint import checkpoints
from palestra.trainer.errors import ConfigError, ReplayError
from palestra.trainer.metrics import StepMetrics
from palestra.trainer.metrics.metrics_log import read_metrics
from palestra.trainer.run.train import train_command
from palestra.trainer.run_folder.run_paths import RunPaths
from tiny_model import save_tiny_model
from tiny_run import start, write_config

STEPS = 8
COINS = 'reward.kind = "random"'
COPIED = "generator.copies_weights = true"
OFTEN = "checkpoint = { every = 2, keep = 9 }"
SHORT = "overlong = { max_tokens = 8, buffer = 6 }"
BOUNDARY = 'mode = { kind = "pipelined", in_flight = "boundary" }'
CARRYING = 'mode = { kind = "pipelined", max_staleness = 2, finish = "carry-over" }'


def _run(folder: Path, model: Path, *lines: str, steps: int = STEPS, overrides: tuple[str, ...] = ()) -> RunPaths:
    folder.mkdir(parents=True, exist_ok=True)
    config = write_config(folder, model, COINS, SHORT, OFTEN, *lines, steps=steps)
    assert train_command(str(config), list(overrides), None) == 0
    return RunPaths(folder=folder / "runs" / "tiny")


def _weights(paths: RunPaths) -> bytes:
    return (paths.model / "model.safetensors").read_bytes()


def _steps(paths: RunPaths) -> list[StepMetrics]:
    return [row for row in read_metrics(paths.metrics) if isinstance(row, StepMetrics)]


def _keys(paths: RunPaths) -> list[str]:
    return [rollout.key for _, path in paths.rollout_steps() for rollout in read_rollouts(path)]


def _rewind(paths: RunPaths, step: int) -> None:
    """As after a kill: no checkpoint behind a step, and no model."""
    for checkpoint in list(checkpoints(paths.checkpoints)):
        if checkpoint.step > step:
            shutil.rmtree(checkpoint.folder)
    shutil.rmtree(paths.model)


@pytest.mark.parametrize("mode", [BOUNDARY, 'mode = "pipelined"', CARRYING], ids=["boundary", "next-token", "carrying"])
def test_a_resumed_run_learns_from_its_log_and_samples_nothing_again(mode: str, tmp_path: Path) -> None:
    model = save_tiny_model(tmp_path / "model")
    paths = _run(tmp_path / "run", model, mode, COPIED)
    weights, keys = _weights(paths), _keys(paths)
    _rewind(paths, 4)
    assert train_command(None, [], paths.folder) == 0
    assert _weights(paths) == weights, "the same updates from the same data"
    assert _keys(paths) == keys
    rows = _steps(paths)
    assert [row.step for row in rows] == [*range(1, STEPS + 1)]
    assert [row.replayed_samples for row in rows] == [0] * 4 + [row.played_samples for row in rows[4:]]


def test_rollouts_that_the_log_lacks_are_sampled_and_no_others(tmp_path: Path) -> None:
    model = save_tiny_model(tmp_path / "model")
    paths = _run(tmp_path / "run", model, BOUNDARY, COPIED)
    _rewind(paths, 6)
    last = paths.rollouts(STEPS).read_text().splitlines(keepends=True)
    paths.rollouts(STEPS).unlink()
    paths.ahead.write_text("".join(last[:5]) + last[5][:40])  # killed in the middle of a line
    kept = {json.loads(line)["key"]: line for line in last[:5]}
    assert train_command(None, [], paths.folder) == 0
    rows = _steps(paths)
    assert [row.replayed_samples for row in rows[6:]] == [12, 5]
    again = {json.loads(line)["key"]: line for line in paths.rollouts(STEPS).read_text().splitlines(keepends=True)}
    assert len(again) == 12 and {key: again[key] for key in kept} == kept
    assert not paths.ahead.exists()


def test_another_configuration_learns_from_rollouts_of_its_own(tmp_path: Path) -> None:
    model = save_tiny_model(tmp_path / "model")
    paths = _run(tmp_path / "run", model, BOUNDARY, COPIED)
    _rewind(paths, 4)
    assert train_command(None, ["--rollout.temperature=0.7"], paths.folder) == 0
    assert [row.replayed_samples for row in _steps(paths)[4:]] == [0] * 4


@pytest.mark.parametrize("mode", ['mode = "pipelined"', CARRYING], ids=["next-token", "carrying"])
def test_a_pipelined_run_survives_kills_and_loses_and_doubles_nothing(mode: str, tmp_path: Path) -> None:
    model = save_tiny_model(tmp_path / "model")
    config = write_config(tmp_path, model, COINS, SHORT, OFTEN, mode, COPIED, "evaluation.every = 3", steps=STEPS)
    paths, log, rng = RunPaths(folder=tmp_path / "runs" / "tiny"), tmp_path / "log", random.Random(mode)
    seen: dict[str, str] = {}
    for number, rows in enumerate((2, 4, 7)):
        process = start((str(config), [], None) if number == 0 else (None, [], paths.folder), log)
        while process.is_alive() and (not paths.metrics.exists() or paths.metrics.read_bytes().count(b"\n") < rows):
            time.sleep(0.002)
        time.sleep(rng.uniform(0.0, 0.1))
        if process.is_alive() and process.pid is not None:
            os.kill(process.pid, signal.SIGKILL)
        process.join(60)
        assert process.exitcode == -signal.SIGKILL, log.read_text()
        newest = next(checkpoints(paths.checkpoints), None)
        done = 0 if newest is None else newest.step
        seen |= {
            json.loads(line)["key"]: line
            for step, path in paths.rollout_steps()
            if step > done
            for line in path.read_text().splitlines()
        }
    last = start((None, [], paths.folder), log)
    last.join(120)
    assert last.exitcode == 0, log.read_text()
    keys = _keys(paths)
    assert len(keys) == len(set(keys)) and set(Counter(key.rpartition("/")[0] for key in keys).values()) == {4}
    rows_found = _steps(paths)
    assert [row.step for row in rows_found] == [*range(1, STEPS + 1)]
    assert all(row.staleness_max is not None and row.staleness_max <= 2 for row in rows_found)
    assert sum(row.played_samples or 0 for row in rows_found) == len(keys)
    final = {
        json.loads(line)["key"]: line for _, path in paths.rollout_steps() for line in path.read_text().splitlines()
    }
    assert {key: final[key] for key in seen} == seen, "what was logged was learned from as it was"


@pytest.mark.parametrize(
    "lines", [(), (BOUNDARY, COPIED), (CARRYING, COPIED)], ids=["synchronous", "pipelined", "carrying"]
)
def test_a_finished_run_is_learned_again_from_its_log_alone_bit_for_bit(lines: tuple[str, ...], tmp_path: Path) -> None:
    model = save_tiny_model(tmp_path / "model")
    first = _run(tmp_path / "first", model, *lines, steps=4)
    mode = [line for line in lines if line is not COPIED]
    again = _run(
        tmp_path / "again", model, *mode, f'generator = {{ kind = "replay", run = "{first.folder}" }}', steps=4
    )
    assert _weights(first) == _weights(again)
    assert _keys(first) == _keys(again)
    assert first.evaluation("heldout", 4).exists() and again.evaluation("heldout", 4).exists()


def test_a_rollout_that_the_log_lacks_is_a_named_error(tmp_path: Path) -> None:
    model = save_tiny_model(tmp_path / "model")
    first = _run(tmp_path / "first", model, steps=2, overrides=("--evaluation.tasks=0",))
    replay = f'generator = {{ kind = "replay", run = "{first.folder}" }}'
    with pytest.raises(ReplayError, match=r"has no rollout `0/3/0/0`(.|\n)*hint: "):
        _run(tmp_path / "more", model, replay, steps=3, overrides=("--evaluation.tasks=0",))
    with pytest.raises(ReplayError, match=r"read another prompt in its turn 1 than in the log(.|\n)*hint: "):
        _run(
            tmp_path / "other", model, replay, overrides=("--evaluation.tasks=0", "--env.system_prompt=Count."), steps=2
        )
    with pytest.raises(ConfigError, match=r"holds no rollouts(.|\n)*hint: "):
        _run(tmp_path / "none", model, f'generator = {{ kind = "replay", run = "{tmp_path}" }}')
