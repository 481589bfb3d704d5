"""Every program of examples/ runs as it stands, and says what its page says of it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "examples"
PROGRAMS = {
    "evaluate_endpoint": ((), "stand-in: 0.40 [0.18, 0.62] on 20 tasks"),
    "noise_lab": (("4",), r"audits     accuracy 0."),
    "own_environment": ((), "failed checks: ()"),
    "own_verifier": ((), "misjudged: ()"),
    "rollouts_round_trip": ((), "read back equal: True"),
    "swe_local_package": ((), "oracle 1.0 resolved"),
    "tool_loop": ((), "left out: 0.0 FAIL"),
    "train_grpo": (("2", "2"), "heldout after 4 steps"),
}
LONG = {"noise_lab", "rollouts_round_trip", "train_grpo"}
"""Load torch and train or sample: the second lane."""
MAX_LINES = 65


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=[pytest.mark.real] if name in LONG else []) for name in PROGRAMS],
)
def test_an_example_runs_and_prints_what_it_is_for(name: str, tmp_path: Path) -> None:
    arguments, said = PROGRAMS[name]
    done = subprocess.run(
        [sys.executable, str(FOLDER / f"{name}.py"), *arguments],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300.0,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert said in done.stdout
    assert list(tmp_path.iterdir()) == []  # they clean up behind themselves


def test_the_examples_are_named_here_and_in_their_table() -> None:
    names = {path.stem for path in FOLDER.glob("*.py")}
    assert names == set(PROGRAMS)
    assert set(re.findall(r"^\| \[`(\w+)\.py`\]", (FOLDER / "README.md").read_text(encoding="utf-8"), re.M)) == names


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.py")), ids=lambda path: path.stem)
def test_an_example_can_be_read_at_a_glance(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MAX_LINES
