"""Points that are turned, mirrored, moved and stretched, one step after the other."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from palestra.envs.answers import RationalsAnswer, show_rationals
from palestra.envs.config import FamilyConfig, ramp
from palestra.envs.families.kinds import kinds
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom

Point = tuple[int, int]

_AXES = ("the x-axis", "the y-axis", "the line y = x", "the line y = -x")


@dataclass(frozen=True, kw_only=True, slots=True)
class TransformationsConfig(FamilyConfig):
    """Which steps are asked."""

    num_steps: int = ramp(1, 10, low=1, high=50)
    """How many steps, 1..50."""
    high: int = ramp(9, 20, low=2, high=999)
    """Largest size of a coordinate that is given."""
    steps: str = kinds(
        "move mirror",
        "move mirror turn",
        "move mirror turn line",
        "move mirror turn line around",
        "mirror turn line around through stretch",
    )
    """Kinds of steps: move mirror turn line around through stretch."""
    asks: str = kinds("image", "image", "image origin")
    """What is asked: the image of a point, or the point that an image came from."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """One step: its kind, a number of quarter turns, axis or factor, and a point."""

    kind: str
    number: int = 0
    point: Point = (0, 0)


@dataclass(frozen=True, kw_only=True, slots=True)
class Journey:
    """A point, its steps, and whether the image or the origin is asked."""

    start: Point
    steps: tuple[Step, ...]
    asks: str


class Transformations(Question[TransformationsConfig, Journey]):
    """Where a point lands, or where it came from."""

    id: ClassVar[str] = "palestra/Transformations-v1"
    Config: ClassVar[type[TransformationsConfig]] = TransformationsConfig
    templates = (
        "{given} {steps} {asked}",
        "{given} Follow it: {steps} {asked}",
        "A point of the plane is transformed. {given} {steps} {asked}",
        "Trace a point. {given} {steps} So: {asked}",
    )
    answer_format = "End with a line that is the point alone, written as (x, y)."
    verifier = RationalsAnswer()

    def draw(self, rng: KeyedRandom) -> Journey:
        """Draw a point and the steps; at most two of them stretch."""
        config = self.config
        names, steps, num_stretched = config.steps.split(), [], 0
        for _ in range(config.num_steps):
            kind = rng.choice(names)
            if kind == "stretch" and (num_stretched := num_stretched + 1) > 2:
                kind = "mirror"
            steps.append(_step(kind, config.high, rng))
        start = _point(config.high, rng)
        return Journey(start=start, steps=tuple(steps), asks=rng.choice(config.asks.split()))

    def composition(self, key: Journey) -> str:
        """The kinds of steps, where there are several."""
        return " ".join(sorted({step.kind for step in key.steps})) if len(key.steps) > 1 else ""

    def build(self, key: Journey, rng: KeyedRandom) -> Content | None:
        """Ask for a point, unless it is the one that is given."""
        image = key.start
        for step in key.steps:
            image = applied(step, image)
        if image == key.start:
            return None
        steps = f"{'; then '.join(map(_words, key.steps))}."
        given, asked, answer = f"Start at ({key.start[0]}, {key.start[1]}).", "Where does the point end?", image
        if key.asks == "origin":
            given, asked, answer = "Start at a point P.", f"The end is ({image[0]}, {image[1]}). Where is P?", key.start
        return Content(
            slots={"given": given, "steps": steps[0].upper() + steps[1:], "asked": asked},
            reference=show_rationals((Fraction(answer[0]), Fraction(answer[1]))),
            effort=len(key.steps) * (2 if key.asks == "origin" else 1),
        )

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """A point in reach."""
        x, y = _point(2 * self.config.high, rng)
        return f"({x}, {y})"


def applied(step: Step, point: Point) -> Point:
    """Where the step brings the point."""
    (x, y), (a, b) = point, step.point
    if step.kind == "move":
        return x + a, y + b
    if step.kind == "stretch":
        return step.number * x, step.number * y
    if step.kind == "mirror":
        return ((x, -y), (-x, y), (y, x), (-y, -x))[step.number]
    if step.kind == "line":
        return (2 * a - x, y) if step.number else (x, 2 * a - y)
    if step.kind == "through":
        return 2 * a - x, 2 * b - y
    x, y = x - a, y - b
    for _ in range(step.number):
        x, y = -y, x
    return x + a, y + b


def _step(kind: str, high: int, rng: KeyedRandom) -> Step:
    if kind in ("move", "through"):
        return Step(kind=kind, point=_point(high, rng))
    if kind == "stretch":
        return Step(kind=kind, number=rng.between(2, 3))
    if kind == "mirror":
        return Step(kind=kind, number=rng.below(4))
    if kind == "line":
        return Step(kind=kind, number=rng.below(2), point=(rng.between(1, high), 0))
    return Step(kind=kind, number=rng.between(1, 3), point=_point(high, rng) if kind == "around" else (0, 0))


def _point(high: int, rng: KeyedRandom) -> Point:
    return rng.between(-high, high), rng.between(1, high) * rng.choice((1, -1))


def _words(step: Step) -> str:
    a, b = step.point
    if step.kind == "move":
        right = f"{abs(a)} to the {'right' if a > 0 else 'left'} and " if a else ""
        return f"move it {right}{abs(b)} {'up' if b > 0 else 'down'}"
    if step.kind == "stretch":
        return f"multiply both coordinates by {step.number}"
    if step.kind == "mirror":
        return f"reflect it in {_AXES[step.number]}"
    if step.kind == "line":
        return f"reflect it in the line {'x' if step.number else 'y'} = {a}"
    if step.kind == "through":
        return f"reflect it through the point ({a}, {b})"
    center = "the origin" if step.kind == "turn" else f"({a}, {b})"
    return f"rotate it by {90 * step.number} degrees counterclockwise around {center}"
