"""GRPO on episodes of several turns: a tool domain, the tiny model, and both curves of its rewards."""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path

import pytest
import torch

from palestra.agents import read_rollouts
from palestra.cli import main
from palestra.envs import ENVS, Kind, Row
from palestra.trainer.metrics import StepMetrics
from palestra.trainer.metrics.metrics_log import read_metrics
from palestra.trainer.run_folder.run_paths import RunPaths
from tiny_model import ARCHITECTURES, save_tiny_model
from tiny_run import write_config
from view_cases import manifest_of

ENV = "tests/Bell-v1"
STEPS = 20
LINES = ('loop = { kind = "tool-calling", codec = "python-calls", max_episode_tokens = 900 }',)


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Threads that wait for each other take longer than so small a model does."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.mark.parametrize("turns", ["gated", "summed"])
def test_twenty_steps_on_a_tool_domain_mask_nothing_and_log_both_curves(turns: str, tmp_path: Path) -> None:
    if ENV not in ENVS:
        ENVS.add(Row(id=ENV, group="tests", source="bell:Bell", summary="", difficulty="", kind=Kind.TOOLS))
    config = deepcopy(ARCHITECTURES["llama"])
    config.max_position_embeddings = 1024  # a byte is a token, and the prompt lists the tools
    model = save_tiny_model(tmp_path / "model", config)
    env = f'env.id = "{ENV}"\n'
    path = write_config(tmp_path, model, *LINES, f'reward.turns = "{turns}"', steps=STEPS, env=env)
    size = (
        "--rollout.prompts_per_step",
        "2",
        "--rollout.samples_per_prompt",
        "3",
        "--rollout.max_new_tokens",
        "6",
        "--evaluation.tasks",
        "0",
    )
    assert main(["train", str(path), *size]) == 0

    paths = RunPaths(folder=tmp_path / "runs" / "tiny")
    steps = [row for row in read_metrics(paths.metrics) if isinstance(row, StepMetrics)]
    assert len(steps) == STEPS
    assert {row.masked_samples for row in steps} == {0}
    for row in steps:
        assert row.outcome_mean is not None and row.gated_mean is not None and row.ungated_mean is not None
        assert row.gated_mean <= row.ungated_mean
        assert row.reward_mean == pytest.approx(row.gated_mean if turns == "gated" else row.ungated_mean)
        assert sum(row.ends.values()) == 6
    assert any(row.ungated_mean != row.gated_mean for row in steps), "the plain sum pays for talk, the gate does not"
    assert any((row.turns_mean or 0) > 1 for row in steps)
    rollouts = list(read_rollouts(paths.rollouts(STEPS)))
    assert all(len(rollout.turns) == len(rollout.responses) for rollout in rollouts)
    credits = [json.loads(line) for line in paths.rewards(STEPS).read_text().splitlines()]
    assert [row["key"] for row in credits] == [rollout.key for rollout in rollouts]
    assert "Rewards of turns" in manifest_of(paths.folder / "report.html")
