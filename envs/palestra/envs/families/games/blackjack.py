"""Blackjack, judged by the decisions and not by the luck: each is compared with the exact best one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import ClassVar

from palestra.envs.answers import final_line
from palestra.envs.config import FamilyConfig, ramp
from palestra.envs.family import Content
from palestra.envs.game import Game, Move
from palestra.envs.record import decode, encode
from palestra.envs.task import Task
from palestra.verifiers import Verdict
from palestra.verifiers.answer import quote
from palestra.verifiers.errors import NoAnswerError
from palestra.verifiers.keyed_random import KeyedRandom

_ACE, _LIMIT = 11, 21
_LEAST_START = 12  # below it every card helps
_STOPS = range(13, 20)
_USUAL_STOP = 17
_PENALTY = 4  # always standing, or any other rule of thumb, is wrong about every third time
_EQUAL = 1e-9  # smaller differences are the arithmetic's
_MAX_TRIES = 24
_CACHED = 1 << 16
_SPARE_TURNS = 2
_RULES = (
    " Each next card is drawn from {deck}, all equally likely (a value listed twice is twice as likely), whatever was "
    "dealt before. An ace A counts 11, or 1 where 11 would exceed 21. You see one card of the dealer. `hit` deals you "
    "a card; above 21 you lose at once. After `stand` the dealer draws until the dealer's sum is {stops} or more; "
    "above 21, or below your sum, the dealer loses; equal sums are a draw. We play {hands} hands, and I choose the "
    "cards with which a hand begins; you have {turns} turns. Not your luck counts but the share of your decisions "
    "that are right, that is, best for wins minus losses; with a quarter of them wrong you get nothing.\n{first}"
)
Deck = tuple[int, ...]
"""The cards that are drawn from, aces as 11."""


@dataclass(frozen=True, kw_only=True, slots=True)
class BlackjackConfig(FamilyConfig):
    """How many hands are played, and with which cards."""

    num_hands: int = ramp(2, 10, low=1, high=50)
    """How many hands there are."""
    num_cards: int = ramp(3, 9, low=2, high=10)
    """How many cards are drawn from, equal ones among them, 2..10."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """The cards, the hands that are dealt, how far the game is, and how many decisions were right."""

    deck: tuple[int, ...]
    stops: int
    """The sum at which the dealer draws no more."""
    stream: int
    num_hands: int
    hand: int
    cards: tuple[int, ...]
    dealer: int
    num_decisions: int
    num_right: int
    turns: int

    def shown(self) -> str:
        """The hand that is played."""
        cards = " ".join(map(_name, self.cards))
        return f"Hand {self.hand + 1}: you have {cards}, the dealer shows {_name(self.dealer)}."


class Blackjack(Game[BlackjackConfig, Table, Table]):
    """Odd decks and dealers; most hands go against the rule to hit below 17, or below where the dealer stops."""

    id: ClassVar[str] = "palestra/Blackjack-v1"
    Config: ClassVar[type[BlackjackConfig]] = BlackjackConfig
    templates = (
        "Let us play blackjack." + _RULES,
        "A game of cards: reach more than the dealer, but not more than 21." + _RULES,
        "Blackjack with an unusual deck." + _RULES,
    )
    answer_format = "The last line of each reply must be `hit` or `stand`."

    def draw(self, rng: KeyedRandom) -> Table:
        """Choose the deck, and what decides the cards."""
        deck = tuple(sorted(rng.between(2, _ACE) for _ in range(self.config.num_cards)))
        return _dealt(
            Table(
                deck=deck,
                stops=rng.choice(_STOPS),
                stream=rng.word() >> 32,
                num_hands=self.config.num_hands,
                hand=0,
                cards=(),
                dealer=0,
                num_decisions=0,
                num_right=0,
                turns=0,
            )
        )

    def canonical(self, key: Table) -> str:
        """The deck, and what decides the cards."""
        return f"{key.deck} {key.stops} {key.stream} {key.num_hands}"

    def build(self, key: Table, rng: KeyedRandom) -> Content | None:
        """Play it through, and show the first hand."""
        answers, world = "", key
        while world.hand < world.num_hands:
            answer = right_decisions(world)[0]
            answers += answer[0]
            world = _decided(world, answer)
        if len(set(key.deck)) == 1 or (key.num_hands > 1 and not {"h", "s"} <= set(answers)):
            return None
        longest = sum(_most_cards(replace(key, hand=hand)) for hand in range(key.num_hands))
        start = replace(key, turns=longest + _SPARE_TURNS)
        slots = {
            "deck": " ".join(map(_name, key.deck)),
            "stops": str(key.stops),
            "hands": str(key.num_hands),
            "turns": str(start.turns),
            "first": start.shown(),
        }
        return Content(slots=slots, reference=encode(start), effort=key.num_hands * len(key.deck))

    def turn_limit(self, task: Task) -> int:
        """As many turns as hands with the most cards have, and a few."""
        return self.start(task).turns

    def start(self, task: Task) -> Table:
        """The first hand."""
        return decode(Table, task.reference)

    def play(self, world: Table, text: str) -> Move[Table]:
        """Judge the decision, and go on."""
        line = final_line(text)
        decision = line.strip("'\"`*()[] ").lower()
        if decision not in ("hit", "stand"):
            raise NoAnswerError(f"`{quote(line)}` is neither `hit` nor `stand`")
        after = _decided(world, decision)
        if after.hand == after.num_hands:
            return Move(world=after, verdict=_judged(after))
        if after.hand == world.hand:
            return Move(world=after, reply=after.shown())
        return Move(world=after, reply=f"That hand is over. {after.shown()}")

    def best(self, world: Table) -> str:
        """A right decision."""
        return right_decisions(world)[0]

    def random_move(self, world: Table, rng: KeyedRandom) -> str:
        """One of the two."""
        return rng.choice(("hit", "stand"))


def right_decisions(table: Table) -> tuple[str, ...]:
    """The decision with the larger expected wins minus losses; both where these are equal."""
    total, is_soft = _total(table.cards)
    standing = _standing(table.deck, table.stops, table.dealer, total)
    hitting = _hitting(table.deck, table.stops, table.dealer, total, is_soft)
    if abs(standing - hitting) < _EQUAL:
        return ("stand", "hit")
    return ("stand",) if standing > hitting else ("hit",)


def _judged(table: Table) -> Verdict:
    wrong = table.num_decisions - table.num_right
    score = max(0.0, 1 - _PENALTY * wrong / table.num_decisions)
    return Verdict.partial(score, f"{table.num_right} of {table.num_decisions} decisions are right")


def _decided(table: Table, decision: str) -> Table:
    """The table after a decision, with the next hand dealt where this one is over."""
    is_right = decision in right_decisions(table)
    table = replace(table, num_decisions=table.num_decisions + 1, num_right=table.num_right + is_right)
    if decision == "hit":
        cards = (*table.cards, _card(table, len(table.cards)))
        if _total(cards)[0] <= _LIMIT:
            return replace(table, cards=cards)
    table = replace(table, hand=table.hand + 1)
    return _dealt(table) if table.hand < table.num_hands else table


def _dealt(table: Table) -> Table:
    """The next hand: one that goes against a rule of thumb, where a few draws give such."""
    rng = KeyedRandom("blackjack", table.stream, table.hand)
    bound = rng.choice((table.stops, _USUAL_STOP))
    for _ in range(_MAX_TRIES):
        cards: Deck = (rng.choice(table.deck), rng.choice(table.deck))
        while _total(cards)[0] < _LEAST_START:
            cards = (*cards, rng.choice(table.deck))
        table = replace(table, cards=cards, dealer=rng.choice(table.deck))
        by_thumb = "hit" if _total(cards)[0] < bound else "stand"
        if _total(cards)[0] < _LIMIT and by_thumb not in right_decisions(table):
            break
    return table


def _card(table: Table, number: int) -> int:
    return KeyedRandom("blackjack", table.stream, table.hand, number).choice(table.deck)


def _most_cards(table: Table) -> int:
    """How many decisions a hand has for a player who always hits."""
    start = cards = _dealt(table).cards
    while _total(cards)[0] <= _LIMIT:
        cards = (*cards, _card(table, len(cards)))
    return len(cards) - len(start)


def _name(card: int) -> str:
    return "A" if card == _ACE else str(card)


def _total(cards: tuple[int, ...]) -> tuple[int, bool]:
    total, is_soft = 0, False
    for card in cards:
        total, is_soft = _more(total, is_soft, card)
    return total, is_soft


def _more(total: int, is_soft: bool, card: int) -> tuple[int, bool]:
    """A sum with one more card, and whether an ace in it counts 11."""
    total += card
    num_elevens = is_soft + (card == _ACE)
    while total > _LIMIT and num_elevens:
        total, num_elevens = total - 10, num_elevens - 1
    return total, num_elevens > 0


@lru_cache(maxsize=_CACHED)
def _dealer_ends(deck: Deck, stops: int, total: int, is_soft: bool) -> dict[int, float]:
    """With which probability the dealer ends on each sum; sums above 21 count as 0."""
    if total >= stops:
        return {total if total <= _LIMIT else 0: 1.0}
    ends: dict[int, float] = {}
    for card in deck:
        for end, share in _dealer_ends(deck, stops, *_more(total, is_soft, card)).items():
            ends[end] = ends.get(end, 0.0) + share / len(deck)
    return ends


@lru_cache(maxsize=_CACHED)
def _standing(deck: Deck, stops: int, dealer: int, total: int) -> float:
    ends = _dealer_ends(deck, stops, *_more(0, False, dealer))
    return sum(share * ((total > end) - (total < end)) for end, share in ends.items())


@lru_cache(maxsize=_CACHED)
def _hitting(deck: Deck, stops: int, dealer: int, total: int, is_soft: bool) -> float:
    worth = 0.0
    for card in deck:
        after, soft = _more(total, is_soft, card)
        if after > _LIMIT:
            worth -= 1
        else:
            worth += max(_standing(deck, stops, dealer, after), _hitting(deck, stops, dealer, after, soft))
    return worth / len(deck)
