"""GRPO steps from end to end by the trainer itself, on a random model of a known shape."""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path

import torch
from shapes import Shape, facts_of

from palestra.trainer.lab.tiny_model import byte_tokenizer
from palestra.trainer.run.train import train_command

_KEPT = (
    "step",
    "generate_s",
    "learn_s",
    "judge_s",
    "policy_tokens",
    "tokens_per_second",
    "groups",
    "informative_groups",
    "loss",
    "gradient_norm",
    "kl_behaviour",
    "mismatch_max",
)

_CONFIG = """
name = "gpu"
run_dir = "{folder}/run"
steps = {steps}
env.id = "palestra/ChainSum-v1"
model.path = "{model}"
model.precision = "{precision}"
reward.kind = "random"
rollout = {{ prompts_per_step = {prompts}, samples_per_prompt = 8, max_new_tokens = {tokens}, max_concurrent = 256 }}
learner.tokens_per_microbatch = {microbatch}
optim.lr = 1e-6
evaluation.tasks = 0
checkpoint.every = 0
alarms = []
{lines}
"""


@dataclass(frozen=True, kw_only=True)
class Size:
    """Of a run."""

    steps: int
    prompts: int
    """Of a step, each with 8 samples."""
    tokens: int
    """Longest response."""


def save(shape: Shape, folder: Path, device: torch.device) -> Path:
    """A random model with a byte tokenizer, as a checkpoint: most of its tokens stand for no text."""
    shape.model(device).save_pretrained(folder)
    byte_tokenizer().save_pretrained(folder)
    return folder


def train(shape: Shape, device: torch.device, size: Size, *, precision: str, lines: str = "") -> dict[str, object]:
    """Train; the rewards are random, so that nearly every group is learned from. The first step allocates."""
    with tempfile.TemporaryDirectory(prefix="palestra-gpu-") as name:
        folder = Path(name)
        config = folder / "run.toml"
        config.write_text(
            _CONFIG.format(
                folder=folder,
                steps=size.steps,
                model=save(shape, folder / "model", device),
                precision=precision,
                prompts=size.prompts,
                tokens=size.tokens,
                microbatch=16384 if device.type == "cuda" else 512,
                lines=lines,
            )
        )
        train_command(str(config), (), None)
        rows = [json.loads(line) for line in (folder / "run" / "metrics.jsonl").read_text().splitlines()]
    taken = [row for row in rows if row.get("kind") == "step"]
    seconds = sorted(row["generate_s"] + row["learn_s"] + row["judge_s"] for row in taken[1:] or taken)
    return {
        "shape": facts_of(shape),
        "precision": precision,
        "samples_per_step": size.prompts * 8,
        "max_new_tokens": size.tokens,
        "step_s": seconds[len(seconds) // 2],
        "steps": [{key: row[key] for key in _KEPT if key in row} for row in taken],
        "others": [row for row in rows if row.get("kind") not in ("step", "evaluation")][-8:],
    }
