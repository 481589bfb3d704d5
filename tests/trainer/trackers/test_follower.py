from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from palestra.agents import write_rollouts
from palestra.trainer.config import TrainConfig
from palestra.trainer.config.reader import parse_config
from palestra.trainer.metrics import AlarmMetrics, EvalMetrics, EventMetrics, Metrics, StepMetrics
from palestra.trainer.metrics.metrics_log import MetricsLog
from palestra.trainer.run.tracker_follower import Follower, tracking
from palestra.trainer.run_folder.run_paths import RunPaths
from palestra.trainer.trackers import SampleRow, Told, TrackedRun
from palestra.trainer.trackers.scalars import scalars, series_of
from palestra.verifiers import Verdict
from rollout_cases import rollout, segment, unknown
from view_cases import step_row as step

AGAIN = 60.0
"""Seconds that a test waits at most."""


@dataclass
class Notebook:
    """A tracker that writes down what it is told; it may fail at a step, or wait until it is let go."""

    kind: str = "notebook"
    samples: int = 2
    fails_at: int | None = None
    waits: threading.Event | None = None
    told: list[tuple[str, int]] = field(default_factory=list)
    tables: list[tuple[str, int, Sequence[SampleRow]]] = field(default_factory=list)
    alerts: list[str] = field(default_factory=list)
    sittings: list[str] = field(default_factory=list)
    closed: int = 0

    def open(self, run: TrackedRun, told: Told) -> Pen:
        self.sittings.append(told.run_id)
        told.run_id = "mine"
        return Pen(self)


class Pen:
    place = "a drawer"

    def __init__(self, book: Notebook) -> None:
        self._book = book

    def record(self, metrics: Metrics) -> None:
        if self._book.waits is not None:
            self._book.waits.wait(AGAIN)
        if metrics.step == self._book.fails_at:
            raise ConnectionError("no route\nto it")
        self._book.told.append((series_of(metrics), metrics.step))

    def alert(self, metrics: AlarmMetrics | EventMetrics) -> None:
        self._book.alerts.append(metrics.text)

    def samples(self, name: str, step: int, rows: Sequence[SampleRow]) -> None:
        self._book.tables.append((name, step, rows))

    def flush(self) -> None:
        pass

    def close(self) -> None:
        self._book.closed += 1


def eval_row(step: int) -> EvalMetrics:
    return EvalMetrics(
        step=step,
        name="heldout",
        tasks=2,
        samples=2,
        mean=0.5,
        ci95=(0.1, 0.9),
        pass_at={1: 0.5},
        pass_ci95={1: (0.2, 0.8)},
        invalid=0,
        seconds=1.0,
    )


def follow(
    folder: Path, book: Notebook, rows: Sequence[Metrics], *, after: int = -1, close_s: float = AGAIN
) -> list[str]:
    """What a sitting of a run says that writes these rows behind those of earlier steps."""
    said: list[str] = []
    paths = RunPaths(folder=folder)
    folder.mkdir(exist_ok=True)
    with MetricsLog(paths.metrics, after_step=after) as log:
        follower = Follower(book, TrackedRun(paths=paths, config={}), said.append)
        for row in rows:
            log.append(row)
        follower.close(time.monotonic() + close_s)
    return [each for each in said if each != "tracker notebook: a drawer"]


def test_everything_is_told_once_over_all_sittings_of_a_run(tmp_path: Path) -> None:
    book = Notebook()
    paths = RunPaths(folder=tmp_path / "run")
    paths.evaluation("heldout", 0).parent.mkdir(parents=True)
    wrong = rollout("b", Verdict.failed("no\x1b[2J\ud800"), segment([1], [2]))
    write_rollouts(paths.evaluation("heldout", 0), [rollout("a", unknown(), segment([1], [2])), wrong, wrong])
    reset = [EventMetrics(step=2, name="reset", text=text, values={"score": 0.5}) for text in ("one", "two")]
    assert follow(paths.folder, book, [eval_row(0), step(1), step(2), *reset, step(3)]) == []
    # Step 3 was behind the checkpoint, and is made again.
    alarm = AlarmMetrics(step=3, name="no-signal", text="nothing to learn from")
    assert follow(paths.folder, book, [step(3), alarm, step(4)], after=2) == []
    assert book.told == [
        *[("eval/heldout", 0), ("step", 1), ("step", 2), ("event/reset", 2), ("event/reset", 2)],
        *[("step", 3), ("step", 4)],
    ]
    assert (book.alerts, book.sittings, book.closed) == (["one", "two", "nothing to learn from"], ["", "mine"], 2)
    [(name, at, rows)] = book.tables
    assert (name, at, [row.outcome for row in rows]) == ("heldout", 0, ["UNKNOWN", "FAIL"])
    assert rows[0].score is None and rows[1].detail == "no\\x1b[2J\\ud800"


