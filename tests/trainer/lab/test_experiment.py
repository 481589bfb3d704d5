from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from palestra.trainer.errors import ConfigError
from palestra.trainer.lab.experiment import Plan, Series, run_jobs
from palestra.trainer.lab.noise_lab import MAIN, REFERENCE, declared_effects, noise_jobs, remarks
from palestra.trainer.lab.report import closer_than, write_results
from palestra.trainer.lab.settings import ARMS, SETTINGS
from palestra.trainer.lab.training import Scale

TINY = Plan(seeds=2, tuning_seeds=1, scale=Scale(steps=4, prompts=3, samples=4, problems_per_kind=2, measure_every=2))


@pytest.fixture(scope="module")
def series() -> list[Series]:
    return list(run_jobs(noise_jobs(["last-number"], ["noisy", "backward"], TINY), 1))


def test_the_reference_runs_beside_the_named_arms(series: list[Series]) -> None:
    assert [each.arm for each in series] == [REFERENCE, "noisy", "backward"]
    assert all(len(each.curves) == 2 and len(each.tuning) == 4 for each in series)


def test_the_best_rate_of_the_tuning_worlds_is_taken(series: list[Series]) -> None:
    for each in series:
        assert dict(each.tuning)[each.lr] == max(value for _, value in each.tuning)


@pytest.mark.real
def test_processes_change_nothing(series: list[Series]) -> None:
    again = list(run_jobs(noise_jobs(["last-number"], ["noisy", "backward"], TINY), 2))
    assert [each.finals for each in again] == [each.finals for each in series]


def test_all_four_files_are_written_and_can_be_read(series: list[Series], tmp_path: Path) -> None:
    notes = remarks(["last-number"])
    summary = write_results(tmp_path, series, command="palestra lab noise", remarks=notes, reference=REFERENCE)
    assert json.loads((tmp_path / "summary.json").read_text(encoding="utf-8")) == summary
    rows = [json.loads(line) for line in (tmp_path / "curves.jsonl").read_text(encoding="utf-8").splitlines()]
    assert len(rows) == 3 * 2 * 3
    assert rows[0]["alignment"] is None
    ElementTree.fromstring((tmp_path / "figure.svg").read_text(encoding="utf-8"))
    page = (tmp_path / "report.md").read_text(encoding="utf-8")
    assert all(f"| {arm} |" in page for arm in (REFERENCE, "noisy", "backward"))


def test_closer_needs_disjoint_bands(series: list[Series]) -> None:
    assert not closer_than(series, "noisy", "noisy", REFERENCE)


def test_every_setting_is_known_by_its_arms_and_has_a_row_in_the_docs() -> None:
    page = (Path(__file__).parents[3] / "docs" / "lab.md").read_text(encoding="utf-8")
    for name, setting in SETTINGS.items():
        assert set(setting.arms) <= set(ARMS)
        assert f"`{name}`" in page
    assert all(f"| `{arm}` |" in page for arm in ARMS)
    assert set(MAIN) <= set(SETTINGS)


def test_corrections_that_do_nothing_are_declared() -> None:
    effects = declared_effects(SETTINGS["uniform"])
    assert effects["backward"].startswith("no effect")
    assert effects["z-scored"].startswith("no effect")
    assert declared_effects(SETTINGS["strata"])["z-scored"].startswith("no effect")
    assert declared_effects(SETTINGS["strata"])["backward"].startswith("effective")
    assert declared_effects(SETTINGS["last-number"])["z-scored"].startswith("effective")


@pytest.mark.parametrize(("settings", "arms"), [(["strat"], []), (["strata"], ["backwards"])])
def test_unknown_names_are_refused(settings: list[str], arms: list[str]) -> None:
    with pytest.raises(ConfigError, match="there is no"):
        noise_jobs(settings, arms, TINY)
