"""GRPO on a tiny random model: a few demonstrations teach it the form, rewards the rest. A minute on one core."""

import json
import sys
from contextlib import redirect_stdout
from pathlib import Path
from tempfile import TemporaryDirectory

from palestra.trainer.lab.questions import write_questions
from palestra.trainer.lab.tiny_model import save_tiny_model
from palestra.trainer.metrics import EvalMetrics, StepMetrics
from palestra.trainer.metrics.metrics_log import read_metrics
from palestra.trainer.run.train import train_command

CONFIG = """
name = "tiny"
run_dir = "{folder}/run"
steps = 1  # the stages have their own
env = {{ id = "{env.id}", config = {options} }}
model = {{ path = "{folder}/model", precision = "fp32" }}
rollout = {{ prompts_per_step = 12, samples_per_prompt = 8, max_new_tokens = 8 }}
advantage = "grpo"
loss = "clipped"
optim.lr = 1e-3
evaluation = {{ tasks = 50, samples_per_task = 2, greedy = false }}
checkpoint.every = 0

[[stages]]
name = "form"
steps = {lessons}
supervised = {{ kind = "sft", source = {{ kind = "oracle", demonstrations = 40 }}, batch = 16 }}
optim.lr = 3e-3

[[stages]]
name = "grpo"
steps = {steps}
"""


def main(lessons: int, steps: int) -> None:
    """Train on questions such as `417<500?`, and print what was earned."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        env = write_questions(folder)
        save_tiny_model(folder / "model")
        options = json.dumps(dict(env.config)).replace('": ', '" = ')
        config = folder / "run.toml"
        config.write_text(CONFIG.format(folder=folder, env=env, options=options, lessons=lessons, steps=steps))
        with redirect_stdout(sys.stderr):  # the run's own last line
            train_command(str(config), [], None)
        for row in read_metrics(folder / "run" / "metrics.jsonl"):
            match row:
                case StepMetrics():
                    print(f"step {row.step}: reward {row.reward_mean:.2f}")
                case EvalMetrics():
                    print(f"{row.name} after {row.step} steps: {row.mean:.2f}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:])) if sys.argv[1:] else main(lessons=25, steps=25)