def test_a_tracker_that_fails_is_one_remark_and_catches_up_when_the_run_goes_on(tmp_path: Path) -> None:
    book = Notebook(fails_at=2)
    [remark] = follow(tmp_path, book, [step(1), step(2), step(3)])
    assert remark.startswith("the tracker `notebook` is off: ConnectionError: no route; ") and "\n" not in remark
    assert book.told == [("step", 1)] and book.closed == 1
    book.fails_at = None
    assert follow(tmp_path, book, [step(4)], after=3) == []
    assert book.told == [("step", n) for n in (1, 2, 3, 4)]


def test_a_slow_tracker_costs_no_more_than_its_time_and_what_it_missed_is_counted(tmp_path: Path) -> None:
    book = Notebook(waits=threading.Event())
    [remark] = follow(tmp_path, book, [step(1), step(2), step(3)], close_s=0.0)
    assert "was not done in time" in remark and "rows of metrics were not told" in remark
    assert any(f"{n} rows" in remark for n in (2, 3)), "the first may be on its way"
    assert book.waits is not None
    book.waits.set()


def test_a_broken_memory_is_no_memory(tmp_path: Path) -> None:
    for content in ("", "[]", '{"run_id": "x", "places": {"step": 3}}', "\udcff"):
        path = tmp_path / "told.json"
        path.write_bytes(content.encode("utf-8", "surrogateescape"))
        assert Told.read(path) == Told(path=path)


def test_every_number_has_a_name_of_its_own() -> None:
    found = scalars(eval_row(3))
    assert found["eval/heldout/pass_at_1"] == 0.5 and found["eval/heldout/ci95_high"] == 0.9
    assert found["eval/heldout/pass_ci95_1_low"] == 0.2
    assert "eval/heldout/step" not in found
    nothing = step(1, loss=float("nan"))
    assert "step/loss" not in scalars(nothing) and isinstance(nothing, StepMetrics)


def test_tensorboard_shows_numbers_sentences_samples_and_the_configuration_once(
    tmp_path: Path, config: TrainConfig
) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    paths = RunPaths(folder=tmp_path)
    paths.config.write_text("steps = 3\n")
    paths.evaluation("heldout", 0).parent.mkdir()
    write_rollouts(paths.evaluation("heldout", 0), [rollout("a", unknown(), segment([1], [2]))])
    alarm = AlarmMetrics(step=2, name="no-signal", text="nothing to learn from")
    said: list[str] = []
    sittings: list[list[Metrics]] = [[eval_row(0), step(1, loss=0.25), step(2), alarm], [step(3)]]
    for sitting in sittings:
        with MetricsLog(paths.metrics) as log, tracking(config, paths, said.append):
            for row in sitting:
                log.append(row)
    assert said == [f"tracker tensorboard: tensorboard --logdir {tmp_path}/tensorboard"] * 2
    events = EventAccumulator(str(tmp_path / "tensorboard"))
    events.Reload()
    assert [(point.step, point.value) for point in events.Scalars("step/loss")][:1] == [(1, 0.25)]
    assert [point.step for point in events.Scalars("step/loss")] == [1, 2, 3]
    texts = {tag: len(events.Tensors(tag)) for tag in events.Tags()["tensors"]}
    assert texts == dict.fromkeys(
        ("config/text_summary", "alarm/no-signal/text_summary", "samples/heldout/text_summary"), 1
    )


@pytest.fixture
def config() -> TrainConfig:
    return parse_config('steps = 3\nenv.id = "palestra/ChainSum-v1"\nmodel.path = "m"\ntrackers = ["tensorboard"]\n')
