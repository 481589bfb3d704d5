"""Balls from an urn: exact probabilities, with and without putting them back."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from math import comb, perm, prod
from typing import ClassVar

from palestra.envs.config import FamilyConfig, ramp
from palestra.envs.families.kinds import kinds
from palestra.envs.families.phrasing import is_or_are, listed
from palestra.envs.families.probability.exact import ProbabilityQuestion
from palestra.envs.family import Content
from palestra.verifiers.keyed_random import KeyedRandom

_COLORS = ("red", "blue", "green", "white", "black", "yellow")


@dataclass(frozen=True, kw_only=True, slots=True)
class UrnDrawsConfig(FamilyConfig):
    """Which urns and events are asked."""

    num_colors: int = ramp(3, 5, low=2, high=6)
    """How many colors there are, 2..6."""
    max_balls: int = ramp(9, 12, low=2, high=30)
    """Most balls of one color."""
    num_draws: int = ramp(1, 6, low=1, high=8)
    """How many balls are drawn, 1..8."""
    kinds: str = kinds("exactly", "exactly order", "exactly order same", "at-least same different", "at-least every")
    """Kinds of events: order exactly at-least same different every."""


@dataclass(frozen=True, kw_only=True, slots=True)
class UrnEvent:
    """Balls by color, the color that is asked for first; draws; and the event."""

    balls: tuple[int, ...]
    num_draws: int
    is_put_back: bool
    kind: str
    count: int = 0
    order: tuple[int, ...] = ()


class UrnDraws(ProbabilityQuestion[UrnDrawsConfig, UrnEvent]):
    """Events of balls that are drawn at random."""

    id: ClassVar[str] = "palestra/UrnDraws-v1"
    Config: ClassVar[type[UrnDrawsConfig]] = UrnDrawsConfig
    templates = (
        "An urn holds {balls} balls. {draw} What is the probability that {event}?",
        "A bag contains {balls} balls. {draw} Find the probability that {event}.",
        "There are {balls} balls in a box. {draw} How likely is it that {event}?",
        "{balls} balls lie in a jar. {draw} Determine the chance that {event}.",
    )

    def draw(self, rng: KeyedRandom) -> UrnEvent:
        """Draw an urn and an event."""
        config = self.config
        balls = [rng.between(1, config.max_balls) for _ in range(config.num_colors)]
        kind, k = rng.choice(config.kinds.split()), config.num_draws
        order: tuple[int, ...] = ()
        if kind == "order":
            order = tuple(rng.below(min(k, config.num_colors)) for _ in range(k))
        elif kind in ("same", "different", "every"):
            k = min(max(k, 2), config.num_colors) if kind == "different" else max(k, 2)
            k = max(k, config.num_colors) if kind == "every" else k
        first = 0 if kind in ("same", "different", "every") else len(balls) if kind == "order" else 1
        return UrnEvent(
            balls=(*balls[:first], *sorted(balls[first:])),
            num_draws=k,
            is_put_back=bool(rng.below(2)) and k > 1,
            kind=kind,
            count=rng.between(1, k) if kind in ("exactly", "at-least") else 0,
            order=order,
        )

    def canonical(self, key: UrnEvent) -> str:
        """The event without names of colors."""
        places = [tuple(i for i, color in enumerate(key.order) if color == c) for c in range(len(key.balls))]
        balls = sorted(zip(key.balls, places, strict=True)) if key.order else key.balls
        return f"{balls} {key.num_draws} {key.is_put_back} {key.kind} {key.count}"

    def build(self, key: UrnEvent, rng: KeyedRandom) -> Content | None:
        """Name the colors and ask for the probability, unless it is 0 or 1."""
        if key.num_draws > sum(key.balls) and not key.is_put_back:
            return None
        chance = probability(key)
        if chance.denominator == 1:
            return None
        colors = rng.sample(_COLORS, len(key.balls))
        return Content(
            slots={"balls": _balls(key.balls, colors), "draw": _drawing(key), "event": _words(key, colors)},
            reference=str(chance),
            effort=key.num_draws * len(key.balls),
        )


def probability(event: UrnEvent) -> Fraction:
    """The exact probability of the event."""
    if event.kind == "order":
        return _in_order(event)
    k, total = event.num_draws, sum(event.balls)
    if event.kind in ("exactly", "at-least"):
        counts = range(event.count, k + 1 if event.kind == "at-least" else event.count + 1)
        wanted = sum(_split(event.balls[0], total, count, event) for count in counts)
    elif event.kind == "same":
        wanted = sum(_draws(number, event) for number in event.balls)
    elif event.kind == "different":
        wanted = sum(prod(chosen) for chosen in combinations(event.balls, k))
        return Fraction(wanted * perm(k), total**k if event.is_put_back else perm(total, k))
    else:
        left_out = [c for size in range(len(event.balls)) for c in combinations(event.balls, size)]
        wanted = sum((-1) ** len(c) * _draws(total - sum(c), event) for c in left_out)
    return Fraction(wanted, _draws(total, event))


def _draws(number: int, event: UrnEvent) -> int:
    """In how many ways all draws can come from `number` of the balls."""
    return int(number**event.num_draws) if event.is_put_back else comb(number, event.num_draws)


def _split(own: int, total: int, count: int, event: UrnEvent) -> int:
    """In how many ways `count` of the draws come from `own` balls and the others from the rest."""
    rest = event.num_draws - count
    if event.is_put_back:
        return int(comb(event.num_draws, count) * own**count * (total - own) ** rest)
    return comb(own, count) * comb(total - own, rest)


def _in_order(event: UrnEvent) -> Fraction:
    left, chance = list(event.balls), Fraction(1)
    for color in event.order:
        chance *= Fraction(left[color], sum(left))
        left[color] -= not event.is_put_back
    return chance


def _balls(balls: tuple[int, ...], colors: list[str]) -> str:
    return listed([f"{number} {color}" for number, color in zip(balls, colors, strict=True)])


def _drawing(event: UrnEvent) -> str:
    if event.num_draws == 1:
        return "One ball is drawn at random."
    way = "each is put back before the next" if event.is_put_back else "none is put back"
    return f"{event.num_draws} balls are drawn at random one after the other; {way}."


def _words(event: UrnEvent, colors: list[str]) -> str:
    if event.kind == "order":
        return f"the colors drawn are {', '.join(colors[i] for i in event.order)} in this order"
    if event.num_draws == 1:
        return f"it is {colors[0]}"
    if event.kind in ("exactly", "at-least"):
        return f"{event.kind.replace('-', ' ')} {event.count} of the drawn balls {is_or_are(event.count)} {colors[0]}"
    return {
        "same": "all drawn balls have the same color",
        "different": "all drawn balls have different colors",
        "every": "every color is drawn at least once",
    }[event.kind]
