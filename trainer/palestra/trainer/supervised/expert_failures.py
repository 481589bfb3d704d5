"""What is worth learning of an expert that failed: the actions that led to where the policy succeeds by itself.

Source: "Exploring Expert Failures Improves LLM Agent Tuning", arXiv:2504.13145.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from statistics import fmean

from palestra.agents import Completion, Episode, GenerationRequest, Generator, Rollout, RolloutDriver
from palestra.agents.scripted import EpisodeAgent
from palestra.envs import Task, TextEnv
from palestra.trainer.supervised.demonstration import Demonstration, of_rollout
from palestra.trainer.supervised.scripted_generator import ScriptedGenerator


def kept_actions(values: Sequence[float], *, threshold: float = 0.0) -> tuple[bool, ...]:
    """Which actions of a trajectory are learned: those that led to a state of a value above the threshold.

    Args:
        values: Success rate of the policy from the first state and from the state behind each action; NaN where
            nothing is known: an action is judged by the next state that is.
        threshold: Success rate that is not enough.

    >>> kept_actions([0.0, 0.5, 0.0, 0.5])
    (True, False, True)
    """
    kept: list[bool] = []
    known = math.nan
    for value in reversed(values[1:]):
        known = known if math.isnan(value) else value
        kept.append(known > threshold)
    return tuple(reversed(kept))


class _Prompter:
    """Asks the expert in its own episode, and the policy in all that branch off."""

    def __init__(self, expert: Generator, policy: Generator, trunk: str) -> None:
        self._expert, self._policy, self._trunk = expert, policy, trunk

    async def generate(self, requests: Sequence[GenerationRequest]) -> list[Completion]:
        """One completion for each request, in their order."""
        is_trunk = [request.key.rpartition("/")[0] == self._trunk for request in requests]
        answers = []
        for speaker, side in ((self._expert, True), (self._policy, False)):
            asked = [request for request, mine in zip(requests, is_trunk, strict=True) if mine is side]
            answers.append(iter(await speaker.generate(asked) if asked else []))
        return [next(answers[0] if mine else answers[1]) for mine in is_trunk]


@dataclass(frozen=True, kw_only=True, slots=True)
class ExpertFailures:
    """Tries the policy from the states of an expert's trajectory, in environments that can be copied."""

    every: int = 1
    """Actions between two states that are tried."""
    branches: int = 4
    """Rollouts of the policy from each of them."""
    threshold: float = 0.0
    """Success rate that is not enough for the actions before it."""

    def __post_init__(self) -> None:
        for name, value in (("every", self.every), ("branches", self.branches)):
            if value < 1:
                raise ValueError(f"{name} must be at least 1, got {value}")
        if not 0.0 <= self.threshold < 1.0:
            raise ValueError(f"threshold must be in [0, 1), got {self.threshold}")

    async def __call__(
        self,
        expert: EpisodeAgent,
        episode: tuple[str, Task],
        make_env: Callable[[], TextEnv],
        driver: RolloutDriver,
        policy: Generator,
    ) -> list[Demonstration]:
        """What the policy may learn of an expert's play of a task.

        Args:
            expert: Plays; the same whenever it is asked.
            episode: Key, which decides the random numbers, and task.
            make_env: A fresh environment of the task's family.
            driver: Plays as the policy's rollouts are played.
            policy: Samples from the policy.

        Returns:
            The expert's segments of which some action is kept, with the mask on kept actions alone; all of a play
            that succeeded, and nothing of one without a verdict.
        """
        key, task = episode

        def branch(after: int) -> tuple[RolloutDriver, Episode, list[str]]:
            trunk = Episode(key=f"{key}/{after}", env=make_env(), task=task)
            speaker = _Prompter(ScriptedGenerator(expert, driver.tokenizer, [trunk]), policy, trunk.key)
            keys = [f"{key}/{after}/branch-{number}" for number in range(self.branches)]
            return driver.with_generator(speaker), trunk, keys

        prompted, trunk, _ = branch(0)
        (whole,) = await prompted.play([trunk])
        if not whole.verdict.valid:
            return []
        if whole.verdict.score >= 1.0:
            return list(of_rollout(whole))
        values = [math.nan] * len(whole.responses) + [whole.verdict.score]
        for after in range(self.every, len(whole.responses), self.every):
            prompted, trunk, keys = branch(after)
            _, *branches = await prompted.branch(trunk, after_turns=after, keys=keys)
            valid = [each.verdict.score for each in branches if each.verdict.valid]
            values[after] = fmean(valid) if valid else 0.0
        return _masked(whole, kept_actions(values, threshold=self.threshold))


def _masked(rollout: Rollout, kept: Sequence[bool]) -> list[Demonstration]:
    """The segments in which an action is kept, with a mask on kept ones."""
    found = []
    segments = [segment for segment in rollout.segments if any(segment.mask)]
    for segment, demonstration in zip(segments, of_rollout(rollout), strict=True):
        mask = [0] * len(segment.mask)
        for turn, is_kept in zip(rollout.turns, kept, strict=True):
            if is_kept and turn.segment == segment.id:
                mask[turn.start : turn.start + turn.tokens_out] = [1] * turn.tokens_out
        if any(mask):
            found.append(replace(demonstration, mask=tuple(mask)))
    return found
