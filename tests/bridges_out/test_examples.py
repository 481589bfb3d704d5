"""The examples against the real packages, in an environment of their own (`make bridges`)."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from served import serving

ROOT = Path(__file__).parent.parent.parent
PYTHON = ROOT / ".venv-bridges/bin/python"

pytestmark = pytest.mark.real


@pytest.fixture
def python() -> Path:
    """The interpreter with the other frameworks."""
    if not PYTHON.exists():
        reason = "`.venv-bridges` is not there: `make bridges`"
        if os.environ.get("PALESTRA_REQUIRE_REAL") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    return PYTHON


def output_of(python: Path, name: str, *arguments: str) -> str:
    variables = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    command = [str(python), str(ROOT / "examples/bridges" / name), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=variables, timeout=600, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    return done.stdout


def test_the_client_of_openenv_plays_two_environments_at_once(python: Path) -> None:
    with serving(["palestra/Wordle-v1", "palestra/Countdown-v1"], python=str(python)) as url:
        lines = output_of(python, "openenv_client.py", url).splitlines()
    assert [line.split(" reward ")[0].partition("?")[0] for line in lines] == [
        "palestra/Wordle-v1/train/0/0", "palestra/Countdown-v1/train/1/0",
    ]  # fmt: skip
    assert all(" reward 1.0 PASS after 1 turns" in line for line in lines)


def test_openenv_finds_nothing_wrong_with_a_server(python: Path) -> None:
    with serving(["palestra/Countdown-v1"], python=str(python)) as url:
        command = [str(python.with_name("openenv")), "validate", "--url", url]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout
    assert "Verdict: PASS" in done.stdout


def test_inspect_plays_turn_by_turn_and_scores_by_verdicts(python: Path) -> None:
    printed = output_of(python, "inspect_task.py")
    assert printed.count(" 1.0 PASS judged 1 turns") == 2
    assert printed.count(" 0.0 FAIL judged 8 turns") == 2
    assert printed.splitlines()[-1] == "accuracy 0.5"


def test_verifiers_plays_our_taskset(python: Path) -> None:
    printed = output_of(python, "verifiers_taskset.py")
    assert [line.split()[1] for line in printed.splitlines()] == ["1.0", "0.0", "1.0", "0.0"]


@pytest.mark.parametrize(
    ("name", "unscored"), [("inspect_task.py", " nan ERROR "), ("verifiers_taskset.py", " unscored ")]
)
def test_a_broken_grader_is_no_wrong_answer(python: Path, name: str, unscored: str) -> None:
    done = output_of(python, "../../tests/bridges_out/broken_grader.py", str(ROOT / "examples/bridges" / name))
    lines = [line for line in done.splitlines() if line.startswith("palestra/")]
    assert len(lines) == 4
    assert all(unscored in line for line in lines)


def test_trl_trains_on_our_rows_and_rewards(python: Path) -> None:
    assert output_of(python, "trl_rewards.py").count(", masked 0.0") == 2


def test_a_client_of_mcp_calls_the_tools_of_an_environment() -> None:
    printed = output_of(Path(sys.executable), "mcp_client.py").splitlines()
    assert printed[0].endswith("among them reset, step, state")
    assert printed[-1] == "submitted 0.0"
