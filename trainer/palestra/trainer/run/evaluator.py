"""Evaluations of a run: held out, greedy, and out of distribution."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import fmean

from palestra.agents import Evaluation, Rollout, RolloutDriver, Sampling, evaluate_policy, read_rollouts
from palestra.agents.statistics import mean_of_groups
from palestra.envs import Task
from palestra.envs.curriculum import Member
from palestra.trainer.config import TrainConfig
from palestra.trainer.metrics import EvalMetrics
from palestra.trainer.metrics.recorder import Recorder
from palestra.trainer.run.parts import Parts
from palestra.trainer.run.practising import env_of, practised
from palestra.trainer.run_folder.run_paths import RunPaths, write_whole
from palestra.verifiers.statistics import Estimate

HELDOUT, GREEDY, OOD = "heldout", "heldout-greedy", "ood"
MODES = {"thinking": True, "direct": False}
"""Where thinking is on request, every full evaluation is made both ways; the mode ends its name."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Plan:
    name: str
    members: tuple[Member, ...]
    tasks: int
    samples: int
    temperature: float
    thinks: bool | None = None
    """Whether thinking is asked for, in runs where that can be said."""


class Evaluator:
    """Evaluates the policy on tasks of the test split: the same tasks and random numbers every time."""

    def __init__(
        self, config: TrainConfig, parts: Parts, paths: RunPaths, recorder: Recorder, *, label: str = ""
    ) -> None:
        """An evaluator.

        Args:
            config: Of the run, or of the stage whose evaluations these are.
            parts: Of the run.
            paths: Where rollouts are kept.
            recorder: Takes the results.
            label: What names of results begin with, before a point; empty for nothing.
        """
        self._config = config
        self._prefix = f"{label}." if label else ""
        self._parts = parts
        self._paths = paths
        self._recorder = recorder

    @property
    def names(self) -> list[str]:
        """What the results of the full evaluation are called."""
        return [plan.name for plan in self._plans()]

    async def full(self, step: int) -> None:
        """All evaluations, as before and after training."""
        for plan in self._plans():
            await self._evaluate(plan, step)

    async def brief(self, step: int) -> Sequence[Rollout]:
        """The held-out evaluation on its first tasks, one sample each, as during training; its rollouts."""
        config = self._config.evaluation
        members = practised(self._config)
        tasks = min(config.tasks, config.during_tasks)
        if tasks == 0:
            return ()
        temperature = self._config.rollout.temperature
        name = f"{self._prefix}{HELDOUT}-brief"
        plan = _Plan(name=name, members=members, tasks=tasks, samples=1, temperature=temperature)
        return await self._evaluate(plan, step)

    def _plans(self) -> Iterator[_Plan]:
        for plan in self._unnamed_plans():
            named = replace(plan, name=f"{self._prefix}{plan.name}")
            if self._config.reasoning is None:
                yield named
            else:
                yield from (replace(named, name=f"{named.name}-{mode}", thinks=asks) for mode, asks in MODES.items())

    def _unnamed_plans(self) -> Iterator[_Plan]:
        config, temperature = self._config.evaluation, self._config.rollout.temperature
        if config.tasks == 0:
            return
        members = practised(self._config)
        samples = config.samples_per_task
        yield _Plan(name=HELDOUT, members=members, tasks=config.tasks, samples=samples, temperature=temperature)
        if config.greedy:
            yield _Plan(name=GREEDY, members=members, tasks=config.tasks, samples=1, temperature=0.0)
        if config.ood_config is not None:
            members = practised(self._config, config.ood_config)
            yield _Plan(name=OOD, members=members, tasks=config.ood_tasks, samples=1, temperature=temperature)

    async def _evaluate(self, plan: _Plan, step: int) -> Sequence[Rollout]:
        """Evaluate, keep the rollouts, record the result."""
        started = time.monotonic()
        samples = "greedy" if plan.temperature == 0 else f"{plan.samples} samples each"
        self._recorder.say(f"evaluating {plan.name}: {plan.tasks} tasks, {samples} ...")
        rollout = self._config.rollout
        sampling = Sampling(max_new_tokens=rollout.max_new_tokens, temperature=plan.temperature)
        seed = self._config.evaluation.seed
        evaluation = await evaluate_policy(
            RolloutDriver(self._parts.generator, self._parts.tokenizer, sampling, self._parts.conduct),
            env_of(self._config, thinks=plan.thinks, workers=self._parts.env_workers),
            _tasks(plan, seed),
            samples_per_task=plan.samples,
            key_prefix=f"{plan.name}/{seed}",
            name=f"step {step}",
        )
        write_whole(self._paths.evaluation(plan.name, step), evaluation.rollouts)
        metrics = _metrics(plan, evaluation, step, time.monotonic() - started)
        if self._config.reasoning is not None:
            obeyed = [self._config.reasoning.obeys(rollout) for rollout in evaluation.rollouts if rollout.responses]
            metrics = replace(metrics, obeyed=fmean(obeyed) if obeyed else None)
        self._recorder.record(metrics)
        return evaluation.rollouts


def _tasks(plan: _Plan, seed: int) -> list[Task]:
    """Held-out tasks of all members in turn."""
    sources = [member.source() for member in plan.members]
    return [sources[i % len(sources)].task("test", seed, i // len(sources)) for i in range(plan.tasks)]


def _metrics(plan: _Plan, evaluation: Evaluation, step: int, seconds: float) -> EvalMetrics:
    reward = evaluation.mean_reward
    return EvalMetrics(
        step=step,
        name=plan.name,
        tasks=plan.tasks,
        samples=plan.tasks * plan.samples - evaluation.invalid,
        mean=reward.value,
        ci95=(reward.low, reward.high),
        pass_at={k: estimate.value for k, estimate in evaluation.pass_at_k.items()},
        pass_ci95={k: (estimate.low, estimate.high) for k, estimate in evaluation.pass_at_k.items()},
        invalid=evaluation.invalid,
        seconds=seconds,
    )


def paired_gain(paths: RunPaths, name: str, before: int, after: int) -> Estimate:
    """Mean gain of a task from one evaluation to another, with the interval of the paired differences."""
    first, second = (_scores_by_task(paths, name, step) for step in (before, after))
    gains = [fmean(second[task]) - fmean(first[task]) for task in first if task in second]
    # A gain lies in [-1, 1], an estimate in [0, 1].
    share = mean_of_groups([[(1.0 + gain) / 2.0] for gain in gains])
    return Estimate(*(2.0 * bound - 1.0 for bound in (share.value, share.low, share.high)))


def _scores_by_task(paths: RunPaths, name: str, step: int) -> dict[str, list[float]]:
    scores: dict[str, list[float]] = {}
    for rollout in read_rollouts(paths.evaluation(name, step)):
        if rollout.verdict.valid:
            scores.setdefault(str(rollout.task.id), []).append(rollout.verdict.score)
    return scores
