"""The contract of every environment: a plain `gymnasium.Env` whose actions and observations are text."""

from __future__ import annotations

import copy
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from typing import Any, ClassVar, Self

import gymnasium

from palestra.envs.ending import EndReason
from palestra.envs.errors import TaskIdError
from palestra.envs.message import Message
from palestra.envs.source import CheatSource, TaskSource, check_split
from palestra.envs.task import Split, Task, TaskId
from palestra.envs.turn import EpisodeState, Turn
from palestra.envs.unicode_text import UnicodeText
from palestra.verifiers import Verdict
from palestra.verifiers.keyed_random import KeyedRandom

Info = dict[str, Any]


class TextEnv(gymnasium.Env[str, str]):
    """An episode of one task: read the prompt, write text, until the verdict.

    `reset(seed=s)` shows the first task of stream `s`, each further `reset()` the next one.
    `reset(options=...)` takes `task_id`, which names a task and wins, or any of `split`, `index` and
    `difficulty`, which hold for this episode (the stream goes on behind `index`);
    `reset(seed=[s] * G)` on a vector environment gives a group of `G` equal tasks for GRPO.

    `terminated` says that the response was judged or the work handed in, `truncated` that a limit ended the
    episode; both are judged. `info` is flat and JSON-able: `task_id` after `reset`; `valid`, `outcome`, `detail`,
    `components` and `end` with a verdict.

    A `step` is two stages, `play` and `grade`, and a `reset` begins with `enter`. Whoever plays many episodes at
    once bounds the stages apart, by `aenter`, `aplay` and `agrade`, and gives back what is held by `aclose`.
    """

    pays_turns: ClassVar[bool] = False
    """Whether turns have rewards of their own by name, as components of their records."""
    metadata: dict[str, Any] = {"render_modes": ["ansi"], "render_fps": 1}  # noqa: RUF012  Gymnasium declares it so

    def __init__(
        self, source: TaskSource, *, split: Split = "train", system_prompt: str = "", render_mode: str | None = None
    ) -> None:
        check_split(split)
        self.source = source
        self.split: Split = split
        self.system_prompt = system_prompt
        self.render_mode = render_mode
        self.observation_space = UnicodeText()
        self.action_space = UnicodeText()
        self._seed: int | None = None
        self._index = 0
        self._episode: EpisodeState | None = None
        self._shown_id: tuple[TaskId, str] | None = None

    @abstractmethod
    def respond(self, state: EpisodeState, text: str) -> Turn:
        """Answer or judge what the policy wrote; never raises on any text."""

    def judge(self, state: EpisodeState) -> Verdict:
        """The judgement of an episode that ended without one: handed in, or at a limit."""
        return Verdict.failed(f"no verdict within {state.turn_limit} turns")

    def system(self, task: Task) -> str:
        """What the conversation begins with; empty for nothing."""
        return self.system_prompt

    @abstractmethod
    def oracle(self) -> str:
        """The response, at this turn, of somebody who knows the answer."""

    @abstractmethod
    def guess(self, rng: KeyedRandom) -> str:
        """A well-formed response that was not thought about."""

    def cheats(self, task: Task) -> Mapping[str, Sequence[str]]:
        """Policies that must earn nothing on a task, by name: their responses in order."""
        return self.source.cheats(task) if isinstance(self.source, CheatSource) else {}

    def turn_limit(self, task: Task) -> int:
        """After how many responses an episode of the task is over."""
        return 1

    def begin(self, task: Task) -> object:
        """What the environment remembers of a new episode; frozen and picklable."""
        return None

    def reset(self, *, seed: int | None = None, options: Mapping[str, Any] | None = None) -> tuple[str, Info]:
        """Start the episode of the next task, or of the one that the options name.

        Raises:
            TaskIdError: The options name no task of this environment.
        """
        super().reset(seed=seed)
        task = self._next_task(seed, options or {})
        return self.enter(task), {"task_id": self._shown(task.id)}

    def enter(self, task: Task) -> str:
        """Start the episode of a task that is at hand; the prompt."""
        return self._start(task, self.begin(task))

    def step(self, action: str) -> tuple[str, float, bool, bool, Info]:
        """Hand in a response.

        Returns:
            The next observation, the reward (the verdict's score, 0 before the verdict), `terminated`,
            `truncated` and the info.
        """
        if not isinstance(action, str):
            raise TypeError(f"a response must be text, got {type(action).__name__}")
        reply = self.play(action)
        if self.episode.is_over and self.episode.verdict is None:
            self.grade()
        return self.outcome(reply)

    def play(self, action: str) -> str:
        """Hand in a response, and leave the judgement of an episode that it ends to `grade`; the reply."""
        state = self._open_episode(action)
        return self._advance(state, action, self.respond(state, action))

    def stop(self, end: EndReason) -> None:
        """End the episode from outside, e.g. because its tokens ran out; `grade` then judges it as it stands."""
        self._episode = replace(self.episode, end=end)

    def grade(self) -> None:
        """Judge an episode that is over and has no verdict."""
        self._settle(self.judge(self.episode))

    def outcome(self, reply: str) -> tuple[str, float, bool, bool, Info]:
        """What `step` returns once the response is played and, if that was the last one, judged."""
        state = self.episode
        info: Info = {"task_id": self._shown(state.task.id)}
        verdict = state.verdict
        if verdict is None:
            return reply, 0.0, False, False, info
        assert state.end is not None, "a verdict ends the episode"
        info |= verdict_info(verdict)
        info["end"] = str(state.end)
        is_limit = state.end.is_limit
        return reply, verdict.score, not is_limit, is_limit, info

    async def astep(self, action: str) -> tuple[str, float, bool, bool, Info]:
        """`step` for event loops: does not block the loop while a verifier thinks."""
        reply = await self.aplay(action)
        if self.episode.is_over and self.episode.verdict is None:
            await self.agrade()
        return self.outcome(reply)

    async def aenter(self, task: Task) -> str:
        """`enter` for event loops."""
        return self.enter(task)

    async def aplay(self, action: str) -> str:
        """`play` for event loops."""
        import asyncio  # here, since it takes longer to load than the environments

        return await asyncio.to_thread(self.play, action)

    async def agrade(self) -> None:
        """`grade` for event loops."""
        import asyncio

        await asyncio.to_thread(self.grade)

    async def aclose(self) -> None:
        """Give back what an episode holds besides memory. The environment can be reset again."""

    async def fork(self) -> Self:
        """An environment of its own in the same state: both go on apart."""
        return copy.copy(self)  # all that an episode changes is one immutable value

    def render(self) -> str:
        """The conversation so far, as text."""
        return "\n".join(f"[{message.role}] {message.content}" for message in self.messages())

    @property
    def is_bounded(self) -> bool:
        """Whether an episode holds something outside of the process, so that only so many may be open at once."""
        return False

    @property
    def episode(self) -> EpisodeState:
        """The episode that `reset` started."""
        if self._episode is None:
            raise gymnasium.error.ResetNeeded("no episode yet\n\nhint: call `reset()` first")
        return self._episode

    @property
    def task(self) -> Task:
        """The task of this episode, with its reference: for scripted policies and logs, not for the policy."""
        return self.episode.task

    def messages(self) -> tuple[Message, ...]:
        """The conversation so far: system prompt, prompt, responses and replies."""
        return self.episode.messages

    def state(self) -> EpisodeState:
        """A snapshot from which `restore` goes on; immutable, cheap, picklable."""
        return self.episode

    def restore(self, state: EpisodeState) -> None:
        """Go on from a snapshot, of this or of another instance of the same environment."""
        self._episode = state

    def _start(self, task: Task, world: object) -> str:
        system = self.system(task)
        opening = (Message(role="system", content=system),) if system else ()
        self._episode = EpisodeState(
            task=task,
            messages=(*opening, Message(role="user", content=task.prompt)),
            turns=0,
            verdict=None,
            turn_limit=self.turn_limit(task),
            world=world,
        )
        return task.prompt

    def _open_episode(self, action: str) -> EpisodeState:
        if not isinstance(action, str):
            raise TypeError(f"a response must be text, got {type(action).__name__}")
        state = self.episode
        if state.is_over:
            raise gymnasium.error.ResetNeeded("the episode is over\n\nhint: call `reset()` before the next `step()`")
        return state

    def _advance(self, state: EpisodeState, action: str, turn: Turn) -> str:
        """Note what a response led to; the reply."""
        turns = state.turns + 1
        end = turn.end
        if end is None and turn.verdict is not None:
            end = EndReason.JUDGED
        elif end is None and turns >= state.turn_limit:
            end = EndReason.MAX_TURNS
        messages = (*state.messages, Message(role="assistant", content=action))
        if end is None:
            messages = (*messages, Message(role="user", content=turn.reply))
        self._episode = EpisodeState(  # not `replace`, which takes as long as all the rest
            task=state.task,
            messages=messages,
            turns=turns,
            verdict=turn.verdict,
            turn_limit=state.turn_limit,
            world=turn.world,
            end=end,
            records=(*state.records, turn.record),
        )
        return turn.reply

    def _settle(self, verdict: Verdict) -> None:
        self._episode = replace(self.episode, verdict=verdict)

    def _shown(self, task_id: TaskId) -> str:
        """The id as text, made once for an episode."""
        if self._shown_id is None or self._shown_id[0] is not task_id:
            self._shown_id = (task_id, str(task_id))
        return self._shown_id[1]

    def _next_task(self, seed: int | None, options: Mapping[str, Any]) -> Task:
        if options:
            _check_options(options)
        if seed is not None:
            self._seed, self._index = seed, 0
        elif self._seed is None:
            self._seed = int(self.np_random.integers(0, 2**63))
        if "task_id" in options:
            return self.source.regenerate(TaskId.parse(options["task_id"]))
        index = options.get("index", self._index)
        source = self.source.with_difficulty(options["difficulty"]) if "difficulty" in options else self.source
        task = source.task(options.get("split", self.split), self._seed, index)
        self._index = index + 1
        return task


_RESET_OPTIONS: dict[str, tuple[type, ...]] = {
    "task_id": (str,),
    "split": (str,),
    "index": (int,),
    "difficulty": (float, int),
}


def _check_options(options: Mapping[str, Any]) -> None:
    for name, value in options.items():
        if name not in _RESET_OPTIONS:
            near = get_close_matches(str(name), _RESET_OPTIONS, n=1)
            guess = f"; did you mean `{near[0]}`?" if near else ""
            raise TaskIdError(f"no reset option `{name}`{guess}\n\nhint: the options are {', '.join(_RESET_OPTIONS)}")
        wanted = _RESET_OPTIONS[name]
        if type(value) not in wanted:
            raise TaskIdError(f"reset option `{name}` must be of type {wanted[0].__name__}, got {value!r:.80}")
    if options.get("index", 0) < 0:
        raise TaskIdError(f"reset option `index` must not be negative, got {options['index']}")


def verdict_info(verdict: Verdict) -> Info:
    """The verdict as the flat `info` of a step."""
    return {
        "valid": verdict.valid,
        "outcome": str(verdict.outcome),
        "detail": verdict.detail,
        "components": dict(verdict.parts),
    }
