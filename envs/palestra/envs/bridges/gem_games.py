"""Environments of GEM as `TextEnv`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

from palestra.envs.bridges.game import MAX_TURNS, PeerGames, PeerStep
from palestra.envs.bridges.peer import Options, Peer
from palestra.envs.errors import ConfigError
from palestra.envs.task import Scalar
from palestra.verifiers.keyed_random import KeyedRandom

PEER = Peer(module="gem", package="gem-llm")
_RUNS_CODE = ("code:", "eval:CodeContest")
_THROUGH_US = "rg:"


class Gem(PeerGames):
    """The episodes of an environment of GEM.

    Options: `name`, e.g. `game:Sudoku-v0-easy`; `release`; `max_episode_turns`; all others go to GEM.
    Not offered: environments that run the response as code on this machine (`code:`), and
    `rg:`, which is reasoning-gym: use that bridge.
    """

    id = "palestra/Gem-v1"

    def __init__(self, name: str, config: Mapping[str, Scalar], max_turns: int, options: Mapping[str, object]) -> None:
        super().__init__(name, config, max_turns)
        self._options = dict(options)

    @classmethod
    def read(cls, options: Mapping[str, Scalar]) -> Self:
        """The source with these options."""
        gem = PEER.load("envs.registration")
        PEER.load("envs")  # registers them
        taken = Options(cls.id, options)
        name = taken.take_name(gem.ENV_REGISTRY, "environment of GEM")
        if name.startswith(_RUNS_CODE):
            raise ConfigError(f"`{name}` of GEM runs the response as code on this machine: it is not offered")
        if name.startswith(_THROUGH_US):
            raise ConfigError(
                f"`{name}` of GEM is reasoning-gym\n\n"
                f"hint: `palestra/ReasoningGym-v1` with name={name.removeprefix(_THROUGH_US)}"
            )
        release, max_turns = taken.take_release(PEER), taken.take("max_episode_turns", MAX_TURNS)
        return cls(name, {**taken.given, "release": release}, max_turns, taken.rest)

    def open(self) -> GemPlaying:
        """A new instance."""
        return GemPlaying(PEER.load("envs.registration").make(self.name, **self._options))


class GemPlaying:
    """An episode of GEM, under way."""

    def __init__(self, env: Any) -> None:
        self._env = env

    def start(self, seed: int) -> str:
        """Begin; the first observation."""
        observation, _ = self._env.reset(seed=seed)
        return str(observation)

    def step(self, text: str) -> PeerStep:
        """Hand in a response."""
        observation, reward, terminated, truncated, _ = self._env.step(text)
        return PeerStep(reply=str(observation), reward=float(reward), is_over=bool(terminated or truncated))

    def guess(self, rng: KeyedRandom) -> str:
        """The environment's own random action."""
        try:
            return str(self._env.sample_random_action())
        except NotImplementedError:
            return f"\\boxed{{{rng.below(10)}}}"
