from __future__ import annotations

import json
from pathlib import Path

import pytest

from palestra.cli import main

ENV = "palestra/ChainSum-v1"


def test_tasks_of_an_evaluation_file_are_left_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    held_out, wanted = str(tmp_path / "eval.jsonl"), tmp_path / "wanted.jsonl"
    assert main(["envs", "export", ENV, held_out, "--size", "3"]) == 0
    assert main(["envs", "export", ENV, str(wanted), "--size", "5", "--decontaminate", held_out]) == 0
    printed = capsys.readouterr().out
    assert "left out 3 tasks" in printed
    assert f"{ENV}/train/0/0?difficulty=0.2: is evaluation prompt 1" in printed
    assert len(wanted.read_text().splitlines()) == 2


def test_rows_of_a_data_set_can_be_shown_and_exported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = tmp_path / "rows.jsonl"
    rows.write_text('{"prompt": "1 + 1?", "reference": "2"}\n{"prompt": "2 + 2?", "reference": "4"}\n')
    options = ["--set", f"path={rows}", "--set", "splits=train"]
    assert main(["envs", "show", "palestra/Dataset-v1", *options]) == 0
    assert "bad_rows" in capsys.readouterr().out
    assert main(["envs", "export", "palestra/Dataset-v1", str(tmp_path / "out.jsonl"), "--size", "2", *options]) == 0
    assert len((tmp_path / "out.jsonl").read_text().splitlines()) == 2


def test_rows_for_another_trainer_are_exported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "rows.jsonl"
    assert main(["envs", "export", ENV, str(file), "--n", "2", "--to", "trl"]) == 0
    assert "wrote 2 tasks" in capsys.readouterr().out
    assert set(json.loads(file.read_text().splitlines()[0])) == {"prompt", "answer", "task_id"}
    assert main(["envs", "export", "palestra/Wordle-v1", str(file), "--n", "2", "--to", "verl"]) == 2
    assert "palestra serve palestra/Wordle-v1" in capsys.readouterr().err
