"""Games of TextArena for one player as `TextEnv`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

from palestra.envs.bridges.game import MAX_TURNS, PeerGames, PeerStep
from palestra.envs.bridges.peer import Options, Peer
from palestra.envs.task import Scalar
from palestra.verifiers.keyed_random import KeyedRandom

PEER = Peer(module="textarena", package="textarena")
_RAW = "-raw"  # without the wrappers that repeat the whole history in every observation
_ACTION = "PLAYER_ACTION"
_WORDS = ("[up]", "[down]", "[left]", "[right]", "[crane]", "[a]", "[hit]", "[stand]", "[flip 0 1]", "[1 2 3 4]")


class TextArena(PeerGames):
    """The episodes of a game of TextArena for one player.

    Options: `name`, e.g. `Mastermind-v0`; `release`; `max_episode_turns`; all others go to TextArena.
    Observations are the messages that are new, without the player's own.
    """

    id = "palestra/TextArena-v1"

    def __init__(self, name: str, config: Mapping[str, Scalar], max_turns: int, options: Mapping[str, object]) -> None:
        super().__init__(name, config, max_turns)
        self._options = dict(options)

    @classmethod
    def read(cls, options: Mapping[str, Scalar]) -> Self:
        """The source with these options."""
        PEER.load()
        registry = PEER.load("envs.registration").ENV_REGISTRY
        taken = Options(cls.id, options)
        names = (name.removesuffix(_RAW) for name in registry if name.endswith(_RAW))
        name = taken.take_name(names, "game of TextArena")
        release, max_turns = taken.take_release(PEER), taken.take("max_episode_turns", MAX_TURNS)
        return cls(name, {**taken.given, "release": release}, max_turns, taken.rest)

    def open(self) -> TextArenaPlaying:
        """A new instance."""
        make = PEER.load("envs.registration").make
        return TextArenaPlaying(make(f"{self.name}{_RAW}", **self._options))


class TextArenaPlaying:
    """An episode of TextArena, under way."""

    def __init__(self, env: Any) -> None:
        self._env = env

    def start(self, seed: int) -> str:
        """Begin; the first observation."""
        self._env.reset(num_players=1, seed=seed)
        return self._news()

    def step(self, text: str) -> PeerStep:
        """Hand in a response; the reward is known when the game is over."""
        is_over, _ = self._env.step(text)
        if not is_over:
            return PeerStep(reply=self._news(), reward=0.0, is_over=False)
        rewards, _ = self._env.close()
        return PeerStep(reply="", reward=float(rewards[0]), is_over=True)

    def guess(self, rng: KeyedRandom) -> str:
        """A common kind of move."""
        return rng.choice((*_WORDS, f"[{rng.below(20)}]", f"[{rng.below(9)} {rng.below(9)} {rng.below(9)}]"))

    def _news(self) -> str:
        _, messages = self._env.get_observation()
        # Two games give the text of a message in the place of its kind.
        return "\n".join(str(text) for _, text, kind in messages if getattr(kind, "name", "") != _ACTION)
