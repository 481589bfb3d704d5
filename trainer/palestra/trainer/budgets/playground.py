"""Where a budget spends: draws tasks of a step and plays them, as often and in as many rounds as it likes."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from palestra.agents import Episode, Rollout, RolloutDriver
from palestra.envs import Task, TextEnv
from palestra.envs.curriculum import Draw, GroupResult, TaskSampler
from palestra.verifiers.noise import NOISELESS, NoiseModel


@dataclass(frozen=True, kw_only=True, slots=True)
class PlayedPrompt:
    """A task that was drawn, and the rollouts of it so far."""

    number: int
    """Of the draw within its step; keys of rollouts hold it."""
    draw: Draw
    rollouts: tuple[Rollout, ...] = ()

    @property
    def scores(self) -> tuple[float, ...]:
        """The verdicts' scores; rollouts without a valid verdict say nothing and are left out."""
        return tuple(rollout.verdict.score for rollout in self.rollouts if rollout.verdict.valid)


class Playground:
    """Tasks and rollouts of one step. Everything is decided by seed, step and the order of calls."""

    def __init__(
        self,
        driver: RolloutDriver,
        sampler: TaskSampler,
        make_env: Callable[[Task], TextEnv],
        *,
        key: str,
        step: int,
        noise_of: Callable[[Rollout], NoiseModel] | None = None,
    ) -> None:
        """A playground.

        Args:
            driver: Plays episodes.
            sampler: Draws tasks.
            make_env: A fresh environment of a task's family.
            key: First part of all keys: seed and step.
            step: Of the training.
            noise_of: What is known of the errors of the verifier that judged a rollout; nothing if None.
        """
        self.step = step
        self.key = key
        self.rounds = 0
        self.seconds = 0.0
        self._driver, self._sampler, self._make_env = driver, sampler, make_env
        self._noise_of = noise_of
        self._prompts: dict[int, PlayedPrompt] = {}

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
        self._prompts |= {prompt.number: prompt for prompt in played}
        self.rounds += 1
        self.seconds += time.monotonic() - started
        return played

    def noise_of(self, rollout: Rollout) -> NoiseModel:
        """What the run has measured, or assumes, of the errors of the verifier that judged a rollout."""
        return NOISELESS if self._noise_of is None else self._noise_of(rollout)

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
