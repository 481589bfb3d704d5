"""Circles and their parts: lengths and areas in terms of pi."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from palestra.envs.config import FamilyConfig, ramp
from palestra.envs.families.geometry.surds import PI, Surd, SurdAnswer
from palestra.envs.families.kinds import kinds
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom

_DEGREES = (30, 36, 40, 45, 60, 72, 80, 90, 100, 120, 135, 144, 150, 160, 200, 210, 225, 240, 270, 300, 315, 330)
_NEAR_PI = (Fraction(314, 100), Fraction(315, 100))
_PARTS = ("disc", "half", "sector", "ring", "rectangle")


@dataclass(frozen=True, kw_only=True, slots=True)
class CircleMeasuresConfig(FamilyConfig):
    """Which figures are asked."""

    high: int = ramp(20, 30, low=3, high=999)
    """Largest radius."""
    num_parts: int = ramp(1, 6, low=1, high=12)
    """Parts of a plate, 1..12; at least 2 are drawn."""
    kinds: str = kinds(
        "around area",
        "around area arc sector",
        "arc sector ring perimeter",
        "sector ring perimeter plate",
        "perimeter square plate",
        "plate",
    )
    """Kinds of questions: around area arc sector ring perimeter square plate."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """A figure: a radius with an angle, a second radius or a side; or a part of a plate, with its sign."""

    kind: str
    radius: int
    other: int = 0
    sign: int = 1


class CircleMeasures(Question[CircleMeasuresConfig, tuple[Part, ...]]):
    """Figures of circles; the key has one figure, or the parts of a plate."""

    id: ClassVar[str] = "palestra/CircleMeasures-v1"
    Config: ClassVar[type[CircleMeasuresConfig]] = CircleMeasuresConfig
    templates = (
        "{figure} {asked}",
        "{figure} Answer in terms of pi: {asked}",
        "Geometry question: {figure} {asked}",
        "{figure} No rounding, please. {asked}",
    )
    answer_format = "End with a line that is the exact value alone, written as q*pi or p + q*pi, without a unit."
    verifier = SurdAnswer()

    def draw(self, rng: KeyedRandom) -> tuple[Part, ...]:
        """Draw one figure, or a plate."""
        kind, high = rng.choice(self.config.kinds.split()), self.config.high
        if kind != "plate":
            return (_figure(kind, high, rng),)
        parts = [_figure(rng.choice(_PARTS), high, rng) for _ in range(max(2, self.config.num_parts))]
        return tuple(Part(kind=p.kind, radius=p.radius, other=p.other, sign=rng.choice((1, 1, -1))) for p in parts)

    def canonical(self, key: tuple[Part, ...]) -> str:
        """The parts in order."""
        return repr(sorted((part.kind, part.radius, part.other, part.sign) for part in key))

    def composition(self, key: tuple[Part, ...]) -> str:
        """The kinds of parts of a plate."""
        return " ".join(sorted({part.kind for part in key})) if len(key) > 2 else ""

    def build(self, key: tuple[Part, ...], rng: KeyedRandom) -> Content | None:
        """Ask for a length or an area; a plate must have pi in its area, and some area."""
        measures = [_measure(part) for part in key]
        rational = sum((part.sign * m.rational for part, m in zip(key, measures, strict=True)), Fraction(0))
        factor = sum((part.sign * m.factor for part, m in zip(key, measures, strict=True)), Fraction(0))
        if factor == 0 or min(rational + factor * near for near in _NEAR_PI) <= 0:
            return None
        figure, asked = _words(key[0]) if len(key) == 1 else (_plate(key), "What is its area?")
        reference = str(Surd(rational=rational, factor=factor, root=PI))
        return Content(slots={"figure": figure, "asked": asked}, reference=reference, effort=_effort(key))

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """A multiple of pi."""
        return str(Surd(factor=Fraction(rng.between(1, self.config.high**2), rng.choice((1, 1, 2, 4))), root=PI))


def _effort(key: tuple[Part, ...]) -> int:
    ranks = {"around": 1, "area": 1, "arc": 2, "sector": 2, "ring": 3, "perimeter": 3, "square": 3}
    return sum(ranks.get(part.kind, 2) for part in key)


def _figure(kind: str, high: int, rng: KeyedRandom) -> Part:
    radius = rng.between(2, high)
    if kind in ("arc", "sector", "perimeter"):
        return Part(kind=kind, radius=radius, other=rng.choice(_DEGREES))
    if kind == "ring":
        return Part(kind=kind, radius=radius, other=rng.between(1, radius - 1))
    if kind == "rectangle":
        return Part(kind=kind, radius=radius, other=rng.between(2, high))
    return Part(kind=kind, radius=radius, other=rng.below(2) if kind in ("around", "area", "square") else 0)


def _measure(part: Part) -> Surd:
    r, other = part.radius, part.other
    turn = Fraction(other, 360)
    measures: dict[str, Callable[[], Surd]] = {
        "around": lambda: _pi(Fraction(2 * r, 1 + other)),
        "area": lambda: _pi(Fraction(r * r, 1 + 3 * other)),
        "arc": lambda: _pi(2 * r * turn),
        "sector": lambda: _pi(r * r * turn),
        "ring": lambda: _pi(Fraction(r * r - other * other)),
        "perimeter": lambda: _pi(2 * r * turn, Fraction(2 * r)),
        "square": lambda: (
            _pi(Fraction(-r * r), Fraction(4 * r * r)) if other else _pi(Fraction(r * r), Fraction(-2 * r * r))
        ),
        "disc": lambda: _pi(Fraction(r * r)),
        "half": lambda: _pi(Fraction(r * r, 2)),
        "rectangle": lambda: _pi(Fraction(0), Fraction(r * other)),
    }
    return measures[part.kind]()


def _pi(factor: Fraction, rational: Fraction = Fraction(0)) -> Surd:
    return Surd(rational=rational, factor=factor, root=PI)


def _words(part: Part) -> tuple[str, str]:
    """The figure, and what is asked of it."""
    r, other = part.radius, part.other
    if part.kind in ("around", "area"):
        figure = f"A circle has the {'diameter' if other else 'radius'} {r}."
        return figure, "What is its circumference?" if part.kind == "around" else "What is its area?"
    if part.kind in ("arc", "sector", "perimeter"):
        figure = f"A sector of a circle of radius {r} has an angle of {other} degrees at the center."
        asked = {
            "arc": "How long is its arc?",
            "sector": "What is its area?",
            "perimeter": "What is its whole perimeter, the two radii included?",
        }
        return figure, asked[part.kind]
    if part.kind == "ring":
        return f"Two circles with the same center have the radii {r} and {other}.", "What is the area between them?"
    if other:
        figure = f"A circle of radius {r} touches all four sides of a square."
        return figure, "What is the area inside the square but outside the circle?"
    figure = f"The corners of a square lie on a circle of radius {r}."
    return figure, "What is the area inside the circle but outside the square?"


def _plate(parts: tuple[Part, ...]) -> str:
    shapes = {
        "disc": "a disc of radius {0}",
        "half": "a half disc of radius {0}",
        "sector": "a sector of radius {0} and {1} degrees",
        "ring": "a ring between the radii {0} and {1}",
        "rectangle": "a rectangle of {0} by {1}",
    }
    terms = [
        f"{'plus' if part.sign > 0 else 'minus'} that of {shapes[part.kind].format(part.radius, part.other)}"
        for part in sorted(parts, key=lambda part: -part.sign)
    ]
    return f"The area of a figure is {', '.join(terms).removeprefix('plus ')}."
