from __future__ import annotations

import dataclasses
import math
from typing import Any

import pytest

from palestra.trainer.config import (
    CheckpointConfig,
    EvalConfig,
    LearnerConfig,
    LoraConfig,
    ModelConfig,
    OptimConfig,
    RolloutConfig,
    TrainConfig,
)
from palestra.trainer.objective.aggregation import ConstantNorm
from palestra.trainer.practice.practice import EnvConfig
from palestra.trainer.settings.schedules import Cosine, Linear
from palestra.verifiers.rewards import Overlong

ENV, MODEL = EnvConfig(id="palestra/Countdown-v1"), ModelConfig(path="model")


@pytest.mark.parametrize(
    ("part", "options"),
    [
        (EnvConfig, {"id": ""}),
        (ModelConfig, {"path": ""}),
        (LoraConfig, {"rank": 0}),
        (LoraConfig, {"alpha": math.nan}),
        (RolloutConfig, {"prompts_per_step": 0}),
        (RolloutConfig, {"samples_per_prompt": 1}),
        (RolloutConfig, {"max_new_tokens": 0}),
        (RolloutConfig, {"temperature": 0.0}),
        (RolloutConfig, {"max_concurrent": 0}),
        (OptimConfig, {"lr": 0.0}),
        (OptimConfig, {"lr": math.nan}),
        (OptimConfig, {"beta1": 1.0}),
        (OptimConfig, {"beta2": -0.1}),
        (OptimConfig, {"eps": 0.0}),
        (OptimConfig, {"weight_decay": -1.0}),
        (OptimConfig, {"warmup_steps": -1}),
        (OptimConfig, {"clip_norm": math.nan}),
        (LearnerConfig, {"tokens_per_microbatch": 0}),
        (LearnerConfig, {"updates_per_step": 0}),
        (EvalConfig, {"every": -1}),
        (EvalConfig, {"tasks": -1}),
        (EvalConfig, {"samples_per_task": 0}),
        (EvalConfig, {"ood_tasks": 0}),
        (CheckpointConfig, {"every": -1}),
        (CheckpointConfig, {"keep": 0}),
        (Linear, {"final": 1.5}),
        (ConstantNorm, {"horizon": 0}),
        (Overlong, {"buffer": 0, "max_tokens": 4}),
    ],
)
def test_a_value_out_of_range_is_refused_by_name(part: type[Any], options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(options))):
        part(**options)


@pytest.mark.parametrize(
    "options", [{"steps": 0}, {"max_seconds": 0.0}, {"max_seconds": math.inf}, {"name": ""}, {"run_dir": ""}]
)
def test_a_run_refuses_values_out_of_range(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(options))):
        dataclasses.replace(TrainConfig(steps=1, env=ENV, model=MODEL), **options)


def test_a_step_cannot_have_more_updates_than_groups() -> None:
    with pytest.raises(ValueError, match="updates_per_step = 13"):
        TrainConfig(steps=1, env=ENV, model=MODEL, learner=LearnerConfig(updates_per_step=13))


def test_the_run_folder_is_named_after_the_run() -> None:
    assert str(TrainConfig(steps=1, env=ENV, model=MODEL, name="sum{s}").run_path) == "runs/sum{s}"


def test_the_learning_rate_rises_in_warm_up_and_then_decays() -> None:
    optim = OptimConfig(lr=1.0, warmup_steps=2, decay=Linear(final=0.5))
    assert [optim.lr_at(step, 6) for step in range(1, 7)] == pytest.approx([0.5, 1.0, 1.0, 0.875, 0.75, 0.625])
    assert optim.lr_at(100, 6) == pytest.approx(0.5)
    assert OptimConfig(lr=1.0).lr_at(1, 1) == 1.0
    assert Cosine()(0.0) == pytest.approx(1.0)
    assert Cosine()(0.5) == pytest.approx(0.5)
    assert Cosine(final=0.1)(1.0) == pytest.approx(0.1)
