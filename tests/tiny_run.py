"""Runs of the tiny model: their configuration, and a process of their own that can be killed."""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Sequence
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import torch

from palestra.trainer.run.train import train_command

ONE_ANSWER = 'env.id = "palestra/ChainSum-v1"\nenv.config = { num_terms = 2, high = 9, operators = "+" }\n'


def write_config(folder: Path, model: Path, *lines: str, steps: int = 2, env: str = ONE_ANSWER) -> Path:
    """A configuration of a small run into `folder/runs/tiny`; later lines are added to it."""
    text = f'''
name = "tiny"
run_dir = "{folder}/runs/{{name}}"
steps = {steps}
{env}
model.path = "{model}"
model.precision = "fp32"
rollout = {{ prompts_per_step = 3, samples_per_prompt = 4, max_new_tokens = 8, max_concurrent = 5 }}
optim.lr = 3e-3
evaluation.tasks = 4
evaluation.samples_per_task = 2
{chr(10).join(lines)}
'''
    path = folder / "run.toml"
    path.write_text(text)
    return path


def tiny_vllm(folder: Path) -> Path:
    """An interpreter whose vLLM is the tiny server."""
    python = folder / "python"
    python.write_text(
        f'#!/bin/sh\nPYTHONPATH="{Path(__file__).parent / "tiny_vllm"}:$PYTHONPATH" exec {sys.executable} "$@"\n'
    )
    python.chmod(0o755)
    return python


def start(arguments: tuple[str | None, Sequence[str], Path | None], log: Path) -> ForkServerProcess:
    """`train_command` in a process of its own, with one thread; its output goes into a file."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["palestra.trainer.run.train"])  # torch is imported once for all processes
    process = context.Process(target=_train, args=(arguments, log))
    process.start()
    return process


def _train(arguments: tuple[str | None, Sequence[str], Path | None], log: Path) -> None:
    with log.open("ab") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    torch.set_num_threads(1)
    sys.exit(train_command(*arguments))
