"""Runs of a language model through the real training loop, measured as runs of the bandit are."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from statistics import fmean
from tempfile import TemporaryDirectory

from transformers import PreTrainedModel

from palestra.agents import Rollout, read_rollouts
from palestra.trainer.advantages import Advantage, Rloo
from palestra.trainer.budgets import FixedBudget, SampleBudget
from palestra.trainer.checkpoints.checkpoint import Position
from palestra.trainer.config import (
    CheckpointConfig,
    EvalConfig,
    LearnerConfig,
    ModelConfig,
    OptimConfig,
    Precision,
    RolloutConfig,
    TrainConfig,
)
from palestra.trainer.credit import Credit, WholeResponse
from palestra.trainer.lab.questions import ANSWERS, MAX_TOKENS, is_hedge, write_demonstrations, write_questions
from palestra.trainer.lab.tiny_model import byte_tokenizer, save_tiny_model
from palestra.trainer.lab.training import Measurement, Scale
from palestra.trainer.losses import ClippedLoss, PolicyLoss
from palestra.trainer.metrics import Metrics, StepMetrics
from palestra.trainer.model.model_files import quiet_transformers, save_model
from palestra.trainer.noise import NoiseConfig
from palestra.trainer.practice.practice import EnvConfig
from palestra.trainer.rewards import RewardSource, VerdictReward
from palestra.trainer.reweighting import Reweighting
from palestra.trainer.run.assembly import assemble
from palestra.trainer.run.course import Course
from palestra.trainer.run.evaluator import HELDOUT
from palestra.trainer.run.lessons import Lessons
from palestra.trainer.run.loop import TrainingLoop
from palestra.trainer.run_folder.run_paths import RunPaths
from palestra.trainer.selection import KeepAll, Selection
from palestra.trainer.settings.schedules import Linear
from palestra.trainer.shaping import Shaping
from palestra.trainer.stages.span import spans
from palestra.trainer.supervised import ChatSource, Sft
from palestra.verifiers.keyed_random import KeyedRandom

TINY = "tiny"
"""Stands for the tiny model, made anew for each seed and taught the form of the answers; else a model's folder."""
LOOP_SCALE = Scale(steps=24, prompts=12, samples=8, problems_per_kind=50, measure_every=6)
"""How large a run of the loop is; half of the held-out questions are of each kind, more or less."""
LOOP_GRID = (1e-3, 3e-3)
"""Learning rates to choose from."""

