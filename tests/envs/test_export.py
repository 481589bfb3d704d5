from __future__ import annotations

import json
from pathlib import Path

import pytest

from palestra.cli import main
from palestra.envs import EmptySplitError, Task, dataset, write_jsonl, write_parquet


def test_a_dataset_holds_each_puzzle_once() -> None:
    tasks = list(dataset("palestra/ChainSum-v1", "train", 30, config={"difficulty": 0.0}))
    assert len({task.puzzle for task in tasks}) == len(tasks) == 30
    repeated = list(dataset("palestra/ChainSum-v1", "train", 200, config={"difficulty": 0.0}, unique=False))
    assert len({task.puzzle for task in repeated}) < 200


def test_a_family_that_is_used_up_says_so() -> None:
    with pytest.raises(EmptySplitError, match="has hardly more than"):
        list(dataset("palestra/ChainSum-v1", "test", 1000, config={"difficulty": 0.0}))


def test_json_lines_read_back_as_the_same_tasks(tmp_path: Path) -> None:
    tasks = list(dataset("palestra/Countdown-v1", "validation", 5, seed=2))
    assert write_jsonl(tasks, tmp_path / "tasks.jsonl") == 5
    lines = (tmp_path / "tasks.jsonl").read_text().splitlines()
    assert [Task.from_json(json.loads(line)) for line in lines] == tasks


def test_parquet_has_the_same_rows(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    tasks = list(dataset("palestra/Countdown-v1", "validation", 5))
    assert write_parquet(tasks, tmp_path / "tasks.parquet") == 5
    rows = parquet.read_table(tmp_path / "tasks.parquet").to_pylist()
    assert [Task.from_json(row | {"meta": json.loads(row["meta"])}) for row in rows] == tasks


def test_the_command_writes_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "tasks.jsonl"
    assert main(["envs", "export", "palestra/Countdown-v1", str(path), "--size", "3", "--difficulty", "0.1"]) == 0
    assert [json.loads(line)["id"].endswith("difficulty=0.1") for line in path.read_text().splitlines()] == [True] * 3
    assert main(["envs", "export", "palestra/Countdown-v1", str(tmp_path / "tasks.csv")]) == 2
    assert "ends in neither .jsonl nor .parquet" in capsys.readouterr().err
