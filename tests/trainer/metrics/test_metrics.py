from __future__ import annotations

import dataclasses
import json
import math
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from palestra.trainer.errors import MetricsError
from palestra.trainer.metrics import EvalMetrics, Metrics, RateMetrics, StepMetrics, from_line, to_line
from palestra.trainer.metrics.metrics_log import MetricsLog, read_metrics


def step_row(step: int, **changes: float) -> StepMetrics:
    names = [f.name for f in dataclasses.fields(StepMetrics) if f.type == "float"]
    counts = [f.name for f in dataclasses.fields(StepMetrics) if f.type == "int"]
    values = dict.fromkeys(names, 0.5) | dict.fromkeys(counts, 3) | {"step": step} | changes
    return StepMetrics(**values)  # type: ignore[arg-type]


def eval_row(step: int, name: str = "heldout") -> EvalMetrics:
    return EvalMetrics(
        step=step,
        name=name,
        tasks=10,
        samples=80,
        mean=0.25,
        ci95=(0.1, 0.4),
        pass_at={1: 0.25, 8: 0.9},
        invalid=0,
        seconds=1.5,
    )


def rate_row(stratum: str, accepted: int) -> RateMetrics:
    none = (0.1, 0.0, 0.2)
    return RateMetrics(
        step=1,
        stratum=stratum,
        fpr=none,
        fnr=none,
        false_discovery=none,
        false_omission=none,
        judge_yes_share=0.1,
        accepted=accepted,
        rejected=5,
        audited=3,
    )


ROWS: list[Metrics] = [eval_row(0), step_row(1), step_row(2, entropy=0.7), eval_row(2), step_row(3), eval_row(3)]


def write(path: Path, rows: list[Metrics]) -> None:
    with MetricsLog(path) as log:
        for row in rows:
            log.append(row)


def test_rows_come_back_as_they_were_written(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    write(path, ROWS[:3])
    write(path, ROWS[3:])
    assert list(read_metrics(path)) == ROWS
    kinds = [json.loads(line)["kind"] for line in path.read_text(encoding="utf-8").splitlines()]
    assert kinds == ["eval", "step", "step", "eval", "step", "eval"]


floats = st.floats(allow_nan=False)


@settings(deadline=None)
@given(loss=floats, entropy=st.none() | floats, bound=floats, name=st.text())
def test_every_number_survives_the_round_trip(loss: float, entropy: float | None, bound: float, name: str) -> None:
    row = dataclasses.replace(step_row(1, loss=loss), entropy=entropy)
    evaluation = dataclasses.replace(eval_row(1, name), ci95=(bound, math.inf), pass_at={4: loss})
    assert from_line(to_line(row)) == row
    assert from_line(to_line(evaluation)) == evaluation


def test_nan_is_null_in_strict_json(tmp_path: Path) -> None:
    line = to_line(step_row(1, reward_mean=math.nan))
    assert json.loads(line, parse_constant=pytest.fail)["reward_mean"] is None
    back = from_line(line)
    assert isinstance(back, StepMetrics)
    assert math.isnan(back.reward_mean)
    assert back.entropy is None


@pytest.mark.parametrize("cut", [1, 20, 100])
def test_a_line_that_a_kill_cut_short_is_passed_over_and_then_cut_off(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "metrics.jsonl"
    write(path, ROWS)
    path.write_bytes(path.read_bytes()[:-cut])
    assert list(read_metrics(path)) == ROWS[:-1]
    write(path, [step_row(4)])
    assert list(read_metrics(path)) == [*ROWS[:-1], step_row(4)]


def test_a_resumed_run_forgets_the_rows_that_it_makes_again(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    write(path, ROWS)
    with MetricsLog(path, after_step=2) as log:
        log.append(step_row(3, loss=9.0))
    assert list(read_metrics(path)) == [*ROWS[:4], step_row(3, loss=9.0)]
    assert [file.name for file in tmp_path.iterdir()] == ["metrics.jsonl"]


@pytest.mark.parametrize("line", ["{}", "[]", '{"kind": "step", "step": 1}', '{"kind": "lap"}', "\udcff", "not json"])
def test_a_line_that_is_no_row_is_refused_by_number(tmp_path: Path, line: str) -> None:
    path = tmp_path / "metrics.jsonl"
    write(path, ROWS[:1])
    with path.open("ab") as file:
        file.write(line.encode("utf-8", "surrogateescape") + b"\n")
    with pytest.raises(MetricsError, match=r"line 2 of `.*metrics\.jsonl` is no metrics row"):
        list(read_metrics(path))
