"""The rollout driver: plays episodes token-exactly and owns every token of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from palestra.agents.attempt import Attempt, DriverCall, Episode
from palestra.agents.chat import ChatTokenizer
from palestra.agents.conduct import Conduct
from palestra.agents.curfew import Curfew, CurfewError
from palestra.agents.errors import RolloutError
from palestra.agents.generator import Generator, Sampling, SingleGenerator
from palestra.agents.lockstep import Lockstep
from palestra.agents.request_queue import RequestQueue
from palestra.agents.rollout import Rollout
from palestra.agents.stages import DriverTotals, Stages
from palestra.envs import TaskIdError
from palestra.verifiers import Outcome

ResultT = TypeVar("ResultT")


class RolloutDriver:
    """Plays many episodes at once against a generator.

    Tokens are only ever appended: what the policy sampled is what it reads in its next turn and what the
    learner trains on. Text is made from tokens for the environment, never tokens from the policy's text.

    Each episode is opened, run, graded and closed by itself, so that graders may lag behind rollouts.
    """

    def __init__(
        self,
        generator: Generator,
        tokenizer: ChatTokenizer,
        sampling: Sampling,
        conduct: Conduct | None = None,
    ) -> None:
        """A driver.

        Args:
            generator: Samples the responses.
            tokenizer: Turns messages into tokens, and tokens into text.
            sampling: Of each response.
            conduct: How episodes are played; None: everything is read, and the turns are the limit.
        """
        self.totals = DriverTotals()
        """What all calls did so far, stage by stage."""
        self._generator = generator
        self._tokenizer = tokenizer
        self._sampling = sampling
        self._conduct = conduct or Conduct()

    @property
    def tokenizer(self) -> ChatTokenizer:
        """Turns messages into tokens, and tokens into text."""
        return self._tokenizer

    @property
    def generator(self) -> Generator:
        """Samples the responses."""
        return self._generator

    def with_generator(self, generator: Generator) -> RolloutDriver:
        """A driver of the same settings that asks another generator."""
        sampling = replace(self._sampling, may_reject=False)
        return RolloutDriver(generator, self._tokenizer, sampling, self._conduct)

    async def play(self, episodes: Sequence[Episode], *, call: DriverCall | None = None) -> list[Rollout]:
        """Play all episodes; the rollouts come in their order, one for each.

        A failure of the machinery (one request, an environment, a grader) is tried once more in a fresh
        session under the same key; if it stays, the rollout has the outcome ERROR and counts nowhere.

        Args:
            episodes: Each with an environment of its own.
            call: What several calls that overlap share, from `begin`; whoever began it closes its requests.

        Raises:
            RolloutError: Two episodes share a key or an environment.
            TaskIdError: A task is not of its environment.
            GeneratorError: The generator cannot serve at all.
        """
        _check(episodes)
        own = call or self.begin()
        try:
            if own.lockstep is not None:
                own.lockstep.start(len(episodes))
            return await _all([_moving(_play(episode, own, rank), own) for rank, episode in enumerate(episodes)])
        finally:
            if call is None:
                own.requests.close()

    async def branch(self, trunk: Episode, *, after_turns: int, keys: Sequence[str]) -> list[Rollout]:
        """Play an episode that forks: after some turns, a twin of it for each key goes on by itself.

        A twin's rollout names the trunk and holds its own turns alone; its first segment has what it read before as
        its prompt, and the trunk's segment as its parent. Twins cannot be tried again: a failure masks them.

        Returns:
            The trunk's rollout, then one for each key; the trunk's alone if it ended before.

        Raises:
            RolloutError: Two keys are equal.
            TaskIdError: The task is not of its environment.
            GeneratorError: The generator cannot serve at all.
        """
        _check([trunk])
        if len({trunk.key, *keys}) <= len(keys):
            raise RolloutError("two branches have the same key\n\nhint: keys decide the random numbers")
        call = self.begin()
        if call.lockstep is not None:
            call.lockstep.start()
        first = Attempt(trunk, call)
        attempts = [first]
        try:
            await first.open()
            await first.run(after_turns)
            if not (first.is_broken or first.env.episode.is_over):
                for key in keys:
                    attempts.append(await first.fork(key, rank=len(attempts)))
            if call.lockstep is not None:
                call.lockstep.start(len(attempts) - 1)
            return await _all([_moving(_rest_of(each), call) for each in attempts])
        finally:
            call.requests.close()
            for each in attempts:
                await each.close()

    def begin(
        self,
        *,
        curfew: Curfew | None = None,
        on_done: Callable[[Rollout], None] | None = None,
        by_prompt: bool = False,
    ) -> DriverCall:
        """What the episodes of a call, or of several that overlap, share: the bounds of stages and the requests.

        Args:
            curfew: Ends what is still played when it falls.
            on_done: Hears of each rollout as soon as it is there.
            by_prompt: Whether nobody waits for the responses to another prompt.
        """
        conduct = self._conduct
        has_rounds = conduct.in_lockstep and not isinstance(self._generator, SingleGenerator)
        lockstep = Lockstep() if has_rounds else None
        return DriverCall(
            tokenizer=self._tokenizer,
            sampling=self._sampling,
            history=conduct.history,
            max_tokens=conduct.max_episode_tokens,
            stages=Stages(conduct.stages, self.totals, lockstep),
            requests=RequestQueue(self._generator, by_prompt=by_prompt, lockstep=lockstep),
            lockstep=lockstep,
            curfew=curfew,
            on_done=on_done,
        )


async def _play(episode: Episode, call: DriverCall, rank: int) -> Rollout:
    """Play an episode, and once more if the machinery failed."""
    rollout = await _within_curfew(Attempt(episode, call, rank), call)
    if rollout.verdict.outcome is Outcome.ERROR and not (call.curfew and call.curfew.has_fallen):
        rollout = replace(await _within_curfew(Attempt(episode, call, rank), call), attempts=2)
    if call.on_done is not None:
        call.on_done(rollout)
    return rollout


async def _within_curfew(attempt: Attempt, call: DriverCall) -> Rollout:
    if call.curfew is None:
        return await _attempt(attempt, call)
    try:
        async with call.curfew.over():
            return await _attempt(attempt, call)
    except CurfewError:
        return attempt.cut()


async def _attempt(attempt: Attempt, call: DriverCall) -> Rollout:
    async with call.stages.session(is_bounded=attempt.is_bounded) as waited_s:
        attempt.note_wait(waited_s)
        try:
            await attempt.open()
            return await _rest_of(attempt)
        finally:
            await attempt.close()


async def _moving(coroutine: Coroutine[Any, Any, ResultT], call: DriverCall) -> ResultT:
    """What comes of an episode that was counted as on the move; it is over then."""
    try:
        return await coroutine
    finally:
        if call.lockstep is not None:
            call.lockstep.stop()


async def _rest_of(attempt: Attempt) -> Rollout:
    """Let an open attempt come to its end."""
    await attempt.run()
    await attempt.grade()
    return attempt.rollout()


def _check(episodes: Sequence[Episode]) -> None:
    if len({episode.key for episode in episodes}) < len(episodes):
        raise RolloutError("two episodes have the same key\n\nhint: keys decide the random numbers; add the sample")
    if len({id(episode.env) for episode in episodes}) < len(episodes):
        raise RolloutError("two episodes share an environment\n\nhint: make one environment for each episode")
    for episode in episodes:
        if episode.task.id.source != episode.env.source.id:
            raise TaskIdError(f"task of `{episode.task.id.source}` given to `{episode.env.source.id}`")


async def _all(coroutines: Sequence[Coroutine[Any, Any, ResultT]]) -> list[ResultT]:
    """The results of all, in order; the first error cancels the others and comes through as itself."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(coroutine) for coroutine in coroutines]
    except BaseExceptionGroup as failures:
        raise failures.exceptions[0] from None
    return [task.result() for task in tasks]
