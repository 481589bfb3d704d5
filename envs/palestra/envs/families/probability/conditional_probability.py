"""Conditional probabilities: from a table of counts, and by the rule of Bayes."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import comb
from typing import ClassVar

from palestra.envs.config import FamilyConfig, ramp
from palestra.envs.families.kinds import kinds
from palestra.envs.families.probability.exact import ProbabilityQuestion
from palestra.envs.family import Content
from palestra.verifiers.keyed_random import KeyedRandom

_CLUBS = ("chess", "choir", "drama", "soccer", "dance")
_WAYS = ("by bus", "by bike", "by car", "on foot", "by train")


@dataclass(frozen=True, kw_only=True, slots=True)
class ConditionalProbabilityConfig(FamilyConfig):
    """Which tables and boxes are asked."""

    size: int = ramp(2, 5, low=2, high=5)
    """Rows and columns of a table; boxes, 2..5."""
    max_count: int = ramp(12, 40, low=3, high=99)
    """Largest count of a table; boxes have up to a quarter as many balls of a color, and 3 or more."""
    num_seen: int = ramp(1, 4, low=1, high=6)
    """How many balls are drawn from the box, 1..6."""
    kinds: str = kinds("table", "table", "table box", "box")
    """Kinds of questions: table box."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Situation:
    """Counts by row; which row is asked for; and what is known."""

    kind: str
    counts: tuple[tuple[int, ...], ...]
    """Of a table; for boxes the chances (in shares of their sum), red and blue balls of each."""
    wanted: int
    known: int
    """The column of a table; how many of the drawn balls are red."""
    num_seen: int = 0


class ConditionalProbability(ProbabilityQuestion[ConditionalProbabilityConfig, Situation]):
    """How likely a cause is, given what was seen."""

    id: ClassVar[str] = "palestra/ConditionalProbability-v1"
    Config: ClassVar[type[ConditionalProbabilityConfig]] = ConditionalProbabilityConfig
    templates = (
        "{facts}\n{seen} What is the probability that {event}?",
        "{facts}\n{seen} Given this, find the probability that {event}.",
        "{facts}\n{seen} How likely is it now that {event}?",
        "Read these facts. {facts}\n{seen} Determine the chance that {event}.",
    )

    def draw(self, rng: KeyedRandom) -> Situation:
        """Draw counts and a question."""
        config = self.config
        n, kind = config.size, rng.choice(config.kinds.split())
        if kind == "table":
            rows = tuple(tuple(rng.between(1, config.max_count) for _ in range(n)) for _ in range(n))
            return Situation(kind=kind, counts=rows, wanted=rng.below(n), known=rng.below(n))
        most = max(3, config.max_count // 4)
        boxes = tuple((rng.between(1, 4), rng.between(1, most), rng.between(1, most)) for _ in range(n))
        num_seen = config.num_seen
        known = rng.between(0, num_seen)
        return Situation(kind=kind, counts=boxes, wanted=rng.below(n), known=known, num_seen=num_seen)

    def canonical(self, key: Situation) -> str:
        """The rows and columns in order, those asked for marked."""
        rows = key.counts if key.kind == "box" else tuple((row[key.known], *sorted(row)) for row in key.counts)
        wanted = rows[key.wanted]
        return f"{key.kind} {sorted(rows)} {wanted} {key.known if key.kind == 'box' else ''} {key.num_seen}"

    def build(self, key: Situation, rng: KeyedRandom) -> Content | None:
        """Tell the facts, unless they leave no doubt."""
        chance = probability(key)
        if chance.denominator == 1:
            return None
        slots = _table_slots(key) if key.kind == "table" else _box_slots(key)
        cells = len(key.counts) * len(key.counts[0])
        return Content(slots=slots, reference=str(chance), effort=cells * (1 + key.num_seen))


def probability(situation: Situation) -> Fraction:
    """The exact probability of what is asked."""
    if situation.kind == "table":
        weights = [Fraction(row[situation.known]) for row in situation.counts]
    else:
        reds, blues = situation.known, situation.num_seen - situation.known
        weights = [
            Fraction(share * comb(situation.num_seen, reds) * red**reds * blue**blues, (red + blue) ** (reds + blues))
            for share, red, blue in situation.counts
        ]
    return weights[situation.wanted] / sum(weights)


def _table_slots(table: Situation) -> dict[str, str]:
    lines = [
        f"{_CLUBS[i].capitalize()}: {', '.join(f'{count} {_WAYS[j]}' for j, count in enumerate(row))}."
        for i, row in enumerate(table.counts)
    ]
    return {
        "facts": "Children by club, and how they come to school.\n" + "\n".join(lines),
        "seen": f"One of those who come {_WAYS[table.known]} is picked at random.",
        "event": f"the child is in the {_CLUBS[table.wanted]} club",
    }


def _box_slots(boxes: Situation) -> dict[str, str]:
    total = sum(share for share, _, _ in boxes.counts)
    lines = [
        f"Box {i + 1} is chosen with probability {Fraction(share, total)}; it holds {red} red and {blue} blue balls."
        for i, (share, red, blue) in enumerate(boxes.counts)
    ]
    red, num_seen = boxes.known, boxes.num_seen
    if num_seen == 1:
        seen = f"A ball is drawn at random from it; the ball is {'red' if red else 'blue'}."
    else:
        seen = (
            f"From it {num_seen} balls are drawn at random, each put back before the next; "
            f"exactly {red} of the {num_seen} {'is' if red == 1 else 'are'} red."
        )
    return {
        "facts": "One box is chosen at random.\n" + "\n".join(lines),
        "seen": seen,
        "event": f"box {boxes.wanted + 1} was chosen",
    }
