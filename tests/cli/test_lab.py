from __future__ import annotations

import json
from pathlib import Path

import pytest

from palestra.cli import main
from tiny_model import save_tiny_model


def test_a_quick_lab_writes_its_folder_and_prints_a_table(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    call = ["lab", "noise", "--out", str(tmp_path), "--setting", "mention", "--arm", "noisy", "--quick", "--jobs", "1"]
    assert main(call) == 0
    lines = capfd.readouterr().out.splitlines()
    assert [line.split()[:2] for line in lines[1:-1]] == [["mention", "clean"], ["mention", "noisy"]]
    assert {path.name for path in tmp_path.iterdir()} == {"curves.jsonl", "summary.json", "figure.svg", "report.md"}
    assert main([*call, "--json"]) == 0
    assert set(json.loads(capfd.readouterr().out)["settings"]["mention"]) == {"clean", "noisy"}


def test_learning_rates_and_estimates_are_chosen_for_the_bandit_alone(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    call = ["lab", "noise", "--out", str(tmp_path), "--setting", "mention", "--arm", "noisy", "--quick", "--jobs", "1"]
    assert main([*call, "--rate", "0.1", "--rate", "30", "--estimate-every", "5", "--json"]) == 0
    found = json.loads(capfd.readouterr().out)["settings"]["mention"]["noisy"]
    assert [row["lr"] for row in found["tuning"]] == [0.1, 30.0]
    for wrong in (["--rate", "0"], ["--estimate-every", "0"], ["--rate", "1", "--model", "tiny"]):
        assert main([*call, *wrong]) == 2
        assert "must be" in (said := capfd.readouterr().err) or "for the bandit" in said


def test_methods_are_compared_by_name(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    call = ["lab", "methods", "--out", str(tmp_path), "--methods", "rloo", "--methods", "grpo", "--quick"]
    assert main([*call, "--jobs", "1"]) == 0
    assert "grpo" in capfd.readouterr().out


def test_a_model_is_compared_through_the_real_loop(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    call = ["lab", "noise", "--out", str(tmp_path), "--model", "tiny", "--setting", "substring", "--arm", "gated"]
    assert main([*call, "--quick", "--jobs", "1"]) == 0
    lines = capfd.readouterr().out.splitlines()
    assert [line.split()[:2] for line in lines[1:-1]] == [["substring", "clean"], ["substring", "gated"]]
    assert {path.name for path in tmp_path.iterdir()} == {"curves.jsonl", "summary.json", "figure.svg", "report.md"}
    page = (tmp_path / "report.md").read_text()
    assert "measured on samples" in page and "nan" not in page
    assert json.loads((tmp_path / "summary.json").read_text())["settings"]["substring"]["gated"]["alignment"] == {
        "mean": None,
        "ci95": [None, None],
    }
    assert main([*call, "--list"]) == 0
    assert "substring: Paid where" in capfd.readouterr().out


def test_methods_are_compared_on_the_model_of_a_folder(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    model, out = save_tiny_model(tmp_path / "model"), tmp_path / "out"
    call = ["lab", "methods", "--out", str(out), "--model", str(model), "--methods", "grpo"]
    assert main([*call, "--quick", "--jobs", "1"]) == 0
    assert "grpo" in capfd.readouterr().out


def test_the_list_declares_what_a_correction_cannot_do(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["lab", "noise", "--out", str(tmp_path / "none"), "--setting", "uniform", "--list"]) == 0
    assert "`backward`: no effect" in capfd.readouterr().out
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ["noise", "--setting", "nowhere"],
        ["noise", "--arm", "nobody"],
        ["noise", "--seeds", "0"],
        ["noise", "--setting", "coin", "--quick", "--jobs", "0"],
        ["methods"],
        ["methods", "--methods", "nothing"],
        ["noise", "--model", "nowhere"],
        ["noise", "--model", "tiny", "--setting", "strata"],
        ["noise", "--model", "tiny", "--arm", "nobody"],
        ["methods", "--methods", "grpo", "--model", "tiny", "--setting", "strata"],
    ],
)
def test_wrong_calls_are_refused(arguments: list[str], tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["lab", *arguments, "--out", str(tmp_path)]) == 2
    assert "hint: " in capfd.readouterr().err
