"""Runs of several stages: what is evaluated when, what is forgotten, and where a killed one goes on."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from palestra.trainer.checkpoints.checkpoint import checkpoints
from palestra.trainer.errors import ForgettingError
from palestra.trainer.metrics import EvalMetrics, LessonMetrics, StepMetrics
from palestra.trainer.metrics.metrics_log import read_metrics
from palestra.trainer.run.train import train_command
from palestra.trainer.run_folder.run_paths import RunPaths
from tiny_model import save_tiny_model
from tiny_run import ONE_ANSWER, write_config
from view_cases import manifest_of

STAGES = """
[[stages]]
name = "cold"
steps = 2
supervised = { source = { kind = "oracle", demonstrations = 6 }, batch = 4 }

[[stages]]
name = "sums"
steps = 2
kl = "k3"
optim.lr = 1e-4

[[stages]]
name = "search"
steps = 1
env = { id = "palestra/BinarySearchTrace-v1" }
"""


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return save_tiny_model(tmp_path / "model")


def _run(folder: Path, model: Path, stages: str, *lines: str) -> RunPaths:
    folder.mkdir(exist_ok=True)
    env = "" if any(line.startswith("env") for line in lines) else ONE_ANSWER
    path = write_config(folder, model, 'reward = "random"', *lines, stages, env=env)
    assert train_command(str(path), ["--evaluation.tasks", "20"] if env == "" else [], None) == 0
    return RunPaths(folder=folder / "runs" / "tiny")


def test_stages_follow_each_other_and_are_all_evaluated_at_every_boundary(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    paths = _run(tmp_path, model, STAGES)
    rows = list(read_metrics(paths.metrics))
    steps = [(row.step, row.stage, row.kind) for row in rows if isinstance(row, StepMetrics | LessonMetrics)]
    assert steps == [
        (1, "cold", "lesson"),
        (2, "cold", "lesson"),
        (3, "sums", "step"),
        (4, "sums", "step"),
        (5, "search", "step"),
    ]
    evaluated: dict[int, list[str]] = {}
    for row in rows:
        if isinstance(row, EvalMetrics):
            evaluated.setdefault(row.step, []).append(row.name)
    names = ["cold.heldout", "cold.heldout-greedy", "search.heldout", "search.heldout-greedy"]
    # `cold` and `sums` practise on the same, and share their evaluations.
    assert evaluated == {step: names for step in (0, 2, 4, 5)}
    assert next(checkpoints(paths.checkpoints)).position().stage == "search"
    lrs = [row.lr for row in rows if isinstance(row, StepMetrics | LessonMetrics)]
    assert lrs == [3e-3, 3e-3, 1e-4, 1e-4, 3e-3]
    said = capsys.readouterr()
    assert "stage cold (2 steps, supervised sft (" in said.err
    report = manifest_of(paths.folder / "report.html")
    assert '"stages":[{"name":"cold","first":1,"last":2,' in report and "search.heldout" in report
    assert "search.heldout_before" in json.loads(said.out)


def test_a_sum_that_is_forgotten_is_said_or_ends_the_run(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """That an answer is a number, which earns something here, is forgotten when a later stage shows nonsense."""
    chats = tmp_path / "chats.jsonl"
    nonsense = {"messages": [{"role": "user", "content": "?"}, {"role": "assistant", "content": "zzz"}]}
    chats.write_text(json.dumps(nonsense) + "\n")
    stages = f"""
[[stages]]
name = "sums"
steps = 25
supervised = {{ source = {{ kind = "oracle", demonstrations = 60 }}, batch = 12 }}

[[stages]]
name = "nonsense"
steps = 25
supervised = {{ source = {{ kind = "chat", path = "{chats}" }}, batch = 2 }}
"""
    lines = ["evaluation.greedy = false", "forgetting.tolerance = 0.0"]
    lines.append('env = { id = "palestra/RandomCalculationContinuous-v1" }')
    paths = _run(tmp_path / "warn", model, stages, *lines)
    rows = list(read_metrics(paths.metrics))
    means = {row.step: row.mean for row in rows if isinstance(row, EvalMetrics)}
    assert means[25] > 0.0 and means[50] == 0.0
    assert "`heldout` fell from" in capsys.readouterr().err
    with pytest.raises(ForgettingError, match=r"the stage `nonsense` cost more than 0 (.|\n)*hint: "):
        _run(tmp_path / "fail", model, stages, *lines, 'forgetting.on_drop = "fail"')


def test_a_run_whose_time_is_over_ends_in_its_stage(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    paths = _run(tmp_path, model, STAGES, "max_seconds = 1e-6")
    steps = [row for row in read_metrics(paths.metrics) if isinstance(row, StepMetrics | LessonMetrics)]
    assert [(row.step, row.stage) for row in steps] == [(1, "cold")]


def test_demonstrations_that_are_learned_are_not_gathered_again(model: Path, tmp_path: Path) -> None:
    """A run that was killed before the first checkpoint of its second stage goes on without the source of the first."""
    chats = tmp_path / "chats.jsonl"
    messages = [{"role": "user", "content": "2 + 2"}, {"role": "assistant", "content": "4"}]
    chats.write_text(json.dumps({"messages": messages}) + "\n")
    stages = f"""
[[stages]]
name = "cold"
steps = 2
supervised = {{ source = {{ kind = "chat", path = "{chats}" }}, batch = 1 }}

[[stages]]
name = "sums"
steps = 1
"""
    paths = _run(tmp_path, model, stages, "checkpoint.keep = 9")
    for checkpoint in list(checkpoints(paths.checkpoints)):
        if checkpoint.step > 2:
            shutil.rmtree(checkpoint.folder)
    chats.unlink()
    assert train_command(None, [], paths.folder) == 0
    assert next(checkpoints(paths.checkpoints)).position().step == 3


def test_demonstrations_that_there_is_no_time_for_are_not_gathered(model: Path, tmp_path: Path) -> None:
    stages = f"""
[[stages]]
name = "sums"
steps = 1

[[stages]]
name = "chats"
steps = 1
supervised = {{ source = {{ kind = "chat", path = "{tmp_path / "nowhere.jsonl"}" }} }}
"""
    paths = _run(tmp_path, model, stages, "max_seconds = 1e-6")
    assert next(checkpoints(paths.checkpoints)).position().stage == "sums"


def test_a_time_that_is_over_in_the_last_step_of_a_stage_leaves_no_episode_to_the_next(
    model: Path, tmp_path: Path
) -> None:
    stages = """
[[stages]]
name = "one"
steps = 1

[[stages]]
name = "other"
steps = 1
"""
    mode = 'mode = { kind = "pipelined", max_staleness = 2, finish = "carry-over" }'
    paths = _run(tmp_path, model, stages, mode, "generator.copies_weights = true", "max_seconds = 1e-6")
    [cut] = [row for row in read_metrics(paths.metrics) if isinstance(row, StepMetrics)]
    assert cut.step == 1 and cut.cut_samples == cut.played_samples == cut.masked_samples == 12
    assert train_command(None, ["--max_seconds", "600"], paths.folder) == 0
    _, whole = [row for row in read_metrics(paths.metrics) if isinstance(row, StepMetrics)]
    assert whole.step == 2 and whole.cut_samples == 0 and whole.played_samples == 12
