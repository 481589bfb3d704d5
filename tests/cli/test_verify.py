from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from typing import Any

import pytest

from palestra.cli import main


def case(case_id: object, response: object, reference: object) -> bytes:
    return json.dumps({"id": case_id, "response": response, "reference": reference}).encode()


def verify(lines: list[bytes], monkeypatch: pytest.MonkeyPatch, name: str = "number") -> int:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"\n".join(lines) + b"\n")))
    return main(["verify", name])


def rows_of(capsys: pytest.CaptureFixture[str]) -> tuple[list[dict[str, Any]], str]:
    captured = capsys.readouterr()
    assert captured.out.isascii()
    return [json.loads(line) for line in captured.out.splitlines()], captured.err


def test_verdicts_come_in_the_order_of_the_cases(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    cases = [case("a", "so 4", "4"), case(7, "5", "4"), b"", case("a", "none", "4")]
    assert verify(cases, monkeypatch) == 0
    rows, err = rows_of(capsys)
    assert err == ""
    assert [(row["id"], row["score"], row["outcome"]) for row in rows] == [
        ("a", 1.0, "PASS"),
        (7, 0.0, "FAIL"),
        ("a", 0.0, "UNPARSED"),
    ]
    assert set(rows[0]) == {"id", "score", "outcome", "detail"}


@pytest.mark.parametrize(
    ("line", "what"),
    [
        (b"nope", "not JSON at column 1"),
        (b'{"id": 1, "response": "4", "refer', "not JSON at column"),
        (b"[]", "a JSON array where an object is expected"),
        (b'{"response": "4", "reference": "4"}', "`id` must be a text or a whole number, and is missing"),
        (case(True, "4", "4"), "found a JSON boolean"),
        (case([1], "4", "4"), "found a JSON array"),
        (case(1, 4, "4"), "`response` must be a text, found a JSON number"),
        (case(1, None, "4"), "`response` must be a text, found a JSON null"),
        (b'{"id": 1, "response": "4"}', "`reference` must be a text, and is missing"),
        (case(1, "4", {"numbers": []}), "`reference` must be a text, found a JSON object"),
        (case(1, "4", "four"), "`four`"),
        (b'{"id": 1, "response": "\xff", "reference": "4"}', "is not UTF-8"),
        (b"[" * 200_000, "too long or too deep"),
        (b'{"id": ' + b"9" * 5000 + b"}", "too long or too deep"),
    ],
    ids=lambda value: value[:40].decode(errors="replace") if isinstance(value, bytes) else "",
)
def test_a_bad_line_is_named_and_loses_nothing(
    line: bytes, what: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert verify([case(1, "4", "4"), line, case(3, "4", "4")], monkeypatch) == 2
    rows, err = rows_of(capsys)
    assert [row["outcome"] for row in rows] == ["PASS", "ERROR", "PASS"]
    assert rows[1]["score"] is None
    assert what in rows[1]["detail"]
    assert err.startswith("error: line 2: ")
    assert what in err
    assert err.count("error:") == err.count("\n\nhint: ") == 1


def test_a_bad_reference_keeps_the_id_of_its_case(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert verify([case("row 9", "1 + 1", "no json")], monkeypatch, "countdown") == 2
    [row], _ = rows_of(capsys)
    assert row["id"] == "row 9"


def test_thousands_of_bad_lines_do_not_flood_the_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert verify([b"?"] * 3000 + [case(1, "4", "4")], monkeypatch) == 2
    rows, err = rows_of(capsys)
    assert (len(rows), rows[-1]["outcome"]) == (3001, "PASS")
    assert "3000 lines in all" in err
    assert len(err) < 10_000


@pytest.mark.parametrize(
    "response",
    ["1" * 10_000_000, "\ud800", "\udfff 4 \ud800", "\x00\x07\x1b[2J\x7f\x9b", "((((" * 5000, "", "\u202e4"],
    ids=["10 MB", "high surrogate", "both surrogates", "control", "brackets", "empty", "right to left"],
)
@pytest.mark.parametrize("name", ["number", "countdown", "knights-and-knaves", "calculation"])
def test_hostile_responses_get_a_verdict(
    response: str, name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    reference = {
        "countdown": '{"numbers": [3, 4], "target": 12}',
        "knights-and-knaves": '{"roles": {"Ann": "knight", "Bob": "knave"}}',
    }.get(name, "17")
    assert verify([case(1, response, reference)], monkeypatch, name) == 0
    [row], err = rows_of(capsys)
    assert row["outcome"] in ("FAIL", "UNPARSED")
    assert err == ""


def test_a_byte_order_mark_and_windows_line_ends_are_read(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert verify([b"\xef\xbb\xbf" + case(1, "4", "4") + b"\r", case(2, "4", "4") + b"\r"], monkeypatch) == 0
    rows, _ = rows_of(capsys)
    assert [row["outcome"] for row in rows] == ["PASS", "PASS"]


def test_bytes_that_are_no_utf8_pass_through_a_real_pipe() -> None:
    lines = [case(1, "4", "4"), b"\xff\xfe\x00", case(2, "\ud800 4", "4")]
    result = subprocess.run(
        [sys.executable, "-m", "palestra.cli", "verify", "number"],
        input=b"\n".join(lines),
        capture_output=True,
        env=os.environ | {"PYTHONIOENCODING": "ascii"},
        check=False,
    )
    assert result.returncode == 2
    assert [json.loads(line)["outcome"] for line in result.stdout.splitlines()] == ["PASS", "ERROR", "PASS"]
    assert result.stderr.startswith(b"error: line 2: byte 0 is not UTF-8")
