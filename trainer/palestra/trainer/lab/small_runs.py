"""Small runs of `palestra train` with stages: demonstrations before reinforcement, and the toggle of thinking."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from palestra.trainer.lab.questions import ANSWERS, BOUND, write_questions
from palestra.trainer.lab.tiny_model import save_tiny_model
from palestra.trainer.run.train import train_command
from palestra.verifiers.keyed_random import KeyedRandom

_ON, _OFF = "+", "-"
"""Of thinking, short enough for the tiny model to read."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Point:
    """An evaluation."""

    step: int
    name: str
    mean: float
    """Accuracy on held-out questions."""
    obeyed: float | None
    """Share of responses that think or do not, as they were told."""


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
        lines = f'reasoning = {{ on = "{_ON}", off = "{_OFF}" }}\nrollout.max_new_tokens = 24'
        return _trained(folder, seed, _stages(lessons, steps, taught), lines)


def _conversation(seed: int, number: int) -> dict[str, object]:
    dice = KeyedRandom("toggle", seed, number)
    asks = dice.share() < 0.5
    thinks = asks if dice.share() < 2 / 3 else not asks
    question = dice.below(2 * BOUND)
    answer = ANSWERS[question >= BOUND]
    said = f"<think>{question // 100}</think>{answer}" if thinks else answer
    turns = (("system", _ON if asks else _OFF), ("user", f"{question:03d}<{BOUND}?"), ("assistant", said))
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
rollout.prompts_per_step = 12
rollout.samples_per_prompt = 8
rollout.max_concurrent = 256
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
