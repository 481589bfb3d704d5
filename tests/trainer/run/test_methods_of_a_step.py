"""Every advantage, re-weighting, credit and weighting of the KL penalty can be named in a configuration and trains."""

from __future__ import annotations

import asyncio
import math
from pathlib import Path
from typing import get_args

import pytest

from palestra.trainer.advantages import Advantage
from palestra.trainer.checkpoints.checkpoint import Position
from palestra.trainer.config.reader import parse_config, read_config
from palestra.trainer.config.writer import to_toml
from palestra.trainer.credit import Credit
from palestra.trainer.metrics import Metrics, StepMetrics
from palestra.trainer.reweighting import KlWeighting, Reweighting
from palestra.trainer.run.assembly import assemble
from palestra.trainer.run.loop import TrainingLoop
from palestra.trainer.run_folder.run_paths import RunPaths
from tiny_model import save_tiny_model
from tiny_run import write_config

START = 'steps = 1\nmodel.path = "m"\nenv.id = "palestra/ChainSum-v1"\n'
OPTIONS = {"dense-turns": ", max_total = 2.0"}
NAMED = [
    *((f'advantage = {{ kind = "{member.kind}" }}', member) for member in get_args(Advantage)),
    *((f'credit = {{ kind = "{member.kind}"{OPTIONS.get(member.kind, "")} }}', member) for member in get_args(Credit)),
    *((f'reweighting = [{{ kind = "{member.kind}" }}]', member) for member in get_args(Reweighting)),
    *(
        (f'kl = {{ kind = "k3", weighting = {{ kind = "{member.kind}" }} }}', member)
        for member in get_args(KlWeighting)
    ),
]


@pytest.mark.parametrize(("line", "member"), NAMED, ids=[line for line, _ in NAMED])
def test_every_member_is_named_by_its_kind_and_written_back(line: str, member: type) -> None:
    config = parse_config(START + line)
    built = [config.advantage, config.credit, *config.reweighting, *([config.kl.weighting] if config.kl else [])]
    assert member in [type(part) for part in built]
    assert parse_config(to_toml(config)) == config


@pytest.mark.parametrize(
    "lines",
    [
        'advantage = { kind = "prorl-v2" }\nreweighting = [{ kind = "stcr" }, { kind = "sigma-filter", sigmas = 2.0 }]',
        'advantage = { kind = "bnpo" }\nkl = { kind = "k2", weighting = { kind = "dads" } }',
        'advantage = { kind = "rloo" }\ncredit = { kind = "turn-returns", gamma = 0.9 }',
        'credit = { kind = "duration-weighted", of = { kind = "dense-turns", max_total = 1.0 } }',
    ],
    ids=["re-weighted", "dads", "turn returns", "durations"],
)
def test_a_step_of_a_composition_is_learned_from(tmp_path: Path, lines: str) -> None:
    rows: list[Metrics] = []

    class Memory:
        def record(self, metrics: Metrics) -> None:
            rows.append(metrics)

        def say(self, text: str) -> None:
            pass

    model = save_tiny_model(tmp_path / "model")
    path = write_config(tmp_path, model, 'reward = "random"', lines, steps=2)
    run = read_config(path, ["--evaluation.tasks", "0"])
    loop = TrainingLoop(run, assemble(run), RunPaths(folder=tmp_path / "run"), Memory())
    asyncio.run(loop.run(Position(step=0, train_seconds=0.0, threads=1)))
    steps = [row for row in rows if isinstance(row, StepMetrics)]
    assert len(steps) == 2
    assert all(math.isfinite(row.loss) and row.gradient_norm > 0.0 for row in steps)
