"""What is audited: an environment by the difficulties at which it can be made."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from palestra.envs.async_env import AsyncTextEnv
from palestra.envs.datasets.source import DatasetSource
from palestra.envs.errors import ConfigError, NoOracleError
from palestra.envs.family import Family
from palestra.envs.game import Game
from palestra.envs.operators.operator import Operator
from palestra.envs.question import Question
from palestra.envs.row import Kind
from palestra.envs.single_turn import SingleTurnEnv
from palestra.envs.table import ENVS
from palestra.envs.task import Scalar, Split, Task, TaskId
from palestra.envs.text_env import Info, TextEnv
from palestra.envs.tool_game import ToolEnv
from palestra.envs.workspace.session_env import SessionEnv
from palestra.verifiers.keyed_random import KeyedRandom
from palestra.verifiers.verdict import Outcome

DIFFICULTIES = (0.0, 0.25, 0.5, 0.75, 1.0)
SEED = 20_261
"""The stream of tasks that most checks look at; not one that a run would train on."""
DEFAULT_SIZE = 40

MakeEnv = Callable[[float | None], TextEnv]
"""A new environment at a difficulty, or at that of its own choice."""
Policy = Callable[[TextEnv], str]
"""The response to the environment's current turn."""


@dataclass(frozen=True, slots=True)
class Trial:
    """A response, or a policy's first one, and what it earned."""

    task: Task
    response: str
    score: float
    outcome: str
    may_abstain: bool = False
    """Whether the verifier promises no verdict on everything: then UNKNOWN, which is never paid, is no fault."""

    @property
    def is_valid(self) -> bool:
        """Whether the score says something."""
        return self.outcome != Outcome.ERROR and (self.may_abstain or self.outcome != Outcome.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Episode:
    """All that was said in an episode, and what it earned."""

    task: Task
    responses: tuple[str, ...]
    replies: tuple[str, ...]
    infos: tuple[str, ...]
    """The `info` of each step as JSON."""
    rewards: tuple[float, ...]
    is_judged: bool
    is_truncated: bool

    @property
    def outcome(self) -> str:
        """The outcome of the verdict; empty without one."""
        return str(json.loads(self.infos[-1]).get("outcome", "")) if self.infos else ""

    def trial(self) -> Trial:
        """The episode by its first response."""
        return Trial(self.task, self.responses[0], self.rewards[-1], self.outcome)


class Level:
    """An environment at one difficulty: its tasks, and what responses to them earn."""

    def __init__(self, env: TextEnv, difficulty: float | None) -> None:
        self.env = env
        self.difficulty = difficulty
        self._tasks: dict[tuple[Split, int, int], Task] = {}

    def task(self, split: Split, seed: int, index: int) -> Task:
        """A task of the source; made once."""
        place = (split, seed, index)
        if place not in self._tasks:
            self._tasks[place] = self.env.source.task(*place)
        return self._tasks[place]

    def tasks(self, count: int, split: Split = "train", seed: int = SEED) -> list[Task]:
        """The first tasks of a stream."""
        return [self.task(split, seed, index) for index in range(count)]

    def oracle(self, task: Task) -> str:
        """The response of somebody who knows the answer; the first one in a game."""
        self.env.enter(task)
        return self.env.oracle()

    def likely(self, task: Task) -> str:
        """The oracle's response; a guess where nobody knows the answer."""
        try:
            return self.oracle(task)
        except NoOracleError:
            return self.guess(task)

    def guess(self, task: Task, draw: int = 0) -> str:
        """A well-formed response without thought; the first one in a game."""
        self.env.enter(task)
        return self.env.guess(KeyedRandom("audit guess", str(task.id), draw))

    def score(self, task: Task, response: str) -> Trial:
        """What the response earns; in a game, if it is given at every turn."""
        if isinstance(self.env, SingleTurnEnv):
            verdict = self.env.verifier.verify(response, task.reference)
            may_abstain = self.env.verifier.traits.can_abstain
            return Trial(task, response, verdict.score, str(verdict.outcome), may_abstain)
        return self.play(task, lambda env: response).trial()

    def play(self, task: Task, policy: Policy) -> Episode:
        """A whole episode; the environment must end it."""
        env = self.env
        env.enter(task)
        responses, replies, infos, rewards = [], [], [], []
        is_terminated = is_truncated = False
        info: Info = {}
        while not (is_terminated or is_truncated):
            response = policy(env)
            reply, reward, is_terminated, is_truncated, info = env.step(response)
            responses.append(response)
            replies.append(reply)
            infos.append(json.dumps(info, sort_keys=True))
            rewards.append(reward)
        is_judged = "outcome" in info  # an episode at a limit is judged as it stands
        return Episode(task, tuple(responses), tuple(replies), tuple(infos), tuple(rewards), is_judged, is_truncated)

    def play_oracle(self, task: Task) -> Episode:
        """The episode of somebody who knows the answer."""
        return self.play(task, lambda env: env.oracle())

    def play_likely(self, task: Task) -> Episode:
        """The oracle's episode; that of a guesser where nobody knows the answer."""
        try:
            return self.play_oracle(task)
        except NoOracleError:
            return self.play_guess(task)

    def play_guess(self, task: Task) -> Episode:
        """The episode of somebody who does not think."""
        rng = KeyedRandom("audit guess", str(task.id), 0)
        return self.play(task, lambda env: env.guess(rng))


class Subject:
    """An environment to be audited, of ours or of any other package, and how thoroughly.

    Args:
        env_id: Its id.
        make: Makes it anew; called with None for its own difficulty, and with numbers in 0..1, for
            which it raises `ConfigError` if it has no difficulty.
        size: How many tasks of each difficulty the oracle solves; the other checks go by it.
        origin: `module:function` that makes this subject of its id and size in another process; empty
            where no other process can.
    """

    def __init__(self, env_id: str, make: MakeEnv, *, size: int = DEFAULT_SIZE, origin: str = "") -> None:
        self.id = env_id
        self._make = make
        self._made: list[TextEnv] = []
        self.size = size
        self.origin = origin

    def make(self, difficulty: float | None) -> TextEnv:
        """A new environment; `close` closes it."""
        env = self._make(difficulty)
        self._made.append(env)
        return env

    def close(self) -> None:
        """Give back what the environments hold besides memory."""
        while self._made:
            self._made.pop().close()

    @cached_property
    def own(self) -> Level:
        """The environment as it is without options."""
        return Level(self.make(None), None)

    @cached_property
    def levels(self) -> tuple[Level, ...]:
        """At five difficulties; the environment alone where it has none."""
        try:
            return tuple(Level(self.make(difficulty), difficulty) for difficulty in DIFFICULTIES)
        except ConfigError:
            return (self.own,)

    @property
    def middle(self) -> Level:
        """At the difficulty in the middle."""
        return self.levels[len(self.levels) // 2]

    @property
    def ends(self) -> tuple[Level, ...]:
        """At the lowest difficulty, the middle and the highest."""
        return self.levels[:: max(1, len(self.levels) // 2)]

    @property
    def family(self) -> Family[Any, Any] | None:
        """The task family behind it; None for sources of another kind."""
        source = self.own.env.source
        return source if isinstance(source, Family) else None

    @property
    def is_dataset(self) -> bool:
        """Whether the tasks are rows of data: finitely many, and the same ones for every seed."""
        return isinstance(self.own.env.source, DatasetSource) or self.kind in (Kind.SWE, Kind.DATASET)

    @property
    def is_game(self) -> bool:
        """Whether an episode may have several turns."""
        return not isinstance(self.own.env, SingleTurnEnv)

    @property
    def kind(self) -> str:
        """As its row has it; by the number of turns where it has none."""
        name, _, _ = self.id.partition("?")
        plain = Kind.GAME if self.is_game else Kind.QUESTION
        return str(ENVS[name].kind if name in ENVS else plain)

    @property
    def has_tools(self) -> bool:
        """Whether responses call tools."""
        return isinstance(self.own.env, ToolEnv | SessionEnv)

    @property
    def is_costly(self) -> bool:
        """Whether responses run in a sandbox, so that few of them can be tried."""
        env = self.own.env
        return isinstance(env, AsyncTextEnv) or (isinstance(env, SingleTurnEnv) and env.verifier.traits.runs_code)

    @property
    def floor(self) -> float:
        """What the best constant answer is declared to earn."""
        source = self.own.env.source
        return source.floor if isinstance(source, Question | Game | Operator) else 0.0

    @property
    def is_free_text(self) -> bool:
        """Whether any text that fulfils what is asked is right, whatever else it says."""
        source = self.own.env.source
        return isinstance(source, Question | Operator) and source.is_free_text

    @property
    def verifier(self) -> str:
        """Name of the verifier; empty for games, which judge by their rules."""
        env = self.own.env
        return env.verifier.name if isinstance(env, SingleTurnEnv) else ""

    def num_tasks(self, share: float = 1.0) -> int:
        """How many tasks a check looks at; fewer of games, whose episodes are longer, and of what runs code."""
        weight = (4 if self.is_game else 1) * (5 if self.is_costly else 1)
        return max(2, round(self.size * share / weight))


def subject_of_row(env_id: str, size: int = DEFAULT_SIZE) -> Subject:
    """The subject of an id of `ENVS`, with options as task ids have them: `palestra/ReasoningGym-v1?name="aiw"`.

    Raises:
        UnknownEnvError: There is no such id.
        TaskIdError: What follows the `?` are no options.
    """
    name, _, _ = env_id.partition("?")
    row, options = ENVS[name], options_of(env_id)

    def make(difficulty: float | None) -> TextEnv:
        return ENVS.make(row.id, config=options | ({} if difficulty is None else {"difficulty": difficulty}))

    return Subject(env_id, make, size=size, origin=f"{__name__}:subject_of_row")


def options_of(env_id: str) -> dict[str, Scalar]:
    """The options behind the `?` of an id; values are JSON, as in task ids.

    Raises:
        TaskIdError: They are not.
    """
    name, _, query = env_id.partition("?")
    return dict(TaskId.parse(f"{name}/train/0/0?{query}" if query else f"{name}/train/0/0").config)


def id_with_options(env_id: str, options: Mapping[str, Scalar]) -> str:
    """The id with these options behind a `?`, besides those that it has."""
    name, _, _ = env_id.partition("?")
    task_id = str(TaskId(source=name, split="train", seed=0, index=0, config=options_of(env_id) | dict(options)))
    _, mark, query = task_id.partition("?")
    return f"{name}{mark}{query}"
