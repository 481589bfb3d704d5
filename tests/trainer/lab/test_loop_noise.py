from __future__ import annotations

import pytest

from palestra.trainer.errors import ConfigError
from palestra.trainer.lab.experiment import Plan
from palestra.trainer.lab.loop_noise import LOOP_SETTINGS, loop_arms, loop_noise_jobs, loop_remarks
from palestra.trainer.lab.loop_run import TINY
from palestra.trainer.lab.settings import ARMS
from palestra.trainer.lab.training import Scale

PLAN = Plan(seeds=1, tuning_seeds=1, scale=Scale(steps=2, prompts=6, samples=4, problems_per_kind=2, measure_every=2))


def test_every_arm_of_every_setting_runs_and_those_of_one_setting_differ() -> None:
    jobs = loop_noise_jobs([], [], PLAN, TINY)
    assert [(job.setting, job.arm) for job in jobs] == [
        (name, arm) for name, setting in LOOP_SETTINGS.items() for arm in setting.arms
    ]
    for job in jobs:
        curve = job.run.measured("a", 1e-3, PLAN.scale)
        assert [point.step for point in curve] == [0, 2] and 0.0 <= curve[-1].held_out <= 1.0
    for setting in LOOP_SETTINGS.values():
        methods = list(loop_arms(setting).values())
        assert all(methods.count(method) == 1 for method in methods)


def test_the_reference_runs_beside_the_arms_that_are_asked_for() -> None:
    jobs = loop_noise_jobs(["substring"], ["gated"], PLAN, TINY)
    assert [job.arm for job in jobs] == ["clean", "gated"]


def test_arms_are_named_as_those_of_the_bandit() -> None:
    assert {arm for setting in LOOP_SETTINGS.values() for arm in setting.arms} <= set(ARMS)


def test_what_does_not_exist_is_named() -> None:
    with pytest.raises(ConfigError, match="no setting `nowhere`"):
        loop_noise_jobs(["nowhere"], [], PLAN, TINY)
    with pytest.raises(ConfigError, match="no arm `nobody`"):
        loop_noise_jobs([], ["nobody"], PLAN, TINY)


def test_remarks_are_of_the_settings_that_run() -> None:
    assert set(loop_remarks([])) == set(LOOP_SETTINGS)
    assert set(loop_remarks(["substring"])) == {"substring"}
