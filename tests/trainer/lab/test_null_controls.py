"""Null controls on a language model: what says nothing of the truth teaches nothing of it.

The recorded run of more seeds and steps is `benchmarks/lab/null-controls`.
"""

from __future__ import annotations

import pytest

from palestra.trainer.lab.bands import band, paired
from palestra.trainer.lab.loop_noise import LOOP_SETTINGS, loop_arms
from palestra.trainer.lab.loop_run import LoopRun
from palestra.trainer.lab.training import Scale

SCALE = Scale(steps=6, prompts=8, samples=8, problems_per_kind=25, measure_every=6)
SEEDS = ("null 0", "null 1", "null 2")


@pytest.mark.real  # half a minute
def test_random_and_inverted_rewards_do_not_improve_held_out_accuracy_and_true_ones_do() -> None:
    starts, ends = {}, {}
    for setting, arm in (("coin", "clean"), ("coin", "noisy"), ("inverted", "noisy")):
        method = loop_arms(LOOP_SETTINGS[setting])[arm]
        curves = [LoopRun(method=method).measured(seed, 1e-3, SCALE) for seed in SEEDS]
        name = "true" if arm == "clean" else setting
        starts[name] = [curve[0].held_out for curve in curves]
        ends[name] = [curve[-1].held_out for curve in curves]
    gains = {name: paired(ends[name], starts[name]) for name in ends}
    assert starts["coin"] == starts["inverted"] == starts["true"], "paired by seed"
    assert gains["true"].value > 0.05, "the same steps can teach"
    assert gains["coin"].low <= 0.0 and gains["inverted"].low <= 0.0, gains
    assert gains["inverted"].value < 0.0
    assert band(ends["inverted"]).value < band(ends["true"]).value
