from __future__ import annotations

import dataclasses
import io

import pytest

from palestra.trainer.metrics import EvalMetrics, StepMetrics
from palestra.trainer.metrics.progress import TrainingProgress, duration


def step_row(step: int, train_seconds: float, masked: int = 0) -> StepMetrics:
    values = {field.name: 0.5 for field in dataclasses.fields(StepMetrics) if field.type == "float"}
    counts = {field.name: 3 for field in dataclasses.fields(StepMetrics) if field.type == "int"}
    return StepMetrics(**values | counts | {"step": step, "train_seconds": train_seconds, "masked_samples": masked})  # type: ignore[arg-type]


def test_outside_a_terminal_a_step_is_one_plain_line() -> None:
    file = io.StringIO()
    with TrainingProgress(steps=10, file=file) as progress:
        progress.show(step_row(1, 12.0))
        progress.show(step_row(2, 24.0, masked=4))
    first, second = file.getvalue().splitlines()
    assert first == "step 1/10  reward 0.500  0 tokens each  0 tokens/s  1 min 48 s left"
    assert "masked 4" in second
    assert "\x1b" not in file.getvalue()


def test_time_left_is_by_whatever_ends_the_run_first() -> None:
    progress = TrainingProgress(steps=100, max_seconds=60.0, file=io.StringIO())
    assert progress.share_done(step_row(10, 30.0)) == 0.5
    assert progress.share_done(step_row(90, 30.0)) == 0.9
    assert progress.share_done(step_row(20, 75.0)) == 1.0


def test_an_evaluation_shows_its_interval_and_markup_is_text() -> None:
    file = io.StringIO()
    with TrainingProgress(steps=10, file=file) as progress:
        progress.show(
            EvalMetrics(
                step=0,
                name="[bold]heldout",
                tasks=500,
                samples=500,
                mean=0.5,
                ci95=(0.4, 0.6),
                pass_at={},
                invalid=2,
                seconds=61,
            )
        )
        progress.say("x" * 300)
    first, second = file.getvalue().splitlines()
    assert first == ("[bold]heldout after 0 steps: 0.500 [0.400, 0.600] on 500 tasks, 2 without a verdict (1 min 01 s)")
    assert second == "x" * 300


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0 s"), (59.4, "59 s"), (59.6, "1 min 00 s"), (200, "3 min 20 s"), (7500, "2 h 05 min")]
)
def test_durations_are_for_people(seconds: float, text: str) -> None:
    assert duration(seconds) == text
