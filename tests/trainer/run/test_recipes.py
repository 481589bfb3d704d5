"""Every recipe loads, says its composition in one line, and trains the tiny model for a few steps."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import pytest
import torch

from palestra.envs.swe.places import Places
from palestra.envs.swe.task import LocalFolder
from palestra.trainer.alarms import ALL_ALARMS
from palestra.trainer.config import TrainConfig
from palestra.trainer.config.composition import composition
from palestra.trainer.config.reader import parse_config
from palestra.trainer.config.writer import to_toml
from palestra.trainer.errors import ConfigError
from palestra.trainer.metrics import EvalMetrics, StepMetrics
from palestra.trainer.metrics.metrics_log import read_metrics
from palestra.trainer.run.train import recipes, train_command
from palestra.trainer.run_folder.run_paths import RunPaths
from small_repository import FILES, TASK
from tiny_model import ARCHITECTURES, save_tiny_model

NAMES = (
    "cascade",
    "dapo",
    "dr-grpo",
    "gspo",
    "noise-backward",
    "noise-forward",
    "prorl",
    "quickstart",
    "swe-gated",
    "tool-rl",
    "w-reinforce",
)
SMALL = {
    "steps": "2",
    "model.precision": "fp32",
    "rollout.prompts_per_step": "4",
    "rollout.samples_per_prompt": "3",
    "rollout.max_new_tokens": "6",
    "optim.lr": "3e-3",
    "evaluation.tasks": "0",
    "checkpoint.every": "0",
}
"""What makes a step of the tiny model: no recipe's method is changed by it."""

OWN = {
    "cascade": {
        "stages.demonstrations.steps": "1",
        "stages.demonstrations.supervised.source.demonstrations": "4",
        "stages.code.rollout.max_new_tokens": "6",
        "reward.masked_ends": "max_turns",  # a random model always meets the limit
    },
    "dapo": {"overlong.max_tokens": "6", "overlong.buffer": "3"},
    "dr-grpo": {"aggregation.horizon": "6"},
    "quickstart": {"evaluation.ood_config": "none"},
    "prorl": {"evaluation.tasks": "4", "evaluation.every": "1", "rollout.budget.shortfall": "train"},
}


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Threads that wait for each other take longer than so small a model does."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def text_of(name: str) -> str:
    return (files("palestra.trainer") / "recipes" / f"{name}.toml").read_text(encoding="utf-8")


def recipe(name: str) -> TrainConfig:
    return parse_config(text_of(name), ["--model.path=somewhere"])


def tiny(folder: Path) -> Path:
    """A tiny model that reads prompts with tools: a byte is a token."""
    config = deepcopy(ARCHITECTURES["llama"])
    config.max_position_embeddings = 8192
    return save_tiny_model(folder / "model", config)


def train(name: str, folder: Path, settings: dict[str, str]) -> RunPaths:
    given = SMALL | {"model.path": str(tiny(folder)), "run_dir": str(folder / "run")} | settings
    assert train_command(name, [f"--{key}={value}" for key, value in given.items()], None) == 0
    return RunPaths(folder=folder / "run")


def test_the_recipes_are_these() -> None:
    assert tuple(recipes()) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_recipe_has_the_name_of_its_file_and_says_how_it_is_started(name: str) -> None:
    assert recipe(name).name == name
    assert f"palestra train {name}" in text_of(name).partition("\n[")[0]


@pytest.mark.parametrize("name", NAMES)
def test_a_recipe_is_the_same_when_a_run_has_written_it_down(name: str) -> None:
    assert parse_config(to_toml(recipe(name))) == recipe(name)


@pytest.mark.parametrize("name", [name for name in NAMES if name != "quickstart"])
def test_a_recipe_asks_for_a_model_and_names_its_paper(name: str) -> None:
    with pytest.raises(ConfigError, match=r"model\.path"):
        parse_config(text_of(name))
    assert re.search(r"arXiv:\d{4}\.\d{5}", text_of(name).partition("\n[")[0])


@pytest.mark.parametrize("name", NAMES)
def test_a_composition_is_one_line_with_every_part_of_the_method_in_the_order_of_a_step(name: str) -> None:
    config = recipe(name)
    line = composition(config)
    assert "\n" not in line and len(line) < 900
    parts = [part.split()[0] for part in line.split(" -> ")]
    ordered = [
        part for part in ("rollout", "reward", "noise", "advantage", "loss", "aggregation", "optim") if part in parts
    ]
    assert [part for part in parts if part in ordered] == ordered
    assert f"advantage {config.advantage.kind}" in line and f"loss {config.loss.kind}" in line
    assert [part for part in parts if part == "stage"] == ["stage"] * len(config.stages)
    assert config.alarms == ALL_ALARMS, "what is not said is as by default"


def test_the_composition_of_a_noisy_run_reads_as_its_author_would_say_it() -> None:
    assert composition(recipe("noise-forward")) == (
        "200 steps -> palestra/BasicArithmetic-v1 (difficulty 0.2) -> model (path somewhere)"
        " -> rollout (prompts_per_step 16, samples_per_prompt 8, max_new_tokens 96)"
        " -> mode synchronous"
        " -> reward noisy (fpr 0.02, fnr 0.3)"
        " -> noise (correction forward, rates audited (auditor verdict, budget 64))"
        " -> advantage coefficients -> loss clipped -> aggregation token-mean -> optim (lr 1e-06)"
        " -> evaluation (every 20)"
    )


@pytest.mark.parametrize("name", [name for name in NAMES if name != "swe-gated"])
def test_a_recipe_trains_the_tiny_model(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    paths = train(name, tmp_path, OWN.get(name, {}))
    rows = list(read_metrics(paths.metrics))
    steps = [row for row in rows if isinstance(row, StepMetrics)]
    said = capsys.readouterr()
    assert json.loads(said.out.splitlines()[-1])["steps"] == recipe_steps(name)
    assert steps and all(row.policy_tokens > 0 for row in steps)
    assert composition(parse_config(paths.config.read_text())).split(" -> ")[1] in said.err.replace("\n", " ")
    if name == "prorl":
        assert any(isinstance(row, EvalMetrics) for row in rows)
    if name == "w-reinforce":
        assert any(row.gradient_norm > 0 for row in steps), "wrong responses push without a right one beside them"


def recipe_steps(name: str) -> int:
    return 1 + 3 * 2 if name == "cascade" else 2


@pytest.mark.real
def test_the_software_recipe_trains_the_tiny_model_on_repositories_in_a_sandbox(places: Places, tmp_path: Path) -> None:
    rows = []
    for number in range(8):  # the split follows from the folder's name; most are in the training split
        folder = tmp_path / f"shapes{number}"
        for path, text in FILES.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text)
        rows.append(json.dumps(replace(TASK, repo=LocalFolder(path=str(folder))).to_json()))
    (tmp_path / "tasks.jsonl").write_text("\n".join(rows))
    settings = {
        "env.id": "palestra/SweRows-v1",
        "env.config.path": str(tmp_path / "tasks.jsonl"),
        "rollout.prompts_per_step": "2",
        "rollout.samples_per_prompt": "2",
    }
    paths = train("swe-gated", tmp_path, settings)
    steps = [row for row in read_metrics(paths.metrics) if isinstance(row, StepMetrics)]
    assert len(steps) == 2
    for row in steps:
        assert row.masked_samples == 0 and sum(row.ends.values()) == 4
        assert row.outcome_mean == row.gated_mean == 0.0, "nothing is paid for turns of an episode that came to nothing"
        assert (row.turns_mean or 0) >= 3
