from __future__ import annotations

import asyncio
import json
import pickle
from pathlib import Path
from typing import Any

import gymnasium
import pytest

from palestra.envs import (
    ENVS,
    IID_SPLITS,
    ConfigError,
    DataError,
    EmptySplitError,
    NoOracleError,
    Task,
    TaskId,
    TaskIdError,
)
from palestra.envs.datasets.named_verifier import NamedVerifier, named_reference
from palestra.verifiers import Outcome, UnknownVerifierError
from palestra.verifiers.keyed_random import KeyedRandom
from small_data import source_of, sums, write_rows

COLUMNS = {"prompt": "question", "reference": "answer"}


@pytest.fixture
def path(tmp_path: Path) -> str:
    return write_rows(tmp_path / "sums.jsonl", sums(100))


def prompts(source: Any, split: Any, count: int, seed: int = 0) -> list[str]:
    return [source.task(split, seed, index).prompt for index in range(count)]


def test_a_file_of_ones_own_is_an_environment(path: str) -> None:
    env: Any = gymnasium.make("palestra/Dataset-v1", path=path, verifier="math", prompt="question", reference="answer")
    prompt, info = env.reset(seed=3)
    assert prompt.startswith("What is ")
    _, reward, terminated, _, verdict = env.step(f"So it is \\boxed{{{env.unwrapped.oracle()}}}.")
    assert (reward, terminated, verdict["outcome"]) == (1.0, True, "PASS")
    again, _ = env.reset(options={"task_id": info["task_id"]})
    assert again == prompt
    assert asyncio.run(env.unwrapped.astep("no idea at all"))[1] == 0.0


def test_a_seed_is_an_order_in_which_each_row_comes_once_a_round(path: str) -> None:
    source = source_of("Dataset", path=path, **COLUMNS)
    size = source.report().num_tasks["train"]
    first, second = (
        [source.task("train", 0, index).prompt for index in range(start, start + size)] for start in (0, size)
    )
    assert len(set(first)) == size
    assert set(first) == set(second)
    assert first != second
    assert prompts(source, "train", size, seed=1) != first


def test_the_order_of_the_rows_in_the_file_decides_nothing(tmp_path: Path) -> None:
    paths = [write_rows(tmp_path / "a.jsonl", sums(50)), write_rows(tmp_path / "b.jsonl", sums(50)[::-1])]
    streams = [prompts(source_of("Dataset", path=path, **COLUMNS), "train", 20) for path in paths]
    assert streams[0] == streams[1]


def test_a_file_is_cut_by_a_hash_of_the_question_whatever_its_wording(path: str) -> None:
    plain = source_of("Dataset", path=path, **COLUMNS)
    worded = source_of("Dataset", path=path, prompt="Please:  {question}\nEnd with \\boxed{}.", reference="answer")
    sizes = plain.report().num_tasks
    assert set(sizes) == set(IID_SPLITS)
    assert sizes["train"] > 60
    homes = [
        {split: {source.task(split, 0, i).puzzle for i in range(sizes[split])} for split in IID_SPLITS}
        for source in (plain, worded)
    ]
    assert homes[0] == homes[1]
    assert worded.task("train", 0, 0).prompt.endswith("\nEnd with \\boxed{}.")


def test_named_splits_are_kept_and_what_is_missing_is_cut_from_train(tmp_path: Path) -> None:
    write_rows(tmp_path / "set/train.jsonl", sums(100))
    write_rows(tmp_path / "set/test.jsonl", sums(20, first=90))
    source = source_of("Dataset", path=str(tmp_path / "set"), **COLUMNS)
    report = source.report()
    assert report.num_tasks["test"] == 20
    assert report.left_out == {"in-another-split": 10}
    assert sum(report.num_tasks.values()) == 110
    assert 0 < report.num_tasks["validation"] < 25
    only = source_of("Dataset", path=str(tmp_path / "set"), part="test", **COLUMNS)
    with pytest.raises(EmptySplitError, match='splits="train"'):
        only.task("train", 0, 0)
    assert source_of("Dataset", path=str(tmp_path / "set"), part="test", splits="train", **COLUMNS).task("train", 0, 0)
    with pytest.raises(DataError, match="no split `dev`"):
        source_of("Dataset", path=str(tmp_path / "set"), part="dev", **COLUMNS).task("train", 0, 0)


