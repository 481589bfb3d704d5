"""Coin flips: the exact probability of a count, a run or a pattern."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from math import comb
from typing import ClassVar

from palestra.envs.config import FamilyConfig, ramp
from palestra.envs.families.kinds import kinds
from palestra.envs.families.probability.exact import ProbabilityQuestion, draw_chance
from palestra.envs.family import Content
from palestra.verifiers.keyed_random import KeyedRandom

Step = Callable[[int, bool], int]


@dataclass(frozen=True, kw_only=True, slots=True)
class CoinFlipsConfig(FamilyConfig):
    """Which coins and events are asked."""

    num_flips: int = ramp(2, 12, low=2, high=40)
    """How often the coin is flipped, 2..40; up to two times more."""
    max_parts: int = ramp(5, 10, low=2, high=10)
    """Largest denominator of the coin's chance of heads; 2 is a fair coin."""
    kinds: str = kinds(
        "sequence exactly",
        "sequence exactly at-least",
        "exactly at-least even",
        "at-least even run pattern",
        "at-least run pattern",
        "run pattern",
    )
    """Kinds of events: sequence exactly at-least even run pattern."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CoinEvent:
    """A coin, how often it is flipped, and what shall come."""

    heads: Fraction
    num_flips: int
    kind: str
    count: int = 0
    pattern: str = ""
    """Letters H and T that shall follow each other."""


class CoinFlips(ProbabilityQuestion[CoinFlipsConfig, CoinEvent]):
    """Events of a coin, fair or not, computed by counting through all states."""

    id: ClassVar[str] = "palestra/CoinFlips-v1"
    Config: ClassVar[type[CoinFlipsConfig]] = CoinFlipsConfig
    templates = (
        "{coin} What is the probability that {event}?",
        "{coin} Find the probability that {event}.",
        "{coin} How likely is it that {event}?",
        "Consider this experiment. {coin} Determine the chance that {event}.",
    )

    def draw(self, rng: KeyedRandom) -> CoinEvent:
        """Draw a coin and an event."""
        n = self.config.num_flips + rng.below(3)
        heads, kind = draw_chance(self.config.max_parts, rng), rng.choice(self.config.kinds.split())
        if kind == "even":
            return CoinEvent(heads=heads, num_flips=n, kind=kind)
        if kind in ("exactly", "at-least"):
            return CoinEvent(heads=heads, num_flips=n, kind=kind, count=rng.between(1, n - 1))
        length = n if kind == "sequence" else rng.between(2, min(5, n))
        pattern = "H" * length if kind == "run" else "".join(rng.choice("HT") for _ in range(length))
        return CoinEvent(heads=heads, num_flips=n, kind=kind, pattern=pattern)

    def build(self, key: CoinEvent, rng: KeyedRandom) -> Content:
        """Ask for the probability."""
        chance = key.heads
        coin = "A fair coin" if chance == Fraction(1, 2) else f"A coin that shows heads with probability {chance}"
        return Content(
            slots={"coin": f"{coin} is flipped {key.num_flips} times.", "event": _words(key)},
            reference=str(probability(key)),
            effort=key.num_flips * (max(1, len(key.pattern)) if key.kind in ("run", "pattern") else 1),
        )


def probability(event: CoinEvent) -> Fraction:
    """The exact probability of the event."""
    heads, parts, n = event.heads.numerator, event.heads.denominator, event.num_flips
    if event.pattern:
        weights = _pattern_weights(event.pattern, n, heads, parts - heads)
    else:  # the state is the number of heads
        weights = {k: comb(n, k) * heads**k * (parts - heads) ** (n - k) for k in range(n + 1)}
    wanted = sum(weight for state, weight in weights.items() if _is_wanted(state, event))
    return Fraction(wanted, parts**n)


def _pattern_weights(pattern: str, num_flips: int, heads: int, tails: int) -> dict[int, int]:
    step = _matching(pattern)
    weights = {0: 1}
    for _ in range(num_flips):
        after: dict[int, int] = {}
        for state, weight in weights.items():
            for is_heads, share in ((True, heads), (False, tails)):
                target = step(state, is_heads)
                after[target] = after.get(target, 0) + weight * share
        weights = after
    return weights


def _is_wanted(state: int, event: CoinEvent) -> bool:
    if event.kind == "even":
        return state % 2 == 0
    if event.kind == "at-least":
        return state >= event.count
    return state == (len(event.pattern) or event.count)


def _matching(pattern: str) -> Step:
    """Steps of the automaton whose state is how much of the pattern stands at the end; the whole of it stays."""
    table: dict[tuple[int, bool], int] = {}
    for state in range(len(pattern)):
        for is_heads in (True, False):
            seen = pattern[:state] + ("H" if is_heads else "T")
            table[state, is_heads] = next(n for n in range(len(seen), -1, -1) if seen.endswith(pattern[:n]))
    return lambda state, is_heads: table.get((state, is_heads), len(pattern))


def _words(event: CoinEvent) -> str:
    if event.kind == "even":
        return "the number of heads is even (0 is even)"
    if event.kind in ("exactly", "at-least"):
        verb, noun = ("is", "head") if event.count == 1 else ("are", "heads")
        return f"there {verb} {event.kind.replace('-', ' ')} {event.count} {noun}"
    if event.kind == "run":
        return f"heads come up at least {len(event.pattern)} times in a row somewhere"
    if event.kind == "sequence":
        return f"the flips are {' '.join(event.pattern)} in this order (H heads, T tails)"
    return f"the pattern {' '.join(event.pattern)} comes up somewhere in consecutive flips (H heads, T tails)"
