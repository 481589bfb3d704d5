"""The rollout driver: plays episodes token-exactly and owns every token of them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, replace
from typing import Any

from palestra.agents.chat import ChatTokenizer
from palestra.agents.errors import GeneratorError, RolloutError
from palestra.agents.generator import Completion, FinishReason, GenerationRequest, Generator, Sampling
from palestra.agents.rollout import Rollout
from palestra.agents.transcript import Transcript
from palestra.envs import EnvError, Message, Task, TextEnv
from palestra.verifiers import Outcome, Verdict


@dataclass(frozen=True, kw_only=True, slots=True)
class Episode:
    """An episode to play: a task in an environment of its own."""

    key: str
    """Unique in the run; decides the random numbers of its tokens."""
    env: TextEnv
    task: Task


class RolloutDriver:
    """Plays many episodes at once against a generator.

    Tokens are only ever appended: what the policy sampled is what it reads in its next turn and what the
    learner trains on. Text is made from tokens for the environment, never tokens from the policy's text.
    """

    def __init__(self, generator: Generator, tokenizer: ChatTokenizer, sampling: Sampling) -> None:
        self._generator = generator
        self._tokenizer = tokenizer
        self._sampling = sampling

    async def play(self, episodes: Sequence[Episode]) -> list[Rollout]:
        """Play all episodes; the rollouts come in their order.

        A failure of the machinery (one request, an environment, a grader) is tried once more in a fresh
        session under the same key; if it stays, the rollout has the outcome ERROR and counts nowhere.

        Raises:
            RolloutError: Two episodes share a key or an environment, or a task is not the environment's.
            GeneratorError: The generator cannot serve at all.
        """
        if len({episode.key for episode in episodes}) < len(episodes):
            raise RolloutError("two episodes have the same key\n\nhint: keys decide the random numbers; add the sample")
        if len({id(episode.env) for episode in episodes}) < len(episodes):
            raise RolloutError("two episodes share an environment\n\nhint: make one environment for each episode")
        rollouts = await self._attempt(episodes)
        failed = [i for i, rollout in enumerate(rollouts) if rollout.verdict.outcome is Outcome.ERROR]
        if failed:
            again = await self._attempt([episodes[i] for i in failed])
            for i, rollout in zip(failed, again, strict=True):
                rollouts[i] = replace(rollout, attempts=2)
        return rollouts

    async def _attempt(self, episodes: Sequence[Episode]) -> list[Rollout]:
        prompts: dict[tuple[Message, ...], tuple[int, ...]] = {}
        sessions = [_open(episode, self._tokenizer, prompts) for episode in episodes]
        opened = [session for session in sessions if session.verdict is None]
        # The first turns go in one call, so that an in-process generator reads each shared prompt once.
        completions = await self._generate(opened)
        await _all([self._play(s, completion) for s, completion in zip(opened, completions, strict=True)])
        return [session.rollout() for session in sessions]

    async def _play(self, session: _Session, completion: Completion) -> None:
        while await self._turn(session, completion):
            [completion] = await self._generate([session])

    async def _turn(self, session: _Session, completion: Completion) -> bool:
        """Hand one completion to the environment; whether the policy is to answer again."""
        session.finish_reason = completion.finish_reason
        if completion.finish_reason is FinishReason.ERROR:
            session.verdict = Verdict.error(f"generator: {completion.detail}")
            return False
        text = self._tokenizer.text(completion.token_ids)
        session.transcript.append_policy(completion, text)
        started = time.monotonic()
        try:
            reply, _, terminated, truncated, _ = await session.episode.env.astep(text)
        except Exception as error:  # noqa: BLE001  the boundary: a broken environment is data, not a crash
            session.verdict = _broken(session.episode, error)
            return False
        finally:
            session.timings["env_s"] += time.monotonic() - started
        if terminated or truncated:
            session.verdict = final_verdict(session.episode.env)
            return False
        closed = completion.finish_reason is FinishReason.STOP
        reply_ids = self._tokenizer.reply_ids([Message(role="user", content=reply)], closed=closed)
        session.transcript.append_observation(reply_ids)
        return True

    async def _generate(self, sessions: Sequence[_Session]) -> list[Completion]:
        requests = [
            GenerationRequest(
                prompt_ids=tuple(session.transcript.token_ids),
                sampling=self._sampling,
                key=f"{session.episode.key}/{len(session.transcript.responses)}",
            )
            for session in sessions
        ]
        if not requests:
            return []
        started = time.monotonic()
        completions = await self._generator.generate(requests)
        if len(completions) != len(requests):
            raise GeneratorError(f"asked for {len(requests)} completions, got {len(completions)}")
        for session in sessions:
            session.timings["generate_s"] += time.monotonic() - started
        return completions


class _Session:
    """One attempt at an episode."""

    def __init__(self, episode: Episode, transcript: Transcript) -> None:
        self.episode = episode
        self.transcript = transcript
        self.verdict: Verdict | None = None
        self.finish_reason = FinishReason.ERROR
        self.timings = {"generate_s": 0.0, "env_s": 0.0}

    def rollout(self) -> Rollout:
        assert self.verdict is not None, "a session is closed before it is read"
        return Rollout(
            key=self.episode.key,
            task=self.episode.task,
            segments=(self.transcript.segment(),) if self.transcript.token_ids else (),
            responses=tuple(self.transcript.responses),
            verdict=self.verdict,
            finish_reason=self.finish_reason,
            timings=self.timings,
        )


def _open(episode: Episode, tokenizer: ChatTokenizer, prompts: dict[tuple[Message, ...], tuple[int, ...]]) -> _Session:
    """Reset the environment to the task and read the prompt; `prompts` keeps those of a group's other members."""
    try:
        episode.env.reset(options={"task_id": str(episode.task.id)})
    except EnvError:
        raise  # the caller named a task that does not exist: nothing that a retry or a mask should hide
    except Exception as error:  # noqa: BLE001  the boundary: an environment that cannot start is data
        session = _Session(episode, Transcript(()))
        session.verdict = _broken(episode, error)
        return session
    if episode.env.task != episode.task:
        raise RolloutError(
            f"`{episode.task.id}` is another task in this environment\n\n"
            "hint: its behaviour changed without a new version, or the task was edited"
        )
    messages = episode.env.messages()
    if messages not in prompts:
        prompts[messages] = tokenizer.prompt_ids(messages)
    return _Session(episode, Transcript(prompts[messages]))


def final_verdict(env: TextEnv) -> Verdict:
    """The verdict of a finished episode; running out of turns without one is a failure of the policy."""
    state = env.state()
    return state.verdict or Verdict.failed(f"no verdict within {state.turn_limit} turns")


def _broken(episode: Episode, error: Exception) -> Verdict:
    return Verdict.error(f"{type(error).__name__} in `{episode.task.id.source}`: {error}")


async def _all(coroutines: Sequence[Coroutine[Any, Any, None]]) -> None:
    """Run all; the first error cancels the others and comes through as itself."""
    try:
        async with asyncio.TaskGroup() as group:
            for coroutine in coroutines:
                group.create_task(coroutine)
    except BaseExceptionGroup as failures:
        raise failures.exceptions[0] from None
