"""The main job with the real model, shortened: the real lane of .ci/run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from palestra.agents import read_rollouts
from palestra.envs import ENVS
from palestra.trainer.run.train import train_command


@pytest.mark.real
def test_a_few_steps_of_the_quickstart_already_raise_the_held_out_reward(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Eight steps; from 0.02 it takes that many to learn the form of the answer and use what the model can add."""
    settings = {
        "run_dir": str(tmp_path / "run"),
        "steps": "8",
        "max_seconds": "none",
        "rollout.max_new_tokens": "12",
        "evaluation.tasks": "60",
        "evaluation.samples_per_task": "2",
        "evaluation.ood_config": "none",
        "evaluation.every": "0",
    }
    code = train_command("quickstart", [f"--{key}={value}" for key, value in settings.items()], None)
    summary = json.loads(capsys.readouterr().out.strip().splitlines()[-1])
    assert code == 0
    assert summary["eval_before"] < 0.1
    assert summary["delta"] > 0.15
    rollouts = list(read_rollouts(tmp_path / "run" / "evaluations" / "heldout-step-00008.jsonl"))
    assert len(rollouts) == 120
    verifier = ENVS.make("palestra/ChainSum-v1").verifier  # type: ignore[attr-defined]
    judged_again = [verifier.verify(rollout.responses[-1], rollout.task.reference) for rollout in rollouts]
    assert judged_again == [rollout.verdict for rollout in rollouts]
