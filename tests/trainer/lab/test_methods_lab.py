from __future__ import annotations

from pathlib import Path

import pytest

from palestra.trainer.advantages import Grpo
from palestra.trainer.budgets import DynamicSampling
from palestra.trainer.credit import TurnReturns
from palestra.trainer.errors import ConfigError
from palestra.trainer.lab.experiment import Plan, run_jobs
from palestra.trainer.lab.loop_run import TINY
from palestra.trainer.lab.methods_lab import (
    NOISELESS,
    Method,
    loop_method_jobs,
    method_jobs,
    named_methods,
    read_methods,
)
from palestra.trainer.lab.training import Scale
from palestra.trainer.losses import ClippedLoss
from palestra.trainer.reweighting import LengthRegularisation, SigmaFilter

TINY_PLAN = Plan(
    seeds=1, tuning_seeds=1, scale=Scale(steps=2, prompts=3, samples=4, problems_per_kind=2, measure_every=2)
)
FILE = """
[[methods]]
name = "plain"

[[methods]]
name = "grpo, clipped"
updates_per_step = 4
advantage = { kind = "grpo", ddof = 0 }
loss = { kind = "clipped", clip_high = 0.4 }
"""


def test_a_file_names_compositions_as_the_trainer_reads_them(tmp_path: Path) -> None:
    path = tmp_path / "methods.toml"
    path.write_text(FILE, encoding="utf-8")
    plain, clipped = read_methods(path)
    assert plain == Method(name="plain")
    assert (clipped.advantage, clipped.loss) == (Grpo(ddof=0), ClippedLoss(clip_high=0.4))
    assert clipped.updates_per_step == 4


@pytest.mark.parametrize("text", ["[[methods]]", "[[methods]]\nname = 'a'\nlos = 'x'", "methods = ["])
def test_files_that_are_wrong_are_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "methods.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError):
        read_methods(path)


def test_every_kind_can_be_named_and_runs() -> None:
    methods = named_methods(["grpo", "clipped", "all"])
    series = list(run_jobs(method_jobs(methods, NOISELESS, TINY_PLAN), 1))
    assert [each.arm for each in series] == ["grpo", "clipped", "all"]
    assert [method.updates_per_step for method in methods] == [1, 4, 1]


def test_a_noisy_setting_pays_what_the_method_asks_for() -> None:
    methods = [Method(name="noisy"), Method(name="corrected", pay="backward")]
    jobs = method_jobs(methods, "last-number", TINY_PLAN)
    assert [job.run.arm.pay.kind for job in jobs] == ["uncorrected", "corrected"]


def test_names_must_exist_and_differ() -> None:
    with pytest.raises(ConfigError, match="no method"):
        named_methods(["grpoo"])
    with pytest.raises(ConfigError, match="one name"):
        method_jobs([Method(name="a"), Method(name="a")], NOISELESS, TINY_PLAN)
    with pytest.raises(ConfigError, match="no setting"):
        method_jobs([Method(name="a")], "nowhere", TINY_PLAN)


def test_a_file_names_everything_that_the_loop_composes(tmp_path: Path) -> None:
    path = tmp_path / "methods.toml"
    path.write_text(
        '[[methods]]\nname = "all"\ncredit = "turn-returns"\nbudget = "dynamic"\n'
        'reweighting = [{ kind = "sigma-filter", sigmas = 2.0 }, { kind = "stcr" }]\n',
        encoding="utf-8",
    )
    [method] = read_methods(path)
    assert method.reweighting == (SigmaFilter(sigmas=2.0), LengthRegularisation())
    [job] = loop_method_jobs([method], NOISELESS, TINY_PLAN, TINY)
    assert (job.run.method.credit, job.run.method.budget) == (TurnReturns(), DynamicSampling())
    assert job.run.method.reweighting == method.reweighting
    with pytest.raises(ConfigError, match="one turn"):
        method_jobs([method], NOISELESS, TINY_PLAN)


def test_reweighting_changes_what_the_bandit_learns() -> None:
    methods = [Method(name="plain"), Method(name="filtered", reweighting=(SigmaFilter(sigmas=0.5),))]
    plain, filtered = run_jobs(method_jobs(methods, NOISELESS, TINY_PLAN), 1)
    assert plain.finals != filtered.finals


def test_a_model_is_paid_as_the_arm_of_the_setting_is() -> None:
    methods = [Method(name="weak"), Method(name="briefly", pay="gated")]
    weak, briefly = loop_method_jobs(methods, "substring", TINY_PLAN, TINY)
    assert not weak.run.method.shaping and briefly.run.method.shaping
    assert weak.run.method.reward == briefly.run.method.reward
    with pytest.raises(ConfigError, match="no setting"):
        loop_method_jobs(methods, "strata", TINY_PLAN, TINY)
    with pytest.raises(ConfigError, match="the pay `gated`"):
        loop_method_jobs(methods, "injected", TINY_PLAN, TINY)
    with pytest.raises(ConfigError, match="one name"):
        loop_method_jobs([methods[0], methods[0]], NOISELESS, TINY_PLAN, TINY)
