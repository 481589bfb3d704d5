"""A run that is killed at any moment and resumed equals one that was not, bit for bit."""

from __future__ import annotations

import json
import os
import random
import signal
import time
from pathlib import Path

import pytest
import torch

from palestra.trainer.checkpoints.checkpoint import checkpoints
from palestra.trainer.run_folder.run_paths import RunPaths
from tiny_model import save_roomy_model, save_tiny_model
from tiny_run import ONE_ANSWER, start, write_config

STEPS = 9
LINES = (
    # The tiny model never adds right: coins and a penalty for length give every group something to learn from.
    'reward.kind = "random"',
    "overlong = { max_tokens = 8, buffer = 6 }",
    "learner = { updates_per_step = 2, tokens_per_microbatch = 40 }",
    "checkpoint = { every = 2, keep = 2 }",
    "evaluation.every = 3",
    'kl = "k3"',
    'optim.decay = "cosine"',
)

CURRICULUM = (
    'env.kind = "curriculum"',
    'env.environments = [{ id = "palestra/ChainSum-v1" }, { id = "palestra/RandomCalculationContinuous-v1" }]',
    "env.difficulties = [0.0, 0.3]",
)

SEVERAL_TURNS = ('env = { id = "palestra/GuessTheNumber-v1", config = { difficulty = 0.0 } }',)

STAGES = (
    """
[[stages]]
name = "cold"
steps = 3
supervised = { source = { kind = "oracle", demonstrations = 5 }, batch = 2, tokens = "surprising" }
[[stages]]
name = "first"
steps = 4
evaluation.every = 1
resets.patience = 1
[[stages]]
name = "second"
steps = 2
env = { id = "palestra/RandomCalculationContinuous-v1" }
rollout.length_schedule = { kind = "stairs", factors = [0.5, 1.0], until = [0.5] }
""",
)
"""Demonstrations, then rewards with resets of the reference, then another environment with a longer context."""

EVERYTHING = (
    """
env.kind = "evolution"
env.environments = [
    { id = "palestra/ChainSum-v1", config = { difficulty = 0.0 } },
    { id = "palestra/RandomCalculationContinuous-v1", config = { difficulty = 0.1 } },
]
reward.probability = 0.3
entropy = { kind = "control", low = 6.0, high = 7.0, step = 0.01 }
critic.lr_factor = 20.0
correction = "truncated"
resets.patience = 1
alarms = [
    { kind = "no-signal", window = 2, min_share = 0.9 },
    { kind = "length-drift", window = 2, max_ratio = 1.0001 },
    { kind = "false-accepts", window = 2, max_rise = 0.0, max_yes_change = 0.0 },
    { kind = "audit-gap", window = 2, max_growth = 0.001 },
]
[noise]
strata = [{ kind = "environment" }]
[noise.rates]
kind = "audited"
auditor.kind = "verdict"
appeals = { share = 0.7 }
audits = 0.7
budget = 20
min_audits = 1
window = 3
[[stages]]
name = "first"
steps = 5
evaluation.every = 1
rollout.budget = { kind = "dynamic", max_rounds = 2 }
[[stages]]
name = "second"
steps = 4
rollout.budget = { kind = "dynamic", max_rounds = 2, overdraw = 1.0, keep = "mixed" }
selection = "ada-balance"
""",
)
"""All parts that remember something: evolving tasks, audits, alarms, resets, a critic, entropy control, stages."""


def _until_done(config: Path, folder: Path, kill_after_rows: list[int], rng: random.Random) -> int:
    """Train, kill -9 when the metrics have so many rows and a moment later, resume, and so on; how many were killed."""
    paths, log = RunPaths(folder=folder / "runs" / "tiny"), folder / "log"
    killed = 0
    for rows in kill_after_rows:
        process = start((str(config), [], None) if not killed else (None, [], paths.folder), log)
        while process.is_alive() and _rows(paths) < rows:
            time.sleep(0.002)
        time.sleep(rng.uniform(0.0, 0.15))
        if process.is_alive() and process.pid is not None:
            os.kill(process.pid, signal.SIGKILL)
        process.join(60)
        assert process.exitcode == -signal.SIGKILL, log.read_text()
        killed += 1
    last = start((None, [], paths.folder) if killed else (str(config), [], None), log)
    last.join(120)
    assert last.exitcode == 0, log.read_text()
    return killed


