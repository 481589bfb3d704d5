"""`palestra train`: a run from a configuration to its last line."""

from __future__ import annotations

import asyncio
import json
import logging
import shutil
from collections.abc import Sequence
from contextlib import AsyncExitStack
from difflib import get_close_matches
from importlib.resources import as_file, files
from pathlib import Path

import torch

from palestra.trainer.checkpoints.checkpoint import Checkpoint, Position, checkpoints
from palestra.trainer.config import TrainConfig
from palestra.trainer.config.composition import composition
from palestra.trainer.config.reader import read_config
from palestra.trainer.config.writer import to_toml
from palestra.trainer.crew.crew import Crew
from palestra.trainer.errors import CheckpointError, ConfigError
from palestra.trainer.floor.floor_log import floor_sentence
from palestra.trainer.metrics import FloorMetrics
from palestra.trainer.metrics.metrics_log import MetricsLog, read_metrics
from palestra.trainer.metrics.progress import TrainingProgress
from palestra.trainer.metrics.recorder import Recorder, RunRecorder
from palestra.trainer.model.model_files import save_model, without_adapters
from palestra.trainer.report import write_report
from palestra.trainer.run.assembly import assemble, next_stage
from palestra.trainer.run.course import Course
from palestra.trainer.run.lessons import Lessons
from palestra.trainer.run.loop import TrainingLoop
from palestra.trainer.run.parts import Parts
from palestra.trainer.run.practising import practised
from palestra.trainer.run.rank_follower import follow
from palestra.trainer.run.rewarding import noise_sentence
from palestra.trainer.run.summary import summarize
from palestra.trainer.run.tracker_follower import tracking
from palestra.trainer.run_folder.run_paths import RunPaths, fresh_folder, replace_text
from palestra.trainer.run_folder.storage import run_lock, storing
from palestra.trainer.run_folder.vocabulary import keep_vocabulary
from palestra.trainer.stages.span import Span, spans
from palestra.trainer.trackers import require_installed

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
        RunInUseError: Another process trains in the folder.
        RunFolderError: The folder cannot be written.
    """
    if resume is not None:
        resumed = RunPaths(folder=resume)
        if not resumed.config.is_file():
            raise CheckpointError(
                f"`{resume}` holds no run: it has no config.toml\n\nhint: give the run's folder, e.g. runs/quickstart"
            )
        config = read_config(resumed.config, overrides)
    elif config_argument is None:
        raise ConfigError(f"no configuration\n\nhint: give a TOML file or a recipe: {', '.join(recipes())}")
    else:
        config = _read(config_argument, overrides)
    crew = config.parallel.join()
    if crew.rank > 0:
        return follow(config, crew)
    reason = "it was stopped"
    try:
        paths = RunPaths(folder=fresh_folder(config.run_path) if resume is None else resume)
        with run_lock(paths.folder):
            summary = asyncio.run(_train(config, paths, crew))
        reason = ""
    except Exception as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise
    finally:
        crew.close(reason)
    print(json.dumps(summary), flush=True)  # noqa: T201  the result: data on standard output
    return 0


def recipes() -> list[str]:
    """Names of the recipes that come with the package."""
    folder = files("palestra.trainer") / "recipes"
    return sorted(entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml"))


def _read(argument: str, overrides: Sequence[str]) -> TrainConfig:
    if argument in recipes():
        with as_file(files("palestra.trainer") / "recipes" / f"{argument}.toml") as path:
            return read_config(path, overrides)
    path = Path(argument)
    if not path.is_file():
        near = get_close_matches(argument, recipes(), n=1)
        guess = f"; did you mean `{near[0]}`?" if near else ""
        raise ConfigError(
            f"no configuration file `{argument}`{guess}\n\nhint: give a TOML file or a recipe: {', '.join(recipes())}"
        )
    return read_config(path, overrides)


async def _train(config: TrainConfig, paths: RunPaths, crew: Crew) -> dict[str, object]:
    stages = spans(config)
    require_installed(config.trackers)
    for span in stages:
        _check(span.config)
    newest = next(checkpoints(paths.checkpoints), None)
    position = Position(step=0, train_seconds=0.0, threads=torch.get_num_threads())
    if newest is not None:
        position = newest.position()
    current = next((span for span in stages if position.step <= span.stop), stages[-1])
    parts = assemble(current.config, crew, stage=stages.index(current), folder=paths.folder)
    async with AsyncExitStack() as closing:
        closing.push_async_callback(parts.aclose)
        _restore(parts, position, newest)
        paths.folder.mkdir(parents=True, exist_ok=True)
        text = to_toml(config)
        # Rollouts that were played ahead are learned from by the run that they were played for, and by no other.
        is_same = paths.config.is_file() and paths.config.read_text(encoding="utf-8") == text
        paths.forget_after(-1 if newest is None else position.step, keeps_rollouts=config.mode.replays_log and is_same)
        replace_text(paths.config, [text])
        keep_vocabulary(paths.vocabulary, parts.tokenizer.tokenizer)
        with (
            MetricsLog(paths.metrics, after_step=position.step if position.step else -1) as metrics,
            TrainingProgress(steps=config.total_steps, max_seconds=config.max_seconds) as progress,
            tracking(config, paths, progress.say),
        ):
            recorder = RunRecorder(log=metrics, progress=progress)
            recorder.say(f"{composition(config)} -> {_hardware(parts)}")
            recorder.say(
                f"run folder: {paths.folder}" + (f", resumed after step {position.step}" if position.step else "")
            )
            for number in range(stages.index(current), len(stages)):
                span = stages[number]
                if span is not current:
                    parts = next_stage(parts, stages[number - 1].config, span.config)
                position = await _learn(config, span, parts, paths, recorder, position)
                if position.step < span.stop:
                    recorder.say(
                        f"ended after step {position.step} of {config.total_steps}: another one would go beyond "
                        f"max_seconds = {config.max_seconds}"
                    )
                    break
            floors = [row for row in read_metrics(paths.metrics) if isinstance(row, FloorMetrics)]
            if sentence := floor_sentence(floors):
                recorder.say(sentence)
    shutil.rmtree(paths.model, ignore_errors=True)
    with storing(paths.model):
        save_model(without_adapters(parts.policy.whole_model()), parts.tokenizer.tokenizer, paths.model)
    summary = summarize(config, paths, position)
    replace_text(paths.summary, [json.dumps(summary, indent=1)])
    with storing(paths.folder):
        write_report(paths.folder)
    return summary


def _check(config: TrainConfig) -> None:
    """Report what can be known to be wrong with a stage before a model is loaded and earlier stages are trained.

    Raises:
        UnknownEnvError: A configured id does not exist.
        palestra.envs.ConfigError: The options do not fit a family.
        IneffectiveCorrectionError: A correction is configured that changes no update.
    """
    practised(config)
    if config.evaluation.ood_config is not None:
        practised(config, config.evaluation.ood_config)
    if config.supervised is None:
        noise_sentence(config)


async def _learn(
    run: TrainConfig, span: Span, parts: Parts, paths: RunPaths, recorder: Recorder, position: Position
) -> Position:
    """Take a stage to its end, by demonstrations or by rewards."""
    course = Course(run, span, parts, paths, recorder)
    if course.is_over(position):  # nothing is gathered or started for it: what it learned from may be gone
        return position
    if span.name:
        recorder.say(f"stage `{span.name}`: steps {span.start + 1} to {span.stop}")
    if span.config.supervised is not None:
        return await Lessons(span.config, parts, recorder, course).run(position)
    return await TrainingLoop(span.config, parts, paths, recorder, course=course).run(position)


def _hardware(parts: Parts) -> str:
    weights = sum(parameter.numel() for parameter in parts.learner.parameters)
    precision = str(parts.policy.dtype).removeprefix("torch.")
    size = parts.policy.crew.size
    each = f"{torch.get_num_threads()} threads" + (f", {size} processes" if size > 1 else "")
    return f"{weights / 1e6:.1f}M weights ({precision}, {parts.policy.device}, {each})"


def _restore(parts: Parts, position: Position, newest: Checkpoint | None) -> None:
    """Put weights and all that parts remember where the newest checkpoint left them."""
    if newest is None:
        return
    parts.restore(newest)
    if position.threads != torch.get_num_threads():
        log.warning(
            "the run had %d threads and goes on with %d: it will not be equal to an uninterrupted one bit for bit",
            position.threads,
            torch.get_num_threads(),
        )