_LESSONS, _LESSON_LR = 80, 3e-3
_SAMPLES_PER_TASK = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class LoopMethod:
    """What turns verdicts into updates, as `palestra train` has it."""

    advantage: Advantage = field(default_factory=Rloo)
    selection: Selection = field(default_factory=KeepAll)
    loss: PolicyLoss = field(default_factory=ClippedLoss)
    reweighting: tuple[Reweighting, ...] = ()
    credit: Credit = field(default_factory=WholeResponse)
    budget: SampleBudget = field(default_factory=FixedBudget)
    updates_per_step: int = 1
    reward: RewardSource = field(default_factory=VerdictReward)
    noise: NoiseConfig | None = None
    shaping: tuple[Shaping, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class LoopRun:
    """A training of a model on the laboratory's questions."""

    method: LoopMethod = field(default_factory=LoopMethod)
    model: str = TINY
    """`tiny`, or the folder of a model, which is trained as it is."""

    @property
    def grid(self) -> tuple[float, ...]:
        """Learning rates to choose from."""
        return LOOP_GRID

    def measured(self, seed: str, lr: float, scale: Scale) -> list[Measurement]:
        """Train, and measure along the way: the same for the same arguments."""
        quiet_transformers()
        with TemporaryDirectory(prefix="palestra-lab-") as name:
            folder = Path(name)
            env = write_questions(folder)
            number = KeyedRandom("lab loop", seed).below(2**31)
            model = Path(self.model)
            if self.model == TINY:
                model = folder / "taught"
                save_model(_taught(seed, number), byte_tokenizer(), model)
            config = self._config(env, str(model), number, lr, scale)
            parts, memory, paths = assemble(config), _Memory(), RunPaths(folder=folder / "run")
            asyncio.run(TrainingLoop(config, parts, paths, memory).run(_START))
            return _measurements(paths, memory.steps, scale)

    def _config(self, env: EnvConfig, model: str, number: int, lr: float, scale: Scale) -> TrainConfig:
        method, tasks = self.method, len(ANSWERS) * scale.problems_per_kind
        return TrainConfig(
            seed=number,
            steps=scale.steps,
            env=replace(env, seed=number),
            model=ModelConfig(path=model, precision=Precision.FP32),
            rollout=RolloutConfig(
                prompts_per_step=scale.prompts,
                samples_per_prompt=scale.samples,
                max_new_tokens=MAX_TOKENS,
                max_concurrent=256,
                budget=method.budget,
            ),
            reward=method.reward,
            noise=method.noise,
            shaping=method.shaping,
            advantage=method.advantage,
            selection=method.selection,
            reweighting=method.reweighting,
            credit=method.credit,
            loss=method.loss,
            optim=OptimConfig(lr=lr, decay=Linear()),
            learner=LearnerConfig(updates_per_step=method.updates_per_step),
            evaluation=EvalConfig(
                every=scale.measure_every,
                tasks=tasks,
                during_tasks=tasks,
                samples_per_task=_SAMPLES_PER_TASK,
                greedy=False,
            ),
            checkpoint=CheckpointConfig(every=0),
        )


_START = Position(step=0, train_seconds=0.0, threads=1)


class _Memory:
    """Keeps the steps' metrics, and shows nothing."""

    def __init__(self) -> None:
        self.steps: list[StepMetrics] = []

    def record(self, metrics: Metrics) -> None:
        if isinstance(metrics, StepMetrics):
            self.steps.append(metrics)

    def say(self, text: str) -> None:
        pass


@lru_cache(maxsize=64)
def _taught(seed: str, number: int) -> PreTrainedModel:
    """A tiny model that knows the form of the answers, some hedging, and some of what is right."""
    with TemporaryDirectory(prefix="palestra-lab-") as name:
        folder = Path(name)
        env = write_questions(folder)
        random = save_tiny_model(folder / "random", seed=number)
        config = TrainConfig(
            seed=number,
            steps=_LESSONS,
            env=env,
            model=ModelConfig(path=str(random), precision=Precision.FP32),
            supervised=Sft(source=ChatSource(path=str(write_demonstrations(folder, env, seed))), batch=16),
            optim=OptimConfig(lr=_LESSON_LR, decay=Linear()),
            evaluation=EvalConfig(tasks=0),
            checkpoint=CheckpointConfig(every=0),
        )
        parts, memory = assemble(config), _Memory()
        course = Course(config, spans(config)[0], parts, RunPaths(folder=folder / "lessons"), memory)
        asyncio.run(Lessons(config, parts, memory, course).run(_START))
        return parts.policy.model


def _measurements(paths: RunPaths, steps: Sequence[StepMetrics], scale: Scale) -> list[Measurement]:
    """A point for each evaluation; training is measured on the steps since the one before."""
    points = []
    at = sorted({0, scale.steps, *range(scale.measure_every, scale.steps, scale.measure_every)})
    for before, step in zip((0, *at), at, strict=False):
        name = HELDOUT if step in (0, scale.steps) else f"{HELDOUT}-brief"
        since = [each for each in steps if before < each.step <= step] or list(steps[:1])
        points.append(_measurement(step, list(read_rollouts(paths.evaluation(name, step))), since))
    return points


def _measurement(step: int, rollouts: Sequence[Rollout], since: Sequence[StepMetrics]) -> Measurement:
    def right(own: Sequence[Rollout]) -> float:
        return fmean(rollout.verdict.score for rollout in own) if own else math.nan

    return Measurement(
        step=step,
        held_out=right(rollouts),
        train=fmean(each.outcome_mean or 0.0 for each in since),
        paid=fmean((each.outcome_mean if each.observed_mean is None else each.observed_mean) or 0.0 for each in since),
        pleasing=fmean(is_hedge(rollout) for rollout in rollouts),
        by_kind={answer: right([each for each in rollouts if each.task.reference == answer]) for answer in ANSWERS},
        alignment=math.nan,
    )
