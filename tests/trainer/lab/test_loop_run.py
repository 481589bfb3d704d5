"""Runs of the laboratory through the real training loop."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest

from palestra.trainer.advantages import Grpo
from palestra.trainer.lab.loop_run import LOOP_SCALE, LoopMethod, LoopRun
from palestra.trainer.lab.training import Measurement, Scale
from palestra.trainer.rewards import SubstringReward
from palestra.trainer.reweighting import SigmaFilter
from tiny_model import save_tiny_model

SMALL = Scale(steps=3, prompts=3, samples=4, problems_per_kind=5, measure_every=2)


def _comparable(curve: list[Measurement]) -> list[Measurement]:
    return [replace(point, alignment=0.0) for point in curve]


def test_a_run_is_the_same_every_time_and_another_with_another_seed() -> None:
    one, again, other = (LoopRun().measured(seed, 1e-3, SMALL) for seed in ("a", "a", "b"))
    assert [point.step for point in one] == [0, 2, 3]
    assert _comparable(one) == _comparable(again) != _comparable(other)


def test_the_method_decides_the_run() -> None:
    plain, other = (
        LoopRun(method=method).measured("a", 3e-3, SMALL)
        for method in (LoopMethod(), LoopMethod(advantage=Grpo(), reweighting=(SigmaFilter(sigmas=0.5),)))
    )
    assert plain[0].held_out == other[0].held_out
    assert _comparable(plain) != _comparable(other)


def test_the_tiny_model_learns_from_the_strict_verdict_and_hedges_for_the_weak_one() -> None:
    scale = replace(LOOP_SCALE, steps=16, measure_every=8)
    strict = LoopRun().measured("learns", 1e-3, scale)
    assert strict[-1].held_out > strict[0].held_out + 0.1
    assert strict[-1].pleasing < strict[0].pleasing
    weak = LoopRun(method=LoopMethod(reward=SubstringReward())).measured("learns", 3e-3, scale)
    assert weak[0].held_out == strict[0].held_out
    assert weak[-1].held_out < strict[0].held_out and weak[-1].pleasing > 0.5
    assert weak[-1].paid > weak[-1].train + 0.3
    assert set(weak[-1].by_kind) == {"yes", "no"} and math.isnan(weak[-1].alignment)


def test_a_model_of_a_folder_is_trained_as_it_is(tmp_path: Path) -> None:
    curve = LoopRun(model=str(save_tiny_model(tmp_path))).measured("a", 1e-3, SMALL)
    assert curve[0].held_out == 0.0


@pytest.mark.parametrize("problems", [1, 5])
def test_few_questions_may_all_have_the_same_answer(problems: int) -> None:
    curve = LoopRun().measured("few", 1e-3, replace(SMALL, steps=1, problems_per_kind=problems))
    assert [point.step for point in curve] == [0, 1] and 0.0 <= curve[-1].held_out <= 1.0
