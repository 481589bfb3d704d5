"""Families of games: tasks that are played over several turns against rules, chance or an opponent."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar, cast

from palestra.envs.ending import EndReason
from palestra.envs.family import ConfigT, Family, KeyT
from palestra.envs.task import Split, Task
from palestra.envs.text_env import TextEnv
from palestra.envs.turn import PLAIN_TURN, EpisodeState, Turn, TurnRecord
from palestra.verifiers import Verdict
from palestra.verifiers.errors import NoAnswerError
from palestra.verifiers.keyed_random import KeyedRandom

WorldT = TypeVar("WorldT")


@dataclass(frozen=True, kw_only=True, slots=True)
class Move(Generic[WorldT]):
    """What a response does to the world of a game."""

    world: WorldT
    reply: str = ""
    """What the player sees next."""
    verdict: Verdict | None = None
    """The judgement that ends the game; None while it goes on."""
    end: EndReason | None = None
    """Why it is over, where no verdict comes with the move; `out_of_turns` then judges."""
    record: TurnRecord = PLAIN_TURN
    """What the turn earned and cost."""


class Game(Family[ConfigT, KeyT], Generic[ConfigT, KeyT, WorldT]):
    """A family whose tasks are games.

    A *world* is a frozen, picklable value with all that the rules need (also what is hidden, and which
    random draws come next), so that an episode goes on from a snapshot in any process.
    """

    floor: ClassVar[float] = 0.0
    """What the best player earns on average who does not read the replies; 0 where that leads nowhere."""

    @abstractmethod
    def turn_limit(self, task: Task) -> int:
        """After how many responses the game ends."""

    @abstractmethod
    def start(self, task: Task) -> WorldT:
        """The world before the first response."""

    @abstractmethod
    def play(self, world: WorldT, text: str) -> Move[WorldT]:
        """Apply a response.

        Raises:
            NoAnswerError: The text holds no move. The player is told so; it costs the turn.
        """

    @abstractmethod
    def best(self, world: WorldT) -> str:
        """A response from which, going on like this, the game ends with 1; the best there is where 1 is lost."""

    @abstractmethod
    def random_move(self, world: WorldT, rng: KeyedRandom) -> str:
        """A legal response that was not thought about."""

    def out_of_turns(self, world: WorldT) -> Verdict:
        """The judgement of a game that ended without one, e.g. at the turn limit."""
        return Verdict.failed("out of turns")

    def env(self, *, split: Split = "train", system_prompt: str = "", render_mode: str | None = None) -> GameEnv:
        """An environment of these tasks."""
        return GameEnv(self, split=split, system_prompt=system_prompt, render_mode=render_mode)


class GameEnv(TextEnv):
    """Plays the games of a family; every game ends with a verdict, at the latest at its turn limit."""

    def __init__(
        self,
        source: Game[Any, Any, Any],
        *,
        split: Split = "train",
        system_prompt: str = "",
        render_mode: str | None = None,
    ) -> None:
        super().__init__(source, split=split, system_prompt=system_prompt, render_mode=render_mode)
        self._game = source

    def turn_limit(self, task: Task) -> int:
        """After how many responses the game ends."""
        return self._game.turn_limit(task)

    def begin(self, task: Task) -> object:
        """The world of a new game."""
        return cast(object, self._game.start(task))

    def respond(self, state: EpisodeState, text: str) -> Turn:
        """Play the response; the last turn is judged in any case."""
        try:
            move = self._game.play(state.world, text)
        except NoAnswerError as error:
            move = Move(world=state.world, reply=f"That is no move: {error}.")
        verdict = move.verdict
        if verdict is None and move.end is None and state.turns + 1 >= state.turn_limit:
            verdict = self._game.out_of_turns(move.world)
        return Turn(reply=move.reply, verdict=verdict, world=move.world, end=move.end, record=move.record)

    def judge(self, state: EpisodeState) -> Verdict:
        """The judgement of a game that no move judged."""
        return self._game.out_of_turns(state.world)

    def oracle(self) -> str:
        """The response that leads on to 1."""
        return self._game.best(self.episode.world)

    def guess(self, rng: KeyedRandom) -> str:
        """A legal response that was not thought about."""
        return self._game.random_move(self.episode.world, rng)
