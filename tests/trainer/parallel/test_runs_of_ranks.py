"""Whole runs of several ranks: they equal those of one process, go on from each other's checkpoints, and never hang."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Sequence
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from palestra.trainer.checkpoints.checkpoint import checkpoints
from palestra.trainer.run.train import train_command
from palestra.trainer.run_folder.run_paths import RunPaths
from ranks import end_of, run_ranks, start_ranks
from tiny_model import save_tiny_model
from tiny_run import ONE_ANSWER, tiny_vllm, write_config

pytestmark = pytest.mark.real  # real processes, minutes of them on a small machine

LINES = ("checkpoint.every = 1", "checkpoint.keep = 9")
REWARD = 'reward = "random"'
FSDP = 'parallel = { kind = "fsdp", timeout_s = 60.0, silence_s = 20.0 }'
# A step of almost every gradient, however small, would make of two sums that differ in the last bit two runs.
SMOOTH = "optim.eps = 1e-2"
STAGES = """
kl = { kind = "k3" }
model.lora = { rank = 3 }
[[stages]]
name = "first"
steps = 1
learner.updates_per_step = 2
[[stages]]
name = "second"
steps = 2
critic = { detach_trunk = false }
"""
AHEAD = (
    'mode = { kind = "pipelined", in_flight = "boundary" }',
    "generator = { copies_weights = true }",
    'correction = "truncated"',
)
CLOCKS = {"train_seconds", "generate_s", "judge_s", "learn_s", "seconds", "tokens_per_second"}


def _config(folder: Path, *lines: str, steps: int = 3) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    model = folder.parent / "model"
    if not model.exists():
        save_tiny_model(model)
    return write_config(folder, model, *LINES, SMOOTH, *lines, steps=steps, env=f"{ONE_ANSWER}\n{REWARD}")


def _run(size: int, folder: Path, *arguments: Any) -> None:
    """Train to the end, on ranks or in one process; the rest are the arguments of `train_command`."""
    if size == 1:
        assert train_command(*arguments) == 0
    else:
        run_ranks(size, train_command, *arguments, log=folder / f"log-{size}-{time.monotonic_ns()}")


def _weights(folder: Path) -> dict[str, torch.Tensor]:
    return load_file(folder / "runs" / "tiny" / "model" / "model.safetensors")


def _steps(folder: Path) -> list[dict[str, Any]]:
    rows = map(json.loads, (folder / "runs" / "tiny" / "metrics.jsonl").read_text().splitlines())
    return [row for row in rows if row["kind"] == "step"]


def _same(folder: Path, other: Path, *, atol: float) -> None:
    own, expected = _weights(folder), _weights(other)
    assert own.keys() == expected.keys()
    for name, weight in expected.items():
        if atol:
            assert torch.allclose(own[name], weight, rtol=0.0, atol=atol), name
        else:
            assert torch.equal(own[name], weight), name


@pytest.mark.parametrize("lines", [(), (STAGES,), AHEAD], ids=["plain", "stages", "pipelined"])
def test_a_run_of_two_ranks_equals_that_of_one_process(lines: Sequence[str], tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    _run(1, one, str(_config(one, *lines)), [], None)
    _run(2, two, str(_config(two, FSDP, *lines)), [], None)
    _same(two, one, atol=1e-5)
    for own, expected in zip(_steps(two), _steps(one), strict=True):
        for name in ("reward_mean", "policy_tokens", "loss", "gradient_norm", "entropy", "kl_reference", "value_loss"):
            assert (own[name] is None) == (expected[name] is None), name
            if own[name] is not None:
                assert own[name] == pytest.approx(expected[name], rel=1e-3, abs=1e-5), name


@pytest.mark.parametrize("lines", [(), AHEAD[:1], (STAGES,)], ids=["synchronous", "pipelined", "adapters"])
def test_two_ranks_push_weights_to_servers_as_one_process_does(lines: Sequence[str], tmp_path: Path) -> None:
    found = {}
    for size, parallel in ((1, ""), (2, FSDP)):
        folder = tmp_path / str(size)
        folder.mkdir()
        transfer = f'{{ kind = "shared-file", folder = "{folder}" }}'
        servers = f'generator = {{ kind = "vllm", launch = 2, python = "{tiny_vllm(folder)}", transfer = {transfer} }}'
        _run(size, folder, str(_config(folder, parallel, servers, *lines)), [], None)
        found[size] = _steps(folder)
    _same(tmp_path / "2", tmp_path / "1", atol=1e-5)
    for own, expected in zip(found[2], found[1], strict=True):
        assert own["policy_tokens"] == expected["policy_tokens"]
        assert own["loss"] == pytest.approx(expected["loss"], rel=1e-3, abs=1e-5)
        assert not own["masked_samples"]  # a push that is not proven would end the run


def _cut(folder: Path, step: int) -> Path:
    """The run's folder as it was after a step."""
    run = RunPaths(folder=folder / "runs" / "tiny")
    for checkpoint in list(checkpoints(run.checkpoints)):
        if checkpoint.step > step:
            for path in sorted(checkpoint.folder.rglob("*"), reverse=True):
                path.rmdir() if path.is_dir() else path.unlink()
            checkpoint.folder.rmdir()
    return run.folder


