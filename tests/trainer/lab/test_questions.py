from __future__ import annotations

import json
from pathlib import Path

from palestra.envs import ENVS
from palestra.trainer.lab.questions import ANSWERS, HEDGES, write_demonstrations, write_questions
from palestra.verifiers.text.exact import ExactVerifier


def test_the_questions_are_those_of_three_digits_and_half_of_them_are_to_be_said_yes_to(tmp_path: Path) -> None:
    env = write_questions(tmp_path)
    rows = [json.loads(line) for line in (tmp_path / "questions.jsonl").read_text().splitlines()]
    assert len(rows) == 1000 and [row["answer"] for row in rows].count("yes") == 500
    assert rows[499] == {"question": "499<500?", "answer": "yes"}
    assert rows[500] == {"question": "500<500?", "answer": "no"}
    source = ENVS.make(env.id, config=env.config).source
    prompts = {split: {source.task(split, 0, n).prompt for n in range(50)} for split in ("train", "test")}
    assert not prompts["train"] & prompts["test"]


def test_demonstrations_show_hedges_and_mistakes_and_are_never_of_held_out_questions(tmp_path: Path) -> None:
    env = write_questions(tmp_path)
    chats = [
        json.loads(line)["messages"]
        for line in write_demonstrations(tmp_path, env, "a", count=300).read_text().splitlines()
    ]
    said = [chat[1]["content"] for chat in chats]
    right = [answer == ANSWERS[int(chat[0]["content"][:3]) >= 500] for chat, answer in zip(chats, said, strict=True)]
    assert set(said) == {*ANSWERS, *HEDGES}
    assert 0.13 < sum(answer in HEDGES for answer in said) / 300 < 0.27 and 0.57 < sum(right) / 300 < 0.73
    source = ENVS.make(env.id, config=env.config).source
    held_out = {source.task("test", 0, n).prompt for n in range(100)}
    assert not held_out & {chat[0]["content"] for chat in chats}


def test_hedges_are_wrong_to_the_strict_verifier() -> None:
    assert all(ExactVerifier().verify(hedge, answer).score == 0.0 for hedge in HEDGES for answer in ANSWERS)
