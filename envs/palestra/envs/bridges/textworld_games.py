"""Text adventures that TextWorld generates, as `TextEnv`.

A game is made of the options and a seed, compiled once and kept in a folder of the user's cache. The compiler and
the interpreter come with the packages: nothing is loaded from anywhere.

Covered: a lost game, or one that ends otherwise than by all of its points, is no win; commands for the interpreter
itself, which write files (`save`, `script`), or ask back (`restart`, `quit`), never reach it: every word must be one
of the game's own. Not covered: the interpreter is a C library in this process.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

from palestra.envs.bridges.game import PeerEnv, PeerGames, PeerStep, Played
from palestra.envs.bridges.peer import Options, Peer
from palestra.envs.errors import NoOracleError
from palestra.envs.task import Scalar, Split
from palestra.verifiers.answer import find_answer
from palestra.verifiers.errors import NoAnswerError
from palestra.verifiers.keyed_random import KeyedRandom

PEER = Peer(module="textworld", package="textworld")
MAX_COMMAND_CHARS = 120
_WORD = re.compile(r"[a-z0-9'-]+", re.IGNORECASE)
_SMALL_WORDS = {"the", "a", "an", "at", "to", "up", "around", "n", "e", "s", "w", "i", "l", "x"}
_STATUS = re.compile(r"\n*>? {20,}-= .*\Z|\n+>\s*\Z", re.DOTALL)
_HOW = (
    "Reply with one command per turn, e.g. `look`, `inventory`, `go north` or `take lamp from table`; "
    "the last line of a reply counts. Verbs: {verbs}."
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Size:
    """What decides a game besides its seed."""

    num_rooms: int = 2
    num_objects: int = 3
    quest_length: int = 4
    """Commands of the shortest way to win."""


class TextWorld(PeerGames):
    """The games of TextWorld of one size.

    Options: `num_rooms`, `num_objects` and `quest_length`; `release`; `max_episode_turns`.
    The score is 1 for a game that is won and 0 for any other; the share of the game's points that a turn gains is
    its component `progress`.
    """

    id = "palestra/TextWorld-v1"

    def __init__(self, size: Size, config: Mapping[str, Scalar], max_turns: int) -> None:
        super().__init__("TextWorld", config, max_turns)
        self._size = size
        self._key = json.dumps([asdict(size), config["release"]], sort_keys=True)

    @classmethod
    def read(cls, options: Mapping[str, Scalar]) -> Self:
        """The source with these options."""
        PEER.load()
        taken = Options(cls.id, options)
        plain = Size()
        size = Size(
            num_rooms=taken.take_between("num_rooms", plain.num_rooms, 1, 40),
            num_objects=taken.take_between("num_objects", plain.num_objects, 1, 60),
            quest_length=taken.take_between("quest_length", plain.quest_length, 1, 20),
        )
        release, max_turns = taken.take_release(PEER), taken.take("max_episode_turns", 30)
        taken.refuse_rest()
        config = {**asdict(size), "release": release, "max_episode_turns": max_turns}
        return cls(size, config, max_turns)

    def open(self) -> TextWorldPlaying:
        """A new instance."""
        return TextWorldPlaying(self)

    def game_file(self, seed: int) -> Path:
        """The compiled game of a seed, made now if it has not been made before."""
        digest = hashlib.sha256(f"{self._key} {seed}".encode()).hexdigest()[:32]
        folder = _games_folder() / digest
        if not (folder / _GAME).is_file():
            folder.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=folder.parent) as made:
                self._make(Path(made) / "game" / _GAME, seed)
                with contextlib.suppress(OSError):  # another process has been faster
                    (Path(made) / "game").replace(folder)
        return folder / _GAME

    def _make(self, path: Path, seed: int) -> None:
        textworld = PEER.load()
        path.parent.mkdir()
        options = textworld.GameOptions()
        options.seeds = seed
        options.nb_rooms, options.nb_objects = self._size.num_rooms, self._size.num_objects
        options.quest_length = self._size.quest_length
        options.path = str(path)
        textworld.make(options)

    def env(self, *, split: Split = "train", system_prompt: str = "", render_mode: str | None = None) -> TextWorldEnv:
        """An environment of these games."""
        return TextWorldEnv(self, split=split, system_prompt=system_prompt, render_mode=render_mode)


class TextWorldEnv(PeerEnv):
    """Plays the games; knows the shortest way to win from wherever a game is."""

    def oracle(self) -> str:
        """The next command of the shortest way.

        Raises:
            NoOracleError: The game can no longer be won.
        """
        world = self.episode.world
        assert isinstance(world, Played)
        playing = self._at(world).playing
        assert isinstance(playing, TextWorldPlaying)
        return playing.best()


class TextWorldPlaying:
    """A game, under way."""

    def __init__(self, games: TextWorld) -> None:
        self._games = games
        self._env: Any = None
        self._state: Any = None
        self._words: set[str] = set()

    def __del__(self) -> None:
        if self._env is not None:
            self._env.close()

    def start(self, seed: int) -> str:
        """Begin; what is to be done, and what is to be seen."""
        textworld = PEER.load()
        wanted = ("admissible_commands", "command_templates", "description", "entities", "lost", "max_score")
        more = ("objective", "policy_commands", "score", "verbs", "won")
        self._env = textworld.start(
            str(self._games.game_file(seed)), textworld.EnvInfos(**dict.fromkeys((*wanted, *more), True))
        )
        state = self._state = self._env.reset()
        named = " ".join([*state.verbs, *state.command_templates, *state.entities])
        self._words = {word.lower() for word in _WORD.findall(re.sub(r"\{.*?\}", " ", named))} | _SMALL_WORDS
        how = _HOW.format(verbs=", ".join(state.verbs))
        return f"{state.objective.strip()}\n\n{state.description.strip()}\n\n{how}"

    def step(self, text: str) -> PeerStep:
        """Hand in a response; the game is won with its last point."""
        before = self._state
        try:
            command = self._command(text)
        except NoAnswerError as error:
            return PeerStep(reply=f"That is no command of this game: {error}.", reward=0.0, is_over=False)
        state, _, is_over = self._env.step(command)
        self._state = state
        has_won = bool(state.won) and not state.lost and state.score == state.max_score
        gained = max(0, state.score - before.score) / max(1, state.max_score)
        return PeerStep(reply=_shown(state.feedback), reward=float(has_won), is_over=bool(is_over), progress=gained)

    def guess(self, rng: KeyedRandom) -> str:
        """A command that is possible here."""
        commands: list[str] = sorted(self._state.admissible_commands)
        return rng.choice(commands)

    def best(self) -> str:
        """The next command of the shortest way to win.

        Raises:
            NoOracleError: There is none.
        """
        commands = self._state.policy_commands
        if not commands:
            raise NoOracleError("this game can no longer be won")
        return str(commands[0])

    def _command(self, response: str) -> str:
        """The command of a response, of the game's own words alone.

        Raises:
            NoAnswerError: There is none, or it has other words.
        """
        lines = [line.strip(" \t`>*") for line in find_answer(response).text.splitlines()]
        command = next((line for line in reversed(lines) if line), "")
        words = command.lower().split()
        if not words or len(command) > MAX_COMMAND_CHARS:
            raise NoAnswerError("a line of a few words is needed")
        if strange := [word for word in words if word not in self._words]:
            raise NoAnswerError(f"it knows no `{strange[0][:40]}`")
        return " ".join(words)


_GAME = "game.z8"


def _games_folder() -> Path:
    cache = os.environ.get("XDG_CACHE_HOME")
    return (Path(cache) if cache else Path.home() / ".cache") / "palestra" / "textworld"


def _shown(feedback: str) -> str:
    """What the game says, without the status line and the prompt."""
    return re.sub(r"\n{3,}", "\n\n", _STATUS.sub("", feedback)).strip()
