from __future__ import annotations

from pathlib import Path

import pytest

from palestra.envs.audit import examine, id_with_options, pay, subject_of_row
from small_data import sums, write_rows


def test_a_sound_data_set_passes_its_audit(tmp_path: Path) -> None:
    path = write_rows(tmp_path / "sums.jsonl", sums(300))
    options = {"path": path, "prompt": "question", "reference": "answer"}
    report = examine(subject_of_row(id_with_options("palestra/Dataset-v1", options), size=8))
    assert not report.failed, {name: report.findings[name].note for name in report.failed}


def test_programs_that_fail_their_own_tests_are_found(tmp_path: Path) -> None:
    row = {
        "entry_point": "f",
        "prompt": "def f(x):\n    'The square.'\n",
        "test": "def check(candidate):\n    assert candidate(2) == 4\n    assert candidate(3) == 9\n",
        "canonical_solution": "    return x + x\n",
    }
    options = {"path": write_rows(tmp_path / "code.jsonl", [row]), "splits": "train"}
    finding = pay.oracle_max(subject_of_row(id_with_options("palestra/HumanEval-v1", options), size=2))
    assert str(finding.status) == "failed"
    assert "palestra/HumanEval-v1/train" in finding.evidence[0].task


@pytest.mark.parametrize("splits", ["test", "hash"])
def test_data_for_evaluation_needs_a_training_split_to_be_audited(tmp_path: Path, splits: str) -> None:
    path = write_rows(tmp_path / "eval.jsonl", [{"problem": f"{i} + 1?", "answer": str(i + 1)} for i in range(40)])
    env_id = id_with_options("palestra/MATH500-v1", {"path": path, "splits": splits, "meta": ""})
    report = examine(subject_of_row(env_id, size=2))
    assert bool(report.failed) is (splits == "test")
