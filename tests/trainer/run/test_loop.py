from __future__ import annotations

import asyncio
import logging
import math
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from palestra.agents import Completion, GenerationRequest, Generator
from palestra.trainer.checkpoints.checkpoint import Position
from palestra.trainer.config.reader import read_config
from palestra.trainer.errors import SyncError
from palestra.trainer.generation.in_process import InProcessGenerator
from palestra.trainer.metrics import EvalMetrics, Metrics, StepMetrics
from palestra.trainer.run.assembly import assemble
from palestra.trainer.run.loop import TrainingLoop
from palestra.trainer.run_folder.run_paths import RunPaths
from palestra.trainer.weight_sync.in_process import SharedWeights
from tiny_model import ARCHITECTURES, PLAIN_ARCHITECTURE, save_tiny_model
from tiny_run import write_config

START = Position(step=0, train_seconds=0.0, threads=1)
COINS = 'reward = "random"'
NOTHING = ""
"""The tiny model never adds right, so that all rewards are 0."""
BRIEF = "overlong = { max_tokens = 8, buffer = 8 }"
"""Pays for short answers, so that a random model has something to learn."""


class _Memory:
    """A recorder that keeps what it is told."""

    def __init__(self) -> None:
        self.rows: list[Metrics] = []
        self.said: list[str] = []

    def record(self, metrics: Metrics) -> None:
        self.rows.append(metrics)

    def say(self, text: str) -> None:
        self.said.append(text)


def _loop(
    folder: Path, reward: str, *overrides: str, architecture: str = "llama", steps: int = 2
) -> tuple[TrainingLoop, list[Metrics]]:
    config = ARCHITECTURES.get(architecture, PLAIN_ARCHITECTURE)
    model = save_tiny_model(folder / "model", config)
    memory = _Memory()
    run = read_config(write_config(folder, model, reward, steps=steps), ["--evaluation.tasks", "2", *overrides])
    return TrainingLoop(run, assemble(run), RunPaths(folder=folder / "run"), memory), memory.rows


def _steps(rows: list[Metrics]) -> list[StepMetrics]:
    return [row for row in rows if isinstance(row, StepMetrics)]


@pytest.mark.parametrize("architecture", [*ARCHITECTURES, "plain"])
def test_every_architecture_goes_through_the_whole_loop(architecture: str, tmp_path: Path) -> None:
    loop, rows = _loop(tmp_path, COINS, architecture=architecture)
    before = {name: p.detach().clone() for name, p in loop.parts.policy.model.named_parameters()}
    position = asyncio.run(loop.run(START))
    assert position.step == 2
    for row in _steps(rows):
        assert row.informative_groups > 0 and row.gradient_norm > 0 and 0.0 < row.reward_mean < 1.0
        assert row.mismatch_max < 1e-4, "the learner reads the weights that the generator sampled from"
    changed = [name for name, p in loop.parts.policy.model.named_parameters() if not torch.equal(p, before[name])]
    assert changed == list(before)


def test_the_policy_learns_what_it_is_paid_for(tmp_path: Path) -> None:
    longer = ["--rollout.max-new-tokens=12", "--overlong.max-tokens=12", "--overlong.buffer=12"]
    more = ["--rollout.prompts-per-step=4", "--rollout.samples-per-prompt=8"]
    loop, rows = _loop(tmp_path, BRIEF, *longer, *more, steps=14)
    asyncio.run(loop.run(START))
    rewards = [row.reward_mean for row in _steps(rows)]
    assert sum(rewards[:3]) / 3 < -0.7 and sum(rewards[-3:]) / 3 > -0.4


@pytest.mark.parametrize("activation_checkpointing", ["true", "false"])
def test_bf16_goes_through_the_whole_loop(activation_checkpointing: str, tmp_path: Path) -> None:
    overrides = ["--model.precision", "bf16", "--learner.activation-checkpointing", activation_checkpointing]
    loop, rows = _loop(tmp_path, COINS, *overrides)
    asyncio.run(loop.run(START))
    assert all(row.gradient_norm > 0 and 0.0 < row.mismatch_max < 0.1 for row in _steps(rows))


def test_activation_checkpointing_changes_no_bit(tmp_path: Path) -> None:
    found = []
    for name in ("true", "false"):
        (tmp_path / name).mkdir()
        loop, _ = _loop(tmp_path / name, COINS, "--learner.activation-checkpointing", name)
        asyncio.run(loop.run(START))
        found.append(loop.parts.policy.model.state_dict())
    assert all(torch.equal(found[0][name], found[1][name]) for name in found[0])


def test_equal_rewards_teach_nothing_and_harm_nothing(tmp_path: Path) -> None:
    loop, rows = _loop(tmp_path, NOTHING)
    before = {name: p.detach().clone() for name, p in loop.parts.policy.model.named_parameters()}
    asyncio.run(loop.run(START))
    assert all(torch.equal(p, before[name]) for name, p in loop.parts.policy.model.named_parameters())
    for row in _steps(rows):
        assert (row.informative_groups, row.loss, row.gradient_norm) == (0, 0.0, 0.0)
        assert math.isnan(row.mismatch_max) and row.entropy is None


class _Broken:
    """A generator that serves nothing."""

    async def generate(self, requests: list[GenerationRequest]) -> list[Completion]:
        return [Completion.error("the worker went away") for _ in requests]


def test_a_step_without_any_verdict_is_counted_and_survived(tmp_path: Path) -> None:
    loop, _ = _loop(tmp_path, BRIEF)
    broken: Generator = _Broken()  # type: ignore[assignment]
    parts = replace(loop.parts, generator=broken)
    memory = _Memory()
    assert asyncio.run(TrainingLoop(loop.config, parts, loop.paths, memory).run(START)).step == 2
    for row in _steps(memory.rows):
        assert row.masked_samples == 12 and math.isnan(row.reward_mean) and row.policy_tokens == 0
    evaluations = [row for row in memory.rows if isinstance(row, EvalMetrics)]
    assert [(row.invalid, row.samples) for row in evaluations] == [(4, 0), (2, 0), (4, 0), (2, 0)]
    assert all(math.isnan(row.mean) for row in evaluations)


def test_weights_that_did_not_reach_the_generator_stop_the_run(tmp_path: Path) -> None:
    loop, _ = _loop(tmp_path, COINS, "--model.precision", "bf16", "--optim.lr", "0.1")
    generator = loop.parts.generator
    assert isinstance(generator, InProcessGenerator)
    # The generator has weights of its own, but gets new labels alone.
    parts = replace(loop.parts, weight_sync=SharedWeights(generator))
    with pytest.raises(SyncError, match=r"step 2: generator and learner differ(.|\n)*hint: "):
        asyncio.run(TrainingLoop(loop.config, parts, loop.paths, _Memory()).run(START))


def test_the_fallback_says_so(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "palestra"):
        _loop(tmp_path, NOTHING, architecture="plain")
    assert "falling back to transformers.generate and plain rows" in caplog.text
