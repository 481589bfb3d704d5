from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from palestra.agents import FinishReason, Rollout
from palestra.agents.exports import judge_rows, write_judge_data
from palestra.envs import EndReason, TaskId
from palestra.verifiers import Verdict
from rollout_cases import rollout


def _said(text: str, verdict: Verdict, index: int = 0) -> Rollout:
    made = rollout(f"0/{text}", verdict)
    task = replace(made.task, id=TaskId(source="test/Hand-v1", split="train", seed=0, index=index))
    return replace(made, task=task, responses=(text,))


RIGHT, WRONG = Verdict.passed("right"), Verdict.failed("wrong")


def test_a_right_and_a_wrong_response_make_labels_a_pair_and_a_reflection() -> None:
    # METHODS 24 (a).
    rows = list(judge_rows([_said("4", RIGHT), _said("5", WRONG)]))
    assert [(row["response"], row["label"]) for row in rows if row["kind"] == "pointwise"] == [("4", 1), ("5", 0)]
    assert [(row["chosen"], row["rejected"]) for row in rows if row["kind"] == "pair"] == [("4", "5")]
    assert [(row["response"], row["correction"]) for row in rows if row["kind"] == "reflection"] == [("5", "4")]


def test_what_nobody_judged_and_what_was_cut_teach_no_judge() -> None:
    cut = replace(_said("4", WRONG), finish_reason=FinishReason.LENGTH)
    stopped = replace(_said("4", WRONG), end=EndReason.REJECTED)
    doubtful = [
        _said("x", Verdict.unknown(0.5)),
        _said("y", Verdict.partial(0.5, "half")),
        _said("z", Verdict.error("e")),
    ]
    assert not list(judge_rows([cut, stopped, *doubtful]))


def test_pairs_stay_within_a_task_and_below_their_bound_and_copies_count_once() -> None:
    many = [_said(str(n % 20), RIGHT if n % 2 else WRONG, index=n // 20) for n in range(40)]
    rows = list(judge_rows([*many, *many], max_pairs=5))
    kinds = [(row["kind"], row["task"]) for row in rows]
    for task in {task for _, task in kinds}:
        assert [kinds.count((kind, task)) for kind in ("pointwise", "pair", "reflection")] == [20, 5, 5]


def test_rows_are_json_without_the_reference(tmp_path: Path) -> None:
    turns = replace(_said("4", RIGHT), responses=("look", "4"))
    path = tmp_path / "judge.jsonl"
    assert write_judge_data(path, judge_rows([turns, _said("5", WRONG)])) == 4
    lines = path.read_text().splitlines()
    assert json.loads(lines[0])["response"] == ["look", "4"]
    assert not any("reference" in line or '"!"' in line for line in lines)


def test_bounds_must_not_overlap() -> None:
    with pytest.raises(ValueError, match="wrong_to < right_from"):
        list(judge_rows([], right_from=0.5, wrong_to=0.5))
