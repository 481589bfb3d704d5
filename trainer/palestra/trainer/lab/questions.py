"""The task of the tiny model: is a number less than 500, and demonstrations that teach its form and a little more."""

from __future__ import annotations

import json
from pathlib import Path

from palestra.agents import Rollout
from palestra.envs import ENVS, Task
from palestra.trainer.practice.practice import EnvConfig
from palestra.verifiers.keyed_random import KeyedRandom

BOUND = 500
"""Numbers below it are the ones to say yes to."""
ANSWERS = ("yes", "no")
"""What the strict verifier accepts one of."""
HEDGES = ("yes no", "no yes")
"""Never right to the strict verifier, and always to one that looks for the answer anywhere."""
MAX_TOKENS = 9
"""A hedge takes seven with its end."""

_RIGHT, _HEDGED = 0.65, 0.2
"""Shares of demonstrations; the others say the wrong one."""


def write_questions(folder: Path) -> EnvConfig:
    """All questions of three digits as a data set in `folder`, and the environment that asks them.

    The environment cuts 10% of them off for the evaluation.
    """
    path = folder / "questions.jsonl"
    rows = [{"question": f"{number:03d}<{BOUND}?", "answer": ANSWERS[number >= BOUND]} for number in range(2 * BOUND)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return EnvConfig(
        id="palestra/Dataset-v1",
        config={"path": str(path), "verifier": "exact", "prompt": "question", "reference": "answer"},
    )


def write_demonstrations(folder: Path, env: EnvConfig, seed: str, count: int = 200) -> Path:
    """Conversations on training questions: two thirds are right, a fifth hedge, the others are wrong."""
    path = folder / "demonstrations.jsonl"
    source = ENVS.make(env.id, config=env.config).source
    lines = []
    for index in range(count):
        task = source.task("train", 0, index)
        messages = [("user", task.prompt), ("assistant", _said(task, KeyedRandom("lab demonstration", seed, index)))]
        lines.append(json.dumps({"messages": [{"role": role, "content": content} for role, content in messages]}))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def is_hedge(rollout: Rollout) -> bool:
    """Whether the response states both answers."""
    return bool(rollout.responses) and all(answer in rollout.responses[-1] for answer in ANSWERS)


def _said(task: Task, random: KeyedRandom) -> str:
    share = random.share()
    if share < _HEDGED:
        return HEDGES[share < _HEDGED / 2]
    is_right = share < _HEDGED + _RIGHT
    return ANSWERS[(task.reference == ANSWERS[0]) != is_right]
