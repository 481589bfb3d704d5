"""Where a budget spends: draws tasks of a step and plays them, as often and in as many rounds as it likes."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from statistics import fmean
from typing import Protocol

from palestra.agents import ChatTokenizer, Episode, Generator, Rollout, RolloutDriver
from palestra.agents.scripted import EpisodeAgent
from palestra.envs import Task, TaskId, TextEnv
from palestra.envs.curriculum import Draw, GroupResult, TaskSampler
from palestra.trainer.supervised.scripted_generator import ScriptedGenerator
from palestra.verifiers.noise import NOISELESS, NoiseModel


@dataclass(frozen=True, kw_only=True, slots=True)
class PlayedPrompt:
    """A task that was drawn, and the rollouts of it so far."""

    number: int
    """Of the draw within its step; keys of rollouts hold it."""
    draw: Draw
    rollouts: tuple[Rollout, ...] = ()
    observed: tuple[float, ...] | None = None
    """Scores of the verdicts that pay, NaN for masked samples; None: the environment's own verdicts."""

    @property
    def judged(self) -> tuple[tuple[Rollout, float], ...]:
        """The rollouts that have a score, with it; the others say nothing and are left out."""
        observed = _scores(self.rollouts) if self.observed is None else self.observed
        pairs = zip(self.rollouts, observed, strict=False)  # gold that joined later has no score
        return tuple((rollout, score) for rollout, score in pairs if not math.isnan(score))

    @property
    def scores(self) -> tuple[float, ...]:
        """The scores that are known."""
        return tuple(score for _, score in self.judged)

    def since(self, first: int) -> PlayedPrompt:
        """The task without its first rollouts."""
        observed = None if self.observed is None else self.observed[first:]
        return replace(self, rollouts=self.rollouts[first:], observed=observed)


@dataclass(frozen=True, kw_only=True, slots=True)
class Recital:
    """An episode in which somebody other than the policy speaks."""

    name: str
    """Ends its key."""
    task: Task
    speaker: EpisodeAgent


def _noiseless(rollout: Rollout) -> NoiseModel:
    return NOISELESS


def _score(rollout: Rollout) -> float:
    return rollout.verdict.score if rollout.verdict.valid else math.nan


def _scores(rollouts: Sequence[Rollout]) -> list[float]:
    return list(map(_score, rollouts))


@dataclass(frozen=True, kw_only=True, slots=True)
class Insight:
    """What a run knows of rollouts beyond their verdicts."""

    noise_of: Callable[[Rollout], NoiseModel] = _noiseless
    """Measured or assumed errors of the verifier that judged a rollout."""
    rewards_of: Callable[[Sequence[Rollout]], Sequence[float]] = _scores
    """What the rollouts of a group are worth to the learner; NaN where one is masked."""
    score_of: Callable[[Rollout], float] = _score
    """The score of the verdict that pays, which may be another than the environment's; NaN for a masked sample."""


class Player(Protocol):
    """Plays episodes, as a driver does."""

    @property
    def tokenizer(self) -> ChatTokenizer:
        """Turns messages into tokens, and tokens into text."""
        ...

    async def play(self, episodes: Sequence[Episode]) -> list[Rollout]:
        """The rollouts of all episodes, in their order."""
        ...

    def with_generator(self, generator: Generator) -> RolloutDriver:
        """A driver of the same settings that asks another generator."""
        ...