def test_a_run_goes_on_with_other_ranks_than_it_had(tmp_path: Path) -> None:
    straight, moving = tmp_path / "straight", tmp_path / "moving"
    lines = ('kl = { kind = "k3" }', "critic = {}")
    _run(1, straight, str(_config(straight, *lines, steps=5)), [], None)
    _run(2, moving, str(_config(moving, FSDP, *lines, steps=5)), [], None)
    alone = ["--parallel.kind=one-process"]
    spread = ["--parallel.kind=fsdp", "--parallel.timeout-s=60"]
    _run(1, moving, None, alone, _cut(moving, 1))  # 2 ranks, then 1
    _run(3, moving, None, spread, _cut(moving, 2))  # then 3
    _run(2, moving, None, spread, _cut(moving, 3))  # then 2 again
    _same(moving, straight, atol=1e-5)


def test_a_run_that_was_cut_goes_on_with_the_same_ranks_to_the_last_bit(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    _run(2, folder, str(_config(folder, FSDP, STAGES)), [], None)
    whole = _weights(folder)
    rows = _steps(folder)
    _run(2, folder, None, [], _cut(folder, 1))
    assert all(torch.equal(weight, whole[name]) for name, weight in _weights(folder).items())
    for own, expected in zip(_steps(folder), rows, strict=True):
        assert {k: v for k, v in own.items() if k in ("loss", "gradient_norm", "reward_mean")} == {
            k: v for k, v in expected.items() if k in ("loss", "gradient_norm", "reward_mean")
        }


def _started(folder: Path, *arguments: Any) -> list[ForkServerProcess]:
    """Two ranks in the middle of a run."""
    processes = start_ranks(2, train_command, *arguments, log=folder / "log")
    deadline = time.monotonic() + 120.0
    while not list(checkpoints(folder / "runs" / "tiny" / "checkpoints")):
        assert time.monotonic() < deadline and all(process.is_alive() for process in processes), "no checkpoint came"
        time.sleep(0.05)
    return processes


@pytest.mark.parametrize("rank", [0, 1])
def test_when_a_rank_is_killed_the_other_ends_with_its_name_and_the_run_goes_on(rank: int, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    processes = _started(folder, str(_config(folder, FSDP, steps=2000)), [], None)
    victim = processes[rank].pid
    assert victim is not None
    os.kill(victim, signal.SIGKILL)
    codes = end_of(processes, deadline_s=60.0)
    assert codes[rank] == -signal.SIGKILL and codes[1 - rank] not in (0, None)
    said = (folder / f"log.{1 - rank}").read_text()
    assert "RankError" in said and f"lost rank `{rank}`" in said
    done = next(checkpoints(folder / "runs" / "tiny" / "checkpoints")).step
    _run(2, folder, None, [f"--steps={done + 1}"], folder / "runs" / "tiny")
    assert [row["step"] for row in _steps(folder)] == list(range(1, done + 2))


def test_a_rank_that_fails_is_named_with_its_reason(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    config = _config(folder, FSDP)
    processes = start_ranks(2, _fail_on_the_second_rank, str(config), log=folder / "log")
    codes = end_of(processes, deadline_s=90.0)
    assert 0 not in codes and None not in codes
    assert "rank 1 failed: ModelError" in (folder / "log.0").read_text()


def _fail_on_the_second_rank(config: str) -> int:
    overrides = [] if os.environ["RANK"] == "0" else ["--model.path=/nonexistent"]
    return train_command(config, overrides, None)
