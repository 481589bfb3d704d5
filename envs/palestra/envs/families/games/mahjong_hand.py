"""Hands of tiles: which tiles complete it? All of them, found by trying each tile."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.answers import RecordVerifier, final_line, read_words
from palestra.envs.config import FamilyConfig, stages
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.record import decode, encode
from palestra.envs.task import Task
from palestra.verifiers import Verdict
from palestra.verifiers.answer import quote
from palestra.verifiers.errors import NoAnswerError
from palestra.verifiers.keyed_random import KeyedRandom

_SUITS = "ABC"
_COPIES = 4
_MAX_TRIES = 32
_RULES = (
    " Tiles have a suit and a number: {suits}; there are four of each. A set is three equal tiles, or three successive "
    "numbers of one suit. A hand is complete when it consists of {sets} and one pair of equal tiles."
)
Counts = tuple[int, ...]
"""How many tiles of each kind, nine kinds for each suit."""


@dataclass(frozen=True, kw_only=True, slots=True)
class MahjongHandConfig(FamilyConfig):
    """Which hands are asked."""

    num_sets: int = stages(1, 1, 1, 2, 2, 3, 3, 4, 4, 4, choices=(1, 2, 3, 4))
    """Sets of a complete hand, 1..4."""
    num_suits: int = stages(3, 3, 2, 3, 2, 2, 1, 2, 1, 1, choices=(1, 2, 3))
    """How many suits there are, 1..3; fewer are harder."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Waits:
    """A reference: the suits that there are, and the tiles that complete the hand."""

    suits: str
    tiles: tuple[str, ...]


class WaitsVerifier(RecordVerifier[Waits]):
    """PASS when the tiles are all that complete the hand, in any order.

    Reference: a `Waits`.
    """

    name: ClassVar[str] = "mahjong-waits"
    record_type = Waits

    def judge(self, response: str, reference: Waits) -> Verdict:
        """Compare as sets."""
        tiles = [word.upper() for word in read_words(final_line(response)) if word.casefold() != "and"]
        for tile in tiles:
            if len(tile) != 2 or tile[0] not in reference.suits or tile[1] not in "123456789":
                raise NoAnswerError(f"`{quote(tile)}` is no tile")
        wrong = [tile for tile in tiles if tile not in reference.tiles]
        if wrong:
            return Verdict.failed(f"`{wrong[0]}` does not complete the hand")
        missing = len(reference.tiles) - len(set(tiles))
        if missing:
            return Verdict.failed(f"{missing} of {len(reference.tiles)} tiles are missing")
        return Verdict.passed(f"all {len(reference.tiles)} tiles are right")


class MahjongHand(Question[MahjongHandConfig, Counts]):
    """Hands that lack one tile."""

    id: ClassVar[str] = "palestra/MahjongHand-v1"
    Config: ClassVar[type[MahjongHandConfig]] = MahjongHandConfig
    templates = (
        "Your tiles: {hand}." + _RULES + " Which one more tile completes your hand? Give all that do.",
        "You hold {hand}." + _RULES + " You may draw one tile. Name every tile that completes the hand.",
        "A hand of tiles: {hand}." + _RULES + " Find all tiles that would complete it, each alone.",
    )
    answer_format = "The last line of your reply must be the tiles alone, such as `A3, B7`."
    verifier = WaitsVerifier()

    def draw(self, rng: KeyedRandom) -> Counts:
        """Draw a complete hand and take a tile away."""
        for _ in range(_MAX_TRIES):
            counts = [0] * (9 * self.config.num_suits)
            for _ in range(self.config.num_sets):
                suit = 9 * rng.below(self.config.num_suits)
                if rng.below(4):
                    first = suit + rng.below(7)
                    for kind in range(first, first + 3):
                        counts[kind] += 1
                else:
                    counts[suit + rng.below(9)] += 3
            counts[rng.below(len(counts))] += 2
            if max(counts) <= _COPIES:
                tiles = [kind for kind, count in enumerate(counts) for _ in range(count)]
                counts[rng.choice(tiles)] -= 1
                return tuple(counts)
        return ()

    def canonical(self, key: Counts) -> str:
        """The tiles, whatever the suits are called and from whichever end each of them counts."""
        suits = [key[i : i + 9] for i in range(0, len(key), 9)]
        return " ".join(sorted("".join(map(str, min(suit, suit[::-1]))) for suit in suits))

    def build(self, key: Counts, rng: KeyedRandom) -> Content | None:
        """Ask which tiles complete the hand."""
        if not key:
            return None
        num_suits, num_sets = len(key) // 9, sum(key) // 3
        hand = [_tile(kind) for kind, count in enumerate(key) for _ in range(count)]
        rng.shuffle(hand)
        suits = ", ".join(f"{suit}1 to {suit}9" for suit in _SUITS[:num_suits])
        tiles = tuple(_tile(kind) for kind in completing(key))
        return Content(
            slots={
                "hand": " ".join(hand),
                "suits": suits,
                "sets": "one set" if num_sets == 1 else f"{num_sets} sets",
            },
            reference=encode(Waits(suits=_SUITS[:num_suits], tiles=tiles)),
            effort=sum(key) * (4 - num_suits) + sum(key),
            meta={"num_tiles": sum(key)},
        )

    def oracle(self, task: Task) -> str:
        """All tiles that complete the hand."""
        return ", ".join(decode(Waits, task.reference).tiles)

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """One or two tiles."""
        waits = decode(Waits, task.reference)
        tiles = [f"{suit}{number}" for suit in waits.suits for number in range(1, 10)]
        return ", ".join(rng.sample(tiles, rng.between(1, 2)))


def completing(counts: Counts) -> list[int]:
    """The kinds of tiles that complete the hand; a kind of which the hand has all four does not."""
    found = []
    hand = list(counts)
    for kind, count in enumerate(counts):
        # A tile with no neighbour in the hand forms neither a pair nor a set with it.
        first = kind - kind % 9
        if count < _COPIES and any(counts[max(first, kind - 2) : min(first + 9, kind + 3)]):
            hand[kind] += 1
            if _is_complete(hand):
                found.append(kind)
            hand[kind] -= 1
    return found


def _is_complete(hand: list[int]) -> bool:
    for pair, count in enumerate(hand):
        if count >= 2:
            hand[pair] -= 2
            is_complete = _are_sets(hand.copy())
            hand[pair] += 2
            if is_complete:
                return True
    return False


def _are_sets(hand: list[int]) -> bool:
    """Whether the tiles are sets. The lowest tile leaves no choice: three runs from it are three triplets."""
    for kind, count in enumerate(hand):
        count = hand[kind] % 3
        if count:
            if kind % 9 > 6 or hand[kind + 1] < count or hand[kind + 2] < count:
                return False
            hand[kind + 1] -= count
            hand[kind + 2] -= count
    return True


def _tile(kind: int) -> str:
    return f"{_SUITS[kind // 9]}{kind % 9 + 1}"
