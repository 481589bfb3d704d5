from __future__ import annotations

import json
from pathlib import Path

import pytest

from palestra.cli import main
from palestra.envs.swe.catalogue.archive import SDISTS_VARIABLE
from palestra.envs.swe.catalogue.package import packages


def test_the_list_has_every_package_and_its_tasks(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["swe", "list", "--json"]) == 0
    rows = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    assert [row["name"] for row in rows] == list(packages())
    assert main(["swe", "list"]) == 0
    total = capfd.readouterr().out.splitlines()[-1].split()
    assert total == ["total", *(str(sum(row[key] for row in rows)) for key in ("tasks", "withheld"))]


def test_an_unknown_package_is_a_wrong_call(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["swe", "validate", "nowhere"]) == 2
    assert "`nowhere` is no package of the catalogue" in capfd.readouterr().err


def test_a_package_that_cannot_be_fetched_fails_the_build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(SDISTS_VARIABLE, str(tmp_path))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    assert main(["swe", "build", "toolz", "--wanted", "9"]) == 1
    assert SDISTS_VARIABLE in capfd.readouterr().err
