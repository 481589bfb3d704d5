"""Peers of several turns: their episodes as `TextEnv`, with snapshots that are made by playing again."""

from __future__ import annotations

import json
import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, Self, cast

from palestra.envs.bridges.containment import RandomState, contained
from palestra.envs.bridges.peer import Streams, no_difficulty
from palestra.envs.errors import ConfigError, NoOracleError
from palestra.envs.task import Scalar, Split, Task, TaskId
from palestra.envs.text_env import TextEnv
from palestra.envs.turn import PLAIN_TURN, EpisodeState, Turn, TurnRecord
from palestra.verifiers import Verdict
from palestra.verifiers.keyed_random import KeyedRandom

MAX_TURNS = 100
"""After how many responses an episode ends, unless the option `max_episode_turns` says otherwise."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PeerStep:
    """What a peer makes of a response."""

    reply: str
    reward: float
    """Added up over an episode."""
    is_over: bool
    progress: float = 0.0
    """The share of the way that this turn has made, in 0..1: it counts behind the outcome's gate only."""


class Playing(Protocol):
    """An episode of a peer, under way."""

    def start(self, seed: int) -> str:
        """Begin; the first observation."""
        ...

    def step(self, text: str) -> PeerStep:
        """Hand in a response."""
        ...

    def guess(self, rng: KeyedRandom) -> str:
        """A response that was not thought about."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Played:
    """All that decides where an episode is: the responses so far. The peer's own state is made again from them."""

    seed: int
    responses: tuple[str, ...] = ()


class PeerGames(ABC):
    """The episodes of a peer's environment: one for each seed."""

    id: str

    def __init__(self, name: str, config: Mapping[str, Scalar], max_turns: int) -> None:
        self.name = name
        """What the peer calls it."""
        self.max_turns = max_turns
        self._streams = Streams(self.id, config)

    @classmethod
    def configured(cls, options: Mapping[str, Scalar]) -> Self:
        """The source with these options.

        Raises:
            ConfigError: An option is unknown or refused.
            MissingPackageError: The peer is not installed.
        """
        return cls.read(options)

    @classmethod
    @abstractmethod
    def read(cls, options: Mapping[str, Scalar]) -> Self:
        """The source with these options."""

    @abstractmethod
    def open(self) -> Playing:
        """A new instance of the peer's environment."""

    def seed_of(self, place: tuple[Split, int, int]) -> int:
        """The peer's seed for a (split, seed, index).

        Raises:
            EmptySplitError: The split holds no task.
        """
        return self._streams.peer_seed(self._streams.task_id(*place))

    def oracle(self, task: Task, responses: tuple[str, ...]) -> str:
        """The best response after these ones.

        Raises:
            NoOracleError: The peer knows none.
        """
        raise NoOracleError(f"`{self.id}` knows no best response")

    def task(self, split: Split, seed: int, index: int) -> Task:
        """The task number `index` of stream `seed`: the first observation and, as its reference, the peer's seed."""
        task_id = self._streams.task_id(split, seed, index)
        peer_seed = self.seed_of((split, seed, index))
        live = Live(self, Played(seed=peer_seed))
        return Task(id=task_id, prompt=live.opening, reference=json.dumps({"peer_seed": peer_seed}))

    def regenerate(self, task_id: TaskId) -> Task:
        """The task that an id names, made again.

        Raises:
            TaskIdError: The id belongs to another source.
            ConfigError: It belongs to another release of the peer.
        """
        self._streams.check_source(task_id)
        return self.configured(task_id.config).task(task_id.split, task_id.seed, task_id.index)

    def with_difficulty(self, difficulty: float) -> Self:
        """Nothing: the peer has no such scale.

        Raises:
            ConfigError: Always.
        """
        raise no_difficulty(self.id)

    def env(self, *, split: Split = "train", system_prompt: str = "", render_mode: str | None = None) -> PeerEnv:
        """An environment of these episodes."""
        return PeerEnv(self, split=split, system_prompt=system_prompt, render_mode=render_mode)


class Live:
    """A peer's environment in the state that some responses lead to, with its own random state.

    Raises:
        ConfigError: The peer does not begin an episode, e.g. since the game needs more players.
    """

    def __init__(self, games: PeerGames, played: Played) -> None:
        self._random = RandomState.seeded(played.seed)
        try:
            with contained(self._random):
                self.playing = games.open()
                self.opening = self.playing.start(played.seed)
        except Exception as error:
            raise ConfigError(f"`{games.name}` of `{games.id}` does not start: {error!r:.200}") from error
        self.played = Played(seed=played.seed)
        self.total = 0.0
        for response in played.responses:
            self.step(response)

    def step(self, text: str) -> PeerStep:
        """Hand in a response.

        Raises:
            Exception: Whatever the peer raises.
        """
        with contained(self._random):
            step = self.playing.step(text)
        self.played = Played(seed=self.played.seed, responses=(*self.played.responses, text))
        self.total += step.reward
        return step

    def guess(self, rng: KeyedRandom) -> str:
        """A response that was not thought about; the episode stays as it is."""
        with contained(RandomState.seeded(rng.below(2**31))):
            return self.playing.guess(rng)


class PeerEnv(TextEnv):
    """Plays a peer's episodes. The score is the sum of the peer's rewards, cut to 0..1; `parts` has the sum itself.

    A peer that raises, or whose rewards are no numbers, ends the episode with an ERROR verdict.
    """

    pays_turns = True

    def __init__(
        self, source: PeerGames, *, split: Split = "train", system_prompt: str = "", render_mode: str | None = None
    ) -> None:
        super().__init__(source, split=split, system_prompt=system_prompt, render_mode=render_mode)
        self._games = source
        self._live: Live | None = None

    def turn_limit(self, task: Task) -> int:
        """After how many responses an episode ends, whatever the peer says."""
        return self._games.max_turns

    def begin(self, task: Task) -> object:
        """Nothing has been said yet."""
        return Played(seed=json.loads(task.reference)["peer_seed"])

    def respond(self, state: EpisodeState, text: str) -> Turn:
        """Hand the response to the peer."""
        try:
            live = self._at(cast(Played, state.world))
            step = live.step(text)
        except Exception as error:  # noqa: BLE001  the boundary: what breaks in a peer is an ERROR verdict, and never a score
            self._live = None
            return Turn(verdict=Verdict.error(f"the peer raised {type(error).__name__}: {error}"[:300]))
        verdict = None
        if step.is_over or state.turns + 1 >= state.turn_limit:
            verdict = _verdict(live.total)
        record = TurnRecord(components={"progress": step.progress}) if step.progress else PLAIN_TURN
        return Turn(reply=step.reply, verdict=verdict, world=live.played, record=record)

    def oracle(self) -> str:
        """The best response, where the peer knows one.

        Raises:
            NoOracleError: It does not.
        """
        return self._games.oracle(self.task, cast(Played, self.episode.world).responses)

    def guess(self, rng: KeyedRandom) -> str:
        """A response that was not thought about."""
        return self._at(cast(Played, self.episode.world)).guess(rng)

    def _at(self, played: Played) -> Live:
        """The peer in this state; played again where it is in another one."""
        if self._live is None or self._live.played != played:
            self._live = Live(self._games, played)
        return self._live


def _verdict(total: float) -> Verdict:
    if not math.isfinite(total):
        return Verdict.error(f"the peer's rewards add up to {total}")
    return Verdict.partial(min(1.0, max(0.0, total)), f"the peer's rewards add up to {total:g}", {"return": total})
