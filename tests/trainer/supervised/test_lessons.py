"""Supervised stages through the whole run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from palestra.trainer.errors import DemonstrationError
from palestra.trainer.metrics import EvalMetrics, LessonMetrics
from palestra.trainer.metrics.metrics_log import read_metrics
from palestra.trainer.run.train import train_command
from palestra.trainer.run_folder.run_paths import RunPaths
from tiny_model import save_tiny_model
from tiny_run import write_config


def _questions(folder: Path) -> str:
    """A task that two layers can learn: is a number less than 50?"""
    path = folder / "questions.jsonl"
    rows = [{"question": f"{n:02d}<50?", "answer": "yes" if n < 50 else "no"} for n in range(100)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    options = f'path = "{path}", verifier = "exact", prompt = "question", reference = "answer"'
    return f'env = {{ id = "palestra/Dataset-v1", config = {{ {options} }} }}\n'


def _train(folder: Path, *lines: str, env: str, steps: int) -> tuple[list[EvalMetrics], list[LessonMetrics]]:
    model = save_tiny_model(folder / "model")
    path = write_config(folder, model, *lines, steps=steps, env=env)
    assert train_command(str(path), ["--evaluation.tasks", "40"], None) == 0
    rows = list(read_metrics(RunPaths(folder=folder / "runs" / "tiny").metrics))
    return [row for row in rows if isinstance(row, EvalMetrics)], [
        row for row in rows if isinstance(row, LessonMetrics)
    ]


def test_sixty_demonstrations_of_an_oracle_lift_the_reward_of_the_tiny_model(tmp_path: Path) -> None:
    lines = ['supervised = { source = { kind = "oracle", demonstrations = 60 }, batch = 12 }', 'optim.decay = "linear"']
    evaluations, lessons = _train(tmp_path, *lines, env=_questions(tmp_path), steps=40)
    greedy = [row for row in evaluations if row.name == "heldout-greedy"]
    assert greedy[0].mean == 0.0 and greedy[1].ci95[0] > 0.5
    assert lessons[-1].surprise < 0.5 * lessons[0].surprise
    assert lessons[-1].epoch == pytest.approx(40 * 12 / 60)


def test_a_source_without_a_right_demonstration_is_named(tmp_path: Path) -> None:
    chats = tmp_path / "none.jsonl"
    chats.write_text("")
    with pytest.raises(DemonstrationError, match=r"no right demonstration among 0(.|\n)*hint: "):
        _train(
            tmp_path,
            f'supervised.source = {{ kind = "chat", path = "{chats}" }}',
            env=_questions(tmp_path),
            steps=1,
        )
