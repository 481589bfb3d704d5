"""Small real trainings of two methods on the tiny model: the ratio of demonstrations to reinforcement, and the toggle of
thinking.

python benchmarks/bench_small_trainings.py ratio --out benchmarks/methods/sft_rl_ratio.json
python benchmarks/bench_small_trainings.py toggle --out benchmarks/methods/reasoning_toggle.json

Both go through `palestra train` with stages; the same arguments give the same figures on a machine.
"""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

import torch
import tyro

from palestra.trainer.lab.bands import band
from palestra.trainer.lab.questions import ANSWERS, BOUND, write_questions
from palestra.trainer.lab.tiny_model import save_tiny_model
from palestra.trainer.run import train_command
from palestra.verifiers.keyed_random import KeyedRandom

ON, OFF = "+", "-"
TOTAL = 48
"""Steps of a run of the ratio, demonstrations and reinforcement together."""
SHARES = (0, 6, 12, 24, 48)
"""Of them, those on demonstrations."""


@dataclass(frozen=True, kw_only=True)
class Arguments:
    """Options."""

    what: tyro.conf.Positional[Literal["ratio", "toggle"]]
    out: Path
    seeds: int = 3


@dataclass(frozen=True, kw_only=True)
class Point:
    """An evaluation."""

    step: int
    name: str
    mean: float
    obeyed: float | None


def main(arguments: Arguments) -> None:
    """Train, and write the figures."""
    torch.set_num_threads(1)
    found = (_ratio if arguments.what == "ratio" else _toggle)(arguments.seeds)
    command = f"python benchmarks/bench_small_trainings.py {arguments.what} --seeds {arguments.seeds}"
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arguments.out.write_text(json.dumps({"command": command, **found}, indent=1) + "\n", encoding="utf-8")
    sys.stdout.write(json.dumps(found, indent=1) + "\n")


def _ratio(seeds: int) -> dict[str, object]:
    """Held-out accuracy at the end, by the steps on demonstrations."""
    rows: list[dict[str, object]] = []
    for lessons in SHARES:
        ends = [ratio_run(seed, lessons, TOTAL)[-1].mean for seed in range(seeds)]
        mean = band(ends)
        rows.append(
            {"lessons": lessons, "steps": TOTAL, "ends": ends, "mean": mean.value, "ci95": [mean.low, mean.high]}
        )
    return {"ratio": rows}


def _toggle(seeds: int) -> dict[str, object]:
    """Obedience and accuracy in both modes, after demonstrations and after reinforcement."""
    rows: list[dict[str, object]] = []
    for seed in range(seeds):
        points = toggle_run(seed, 60, 24)
        rows += [
            {"seed": seed, "step": each.step, "mode": each.name, "obeyed": each.obeyed, "mean": each.mean}
            for each in points
        ]
    return {"toggle": rows}


def ratio_run(seed: int, lessons: int, steps: int) -> list[Point]:
    """The evaluations of a run whose first steps learn 40 right demonstrations, and whose others are paid by verdicts.

    Args:
        seed: Of the run and of its random model.
        lessons: Steps on demonstrations.
        steps: Of both.
    """
    with TemporaryDirectory(prefix="palestra-small-") as name:
        folder = Path(name)
        taught = '{ kind = "sft", source = { kind = "oracle", demonstrations = 40 }, batch = 16 }'
        return _trained(folder, seed, _stages(lessons, steps - lessons, taught), "rollout.max_new_tokens = 9")


def toggle_run(seed: int, lessons: int, steps: int) -> list[Point]:
    """The evaluations of a run that learns both ways of answering, and then to choose as the system prompt says.

    Demonstrations obey it in two thirds of the cases.

    Args:
        seed: Of the run and of its random model.
        lessons: Steps on demonstrations.
        steps: Of reinforcement behind them.
    """
    with TemporaryDirectory(prefix="palestra-small-") as name:
        folder = Path(name)
        path = folder / "demonstrations.jsonl"
        path.write_text("".join(json.dumps(_conversation(seed, n)) + "\n" for n in range(240)), encoding="utf-8")
        taught = f'{{ kind = "sft", source = {{ kind = "chat", path = "{path}" }}, batch = 16 }}'
        lines = f'reasoning = {{ on = "{ON}", off = "{OFF}" }}\nrollout.max_new_tokens = 24'
        return _trained(folder, seed, _stages(lessons, steps, taught), lines)


def _conversation(seed: int, number: int) -> dict[str, object]:
    dice = KeyedRandom("toggle", seed, number)
    asks = dice.share() < 0.5
    thinks = asks if dice.share() < 2 / 3 else not asks
    question = dice.below(2 * BOUND)
    answer = ANSWERS[question >= BOUND]
    said = f"<think>{question // 100}</think>{answer}" if thinks else answer
    turns = (("system", ON if asks else OFF), ("user", f"{question:03d}<{BOUND}?"), ("assistant", said))
    return {"messages": [{"role": role, "content": content} for role, content in turns]}


def _stages(lessons: int, steps: int, taught: str) -> str:
    parts = []
    if lessons:
        parts.append(f'[[stages]]\nname = "lessons"\nsteps = {lessons}\nsupervised = {taught}\noptim.lr = 3e-3\n')
    if steps:
        parts.append(f'[[stages]]\nname = "paid"\nsteps = {steps}\n')
    return "\n".join(parts)


def _trained(folder: Path, seed: int, stages: str, lines: str) -> list[Point]:
    env, model = write_questions(folder), save_tiny_model(folder / "model", seed=seed)
    config = folder / "run.toml"
    config.write_text(
        f"""
name = "run"
run_dir = "{folder}/run"
seed = {seed}
steps = 1
env = {{ id = "{env.id}", config = {json.dumps(dict(env.config)).replace('": ', '" = ')} }}
model = {{ path = "{model}", precision = "fp32" }}
rollout = {{ prompts_per_step = 12, samples_per_prompt = 8, max_concurrent = 256 }}
advantage = "rloo"
optim.lr = 1e-3
evaluation = {{ tasks = 100, samples_per_task = 2, greedy = false }}
checkpoint.every = 0
{lines}

{stages}
""",
        encoding="utf-8",
    )
    said = io.StringIO()
    with redirect_stdout(said), redirect_stderr(said):
        code = train_command(str(config), [], None)
    assert code == 0, said.getvalue()
    return _points((folder / "run" / "metrics.jsonl").read_text(encoding="utf-8").splitlines())


def _points(lines: Sequence[str]) -> list[Point]:
    rows = [json.loads(line) for line in lines]
    return [
        Point(step=row["step"], name=row["name"], mean=row["mean"], obeyed=row.get("obeyed"))
        for row in rows
        if row["kind"] == "eval"
    ]


if __name__ == "__main__":
    main(tyro.cli(Arguments))
