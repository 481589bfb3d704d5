from __future__ import annotations

import csv
import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from palestra.envs import ConfigError, DataError, MissingPackageError
from palestra.envs.datasets.config import DatasetConfig
from palestra.envs.datasets.reading import local_files, part_of, read_parts
from small_data import source_of, sums, write_rows

COLUMNS = {"prompt": "question", "reference": "answer"}


def rows_of(path: Path, **options: Any) -> list[tuple[str, dict[str, object]]]:
    return [(part, dict(row)) for part, rows in read_parts(DatasetConfig(path=str(path), **options)) for row in rows]


def test_json_lines_json_csv_and_gzip_hold_the_same_rows(tmp_path: Path) -> None:
    wanted = [{"question": row["question"], "answer": row["answer"]} for row in sums(3)]
    lines = "".join(json.dumps(row) + "\n" for row in wanted)
    (tmp_path / "a.jsonl").write_text(lines + "\n")
    (tmp_path / "b.json").write_text(json.dumps(wanted))
    (tmp_path / "c.json").write_text(json.dumps({"version": 1, "rows": wanted}))
    (tmp_path / "d.json").write_text(lines)
    (tmp_path / "e.jsonl.gz").write_bytes(gzip.compress(lines.encode()))
    with (tmp_path / "f.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, ["question", "answer"])
        writer.writeheader()
        writer.writerows(wanted)
    for file_path in sorted(tmp_path.iterdir()):
        assert rows_of(file_path) == [("", row) for row in wanted], file_path


@pytest.mark.parametrize("streaming", [False, True])
def test_parquet_gives_the_tasks_of_json_lines(tmp_path: Path, streaming: bool) -> None:
    datasets = pytest.importorskip("datasets")
    datasets.disable_progress_bars()
    datasets.Dataset.from_list(sums(30)).to_parquet(tmp_path / "set.parquet")
    json_lines = write_rows(tmp_path / "set.jsonl", sums(30))
    paths = (str(tmp_path / "set.parquet"), json_lines)
    one, other = (source_of("Dataset", path=path, streaming=streaming, splits="train", **COLUMNS) for path in paths)
    assert [one.task("train", 0, i).prompt for i in range(35)] == [other.task("train", 0, i).prompt for i in range(35)]


def test_a_copy_of_a_data_set_of_the_hub_is_read_by_configuration_and_split(tmp_path: Path) -> None:
    for name, count in (("main", 2), ("socratic", 3)):
        write_rows(tmp_path / name / "train-00000-of-00001.jsonl", sums(count))
        write_rows(tmp_path / name / "test-00000-of-00001.jsonl", sums(1, first=50))
    (tmp_path / "dataset_infos.json").write_text("{}")
    assert [part for part, _ in rows_of(tmp_path, name="main")] == ["test", "train", "train"]
    assert len(rows_of(tmp_path)) == 7


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("train.jsonl", "train"),
        ("test-00000-of-00002.parquet", "test"),
        ("validation/data.json", "validation"),
        ("testament.jsonl", "testament"),
        ("main/dev.jsonl.gz", "dev"),
    ],
)
def test_the_names_of_files_and_folders_name_splits(name: str, part: str) -> None:
    assert part_of(Path(name)) == part


def test_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_text('{"a": 1}\nnot json\n')
    (tmp_path / "y.jsonl").write_text("[1]\n")
    (tmp_path / "z.txt").write_text("")
    (tmp_path / "empty").mkdir()
    (tmp_path / "bad.json").write_text("3")
    for name, why in (("x.jsonl", "line 2 is no JSON"), ("y.jsonl", "line 1 is no JSON object")):
        with pytest.raises(DataError, match=why):
            rows_of(tmp_path / name)
    for name, why in (("z.txt", "is no table"), ("empty", "holds no"), ("gone.jsonl", "no file"), ("bad.json", "list")):
        with pytest.raises(DataError, match=why):
            rows_of(tmp_path / name)
    with pytest.raises(ConfigError, match="which data"):
        local_files("")
    with pytest.raises(MissingPackageError, match="pip install no-such-package"):
        local_files("package:no_such_package/x.jsonl")
    with pytest.raises(DataError, match="holds no file"):
        local_files("package:palestra/nothing.jsonl")


def test_a_data_set_of_the_hub_that_cannot_be_reached_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    datasets = pytest.importorskip("datasets")
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(DataError, match=r"hf download --repo-type dataset nobody/nothing --local-dir DIR"):
        source_of("GSM8K", path="nobody/nothing").task("train", 0, 0)
