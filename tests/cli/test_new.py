from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from palestra.cli import main


def written(folder: Path) -> Path:
    """A new package, so that Python finds it as if it were installed; the folder of its sources."""
    assert main(["new", "env", "DigitSum", "--namespace", "acme", "--folder", str(folder)]) == 0
    facts = folder / "src" / "digit_sum-0.1.0.dist-info"
    facts.mkdir()
    (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: digit-sum\nVersion: 0.1.0\n")
    (facts / "entry_points.txt").write_text("[palestra.envs]\ndigit_sum = digit_sum:ROWS\n")
    return folder / "src"


def run(sources: Path, *argv: str) -> str:
    environment = os.environ | {"PYTHONPATH": str(sources)}
    done = subprocess.run([sys.executable, *argv], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_written_package_passes_its_own_tests_and_its_audit(tmp_path: Path) -> None:
    sources = written(tmp_path / "digit_sum")
    run(sources, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path / "digit_sum" / "tests"))
    run(sources, "-m", "palestra.cli", "audit", "acme/DigitSum-v1", "--n", "20")


def test_a_package_that_is_imported_first_is_in_the_table_too(tmp_path: Path) -> None:
    sources = written(tmp_path / "digit_sum")
    code = "import digit_sum; from palestra.envs import ENVS; print('acme/DigitSum-v1' in ENVS)"
    assert run(sources, "-c", code) == "True\n"


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["digit-sum"], "`digit-sum` is no name"),
        (["DigitSum", "--namespace", "palestra"], "`palestra` cannot be a namespace"),
        (["DigitSum", "--folder", "."], "`.` exists"),
    ],
)
def test_bad_names_are_one_clear_sentence(argv: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["new", "env", *argv]) == 2
    assert message in capsys.readouterr().err
