"""`palestra train`: a run from a configuration to its last line."""

from __future__ import annotations

import asyncio
import json
import logging
import shutil
from collections.abc import Sequence
from importlib.resources import as_file, files
from pathlib import Path

import torch

from palestra.trainer.assembly import Parts, assemble, practised
from palestra.trainer.checkpoint import Position, checkpoints
from palestra.trainer.config import TrainConfig
from palestra.trainer.config_reader import read_config
from palestra.trainer.config_writer import to_toml
from palestra.trainer.errors import CheckpointError, ConfigError
from palestra.trainer.loop import TrainingLoop
from palestra.trainer.metrics import MetricsLog, TensorBoardMirror
from palestra.trainer.model_files import save_model, without_adapters
from palestra.trainer.progress import TrainingProgress
from palestra.trainer.recorder import RunRecorder
from palestra.trainer.report import write_report
from palestra.trainer.run_paths import RunPaths, fresh_folder, replace_text
from palestra.trainer.summary import summarize

log = logging.getLogger("palestra")


def train_command(config_argument: str | None, overrides: Sequence[str], resume: Path | None) -> int:
    """Train and print the run's last line, one JSON object, on standard output.

    Args:
        config_argument: A TOML file or the name of a recipe; None when a run is resumed.
        overrides: `--section.key value` texts.
        resume: Folder of a run to go on with, by its own configuration.

    Returns:
        The exit code.

    Raises:
        ConfigError: The configuration is wrong, or none is given.
        ModelError: The model cannot be loaded.
        CheckpointError: The run to resume is missing or its newest checkpoint is broken.
    """
    if resume is not None:
        paths = RunPaths(folder=resume)
        if not paths.config.is_file():
            raise CheckpointError(
                f"`{resume}` holds no run: it has no config.toml\n\nhint: give the run's folder, e.g. runs/quickstart"
            )
        config = read_config(paths.config, overrides)
    elif config_argument is None:
        raise ConfigError(f"no configuration\n\nhint: give a TOML file or a recipe: {', '.join(recipes())}")
    else:
        config = _read(config_argument, overrides)
        paths = RunPaths(folder=fresh_folder(config.run_path))
    summary = asyncio.run(_train(config, paths))
    print(json.dumps(summary), flush=True)  # noqa: T201  the result: data on standard output
    return 0


def recipes() -> list[str]:
    """Names of the recipes that come with the package."""
    folder = files("palestra.trainer") / "recipes"
    return sorted(entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml"))


def describe(config: TrainConfig, parts: Parts) -> str:
    """The composition of a run in one line."""
    update = [f"{config.reward.kind} reward", config.advantage.kind, config.loss.kind, config.aggregation.kind]
    update += [] if config.kl is None else [config.kl.kind]
    weights = sum(parameter.numel() for parameter in parts.learner.parameters)
    precision = str(parts.policy.dtype).removeprefix("torch.")
    rollout = config.rollout
    return (
        f"{config.env.title} -> {rollout.prompts_per_step} prompts x {rollout.samples_per_prompt} samples "
        f"(T={rollout.temperature:g}, {rollout.max_new_tokens} tokens) -> {' -> '.join(update)} -> "
        f"AdamW {config.optim.lr:g} on {weights / 1e6:.1f}M weights ({precision}, {parts.policy.device}, "
        f"{torch.get_num_threads()} threads)"
    )


def _read(argument: str, overrides: Sequence[str]) -> TrainConfig:
    if argument in recipes():
        with as_file(files("palestra.trainer") / "recipes" / f"{argument}.toml") as path:
            return read_config(path, overrides)
    path = Path(argument)
    if not path.is_file():
        raise ConfigError(
            f"no configuration file `{argument}`\n\nhint: give a TOML file or a recipe: {', '.join(recipes())}"
        )
    return read_config(path, overrides)


async def _train(config: TrainConfig, paths: RunPaths) -> dict[str, object]:
    practised(config)
    if config.evaluation.ood_config is not None:
        practised(config, config.evaluation.ood_config)
    parts = assemble(config)
    paths.folder.mkdir(parents=True, exist_ok=True)
    position = _restore(parts, paths)
    replace_text(paths.config, [to_toml(config)])
    mirror = TensorBoardMirror(paths.folder / "tensorboard") if config.tensorboard else None
    with (
        MetricsLog(paths.metrics, after_step=position.step if position.step else -1, mirror=mirror) as metrics,
        TrainingProgress(steps=config.steps, max_seconds=config.max_seconds) as progress,
    ):
        recorder = RunRecorder(log=metrics, progress=progress)
        recorder.say(describe(config, parts))
        recorder.say(f"run folder: {paths.folder}" + (f", resumed after step {position.step}" if position.step else ""))
        position = await TrainingLoop(config, parts, paths, recorder).run(position)
    shutil.rmtree(paths.model, ignore_errors=True)
    save_model(without_adapters(parts.policy.model), parts.tokenizer.tokenizer, paths.model)
    summary = summarize(config, paths, position)
    paths.summary.write_text(json.dumps(summary, indent=1), encoding="utf-8")
    write_report(paths.folder)
    return summary


def _restore(parts: Parts, paths: RunPaths) -> Position:
    """Put weights, optimizer and sampler where the newest checkpoint left them; the start if there is none."""
    start = Position(step=0, train_seconds=0.0, threads=torch.get_num_threads())
    newest = next(checkpoints(paths.checkpoints), None)
    if newest is None:
        paths.forget_after(-1)
        return start
    position = newest.position()
    newest.restore_weights(parts.policy.model)
    parts.learner.restore(newest.optimizer_state())
    parts.sampler.restore(newest.sampler_state())
    if position.threads != torch.get_num_threads():
        log.warning(
            "the run had %d threads and goes on with %d: it will not be equal to an uninterrupted one bit for bit",
            position.threads,
            torch.get_num_threads(),
        )
    paths.forget_after(position.step)
    return position
