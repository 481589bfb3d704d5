"""Rollouts and their verdicts as data from which a model learns to judge.

Three kinds of rows: `pointwise` (a response and whether it is right), `pair` (a right and a wrong response to one task)
and `reflection` (a wrong response and a right one to correct it by). The reference is in none of them. Labels are as
good as the verifier that gave them.

Source: "SPARK: Synergistic Policy And Reward Co-Evolving Framework", arXiv:2509.22624; the layout is ours.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import product
from pathlib import Path

from palestra.agents.rollout import Rollout
from palestra.verifiers.text.json_value import Json

JudgeRow = dict[str, Json]


def judge_rows(
    rollouts: Iterable[Rollout], *, right_from: float = 1.0, wrong_to: float = 0.0, max_pairs: int = 8
) -> Iterator[JudgeRow]:
    """The rows of all tasks, in the order in which the tasks first appear.

    Rollouts without a valid verdict, with a score between the bounds, or that were ended from outside teach nothing
    and are left out; equal responses to a task count once.

    Args:
        rollouts: Of any number of tasks.
        right_from: Least score of a right response.
        wrong_to: Greatest score of a wrong one.
        max_pairs: Pairs, and reflections, of a task at most.

    Raises:
        ValueError: The bounds overlap.
    """
    if not 0.0 <= wrong_to < right_from <= 1.0:
        raise ValueError(f"bounds must be 0 <= wrong_to < right_from <= 1, got {wrong_to} and {right_from}")
    tasks: dict[str, list[Rollout]] = {}
    for rollout in rollouts:
        score = rollout.verdict.score
        is_cut = rollout.is_truncated or (rollout.end is not None and rollout.end.is_limit)
        if rollout.verdict.valid and rollout.responses and not is_cut and not wrong_to < score < right_from:
            tasks.setdefault(str(rollout.task.id), []).append(rollout)
    for task, found in tasks.items():
        yield from _rows(task, found, right_from, max_pairs)


def write_judge_data(path: Path, rows: Iterable[JudgeRow]) -> int:
    """Write rows as JSONL; how many they were."""
    count = 0
    with path.open("w", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps(row) + "\n")
            count += 1
    return count


def _rows(task: str, rollouts: Sequence[Rollout], right_from: float, max_pairs: int) -> Iterator[JudgeRow]:
    head: JudgeRow = {"task": task, "prompt": rollouts[0].task.prompt}
    labels = {rollout.responses: rollout.verdict.score >= right_from for rollout in rollouts}
    for responses, is_right in labels.items():
        yield head | {"kind": "pointwise", "response": _text(responses), "label": int(is_right)}
    right = [responses for responses, is_right in labels.items() if is_right]
    wrong = [responses for responses, is_right in labels.items() if not is_right]
    pairs = [(_text(good), _text(bad)) for good, bad in product(right, wrong)][:max_pairs]
    for good, bad in pairs:
        yield head | {"kind": "pair", "chosen": good, "rejected": bad}
    for good, bad in pairs:
        yield head | {"kind": "reflection", "response": bad, "label": 0, "correction": good}


def _text(responses: tuple[str, ...]) -> Json:
    """One text, or those of all turns."""
    return responses[0] if len(responses) == 1 else list(responses)
