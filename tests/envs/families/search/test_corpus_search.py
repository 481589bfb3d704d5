from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from palestra.envs import ENVS, ConfigError, DataError, EmptySplitError, TaskIdError
from palestra.envs.families.search.corpus_search import CorpusSearch

DOCUMENTS = [{"id": f"d{n}", "title": f"Lake {n}", "text": f"Lake {n} is {n * 10} metres deep."} for n in range(40)]
QUESTIONS = [{"question": f"How deep is lake {n}?", "answer": str(n * 10), "supporting": [f"d{n}"]} for n in range(40)]


def rows(path: Path, values: Sequence[Mapping[str, object]]) -> str:
    path.write_text("".join(json.dumps(value) + "\n" for value in values))
    return str(path)


def source(folder: Path, **options: str | int) -> CorpusSearch:
    documents, questions = rows(folder / "documents.jsonl", DOCUMENTS), rows(folder / "questions.jsonl", QUESTIONS)
    return CorpusSearch.configured({"documents": documents, "questions": questions, **options})


def test_nothing_is_read_before_a_task_is_asked_for() -> None:
    made = ENVS["palestra/CorpusSearch-v1"].load().configured({})
    with pytest.raises(ConfigError, match="which questions"):
        made.task("train", 0, 0)


def test_the_oracle_earns_1_and_others_0(tmp_path: Path) -> None:
    env = source(tmp_path, verifier="math").env()
    for index in range(5):
        task = env.source.task("train", 0, index)
        env.enter(task)
        while not env.episode.is_over:
            reply, reward, *_ = env.step(env.oracle())
        assert reward == 1
        for name, responses in env.cheats(task).items():
            env.enter(task)
            for response in responses:
                if not env.episode.is_over:
                    reply, reward, *_ = env.step(response)
            assert reward == 0, (name, reply)


def test_each_question_comes_once_before_any_comes_again_and_in_one_split(tmp_path: Path) -> None:
    made = source(tmp_path)
    seen: list[str] = []
    for split in ("train", "validation", "test"):
        size = sum(made.split_of(key) == split for key in made._questions())
        prompts = [made.task(split, 1, index).reference for index in range(2 * size)]
        assert len(set(prompts[:size])) == len(set(prompts[size:])) == size
        seen += prompts[:size]
    assert len(seen) == len(set(seen)) == len(QUESTIONS)
    with pytest.raises(EmptySplitError):
        made.task("unseen-difficulty", 0, 0)


def test_a_task_id_names_its_question_in_whatever_order_the_file_has_them(tmp_path: Path) -> None:
    made = source(tmp_path)
    task = made.task("train", 7, 3)
    assert made.regenerate(task.id) == task
    rows(tmp_path / "questions.jsonl", [{"question": "New?", "answer": "yes"}, *reversed(QUESTIONS)])
    assert source(tmp_path).regenerate(task.id) == task
    rows(tmp_path / "questions.jsonl", [{"question": "New?", "answer": "yes"}])
    with pytest.raises(TaskIdError, match="no longer"):
        CorpusSearch().regenerate(task.id)


def test_rows_that_make_no_task_are_named(tmp_path: Path) -> None:
    documents = rows(tmp_path / "d.jsonl", [{"title": "no id"}])
    questions = rows(tmp_path / "q.jsonl", [{"question": "Why?", "answer": ""}])
    with pytest.raises(DataError, match="row 1"):
        CorpusSearch.configured({"documents": documents, "questions": questions}).task("train", 0, 0)
    rows(tmp_path / "q.jsonl", QUESTIONS)
    made = CorpusSearch.configured({"documents": documents, "questions": questions})
    with pytest.raises(DataError, match="no `id`"):
        made.desk(made.open_world(made.task("train", 0, 0)))
    with pytest.raises(ConfigError, match="cannot compare"):
        CorpusSearch.configured({"questions": questions, "verifier": "sql"}).task("train", 0, 0)
    for options in ({"verifier": "nobody"}, {"num_turns": 0}, {"codec": "fenced-bash"}):
        with pytest.raises((ConfigError, LookupError)):
            CorpusSearch.configured(options)