def _rows(paths: RunPaths) -> int:
    return paths.metrics.read_bytes().count(b"\n") if paths.metrics.exists() else 0


def _rollouts(folder: Path) -> dict[str, list[object]]:
    """All rollouts and rewards without their clocks."""
    clocks = {"timings", "model_s", "tool_s", "queue_s", "cpu_s"}
    found: dict[str, list[object]] = {}
    for file in sorted(folder.glob("*/*.jsonl")):
        rows = [json.loads(line) for line in file.read_text().splitlines()]
        found[f"{file.parent.name}/{file.name}"] = [_without(clocks, row) for row in rows]
    return found


def _without(names: set[str], row: dict[str, object]) -> dict[str, object]:
    kept = {name: value for name, value in row.items() if name not in names}
    turns = kept.get("turns")
    return kept | {"turns": [_without(names, turn) for turn in turns]} if isinstance(turns, list) else kept


def _numbers(paths: RunPaths) -> list[object]:
    """All metrics without clocks."""
    clocks = {"train_seconds", "generate_s", "judge_s", "learn_s", "seconds", "tokens_per_second"}
    clocks |= {"generator_idle_s", "learner_idle_s", "overlap_s"}
    rows = [row for row in map(json.loads, paths.metrics.read_text().splitlines()) if row["kind"] != "floor"]
    return [{name: value for name, value in row.items() if name not in clocks} for row in rows]


def _moments(paths: RunPaths) -> dict[int, dict[str, torch.Tensor]]:
    """The optimizer's state in the newest checkpoint."""
    optimizer = next(checkpoints(paths.checkpoints)).tensors("optimizer")
    assert optimizer is not None
    moments: dict[int, dict[str, torch.Tensor]] = optimizer["optimizer"]["state"]
    return moments


@pytest.mark.parametrize(
    ("extra", "kills"),
    [
        ((), [1, 4, 7, 9]),
        (("model.lora = { rank = 3 }",), [5]),
        (CURRICULUM, [6]),
        (STAGES, [3, 8, 12, 16]),
        pytest.param(SEVERAL_TURNS, [2, 6], marks=pytest.mark.real),  # half a minute each: the second lane
        pytest.param(EVERYTHING, [6, 17, 29], marks=pytest.mark.real),
    ],
    ids=["all weights", "lora", "curriculum", "stages", "several turns", "everything"],
)
def test_a_run_that_was_killed_again_and_again_equals_one_that_was_not(
    extra: tuple[str, ...], kills: list[int], tmp_path: Path
) -> None:
    model = (save_roomy_model if extra == SEVERAL_TURNS else save_tiny_model)(tmp_path / "model")
    folders = [tmp_path / name for name in ("straight", "killed")]
    for folder in folders:
        folder.mkdir()
    env = "" if extra in (CURRICULUM, SEVERAL_TURNS, EVERYTHING) else ONE_ANSWER
    straight, killed = (write_config(folder, model, *LINES, *extra, steps=STEPS, env=env) for folder in folders)
    assert _until_done(straight, folders[0], [], random.Random(0)) == 0
    assert _until_done(killed, folders[1], kills, random.Random(str(extra))) == len(kills)

    first, second = (RunPaths(folder=folder / "runs" / "tiny") for folder in folders)
    assert _numbers(first) == _numbers(second)
    rollouts = _rollouts(first.folder)
    assert rollouts == _rollouts(second.folder)
    if extra not in (STAGES, EVERYTHING):
        assert len(rollouts) == 2 * STEPS + 2 * 2 + 2, (
            "rollouts and rewards of all steps, two whole evaluations and two brief ones"
        )
    assert (first.model / "model.safetensors").read_bytes() == (second.model / "model.safetensors").read_bytes()
    assert (first.model / "model.safetensors").read_bytes() != (model / "model.safetensors").read_bytes()
    states = [_moments(paths) for paths in (first, second)]
    assert states[0].keys() == states[1].keys()
    for number, state in states[0].items():
        assert all(torch.equal(value, states[1][number][name]) for name, value in state.items())
