from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
import torch

from palestra.trainer.checkpoints.checkpoint import Memory, Position, checkpoints, save_checkpoint
from palestra.trainer.config.reader import parse_config
from palestra.trainer.errors import ConfigError
from palestra.trainer.learner.reference import Reference, mean_kl
from palestra.trainer.learner.resets import PlateauReset, PlateauWatch
from palestra.trainer.metrics import EventMetrics
from palestra.trainer.metrics.metrics_log import read_metrics
from palestra.trainer.model.policy import Policy
from palestra.trainer.run.train import train_command
from palestra.trainer.run_folder.run_paths import RunPaths
from palestra.verifiers import Verdict
from rollout_cases import rollout, segment
from tiny_model import byte_tokenizer, save_tiny_model, tiny_model
from tiny_run import write_config
from view_cases import manifest_of


def _fires(settings: PlateauReset, scores: list[float]) -> list[bool]:
    watch = PlateauWatch(settings)
    return [watch.is_due(score) for score in scores]


def test_a_plateau_fires_after_the_fourth_evaluation() -> None:
    # METHODS 38: patience 2, min_delta .01.
    assert _fires(PlateauReset(patience=2, min_delta=0.01), [0.50, 0.55, 0.555, 0.553]) == [False, False, False, True]


def test_a_drop_fires_at_once_and_only_once() -> None:
    settings = PlateauReset(patience=9, drop=0.1)
    assert _fires(settings, [0.5, 0.45, 0.39, 0.39, 0.38]) == [False, False, True, False, False]


def test_equal_scores_are_a_plateau_whatever_the_tolerance() -> None:
    assert _fires(PlateauReset(patience=2, min_delta=0.0), [0.5, 0.5, 0.5]) == [False, False, True]


def test_what_was_not_judged_says_nothing() -> None:
    assert _fires(PlateauReset(patience=1), [math.nan, 0.5, math.nan, 0.6]) == [False, False, False, False]


def test_a_watch_goes_on_from_its_state() -> None:
    scores = [0.5, 0.51, 0.50, 0.7, 0.69, 0.70, 0.2]
    settings = PlateauReset(patience=2)
    for cut in range(len(scores)):
        first, second = PlateauWatch(settings), PlateauWatch(settings)
        before = [first.is_due(score) for score in scores[:cut]]
        second.restore(json.loads(json.dumps(first.state())))
        assert before + [second.is_due(score) for score in scores[cut:]] == _fires(settings, scores)


def test_a_reference_follows_the_policy_and_survives_a_checkpoint(tmp_path: Path) -> None:
    policy = Policy.of(tiny_model(seed=1))
    reference = Reference(policy, is_initial=True)
    assert reference.tensors() is None, "the initial weights are in no checkpoint"
    played = [rollout("a", Verdict.passed(), segment([1, 2, 3], [4, 5, 6, 7], [1, 1, 0, 1]))]
    assert mean_kl(policy, reference.policy, played, temperature=1.0) == 0.0
    with torch.no_grad():
        for parameter in policy.model.parameters():
            parameter.add_(0.05 * torch.randn_like(parameter))
    assert mean_kl(policy, reference.policy, played, temperature=1.0) > 1e-4
    reference.follow(policy)
    assert mean_kl(policy, reference.policy, played, temperature=1.0) == 0.0

    weights = reference.tensors()
    assert weights is not None
    memory = Memory(tensors={"reference": weights})
    position = Position(step=1, train_seconds=0.0, threads=1)
    found = save_checkpoint(tmp_path, position, tiny_model(), byte_tokenizer(), memory).tensors("reference")
    other = Reference(Policy.of(tiny_model(seed=2)), is_initial=True)
    assert found is not None
    other.restore(found)
    assert mean_kl(policy, other.policy, played, temperature=1.0) == 0.0


def test_a_run_that_is_stuck_is_reset_and_the_event_has_the_divergences(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = save_tiny_model(tmp_path / "model")
    lines = [
        'reward = "random"',
        'kl = { kind = "k3", coefficient = 0.01 }',
        "evaluation.every = 1",
        "evaluation.greedy = false",
        "resets = { patience = 1 }",
        "checkpoint.every = 1",
        "checkpoint.keep = 9",
    ]
    path = write_config(tmp_path, model, *lines, steps=4)
    assert train_command(str(path), [], None) == 0
    paths = RunPaths(folder=tmp_path / "runs" / "tiny")
    events = [row for row in read_metrics(paths.metrics) if isinstance(row, EventMetrics)]
    # The model never adds right: its score is 0 at every evaluation, and from the second on each is one too many.
    assert [(row.step, row.name) for row in events] == [(2, "reset"), (3, "reset")]
    for row in events:
        assert row.values["score"] == 0.0 and row.values["kl_before"] > 0.0 and row.values["kl_after"] == 0.0
    kept = {found.step: found for found in checkpoints(paths.checkpoints)}
    assert kept[1].tensors("reference") is None and kept[2].tensors("reference") is not None
    optimizer = kept[2].tensors("optimizer")
    assert optimizer is not None and optimizer["optimizer"]["state"] == {}, "Adam's state is empty right after"
    assert "does not rise" in manifest_of(paths.folder / "report.html")


def test_resets_need_evaluations(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="resets go by evaluations"):
        parse_config('steps = 1\nenv.id = "a"\nmodel.path = "m"\nresets.patience = 2\n')
    for wrong in ("patience = 0", "min_delta = -1", "drop = 2"):
        with pytest.raises(ConfigError, match=f"`resets`: {wrong.split()[0]} must be"):
            parse_config(f'steps = 1\nenv.id = "a"\nmodel.path = "m"\nevaluation.every = 1\nresets.{wrong}\n')
