"""The contract of every environment: a plain `gymnasium.Env` whose actions and observations are text."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import gymnasium

from palestra.envs.errors import TaskIdError
from palestra.envs.message import Message
from palestra.envs.source import TaskSource, check_split
from palestra.envs.task import Split, Task, TaskId
from palestra.envs.unicode_text import UnicodeText
from palestra.verifiers import Verdict
from palestra.verifiers.keyed_random import KeyedRandom

Info = dict[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Turn:
    """What a response leads to."""

    reply: str = ""
    """The next observation; empty at the end of an episode."""
    verdict: Verdict | None = None
    """The judgement that ends the episode; None while it goes on."""
    world: object = None
    """What the environment remembers for the next turn: frozen and picklable."""


@dataclass(frozen=True, kw_only=True, slots=True)
class EpisodeState:
    """A snapshot of an episode, for tree rollouts."""

    task: Task
    messages: tuple[Message, ...]
    turns: int
    verdict: Verdict | None
    turn_limit: int = 1
    """After how many responses the episode is over."""
    world: object = None
    """What the environment itself remembers, e.g. the board of a game."""


class TextEnv(gymnasium.Env[str, str]):
    """An episode of one task: read the prompt, write text, until the verdict.

    `reset(seed=s)` shows the first task of stream `s`, each further `reset()` the next one.
    `reset(options=...)` takes `task_id`, which names a task and wins, or any of `split`, `index` and
    `difficulty`, which hold for this episode (the stream goes on behind `index`);
    `reset(seed=[s] * G)` on a vector environment gives a group of `G` equal tasks for GRPO.

    `terminated` says that the response was judged, `truncated` that the turns ran out. `info` is flat
    and JSON-able: `task_id` after `reset`; `valid`, `outcome`, `detail` and `components` with a verdict.
    """

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

    @abstractmethod
    def oracle(self) -> str:
        """The response, at this turn, of somebody who knows the answer."""

    @abstractmethod
    def guess(self, rng: KeyedRandom) -> str:
        """A well-formed response that was not thought about."""

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
        system = (Message(role="system", content=self.system_prompt),) if self.system_prompt else ()
        self._episode = EpisodeState(
            task=task,
            messages=(*system, Message(role="user", content=task.prompt)),
            turns=0,
            verdict=None,
            turn_limit=self.turn_limit(task),
            world=self.begin(task),
        )
        return task.prompt

    def step(self, action: str) -> tuple[str, float, bool, bool, Info]:
        """Hand in a response.

        Returns:
            The next observation, the reward (the verdict's score, 0 before the verdict), `terminated`,
            `truncated` and the info.
        """
        if not isinstance(action, str):
            raise TypeError(f"a response must be text, got {type(action).__name__}")
        state = self.episode
        if state.verdict is not None or state.turns >= state.turn_limit:
            raise gymnasium.error.ResetNeeded("the episode is over\n\nhint: call `reset()` before the next `step()`")
        turn = self.respond(state, action)
        verdict, turns = turn.verdict, state.turns + 1
        messages = (*state.messages, Message(role="assistant", content=action))
        if verdict is None:
            messages = (*messages, Message(role="user", content=turn.reply))
        self._episode = EpisodeState(  # not `replace`, which takes as long as all the rest
            task=state.task,
            messages=messages,
            turns=turns,
            verdict=verdict,
            turn_limit=state.turn_limit,
            world=turn.world,
        )
        info: Info = {"task_id": self._shown(state.task.id)}
        if verdict is None:
            return turn.reply, 0.0, False, turns >= state.turn_limit, info
        info |= verdict_info(verdict)
        return turn.reply, verdict.score, True, False, info

    async def astep(self, action: str) -> tuple[str, float, bool, bool, Info]:
        """`step` for event loops: does not block the loop while a verifier thinks."""
        import asyncio  # here, since it takes longer to load than the environments

        return await asyncio.to_thread(self.step, action)

    def render(self) -> str:
        """The conversation so far, as text."""
        return "\n".join(f"[{message.role}] {message.content}" for message in self.messages())

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
