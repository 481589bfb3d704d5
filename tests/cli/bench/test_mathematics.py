"""`palestra bench math`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from palestra.cli import main
from palestra.cli.bench.mathematics_side import Decision, GraderProcess, Side
from palestra.verifiers.corpus import read_corpus

CASES: list[dict[str, object]] = [
    {"id": "a", "gold": "4", "pred": "So \\boxed{4}.", "expected": True, "kind": "number"},
    {"id": "b", "reference": "4", "response": "\\boxed{5}", "expected": False, "kind": "number"},
    {"id": "c", "gold": "\\frac{1}{2}", "pred": "$\\frac{2}{4}$", "expected": True, "kind": "fraction"},
    {"id": "d", "gold": "4", "pred": "\\boxed{4}", "expected": False, "kind": "label that is wrong"},
    {"id": "e", "gold": "4", "pred": "?", "expected": True, "disputed": True},
]


@pytest.fixture
def cases(tmp_path: Path) -> Path:
    path = tmp_path / "cases.jsonl"
    path.write_text("\n".join(map(json.dumps, CASES)) + "\n\n")
    return path


def test_both_graders_are_counted_in_one_run(cases: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "math", "--cases", str(cases), "--by-kind", "--json", "--failures"]) == 0
    row = json.loads(capsys.readouterr().out)
    assert row["disputed"] == 1
    assert set(row["cases"]) == {"palestra", "math-verify"}
    for facts in row["cases"].values():
        assert (facts["right"], facts["others"], facts["undecided"], facts["without_verdict"]) == (2, 2, 0, 0)
        assert (facts["false_rejects"]["value"], facts["false_accepts"]["value"]) == (0.0, 0.5)
        assert 0 < facts["p50_ms"] <= facts["p99_ms"]
    assert set(row["kinds"]["palestra"]) == {"number", "fraction", "label that is wrong"}
    assert [failure["id"] for failure in row["failures"]] == ["d"]


def test_the_tables_name_each_wrong_case_with_our_reason(cases: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "math", "--cases", str(cases), "--alone", "--by-kind", "--failures"]) == 0
    text = capsys.readouterr().out
    assert "4 cases, 1 disputed ones left out" in text
    assert "math-verify" not in text
    assert "FALSE ACCEPT d (label that is wrong)" in text
    assert "reason     PASS: " in text


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ('{"id": 1, "gold": "4"}', "line 1 of"),
        ("no json", "line 1 of"),
        ('{"gold": "4", "pred": "4", "expected": 1}', "expected is true or false"),
    ],
    ids=["missing", "no json", "label"],
)
def test_a_line_that_is_no_case_is_named(
    text: str, what: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "cases.jsonl").write_text(text)
    assert main(["bench", "math", "--cases", str(tmp_path / "cases.jsonl")]) == 2
    assert what in capsys.readouterr().err


def test_nothing_to_measure_is_a_wrong_call(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "math"]) == 2
    assert "hint: give `--cases FILE`" in capsys.readouterr().err


def test_the_bombs_are_many_and_labelled() -> None:
    bombs = read_corpus("palestra.cli.bench:mathematics_bombs.jsonl").cases
    assert len(bombs) >= 60
    assert len({bomb.stratum for bomb in bombs}) >= 8
    assert any(bomb.is_right for bomb in bombs), "refusing everything is no answer"


def test_a_grader_that_dies_gives_no_verdict_and_is_started_again() -> None:
    grader = GraderProcess(Side.PEER)
    try:
        assert grader.ask("$\\frac{2}{4}$", "0.5").decision is Decision.YES
        assert grader._process is not None
        grader._process.kill()
        assert grader.ask("1", "1").decision is Decision.NONE
        assert grader.ask("2", "1").decision is Decision.NO
    finally:
        grader.close()


@pytest.mark.real
def test_each_bomb_is_bounded_in_time_and_memory(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "math", "--bombs", "--alone", "--json"]) == 0
    bombs = json.loads(capsys.readouterr().out)["bombs"]["palestra"]
    assert not [bomb for bomb in bombs if bomb["cpu_ms"] > 1000 or bomb["growth_mib"] > 64]
    assert not [bomb["id"] for bomb in bombs if bomb["is_mistake"] and bomb["decision"] == "yes"]
