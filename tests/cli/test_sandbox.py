from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from palestra.cli import main
from palestra.sandboxes import SANDBOXES, Property

PLAIN = ("--backend", "subprocess", "--allow-unsafe")


def run_json(capfd: pytest.CaptureFixture[str], *argv: str) -> dict[str, object]:
    assert main(["sandbox", "run", *PLAIN, "--json", *argv]) == 0
    row = json.loads(capfd.readouterr().out)
    assert isinstance(row, dict)
    return row


def program(folder: Path, name: str, text: str) -> str:
    (folder / name).write_text(text)
    return str(folder / name)


def test_the_list_has_every_back_end(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["sandbox", "list", "--json"]) == 0
    assert [json.loads(line)["name"] for line in capfd.readouterr().out.splitlines()] == list(SANDBOXES)
    assert main(["sandbox", "list"]) == 0
    assert [line.split()[0] for line in capfd.readouterr().out.splitlines()[1:]] == list(SANDBOXES)


def test_a_result_is_one_object_and_any_end_is_exit_code_0(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    row = run_json(capfd, program(tmp_path, "p.py", "import sys; print('o'); print('e', file=sys.stderr); exit(3)"))
    assert (row["status"], row["exit_code"], row["stdout"], row["stderr"]) == ("NONZERO", 3, "o\n", "e\n")
    assert {"cpu_s", "wall_s", "peak_memory_bytes", "backend"} <= row.keys()
    row = run_json(capfd, "--cpu-s", "0.5", program(tmp_path, "q.py", "while True: pass"))
    assert row["status"] == "TLE_CPU"


def test_without_json_the_streams_are_passed_on_and_a_line_tells_the_status(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["sandbox", "run", *PLAIN, program(tmp_path, "p.py", "print('o')")]) == 0
    out, err = capfd.readouterr()
    assert out == "o\n"
    assert err.splitlines()[-1].startswith("OK: ")
    assert main(["sandbox", "run", *PLAIN, program(tmp_path, "p.py", "exit(7)")]) == 1
    assert "NONZERO: " in capfd.readouterr().err


def test_source_comes_on_standard_input_and_arguments_after_two_dashes(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(
        sys, "stdin", io.TextIOWrapper(io.BytesIO(b"import sys; print(sys.argv[1:], sys.stdin.read())"))
    )
    assert run_json(capfd, "-", "--", "-x", "a b", "--json")["stdout"] == "['-x', 'a b', '--json'] \n"


def test_the_programs_input_is_a_file(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    given = program(tmp_path, "in.txt", "1 2")
    assert run_json(capfd, program(tmp_path, "p.py", "print(input())"), "--stdin", given)["stdout"] == "1 2\n"


def test_an_executable_and_c_run_through_the_same_command(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    shell = program(tmp_path, "run it", "#!/bin/sh\necho shell $1\n")
    assert run_json(capfd, shell, "--", "x")["stdout"] == "shell x\n"
    if subprocess.run(["sh", "-c", "command -v gcc"], capture_output=True, check=False).returncode:
        pytest.skip("no gcc")
    source = program(tmp_path, "p.c", '#include <stdio.h>\nint main(void) { puts("C"); return 4; }\n')
    row = run_json(capfd, source)
    assert (row["stdout"], row["exit_code"]) == ("C\n", 4)


@pytest.mark.parametrize(
    ("argv", "code", "what"),
    [
        (["run", "no-such.py"], 2, "cannot read `no-such.py`"),
        (["run", "--backend", "zygot", "-"], 2, "did you mean `zygote`?"),
        (["run", "--cpu-s", "0", "-"], 2, "limits.cpu_s must be positive"),
        (["run", "--cpu-s", "9", "--wall-s", "1", "-"], 2, "is below limits.cpu_s"),
        (["run", "--stdin", "-", "-"], 2, "both the program and its input"),
        (["run", "--backend", "subprocess", "-"], 1, "isolates nothing"),
        (["doctor", "--backend", "subprocess"], 1, "isolates nothing"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_wrong_call_is_one_sentence_and_a_hint(
    argv: list[str], code: int, what: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"")))
    assert main(["sandbox", *argv]) == code
    err = capfd.readouterr().err
    assert err.startswith("error: ")
    assert what in err
    assert "\n\nhint: " in err


def test_the_doctor_has_a_row_for_each_property(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["sandbox", "doctor", *PLAIN, "--json"]) == 0
    found = json.loads(capfd.readouterr().out)
    assert found["holds"] is True
    assert [row["property"] for row in found["rows"]] == [name.value for name in Property]
    assert all(bool(row["attacks"]) is bool(row["promised"]) for row in found["rows"])
    assert found["backend"]["level"] == "NONE"


def test_bench_prints_a_row_for_each_place(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "sandbox", "--jobs", "2", "--places", "python3 -c", "--json"]) == 0
    [row] = json.loads(capfd.readouterr().out)["rows"]
    assert row["name"] == "python3 -c"
    assert min(row["p50_ms"], row["jobs_per_s"]) > 0
    assert main(["bench", "sandbox", "--jobs", "1", "--places", "python3 -c"]) == 0
    assert capfd.readouterr().out.splitlines()[1].startswith("python3 -c")
    assert main(["bench", "sandbox", "--places", "python4"]) == 2


def test_the_command_loads_nothing_heavy() -> None:
    code = f"import sys; sys.path[:] = {sys.path!r}; from palestra.cli import main; main(['sandbox', 'list']); " + (
        "print({'torch', 'gymnasium', 'numpy', 'sympy', 'transformers'} & set(sys.modules))"
    )
    finished = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert finished.stdout.splitlines()[-1] == "set()", finished.stderr