class Playground:
    """Tasks and rollouts of one step. Everything is decided by seed, step and the order of calls."""

    def __init__(
        self,
        driver: Player,
        sampler: TaskSampler,
        make_env: Callable[[Task], TextEnv],
        *,
        key: str,
        step: int,
        insight: Insight | None = None,
    ) -> None:
        """A playground.

        Args:
            driver: Plays episodes.
            sampler: Draws tasks.
            make_env: A fresh environment of a task's family.
            key: First part of all keys: seed and step.
            step: Of the training.
            insight: What the run knows of rollouts beyond their verdicts; nothing if None.
        """
        self.step = step
        self.key = key
        self.rounds = 0
        self.seconds = 0.0
        self._driver, self._sampler, self._make_env = driver, sampler, make_env
        self._insight = insight or Insight()
        self._prompts: dict[int, PlayedPrompt] = {}
        self.recited: list[Rollout] = []
        """What others than the policy played here."""

    def draw(self, count: int) -> list[PlayedPrompt]:
        """Draw new tasks."""
        first = len(self._prompts)
        drawn = [
            PlayedPrompt(number=number, draw=draw)
            for number, draw in enumerate(self._sampler.draw(self.step, count), start=first)
        ]
        self._prompts |= {prompt.number: prompt for prompt in drawn}
        return drawn

    async def play(self, orders: Sequence[tuple[PlayedPrompt, int]]) -> list[PlayedPrompt]:
        """Sample more rollouts to tasks that were drawn here.

        Args:
            orders: Tasks, each once, with the number of rollouts to add.

        Returns:
            The tasks with all their rollouts, in the order of the orders.
        """
        started = time.monotonic()
        episodes = [
            Episode(
                key=f"{self.key}/{prompt.number}/{sample}",
                env=self._make_env(prompt.draw.task),
                task=prompt.draw.task,
            )
            for prompt, more in orders
            for sample in range(len(prompt.rollouts), len(prompt.rollouts) + more)
        ]
        rollouts = iter(await self._driver.play(episodes))
        played = [
            replace(prompt, rollouts=(*prompt.rollouts, *(next(rollouts) for _ in range(more))))
            for prompt, more in orders
        ]
        played = [replace(prompt, observed=tuple(map(self._insight.score_of, prompt.rollouts))) for prompt in played]
        self._prompts |= {prompt.number: prompt for prompt in played}
        self.rounds += 1
        self.seconds += time.monotonic() - started
        return played

    async def recite(self, recitals: Sequence[Recital]) -> list[Rollout]:
        """Play episodes in which somebody else speaks, token by token as the policy's own, and have them judged."""
        started = time.monotonic()
        rollouts = list(await asyncio.gather(*map(self._recite, recitals)))
        self.recited += rollouts
        self.seconds += time.monotonic() - started
        return rollouts

    async def _recite(self, recital: Recital) -> Rollout:
        env = self._make_env(recital.task)
        episode = Episode(key=f"{self.key}/{recital.name}", env=env, task=recital.task)
        generator = ScriptedGenerator(recital.speaker, self._driver.tokenizer, [episode])
        return (await self._driver.with_generator(generator).play([episode]))[0]

    def regenerate(self, task_id: TaskId) -> Task:
        """The task that an id names.

        Raises:
            EnvError: There is no such task.
        """
        return self._make_env(Task(id=task_id, prompt="", reference="")).source.regenerate(task_id)

    @property
    def run_step(self) -> int:
        """The step of the whole run, which the key ends with; `step` is that of its stage."""
        return int(self.key.rpartition("/")[2])

    @property
    def tasks(self) -> list[Task]:
        """Those that were drawn."""
        return [prompt.draw.task for prompt in self._prompts.values()]

    def noise_of(self, rollout: Rollout) -> NoiseModel:
        """What the run has measured, or assumes, of the errors of the verifier that judged a rollout."""
        return self._insight.noise_of(rollout)

    def group_noise(self, prompt: PlayedPrompt) -> NoiseModel:
        """The mean rates over the rollouts of a task that have a score, which may be of several strata."""
        models = [self.noise_of(rollout) for rollout, _ in prompt.judged]
        if not models:
            return NOISELESS
        return NoiseModel(fpr=fmean(model.fpr for model in models), fnr=fmean(model.fnr for model in models))

    def rewards(self, prompt: PlayedPrompt) -> tuple[float, ...]:
        """What the rollouts of a task are worth to the learner; masked ones are left out."""
        return tuple(reward for reward in self._insight.rewards_of(prompt.rollouts) if not math.isnan(reward))

    @property
    def drawn(self) -> int:
        """Tasks that were drawn, learned from or not."""
        return len(self._prompts)

    @property
    def rollouts(self) -> list[Rollout]:
        """Everything that was played, also what no budget returned."""
        return [rollout for prompt in self._prompts.values() for rollout in prompt.rollouts]

    def results(self) -> list[GroupResult]:
        """What became of all draws, for the sampler of tasks."""
        return [
            GroupResult(
                draw=prompt.draw,
                scores=prompt.scores,
                tokens=sum(rollout.policy_tokens for rollout in prompt.rollouts),
            )
            for prompt in self._prompts.values()
        ]
