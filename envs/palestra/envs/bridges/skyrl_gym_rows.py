"""Environments of skyrl-gym on the rows of a file, as `TextEnv`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, Self

from palestra.envs.bridges.game import MAX_TURNS, PeerGames, PeerStep
from palestra.envs.bridges.peer import Options, Peer
from palestra.envs.errors import ConfigError, EmptySplitError, NoOracleError
from palestra.envs.task import Scalar, Split, Task
from palestra.verifiers.keyed_random import KeyedRandom, stable_hash

PEER = Peer(module="skyrl_gym", package="skyrl-gym")
_RUNS_CODE = ("lcb", "searchcode")
_ORACLE = {
    "gsm8k": "#### {}",
    "gsm8k_multi_turn": "#### {}",
    "aime": "Answer: \\boxed{{{}}}",
}
"""How a known answer is written so that the environment reads it."""
_TRAIN, _VALIDATION = 80, 90  # per cent of the rows; the test split has the rest


class SkyRLGym(PeerGames):
    """The episodes of an environment of skyrl-gym on the rows of a JSON-lines file, as its trainer reads them.

    Options: `name`, e.g. `gsm8k`; `path`; `release`; `max_episode_turns`; `allow_unsafe` for environments
    that run the response as code on this machine. A row has a `prompt` (messages, or a text) and
    `reward_spec` with `ground_truth`. Rows with the same prompt are in one split.
    """

    id = "palestra/SkyRLGym-v1"

    def __init__(
        self, name: str, config: Mapping[str, Scalar], max_turns: int, rows: tuple[dict[str, Any], ...]
    ) -> None:
        super().__init__(name, config, max_turns)
        self.rows = rows

    @classmethod
    def read(cls, options: Mapping[str, Scalar]) -> Self:
        """The source with these options."""
        registration = PEER.load("envs.registration")
        PEER.load("envs")  # registers them
        taken = Options(cls.id, options)
        name = taken.take_name(registration.registry, "environment of skyrl-gym")
        allow_unsafe = taken.take("allow_unsafe", False)
        if name in _RUNS_CODE and not allow_unsafe:
            raise ConfigError(
                f"`{name}` of skyrl-gym runs the response as code on this machine\n\nhint: allow_unsafe=True runs it"
            )
        path, release = taken.take("path", ""), taken.take_release(PEER)
        max_turns = taken.take("max_episode_turns", MAX_TURNS)
        if taken.rest:
            raise ConfigError(
                f"no option `{next(iter(taken.rest))}`\n\n"
                "hint: the options are name, path, release, max_episode_turns, allow_unsafe"
            )
        return cls(name, {**taken.given, "release": release}, max_turns, _read_rows(path))

    def open(self) -> SkyRLPlaying:
        """A new instance."""
        return SkyRLPlaying(self)

    def seed_of(self, place: tuple[Split, int, int]) -> int:
        """The number of the row."""
        split, seed, index = place
        numbers = self._numbers.get(split, [])
        if not numbers:
            raise EmptySplitError(f"no row is in the split `{split}`\n\nhint: the splits are train, validation, test")
        return KeyedRandom(self.id, split, seed, index).choice(numbers)

    def oracle(self, task: Task, responses: tuple[str, ...]) -> str:
        """The row's answer in the form that the environment reads."""
        if self.name not in _ORACLE:
            raise NoOracleError(f"how `{self.name}` of skyrl-gym reads an answer is not known here")
        return _ORACLE[self.name].format(_truth(self.rows[json.loads(task.reference)["peer_seed"]]))

    @cached_property
    def _numbers(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {"train": [], "validation": [], "test": []}
        for number, row in enumerate(self.rows):
            percent = stable_hash("skyrl-gym", _text(row["prompt"])) % 100
            found["train" if percent < _TRAIN else "validation" if percent < _VALIDATION else "test"].append(number)
        return found


class SkyRLPlaying:
    """An episode of skyrl-gym, under way."""

    def __init__(self, games: SkyRLGym) -> None:
        self._games = games
        self._env: Any = None

    def start(self, seed: int) -> str:
        """Begin with a row; its prompt."""
        row = self._games.rows[seed]
        make = PEER.load("envs.registration").make
        self._env = make(self._games.name, env_config={}, extras=row)
        messages, _ = self._env.init(_messages(row["prompt"]))
        return _text(messages)

    def step(self, text: str) -> PeerStep:
        """Hand in a response."""
        output = self._env.step(text)
        is_over = bool(output["done"])
        reply = "" if is_over else _text(output["observations"])
        return PeerStep(reply=reply, reward=float(output["reward"]), is_over=is_over)

    def guess(self, rng: KeyedRandom) -> str:
        """The answer to another row."""
        return _ORACLE.get(self._games.name, "{}").format(_truth(rng.choice(self._games.rows)))


def _read_rows(path: str) -> tuple[dict[str, Any], ...]:
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
        rows = [json.loads(line) for line in lines if line.strip()]
    except (OSError, ValueError) as error:
        raise ConfigError(f"`{path}` is no file of JSON lines: {error}\n\nhint: give `path`") from None
    for number, row in enumerate(rows):
        if not (isinstance(row, dict) and "prompt" in row and isinstance(row.get("reward_spec"), dict)):
            raise ConfigError(f"row {number} of `{path}` has no `prompt` and `reward_spec`")
        row.setdefault("reward_model", row["reward_spec"])  # one of its environments reads this name
    if not rows:
        raise ConfigError(f"`{path}` has no rows")
    return tuple(rows)


def _messages(prompt: Any) -> list[dict[str, str]]:
    return [{"role": "user", "content": prompt}] if isinstance(prompt, str) else list(prompt)


def _text(prompt: Any) -> str:
    return "\n".join(str(message["content"]) for message in _messages(prompt) if message["role"] != "assistant")


def _truth(row: dict[str, Any]) -> str:
    return str(row["reward_spec"].get("ground_truth", ""))
