from collections.abc import Sequence
from pathlib import Path

import pytest

from palestra.agents import FinishReason, Rollout
from palestra.envs import Task, TaskId
from palestra.trainer.run.evaluator import paired_gain
from palestra.trainer.run_folder.run_paths import RunPaths, write_whole
from palestra.verifiers import Verdict
from rollout_cases import segment


def _write(paths: RunPaths, step: int, scores: Sequence[float | None]) -> None:
    """One rollout for each task; None stands for an invalid one."""
    rollouts = []
    for index, score in enumerate(scores):
        task_id = TaskId(source="test/Hand-v1", split="test", seed=0, index=index)
        rollouts.append(
            Rollout(
                key=str(index),
                task=Task(id=task_id, prompt="?", reference="!"),
                segments=(segment([1], [2]),),
                responses=("",),
                verdict=Verdict.error("gone") if score is None else Verdict.partial(score),
                finish_reason=FinishReason.STOP,
            )
        )
    write_whole(paths.evaluation("heldout", step), rollouts)


def _gain(folder: Path, before: Sequence[float | None], after: Sequence[float | None]) -> tuple[float, float, float]:
    paths = RunPaths(folder=folder)
    _write(paths, 0, before)
    _write(paths, 9, after)
    gain = paired_gain(paths, "heldout", 0, 9)
    return gain.value, gain.low, gain.high


def test_a_gain_is_the_mean_of_paired_differences_with_their_interval(tmp_path: Path) -> None:
    # Differences 1, 0, 1, 0: mean 0.5, standard deviation 0.577.
    assert _gain(tmp_path, [0.0, 1.0, 0.0, 0.0], [1.0, 1.0, 1.0, 0.0]) == pytest.approx((0.5, -0.0658, 1.0), abs=1e-3)


def test_a_loss_is_a_negative_gain_with_its_interval_around_it(tmp_path: Path) -> None:
    value, low, high = _gain(tmp_path, [1.0, 1.0, 0.5, 1.0] * 5, [0.5, 1.0, 0.5, 0.5] * 5)
    assert value == pytest.approx(-0.25)
    assert low == pytest.approx(-0.25 - 1.96 * (0.25**2 * 20 / 19 / 20) ** 0.5, abs=1e-4)
    assert high == pytest.approx(-0.25 + 1.96 * (0.25**2 * 20 / 19 / 20) ** 0.5, abs=1e-4)


def test_a_small_gain_may_be_none(tmp_path: Path) -> None:
    _, low, high = _gain(tmp_path, [0.0, 1.0] * 50, [1.0, 0.0] * 49 + [1.0, 1.0])
    assert low < 0.0 < high


def test_tasks_without_a_verdict_on_either_side_do_not_count(tmp_path: Path) -> None:
    value, _, _ = _gain(tmp_path, [0.0, None, 0.0, 0.5], [1.0, 1.0, None, 0.5])
    assert value == pytest.approx(0.5)
