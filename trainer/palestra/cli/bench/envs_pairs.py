"""Our families beside those of reasoning-gym, at the same sizes, in one process."""

from __future__ import annotations

import contextlib
import json
import sys
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import metadata, resources
from statistics import mean, median
from typing import Any

from palestra.cli.bench.envs_rates import SCORED_TASKS, Ours, rate
from palestra.envs import ENVS, Scalar

_MATCHES = "envs_pairs.toml"
_PEER_SIZE = 20_000  # the most that word_ladder allows; an index beyond it is as good as any other
_PEER_SEED = 20_251_121


@dataclass(frozen=True, kw_only=True, slots=True)
class Pair:
    """A family of reasoning-gym and ours, with options that make their tasks of one size."""

    peer: str
    env: str
    matched: str
    """What is equal, in a few words."""
    remark: str = ""
    """What is not: proofs, accepted answers, another question."""
    gold: str = ""
    """Key of their metadata under which a right answer stands, where their `answer` has none; `none`: nowhere."""
    options: Mapping[str, Scalar] = field(default_factory=dict, hash=False)
    """Of ours."""
    peer_options: Mapping[str, object] = field(default_factory=dict, hash=False)
    """Of theirs: one size out of their default range."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Matches:
    """The data file."""

    pairs: tuple[Pair, ...]
    unmatched: tuple[str, ...]
    """Families of theirs that none of ours is like."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Rates:
    """Median rates of both sides, per CPU-second."""

    theirs: float
    ours: float

    @property
    def times(self) -> float:
        """Ours as a multiple of theirs."""
        return self.ours / self.theirs

    def to_json(self) -> dict[str, float]:
        """The rates as a JSON object."""
        return {"theirs": self.theirs, "ours": self.ours, "times": self.times}


@dataclass(frozen=True, kw_only=True, slots=True)
class Compared:
    """What was measured of a pair."""

    pair: Pair
    generation: Rates
    scoring: Rates | None
    """None where one side has no answer to score."""
    peer_gold_score: float | None
    """What they pay on average for their own answer."""

    def to_json(self) -> dict[str, object]:
        """The figures as a JSON object."""
        return {
            "reasoning_gym": self.pair.peer,
            "env": self.pair.env,
            "options": dict(self.pair.options),
            "peer_options": dict(self.pair.peer_options),
            "matched": self.pair.matched,
            "remark": self.pair.remark,
            "generation": self.generation.to_json(),
            "scoring": None if self.scoring is None else self.scoring.to_json(),
            "peer_gold_score": self.peer_gold_score,
        }


def peer_version() -> str | None:
    """The installed version of reasoning-gym."""
    try:
        return metadata.version("reasoning-gym")
    except metadata.PackageNotFoundError:
        return None


def read_matches() -> Matches:
    """The matched families, and theirs without a match."""
    data = tomllib.loads(resources.files("palestra.cli.bench").joinpath(_MATCHES).read_text(encoding="utf-8"))
    return Matches(pairs=tuple(Pair(**row) for row in data["pairs"]), unmatched=tuple(data["unmatched"]))


def compare(pair: Pair, *, seconds: float, rounds: int) -> Compared:
    """Measure both sides of a pair by turns, first making tasks, then judging right answers."""
    with contextlib.redirect_stdout(sys.stderr):  # some of theirs print dots, which belong into no JSON
        return _compare(pair, seconds, rounds)


def _compare(pair: Pair, seconds: float, rounds: int) -> Compared:
    theirs, ours = Theirs(pair), Ours(ENVS[pair.env], pair.options)
    for side in (theirs, ours):
        side.make(0)  # loads what is loaded once
    generation = _by_turns(theirs.make, ours.make, seconds, rounds)
    entries = [theirs.make(index) for index in range(_affordable(generation.theirs, seconds))]
    tasks = [ours.make(index) for index in range(_affordable(generation.ours, seconds))]
    peer_score, our_score = theirs.scorer(entries), ours.scorer(tasks)
    scoring = None
    paid = None if peer_score is None else mean(peer_score(index) for index in range(len(entries)))
    if peer_score is not None and our_score is not None:
        scoring = _by_turns(peer_score, our_score, seconds, rounds)
    return Compared(pair=pair, generation=generation, scoring=scoring, peer_gold_score=paid)


class Theirs:
    """A dataset of reasoning-gym."""

    def __init__(self, pair: Pair) -> None:
        import reasoning_gym

        self._gold = pair.gold
        self._dataset = reasoning_gym.create_dataset(
            pair.peer, seed=_PEER_SEED, size=_PEER_SIZE, **dict[str, Any](pair.peer_options)
        )

    def make(self, index: int) -> dict[str, Any]:
        """The entry number `index`."""
        entry: dict[str, Any] = self._dataset[index]
        return entry

    def scorer(self, entries: Sequence[dict[str, Any]]) -> Callable[[int], float] | None:
        """Scores the right answer of the entry number `i % len(entries)`; None where it is not known."""
        if self._gold == "none":
            return None
        score_answer = self._dataset.score_answer
        golds = [_text(entry["metadata"][self._gold]) if self._gold else entry["answer"] for entry in entries]
        count = len(entries)

        def score(index: int) -> float:
            return float(score_answer(golds[index % count], entries[index % count]))

        return score


def _by_turns(theirs: Callable[[int], object], ours: Callable[[int], object], seconds: float, rounds: int) -> Rates:
    their_rates, our_rates = [], []
    their_next = our_next = 1
    for _ in range(rounds):
        per_s, their_next = rate(theirs, their_next, seconds)
        their_rates.append(per_s)
        per_s, our_next = rate(ours, our_next, seconds)
        our_rates.append(per_s)
    return Rates(theirs=median(their_rates), ours=median(our_rates))


def _text(gold: object) -> str:
    return gold if isinstance(gold, str) else json.dumps(gold)


def _affordable(per_s: float, seconds: float) -> int:
    return max(1, min(SCORED_TASKS, int(per_s * seconds)))
