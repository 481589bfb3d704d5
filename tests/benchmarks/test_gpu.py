"""`benchmarks/gpu/run.py`: its dry run goes through everything that a GPU would."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "gpu" / "run.py"


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, SCRIPT, *arguments], capture_output=True, text=True, check=False)


@pytest.mark.real
def test_the_dry_run_measures_every_section(tmp_path: Path) -> None:
    out = tmp_path / "gpu.json"
    done = run("--device", "cpu", "--small", "--out", str(out))
    result = json.loads(out.read_text())
    sections = result["sections"]
    assert done.returncode == 0, {name: each.get("log") for name, each in sections.items() if "error" in each}
    assert result["is_dry_run"] and result["commit"] and result["versions"]["torch"]
    found = {name: each["result"] for name, each in sections.items()}
    assert all(not row.get("error") for rows in found.values() if isinstance(rows, list) for row in rows)
    exact, rounded = found["truth"]["against_float64"]
    assert exact["logprob_max"] < 1e-5 and exact["gradient_relative"] < 1e-5
    assert 1e-5 < rounded["gradient_relative"] < 0.05, "bf16 is what it says it is"
    assert all(each["mean"] < 0.01 for each in found["truth"]["generator_and_learner"])
    assert all(each["update_is_bitwise"] and each["generation_is_bitwise"] for each in found["repeats"])
    assert found["loss"][0]["gradient_difference"] < 1e-5
    assert found["steps"]["steps"][-1]["informative_groups"] > 0
    assert "not_run" in found["push"]


def test_without_a_gpu_it_names_the_dry_run() -> None:
    torch = pytest.importorskip("torch")
    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    done = run()
    assert done.returncode == 2
    assert "hint: `--device cpu --small` is the dry run" in done.stderr
