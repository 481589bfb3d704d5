from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from palestra.agents import read_rollouts, write_rollouts
from palestra.agents.exports import messages_only
from palestra.cli import main
from palestra.verifiers import Verdict
from rollout_cases import rollout, segment

RIGHT = rollout("0/1/0/0", Verdict.passed("right"), segment([1], [2]))
WRONG = rollout("0/1/0/1", Verdict.failed("wrong \ud800"), segment([1], [3]))
BROKEN = rollout("0/2/0/0", Verdict.error("gone"), segment([1], [4]))
EXAM = rollout("heldout/0", Verdict.passed("right"), segment([1], [5]))


@pytest.fixture
def run(tmp_path: Path) -> Path:
    folder = tmp_path / "run"
    for name, found in (
        ("rollouts/step-00001.jsonl", [RIGHT, WRONG]),
        ("rollouts/step-00002.jsonl", [BROKEN]),
        ("rollouts/step-00003.jsonl", []),
        ("evaluations/heldout-step-00002.jsonl", [EXAM]),
    ):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        write_rollouts(folder / name, found)
    (folder / "config.toml").write_text('[model]\npath = "tiny"\n')
    return folder


def call(capsys: pytest.CaptureFixture[str], *argv: object, code: int = 0) -> Any:
    assert main(list(map(str, argv))) == code
    captured = capsys.readouterr()
    return captured.err if code else captured.out


@pytest.mark.parametrize("to", ["parquet", "atif", "jsonl"])
def test_a_run_goes_out_and_comes_back(to: str, run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    row = json.loads(call(capsys, "export", run, "--to", to, "--out", tmp_path / "out", "--json"))
    assert (row["rollouts"], row["masked"], row["files"]) == (4, 1, 1)
    assert row["escaped"] == (0 if to == "jsonl" else 1)
    call(capsys, "import", tmp_path / "out", "--out", tmp_path / "back.jsonl")
    assert list(read_rollouts(tmp_path / "back.jsonl")) == [RIGHT, WRONG, BROKEN, EXAM]


def test_what_conversations_cannot_hold_is_said(run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = call(capsys, "export", run, "--to", "sharegpt", "--out", tmp_path / "out.jsonl")
    assert "4 rollouts" in said and "1 of them without a verdict: marked as masked, no failures" in said
    assert "1 of them with text that is no Unicode" in said and "not in this format: tokens, log-prob" in said
    call(capsys, "import", tmp_path / "out.jsonl", "--out", tmp_path / "back.jsonl")
    assert list(read_rollouts(tmp_path / "back.jsonl")) == [
        messages_only(each) for each in (RIGHT, WRONG, BROKEN, EXAM)
    ]


@pytest.mark.parametrize(
    ("options", "keys"),
    [
        (["--only", "passed"], [RIGHT.key, EXAM.key]),
        (["--only", "valid"], [RIGHT.key, WRONG.key, EXAM.key]),
        (["--part", "training"], [RIGHT.key, WRONG.key, BROKEN.key]),
        (["--part", "evaluations", "--only", "passed"], [EXAM.key]),
    ],
)
def test_some_of_the_rollouts_are_chosen(
    options: list[str], keys: list[str], run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call(capsys, "export", run, "--to", "atif", "--out", tmp_path / "out.jsonl", *options)
    rows = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert [row["session_id"] for row in rows] == keys
    assert rows[-1]["agent"]["model_name"] == "tiny"


def test_steps_are_files_of_their_own(run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    assert "4 rollouts, 3 files" in call(capsys, "export", run, "--to", "parquet", "--out", out, "--by-step")
    names = ["heldout-step-00002.parquet", "train-step-00001.parquet", "train-step-00002.parquet"]
    assert sorted(path.name for path in out.iterdir()) == names
    call(capsys, "import", out, "--out", tmp_path / "back.jsonl")
    assert list(read_rollouts(tmp_path / "back.jsonl")) == [EXAM, RIGHT, WRONG, BROKEN]
    assert "exists" in call(capsys, "export", run, "--to", "parquet", "--out", out, "--by-step", code=2)


def test_mistakes_are_one_sentence_with_a_hint(run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty.jsonl").touch()
    (tmp_path / "poem.json").write_text('"roses"')
    out = str(tmp_path / "out")
    for argv in (
        ["export", str(tmp_path / "nothing"), "--to", "atif", "--out", out],
        ["export", str(run), "--to", "atif", "--out", str(run / "config.toml")],
        ["export", str(run), "--to", "atif", "--out", str(run / "config.toml" / "out")],
        ["export", str(run), "--to", "xml", "--out", out],
        ["export", str(tmp_path / "empty.jsonl"), "--to", "atif", "--out", out],
        ["export", str(run / "rollouts" / "step-00002.jsonl"), "--to", "atif", "--out", out, "--only", "valid"],
        ["import", str(tmp_path / "empty"), "--out", out],
        ["import", str(tmp_path / "nothing"), "--out", out],
        ["import", str(tmp_path / "poem.json"), "--out", out],
    ):
        err = call(capsys, *argv, code=2)
        assert err.startswith("error: ") and "\n\nhint: " in err and "Traceback" not in err
    assert not Path(out).exists()
