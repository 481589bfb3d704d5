"""Small real trainings on the tiny model: the ratio of demonstrations to reinforcement, and the toggle of thinking.

python benchmarks/bench_small_trainings.py ratio --out benchmarks/methods/sft_rl_ratio.json
python benchmarks/bench_small_trainings.py toggle --out benchmarks/methods/reasoning_toggle.json

Both go through `palestra train` with stages; the same arguments give the same figures on a machine.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import torch
import tyro

from palestra.trainer.lab.bands import band
from palestra.trainer.lab.small_runs import ratio_run, toggle_run

TOTAL = 96
"""Steps of a run of the ratio, demonstrations and reinforcement together."""
SHARES = (0, 12, 24, 48, 96)
"""Of them, those on demonstrations."""


@dataclass(frozen=True, kw_only=True)
class Arguments:
    """Options."""

    what: tyro.conf.Positional[Literal["ratio", "toggle"]] = "toggle"
    out: Path = Path("runs/small-trainings.json")
    seeds: int = 3


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


if __name__ == "__main__":
    main(tyro.cli(Arguments))
