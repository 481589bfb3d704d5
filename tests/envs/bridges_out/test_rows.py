from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from palestra.envs import ConfigError, dataset
from palestra.envs.bridges_out import Trainer, trainer_rows, verifier_of, write_rows
from palestra.verifiers.adapters import as_open_instruct, as_trl, as_verl

SUMS = "palestra/ChainSum-v1"


def rows(trainer: Trainer, size: int = 3) -> list[Any]:
    return list(trainer_rows(dataset(SUMS, "train", size), trainer, SUMS))


def test_the_rows_of_each_trainer_earn_what_its_adapter_says() -> None:
    verifier = verifier_of(SUMS)
    tasks = list(dataset(SUMS, "train", 3))
    answers = [task.reference for task in tasks]
    trl = rows(Trainer.TRL)
    assert as_trl(verifier)(prompts=[], completions=answers, answer=[row["answer"] for row in trl]) == [1.0, 1.0, 1.0]
    for row, task in zip(rows(Trainer.VERL), tasks, strict=True):
        truth = row["reward_model"]["ground_truth"]
        assert as_verl(verifier)(row["data_source"], task.reference, truth, row["extra_info"])["score"] == 1.0
        assert row["extra_info"]["task_id"] == str(task.id)
    for row, task in zip(rows(Trainer.OPEN_INSTRUCT), tasks, strict=True):
        functions = {"palestra/chainsum-v1": as_open_instruct(verifier)}
        assert functions[row["dataset"].lower()]([], task.reference, row["ground_truth"]).score == 1.0
        assert row["dataset"] in functions
    prompts = [[row["prompt"] for row in trl], [row["messages"] for row in rows(Trainer.OPEN_INSTRUCT)]]
    assert prompts[0] == prompts[1] == [[{"role": "user", "content": task.prompt}] for task in tasks]


def test_rows_for_nemo_gym_tell_no_reference() -> None:
    for row, task in zip(rows(Trainer.NEMO_GYM), dataset(SUMS, "train", 3), strict=True):
        assert set(row) == {"responses_create_params", "task_id"}
        assert row["task_id"] == str(task.id)
        assert row["responses_create_params"]["input"][-1]["content"] == task.prompt


def test_an_environment_of_several_turns_has_rows_where_the_server_plays() -> None:
    wordle = "palestra/Wordle-v1"
    assert len(list(trainer_rows(dataset(wordle, "train", 2), Trainer.NEMO_GYM, wordle))) == 2
    with pytest.raises(ConfigError, match="palestra serve palestra/Wordle-v1"):
        list(trainer_rows(dataset(wordle, "train", 2), Trainer.TRL, wordle))


@pytest.mark.parametrize("trainer", Trainer)
def test_both_kinds_of_files_hold_the_same(trainer: Trainer, tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    written = rows(trainer)
    for name in ("rows.jsonl", "rows.parquet"):
        assert write_rows(iter(written), tmp_path / name) == 3
    assert [json.loads(line) for line in (tmp_path / "rows.jsonl").read_text().splitlines()] == written
    assert parquet.read_table(tmp_path / "rows.parquet").to_pylist() == written
    with pytest.raises(ConfigError, match=r"\.jsonl nor \.parquet"):
        write_rows([], tmp_path / "rows.csv")
