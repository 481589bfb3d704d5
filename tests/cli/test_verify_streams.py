"""`palestra verify` on long, slow and endless inputs, and with each policy for UNKNOWN."""

from __future__ import annotations

import io
import json
import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from palestra.cli import main, verify
from palestra.cli.cases import MAX_LINE_BYTES, Line, ReferenceLint, VerdictJudge
from palestra.cli.judging import ProcessWorkers, in_order
from palestra.cli.lines import LineReader
from palestra.verifiers import NumberVerifier, Outcome, Verdict

COMMAND = [sys.executable, "-m", "palestra.cli", "verify"]


def case(case_id: object, response: str, reference: str) -> bytes:
    return json.dumps({"id": case_id, "response": response, "reference": reference}).encode()


MIXED = [
    line
    for i in range(700)
    for line in (case(i, f"= {i}", str(i)), case(f"n{i}", f"= {i}", str(i + 1)), b"", b"?" if i % 50 == 0 else b" ")
]


class _Undecided(NumberVerifier):
    def judge(self, response: str, reference: object) -> Verdict:
        return Verdict.unknown(0.7, "out of steps")


def feed(lines: list[bytes], monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"\n".join(lines))))
    return main(["verify", *arguments])


def test_many_processes_print_what_one_prints(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert feed(MIXED, monkeypatch, "number", "--jobs", "1") == 2
    alone = capsys.readouterr()
    monkeypatch.setattr(verify, "PATIENCE_S", 0.0)
    assert feed(MIXED, monkeypatch, "number", "--jobs", "3") == 2
    assert capsys.readouterr() == alone
    rows = [json.loads(line) for line in alone.out.splitlines()]
    assert [row["id"] for row in rows if row["outcome"] == "PASS"] == list(range(700))
    assert sum(row["outcome"] == "ERROR" for row in rows) == 14


def test_a_short_input_starts_no_process(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(subprocess, "Popen", None)
    assert feed(MIXED[:100], monkeypatch, "number", "--jobs", "4") == 2
    assert capsys.readouterr().out.count("\n") == 51


def test_an_endless_input_is_judged_as_it_comes() -> None:
    code = "import sys; from palestra.cli import main, verify; verify.PATIENCE_S = 0; sys.exit(main(sys.argv[1:]))"
    command = [sys.executable, "-c", code, "verify", "number", "--jobs", "2"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for i in range(5):
            process.stdin.write(case(i, "= 4", "4") + b"\n")
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["id"] == i, "the verdict comes before the next case"
        process.stdin.close()
        assert process.wait() == 0


def test_an_interrupt_ends_it_quietly_and_leaves_no_process(tmp_path: Path) -> None:
    code = "import sys; from palestra.cli import main, verify; verify.PATIENCE_S = 0; sys.exit(main(sys.argv[1:]))"
    command = [sys.executable, "-c", code, "verify", "number", "--jobs", "2"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(b"\n".join(MIXED[:200]) + b"\n")
        process.stdin.flush()
        for _ in range(100):
            process.stdout.readline()
        workers = children(process.pid)
        assert workers
        process.send_signal(signal.SIGINT)
        _, err = process.communicate()
    assert process.returncode == 130
    assert err.endswith(b"interrupted\n")
    assert b"Traceback" not in err
    assert not [pid for pid in workers if Path(f"/proc/{pid}").exists()]


def children(pid: int) -> list[int]:
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        found += [int(child) for child in (task / "children").read_text().split()]
    return found


def test_a_reader_who_leaves_is_no_failure_to_speak_of() -> None:
    with subprocess.Popen(
        [*COMMAND, "number"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdout.close()
        process.stdin.write(case(1, "4", "4") + b"\n")
        process.stdin.close()
        assert process.wait() == 1
        assert process.stderr is not None
        assert process.stderr.read() == b""


def test_a_worker_that_dies_is_told_from_a_wrong_answer() -> None:
    before = set(children(os.getpid()))  # other tests of this process may keep some
    workers = ProcessWorkers("number", False, None)
    try:
        [judged] = workers([Line(1, case(1, "4", "4"))])
        assert judged.text is not None
        [pid] = set(children(os.getpid())) - before
        os.kill(pid, signal.SIGKILL)
        with pytest.raises(Exception, match="ended with `-9` while it judged lines 2 to 2"):
            workers([Line(2, case(2, "4", "4"))])
    finally:
        workers.close()


@pytest.mark.parametrize(
    ("undecided", "score", "outcome"),
    [(None, 0.0, "UNKNOWN"), ("mask", None, "UNKNOWN"), ("strict", 0.0, "FAIL"), ("lenient", 1.0, "PASS")],
)
def test_an_undecided_verdict_becomes_what_was_asked_for(
    undecided: str | None, score: float | None, outcome: str
) -> None:
    judge = VerdictJudge(_Undecided(), undecided)  # type: ignore[arg-type]
    row = json.loads(judge(Line(1, case(1, "4", "4"))).text or "")
    assert (row["score"], row["outcome"], row["p_correct"]) == (score, outcome, 0.7)
    assert "out of steps" in row["detail"]


def test_a_decided_verdict_is_the_same_under_each_policy() -> None:
    lines = [VerdictJudge(NumberVerifier(), name)(Line(1, case(1, "4", "4"))) for name in ("mask", "strict", "lenient")]
    assert set(lines) == {VerdictJudge(NumberVerifier())(Line(1, case(1, "4", "4")))}
    assert "p_correct" not in (lines[0].text or "")


def test_the_lint_prints_each_reference_that_cannot_be_used(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    golds = [b'{"id": 1, "reference": "4"}', b'{"id": 2, "reference": "four"}', case(3, "4", "4/0")]
    assert feed(golds, monkeypatch, "number", "--reference-lint") == 1
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(row["id"], row["reference"], len(row["problems"])) for row in rows] == [(2, "four", 1), (3, "4/0", 1)]
    assert "hint" not in rows[0]["problems"][0]
    assert feed(golds[:1], monkeypatch, "number", "--reference-lint") == 0
    assert capsys.readouterr().out == ""


def test_the_lint_names_lines_that_are_no_cases(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert feed([b"?", b'{"id": 2}'], monkeypatch, "number", "--reference-lint") == 2
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(row["id"], row["reference"]) for row in rows] == [(None, None), (2, None)]
    assert ReferenceLint(NumberVerifier())(Line(1, b'{"id": 1, "reference": "4"}')).text is None


def test_a_verifier_of_code_shares_one_process() -> None:
    seen = in_order(lambda lines: [VerdictJudge(NumberVerifier())(line) for line in lines], chunks(40), jobs=4)
    assert [json.loads(one.text or "")["id"] for judged in seen for one in judged] == list(range(40))


def chunks(count: int) -> Iterator[list[Line]]:
    for i in range(count):
        if i % 7 == 0:
            time.sleep(0.001)
        yield [Line(i, case(i, "4", "4"))]


def test_an_input_that_breaks_is_an_error_and_no_end() -> None:
    def broken() -> Iterator[list[Line]]:
        yield [Line(1, b"")]
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="the disk is gone"):
        list(in_order(lambda lines: [], broken(), jobs=2))


def test_reading_ahead_is_bounded() -> None:
    taken = 0

    def endless() -> Iterator[list[Line]]:
        nonlocal taken
        while True:
            taken += 1
            yield [Line(taken, b"")]

    seen = in_order(lambda lines: [], endless(), jobs=2)
    for _ in range(10):
        next(seen)
    seen.close()
    assert taken < 30


@pytest.mark.parametrize("tail", [b"", b"\n", b"\r\n", b"\n\n"])
def test_lines_keep_their_numbers_however_the_input_ends(tail: bytes) -> None:
    lines = [line for chunk in LineReader(io.BytesIO(b"a\n\n \nb" + tail)).chunks() for line in chunk]
    assert [(line.number, line.data.strip()) for line in lines] == [(1, b"a"), (4, b"b")]


def test_a_line_without_an_end_takes_bounded_memory_and_hides_no_other() -> None:
    endless = io.BytesIO(b"x" * (MAX_LINE_BYTES + 1) + b"\nb\n")
    lines = [line for chunk in LineReader(endless).chunks() for line in chunk]
    assert [(line.number, line.data, line.is_whole) for line in lines] == [(1, b"", False), (2, b"b", True)]
    assert VerdictJudge(NumberVerifier())(lines[0]).what == f"line 1: more than {MAX_LINE_BYTES} bytes"


def test_no_jobs_are_no_number_of_jobs(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert feed([], monkeypatch, "number", "--jobs", "0") == 2
    assert "hint: give at least 1" in capsys.readouterr().err


def test_a_terminal_shows_a_bar_that_leaves_the_verdicts_alone(tmp_path: Path) -> None:
    (tmp_path / "cases.jsonl").write_bytes(b"\n".join(MIXED))
    code = (
        "import sys; from palestra.cli import main, progress; progress._PATIENCE_S = -1; sys.exit(main(sys.argv[1:]))"
    )
    command = [sys.executable, "-c", code, "verify", "number", "--jobs", "1"]
    shown, terminal = pty.openpty()
    with (tmp_path / "cases.jsonl").open("rb") as cases, (tmp_path / "out.jsonl").open("wb") as out:
        process = subprocess.Popen(command, stdin=cases, stdout=out, stderr=terminal)
    os.close(terminal)
    text = b""
    while part := read_terminal(shown):
        text += part
    os.close(shown)
    assert process.wait() == 2
    assert b"judged" in text
    assert b"100%" in text
    assert len((tmp_path / "out.jsonl").read_bytes().splitlines()) == 1414


def read_terminal(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 1 << 16)
    except OSError:  # how a terminal says that nobody writes to it any more
        return b""


def test_a_masked_score_is_null_and_an_error_stays_null() -> None:
    class _Broken(NumberVerifier):
        def judge(self, response: str, reference: object) -> Verdict:
            raise RuntimeError("a bug of ours")

    row = json.loads(VerdictJudge(_Broken(), "strict")(Line(1, case(1, "4", "4"))).text or "")
    assert (row["score"], row["outcome"]) == (None, Outcome.ERROR)
