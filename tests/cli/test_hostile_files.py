"""Files from anybody: rollouts, runs, models and programs that want more than to be read."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from palestra.cli import main

# Sets the title of a window, clears the screen, rings the bell.
ESCAPES = "\x1b]0;pwned\x07\x1b[2J\x9b31m"
CONTROL = ("\x1b", "\x07", "\x9b", "\r")


def rollout(**changes: object) -> dict[str, object]:
    """A row of a rollout file, as `palestra eval --agent` writes it."""
    task = {
        "id": "palestra/ChainSum-v1/test/0/0?difficulty=0.2",
        "prompt": "Calculate 52 + 53.",
        "reference": "105",
        "meta": {},
        "puzzle": "cbe85c3e4409cf97",
    }
    verdict = {"score": 1.0, "outcome": "PASS", "detail": "105 is right", "parts": {}, "p_correct": None}
    row: dict[str, object] = {"key": "k#0", "task": task, "responses": ["105"], "verdict": verdict}
    row |= {"finish_reason": "stop", "attempts": 1, "end": "judged", "system": "", "weight": 1.0, "trunk": ""}
    return row | {"turns": [], "segments": [], "timings": {}} | changes


def write(path: Path, *rows: object) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def changed(part: str, **changes: object) -> dict[str, object]:
    old = rollout()[part]
    assert isinstance(old, dict)
    return rollout(**{part: {**old, **changes}})


ROWS: dict[str, object] = {
    "a list": [1],
    "null": None,
    "no fields": {"key": "x"},
    "responses that are a text": rollout(responses="105"),
    "timings that are a list": rollout(timings=[1]),
    "turns that are an object": rollout(turns={"a": 1}),
    "a score that is a text": changed("verdict", score="x"),
    "a score of 9": changed("verdict", score=9),
    "an outcome that nobody knows": changed("verdict", outcome=ESCAPES),
    "a task of nowhere": changed("task", id=f"palestra/Nope-v1/test/0/0{ESCAPES}"),
    "escapes everywhere": {
        **changed("task", prompt=ESCAPES, reference=ESCAPES),
        "key": ESCAPES,
        "responses": [ESCAPES + "\ud800\x00"],
        "verdict": {"score": 0.0, "outcome": "FAIL", "detail": ESCAPES, "parts": {}, "p_correct": None},
    },
}
READERS: dict[str, Callable[[Path], list[str]]] = {
    "view": lambda path: ["view", str(path)],
    "view --text": lambda path: ["view", str(path), "--text"],
    "compare": lambda path: ["compare", str(path), str(path)],
    "rescore": lambda path: ["rescore", str(path), "--diff"],
    "export": lambda path: ["export", str(path), "--to", "parquet", "--out", str(path.parent / "out")],
    "import": lambda path: ["import", str(path), "--out", str(path.parent / "out")],
    "rescore --verifier": lambda path: ["rescore", str(path), "--diff", "--verifier", "math"],
}


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("what", ROWS)
def test_a_row_that_is_no_rollout_is_one_sentence_and_controls_no_terminal(
    reader: str, what: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path / "rollouts.jsonl", rollout(), ROWS[what])
    code = main(READERS[reader](path))
    captured = capsys.readouterr()
    assert code in (0, 1, 2)
    assert code == 0 or (captured.err.startswith("error: ") and "\n\nhint: " in captured.err)
    assert not [each for each in CONTROL if each in captured.out + captured.err]


def test_lines_of_a_depth_that_ends_parsers_are_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "rollouts.jsonl"
    for line in ("[" * 100_000, '{"a":' * 50_000 + "1" + "}" * 50_000, '{"key": ' + "9" * 6000 + "}"):
        path.write_text(line + "\n", encoding="ascii")
        assert main(["compare", str(path), str(path)]) in (1, 2)
        assert "\n\nhint: " in capsys.readouterr().err


@pytest.mark.parametrize("text", ["a = " + "[" * 20_000, "steps = " + "9" * 7000, "\x00", "[env]\nid = 3", "a = [1"])
def test_a_configuration_that_ends_parsers_is_one_sentence(
    text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "mixture.toml"
    path.write_text(text, encoding="utf-8")
    assert main(["eval", str(path), "--agent", "oracle", "--n", "1"]) == 2
    assert "\n\nhint: " in capsys.readouterr().err


def test_reading_rollouts_imports_no_package_that_they_name(tmp_path: Path) -> None:
    package = tmp_path / "canary_package"
    package.mkdir()
    (package / "__init__.py").write_text(f"open({str(tmp_path / 'imported')!r}, 'w')\n", encoding="utf-8")
    (package / "rows.jsonl").write_text('{"prompt": "a", "reference": "1"}\n', encoding="utf-8")
    task = "palestra/Dataset-v1/test/0/0?path=%22package%3Acanary_package/rows.jsonl%22"
    path = write(tmp_path / "rollouts.jsonl", changed("task", id=task))
    for reader in READERS.values():
        subprocess.run(
            [sys.executable, "-m", "palestra.cli", *reader(path)],
            capture_output=True,
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(tmp_path)},
            check=False,
            timeout=120,
        )
    assert not (tmp_path / "imported").exists()


def test_a_page_is_written_over_no_file_that_a_run_links_to(tmp_path: Path) -> None:
    run, mine = tmp_path / "run", tmp_path / "mine.txt"
    run.mkdir()
    mine.write_text("mine", encoding="utf-8")
    write(run / "rollouts.jsonl", rollout())
    (run / ".partial-view.html").symlink_to(mine)
    (run / "view.html").symlink_to(mine)
    assert main(["view", str(run)]) == 0
    assert mine.read_text(encoding="utf-8") == "mine"
    assert not (run / "view.html").is_symlink()
    assert "<script" in (run / "view.html").read_text(encoding="ascii")


def on_a_terminal(*argv: str) -> bytes:
    """What a command shows on a terminal."""
    own, its = pty.openpty()
    process = subprocess.Popen([sys.executable, "-m", "palestra.cli", *argv], stdin=its, stdout=its, stderr=its)
    os.close(its)
    shown = b""
    while True:
        try:
            piece = os.read(own, 65536)
        except OSError:  # so Linux says that the other side is closed
            break
        if not piece:
            break
        shown += piece
    os.close(own)
    process.wait(timeout=60)
    return shown


def test_a_program_in_a_sandbox_cannot_control_the_terminal(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(f"import sys; print({ESCAPES!r}); print({ESCAPES!r}, file=sys.stderr)\n", encoding="utf-8")
    shown = on_a_terminal("sandbox", "run", str(program))
    assert b"pwned" in shown
    assert b"\x1b" not in shown
    assert b"\x07" not in shown


def test_the_bytes_of_a_program_reach_a_pipe_as_they_are(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text("import sys; sys.stdout.buffer.write(bytes(range(256)))\n", encoding="utf-8")
    call = [sys.executable, "-m", "palestra.cli", "sandbox", "run", str(program)]
    assert subprocess.run(call, capture_output=True, check=True).stdout == bytes(range(256))


def test_a_device_that_never_ends_is_no_program(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sandbox", "run", "/dev/zero"]) == 2
    assert "longer than 256 MiB\n\nhint: " in capsys.readouterr().err
