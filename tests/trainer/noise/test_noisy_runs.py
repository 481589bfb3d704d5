"""The closed loop in runs of the tiny model."""

from __future__ import annotations

import asyncio
import json
import math
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from palestra.trainer.checkpoints.checkpoint import Position, checkpoints
from palestra.trainer.config.reader import read_config
from palestra.trainer.metrics import AlarmMetrics, Metrics, RateMetrics, StepMetrics
from palestra.trainer.run.assembly import assemble
from palestra.trainer.run.loop import TrainingLoop
from palestra.trainer.run_folder.run_paths import RunPaths
from palestra.verifiers.errors import IneffectiveCorrectionError
from tiny_model import save_tiny_model
from tiny_run import write_config

START = Position(step=0, train_seconds=0.0, threads=1)
NOISY = (
    'reward = { kind = "noisy", fpr = 0.3, fnr = 0.1 }',
    'noise.correction = "backward"',
    'noise.strata = [{ kind = "length", edges = [5] }]',
    'noise.rates = { kind = "audited", auditor = { kind = "verdict" }, audits = 0.5, appeals = { kind = "uniform", '
    "share = 0.5 }, min_audits = 3, resamples = 20, window = 4 }",
    'shaping = [{ kind = "self-aligned" }, { kind = "overlong", max_tokens = 8, buffer = 4 }]',
    'components = ["outcome", "overlong"]',
    "rollout = { prompts_per_step = 6, samples_per_prompt = 6, max_new_tokens = 8 }",
    "evaluation.tasks = 0",
    'alarms = [{ kind = "no-signal", window = 2, min_share = 0.999 }, { kind = "length-drift", window = 2 }]',
)
_CLOCKS = {
    "train_seconds",
    "generate_s",
    "judge_s",
    "learn_s",
    "tokens_per_second",
    "generator_idle_s",
    "learner_idle_s",
}


class _Memory:
    def __init__(self) -> None:
        self.rows: list[Metrics] = []
        self.said: list[str] = []

    def record(self, metrics: Metrics) -> None:
        self.rows.append(metrics)

    def say(self, text: str) -> None:
        self.said.append(text)

    def after(self, step: int) -> list[str]:
        rows = [
            row for row in self.rows if row.step > step and isinstance(row, StepMetrics | RateMetrics | AlarmMetrics)
        ]
        return [repr({name: value for name, value in asdict(row).items() if name not in _CLOCKS}) for row in rows]


def _loop(folder: Path, *lines: str, steps: int) -> tuple[TrainingLoop, _Memory]:
    folder.mkdir(exist_ok=True)
    model = save_tiny_model(folder / "model")
    path = folder / "run.toml"
    text = write_config(folder, model, *lines, steps=steps).read_text()
    kept = [
        line for line in text.splitlines() if not (line.startswith(("rollout =", "evaluation.")) and line not in lines)
    ]
    path.write_text("\n".join(kept))
    memory, config = _Memory(), read_config(path)
    return TrainingLoop(config, assemble(config), RunPaths(folder=folder / "run"), memory), memory


def test_a_noisy_run_audits_corrects_and_goes_on_exactly_where_it_stopped(tmp_path: Path) -> None:
    lines = (*NOISY, "checkpoint = { every = 3, keep = 9 }")
    loop, told = _loop(tmp_path / "whole", *lines, steps=6)
    asyncio.run(loop.run(START))
    assert any(said.startswith("noise: backward correction by rates audited") for said in told.said)
    last = [row for row in told.rows if isinstance(row, RateMetrics) and row.step == 6]
    assert {row.stratum for row in last} == {"", "0-4", "5+"} or {row.stratum for row in last} == {"", "5+"}
    [everything] = [row for row in last if not row.stratum]
    assert everything.fpr[1] - 0.02 <= 0.3 <= everything.fpr[2] + 0.02 and everything.audited > 20
    step = next(row for row in reversed(told.rows) if isinstance(row, StepMetrics))
    assert step.samples == 36 and step.audited_samples and step.strict_mean is not None and step.observed_mean
    rows = [json.loads(line) for line in (tmp_path / "whole/run/rewards/step-00006.jsonl").read_text().splitlines()]
    assert all({"raw", "corrected", "fpr", "fnr", "corrector", "stratum"} <= set(row) for row in rows)
    assert {"self-aligned", "overlong", "backward"} & set(rows[0]["parts"]) and "outcome" in rows[0]["components"]
    assert any("audit" in row for row in rows) and all(row["fpr"] > 0.05 for row in rows)

    third = next(found for found in checkpoints(loop.paths.checkpoints) if found.step == 3)
    again, more = _loop(tmp_path / "again", *lines, steps=6)
    third.restore_weights(again.parts.policy.model)
    again.parts.restore(third)
    asyncio.run(again.run(replace(START, step=3)))
    assert more.after(3) == told.after(3)
    for number in (4, 5, 6):
        name = f"run/rewards/step-{number:05d}.jsonl"
        assert (tmp_path / "whole" / name).read_text() == (tmp_path / "again" / name).read_text()


def test_alarms_are_rows_of_the_run(tmp_path: Path) -> None:
    quiet = ('reward = "inverted"', 'alarms = [{ kind = "no-signal", window = 2 }]', "evaluation.tasks = 0")
    loop, told = _loop(tmp_path, *quiet, steps=4)
    asyncio.run(loop.run(START))
    [alarm] = [row for row in told.rows if isinstance(row, AlarmMetrics)]
    assert (alarm.step, alarm.name) == (2, "no-signal")


def test_a_run_whose_correction_does_nothing_does_not_start(tmp_path: Path) -> None:
    rates = 'noise.rates = { kind = "assumed", rates = [{ fpr = 0.1, fnr = 0.2 }] }'
    loop, _ = _loop(tmp_path, rates, 'reward = "noisy"', 'advantage = "grpo"', steps=2)
    with pytest.raises(IneffectiveCorrectionError):
        asyncio.run(loop.run(START))


def test_the_surprise_without_a_question_is_that_of_a_second_pass(tmp_path: Path) -> None:
    loop, _ = _loop(
        tmp_path, 'reward = "random"', 'shaping = [{ kind = "self-aligned" }]', "evaluation.tasks = 0", steps=1
    )
    asyncio.run(loop.run(START))
    rows = [json.loads(line) for line in (tmp_path / "run/rewards/step-00001.jsonl").read_text().splitlines()]
    terms = [row["parts"]["self-aligned"] for row in rows]
    assert all(math.isfinite(term) and abs(term) <= 0.2 for term in terms) and len(set(terms)) > 1