def test_an_id_makes_its_task_again_from_a_copy_in_another_place(path: str, tmp_path: Path) -> None:
    task = source_of("Dataset", path=path, **COLUMNS).task("test", 5, 2)
    copy = write_rows(tmp_path / "elsewhere/copy.jsonl", [*sums(100)[::-1], *sums(30, first=200)])
    again = source_of("Dataset", path=copy, **COLUMNS).regenerate(TaskId.parse(str(task.id)))
    assert again == task
    assert Task.from_json(json.loads(json.dumps(task.to_json()))) == task


def test_the_options_of_an_id_make_its_environment(path: str) -> None:
    task = source_of("Dataset", path=path, **COLUMNS).task("train", 0, 0)
    env = ENVS.make(task.id.source, config=task.id.config)
    env.enter(task)
    assert env.step(env.oracle())[1] == 1.0
    assert env.source.task("train", 0, 0) == task


def test_an_id_whose_row_has_changed_says_so(path: str, tmp_path: Path) -> None:
    task = source_of("Dataset", path=path, **COLUMNS).task("train", 0, 0)
    changed = [{**row, "answer": str(int(str(row["answer"])) + 1)} for row in sums(100)]
    other = source_of("Dataset", path=write_rows(tmp_path / "changed.jsonl", changed), **COLUMNS)
    with pytest.raises(TaskIdError, match="has changed"):
        other.regenerate(task.id)
    with pytest.raises(TaskIdError, match="given to"):
        other.regenerate(TaskId(source="palestra/Countdown-v1", split="train", seed=0, index=0))


def test_a_file_that_changes_is_read_again(path: str) -> None:
    before = source_of("Dataset", path=path, **COLUMNS).report().num_rows
    write_rows(Path(path), sums(7))
    assert (before, source_of("Dataset", path=path, **COLUMNS).report().num_rows) == (100, 7)


