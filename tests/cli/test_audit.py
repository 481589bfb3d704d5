from __future__ import annotations

import json
from pathlib import Path

import pytest

from palestra.cli import main
from palestra.cli.audit_page import page
from palestra.envs.audit import Card, read_card

TWO = ["palestra/ChainSum-v1", "palestra/Countdown-v1"]


def test_an_audit_prints_one_line_of_json_for_each_environment(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", *TWO, "--n", "4", "--jobs", "2", "--json"]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["id"] for row in rows] == TWO
    assert all(row["passed"] and row["measured"]["figures"] for row in rows)
    assert all(row["checks"]["hub.cross_host_determinism"]["status"] == "passed" for row in rows)


def test_an_audit_of_one_environment_shows_every_check(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    html = tmp_path / "page.html"
    assert main(["audit", TWO[0], "--n", "4", "--html", str(html)]) == 0
    text = capsys.readouterr().out
    assert "semantic.oracle_max" in text
    assert "ChainSum-v1  passed" in text
    assert "ChainSum-v1" in html.read_text()


def test_cards_are_written_to_the_folder_that_is_named(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["audit", TWO[0], "--write", "--cards", str(tmp_path)]) == 0
    card = read_card(TWO[0], tmp_path)
    assert card is not None
    assert card.report["passed"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "which environments?"),
        ([TWO[0], "--all"], "which environments?"),
        ([TWO[0], "--kind", "game"], "chooses among many"),
        (["--group", "nonsense"], "groups are"),
        (["palestra/ChainSun-v1"], "did you mean `palestra/ChainSum-v1`"),
        ([TWO[0], "--n", "1"], "too little"),
        ([TWO[0], "--n", "5", "--write"], "is not written"),
    ],
)
def test_a_wrong_call_ends_with_2(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", *arguments]) == 2
    assert message in capsys.readouterr().err


def test_the_page_shows_what_is_hostile_and_interprets_nothing() -> None:
    evil = "<script>alert(1)</script>\x1b[2J"
    finding = {"status": "failed", "note": evil, "evidence": [{"task": evil, "response": evil}]}
    report = {
        "id": "x/<b>Y</b>-v1",
        "kind": "game",
        "passed": False,
        "verifier": "",
        "floor": 0.0,
        "difficulty": [],
        "checks": {"semantic.oracle_max": finding},
    }
    text = page([Card(report=report)])
    assert "<script" not in text
    assert "<b>" not in text
    assert "\x1b" not in text
    assert "&lt;script&gt;" in text