def test_bad_rows_are_counted_and_left_out_or_refused(tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [
        *sums(5),
        {"question": " ", "answer": "3"},
        {"question": "Why?", "answer": "because"},
        *sums(1),
    ]
    path = write_rows(tmp_path / "bad.jsonl", rows)
    options = {"path": path, "verifier": "last-number", "splits": "test", **COLUMNS}
    report = source_of("Dataset", **options).report()
    assert (report.num_rows, report.num_tasks, report.conflicts) == (8, {"test": 5}, 0)
    assert report.left_out == {"bad": 2, "duplicate": 1}
    assert "row 6: bad: `question` is empty" in report.describe()
    with pytest.raises(DataError, match=r"row 6 .*makes no task"):
        source_of("Dataset", bad_rows="refuse", **options).task("test", 0, 0)


def test_golds_that_are_read_with_a_doubt_can_be_left_out(tmp_path: Path) -> None:
    path = write_rows(
        tmp_path / "doubt.jsonl", [{"prompt": "Mass?", "reference": "3 kg"}, {"prompt": "Who?", "reference": "7"}]
    )
    assert source_of("Dataset", path=path, splits="train").report(lint=True).doubtful == 1
    assert source_of("Dataset", path=path, splits="train", doubtful="bad").report().left_out == {"bad": 1}


def test_duplicates_with_other_golds_are_reported(tmp_path: Path) -> None:
    path = write_rows(tmp_path / "twice.jsonl", [*sums(3), {"question": "what is 1  plus 1", "answer": "3"}])
    report = source_of("Dataset", path=path, splits="train", **COLUMNS).report(lint=True)
    assert (report.left_out, report.conflicts, report.doubtful) == ({"duplicate": 1}, 1, 0)


def test_rows_are_chosen_by_the_values_of_columns(path: str) -> None:
    source = source_of("Dataset", path=path, where="level=1 & answer<40", meta="level", splits="train", **COLUMNS)
    assert source.report().left_out == {"filtered": 93}
    assert source.task("train", 0, 0).meta == {"level": 1}


def test_rows_may_name_their_verifiers(tmp_path: Path) -> None:
    rows = [
        {"prompt": "1/2 + 1/4?", "reference": "3/4", "kind": "math"},
        {"prompt": "Which?", "reference": "B", "kind": "choice"},
        {"prompt": "Who?", "reference": "me", "kind": "oracle-of-delphi"},
    ]
    source = source_of(
        "Dataset", path=write_rows(tmp_path / "m.jsonl", rows), verifier="{kind}", splits="train", answer="reference"
    )
    assert source.report().left_out == {"bad": 1}
    for index in range(2):
        task = source.task("train", 0, index)
        assert source.verifier.verify(source.oracle(task), task.reference).outcome is Outcome.PASS
    verifier = NamedVerifier()
    assert verifier.verify("0.75", named_reference("math", "3/4")).score == 1
    assert verifier.verify("C", named_reference("choice", "B")).score == 0
    assert asyncio.run(verifier.averify("(B)", named_reference("choice", "B"))).score == 1
    assert verifier.lint_reference('{"verifier": "math"}')


def test_questions_of_an_evaluation_file_are_left_out(path: str, tmp_path: Path) -> None:
    against = write_rows(tmp_path / "eval.jsonl", [{"question": row["question"]} for row in sums(10)])
    report = source_of("Dataset", path=path, against=against, **COLUMNS).report()
    assert report.left_out == {"contaminated": 10}
    task = source_of("Dataset", path=path, against=against, **COLUMNS).task("train", 0, 0)
    assert source_of("Dataset", path=path, **COLUMNS).regenerate(task.id) == task


def test_a_stream_is_read_in_its_order_and_begins_again(path: str) -> None:
    source = source_of("Dataset", path=path, streaming=True, splits="train", **COLUMNS)
    assert prompts(source, "train", 102) == [str(row["question"]) for row in [*sums(100), *sums(2)]]
    task = source.task("train", 9, 4)
    assert task.prompt == "What is 4 plus 4?"
    assert source.regenerate(task.id) == task
    assert source.oracle(task) == "8"
    assert source.guess(task, KeyedRandom("g")) == "8"
    with pytest.raises(EmptySplitError):
        source.task("test", 0, 0)


def test_streams_and_tables_agree_about_the_splits(path: str) -> None:
    table, stream = (source_of("Dataset", path=path, streaming=streaming, **COLUMNS) for streaming in (False, True))
    for split in IID_SPLITS:
        size = table.report().num_tasks[split]
        assert set(prompts(table, split, size)) == set(prompts(stream, split, size))
        task = stream.task(split, 0, 1)
        assert table.regenerate(task.id) == task


def test_an_environment_can_be_pickled(path: str) -> None:
    env = source_of("Dataset", path=path, **COLUMNS).env(split="test")
    env.reset(seed=1)
    other = pickle.loads(pickle.dumps(env))
    assert other.task == env.task
    assert other.oracle() == env.oracle()


def test_wrong_options_are_named(path: str) -> None:
    with pytest.raises(ConfigError, match="did you mean `verifier`"):
        source_of("Dataset", verifer="math")
    with pytest.raises(ConfigError, match="must be of type str"):
        source_of("Dataset", path=3)
    with pytest.raises(ConfigError, match="`splits` must be one of"):
        source_of("Dataset", splits="all")
    with pytest.raises(ConfigError, match="which data"):
        source_of("Dataset").task("train", 0, 0)
    with pytest.raises(ConfigError, match=r"no column `prompt`\n\nhint: the columns are question, answer, level"):
        source_of("Dataset", path=path).task("train", 0, 0)
    with pytest.raises(ConfigError, match="is no condition"):
        source_of("Dataset", path=path, where="level", **COLUMNS).task("train", 0, 0)
    with pytest.raises(UnknownVerifierError, match="did you mean `math`"):
        source_of("Dataset", path=path, verifier="maths", **COLUMNS)
    with pytest.raises(ConfigError, match="has no difficulty"):
        source_of("Dataset").with_difficulty(0.5)
    with pytest.raises(EmptySplitError):
        source_of("Dataset", path=path, **COLUMNS).task("unseen-template", 0, 0)


def test_data_without_answers_has_no_oracle(tmp_path: Path) -> None:
    rows = [{"prompt": "Say hello.", "reference": '{"func_name": "validate_title"}'}]
    source = source_of("Dataset", path=write_rows(tmp_path / "if.jsonl", rows), verifier="ifeval", splits="train")
    task = source.task("train", 0, 0)
    with pytest.raises(NoOracleError, match="name its column by `answer`"):
        source.oracle(task)
    assert source.guess(task, KeyedRandom("g"))
