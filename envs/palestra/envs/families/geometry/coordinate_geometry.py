"""Points and lines by coordinates: distances, slopes, intersections, feet and mirror images, exactly."""

from __future__ import annotations

from collections.abc import Callable
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
Values = tuple[Fraction, ...]

_RANKS = {"midpoint": 1, "slope": 2, "distance": 2, "share": 3, "intersection": 5, "foot": 6, "gap": 6, "mirror": 7}


@dataclass(frozen=True, kw_only=True, slots=True)
class CoordinateGeometryConfig(FamilyConfig):
    """Which questions are asked."""

    high: int = ramp(10, 30, low=2, high=999)
    """Largest size of a coordinate."""
    kinds: str = kinds(
        "midpoint distance",
        "midpoint distance slope",
        "distance slope share",
        "slope share intersection",
        "share intersection foot gap",
        "intersection foot gap mirror",
        "foot gap mirror",
    )
    """Kinds of questions: midpoint distance slope share intersection foot gap mirror."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Figure:
    """Points A, B, C, D, as many as the question needs; for `share` the last pair is a ratio."""

    kind: str
    points: tuple[Point, ...]


class CoordinateGeometry(Question[CoordinateGeometryConfig, Figure]):
    """Questions on two to four points of the plane."""

    id: ClassVar[str] = "palestra/CoordinateGeometry-v1"
    Config: ClassVar[type[CoordinateGeometryConfig]] = CoordinateGeometryConfig
    templates = (
        "Points: {points}. {asked}",
        "Given are {points}. {asked}",
        "{points} are points of the plane. {asked}",
        "Mark the points {points}. {asked}",
    )
    answer_format = (
        "End with a line that is the exact result alone: a number, or a point (x, y); fractions p/q in lowest terms."
    )
    verifier = RationalsAnswer()

    def draw(self, rng: KeyedRandom) -> Figure:
        """Draw the points."""
        kind, high = rng.choice(self.config.kinds.split()), self.config.high
        num_points = {"midpoint": 2, "slope": 2, "distance": 2, "share": 2, "intersection": 4}.get(kind, 3)
        points = [(rng.between(-high, high), rng.between(-high, high)) for _ in range(num_points)]
        if kind == "share":
            points.append((rng.between(1, 9), rng.between(1, 9)))
        return Figure(kind=kind, points=tuple(points))

    def build(self, key: Figure, rng: KeyedRandom) -> Content | None:
        """Ask for a number or a point, where there is one."""
        if len(set(key.points)) < len(key.points):
            return None
        values = solve(key)
        if values is None:
            return None
        named = key.points[:2] if key.kind == "share" else key.points
        points = ", ".join(f"{name}({x}, {y})" for name, (x, y) in zip("ABCD", named, strict=False))
        a, b = key.points[-1] if key.kind == "share" else (0, 0)
        asked = _ASKED[key.kind].format(a=a, b=b)
        return Content(
            slots={"points": points, "asked": asked}, reference=show_rationals(values), effort=_RANKS[key.kind]
        )

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """A number or a point, whatever is asked."""
        count = 2 if task.reference.startswith("(") else 1
        high = self.config.high
        return show_rationals(tuple(Fraction(rng.between(-high, high), rng.between(1, 9)) for _ in range(count)))


_ASKED = {
    "midpoint": "What is the midpoint of AB?",
    "distance": "What is the square of the distance from A to B?",
    "slope": "What is the slope of the line AB?",
    "share": "Which point P of the segment AB has AP : PB = {a} : {b}?",
    "intersection": "In which point do the lines AB and CD meet?",
    "foot": "What is the foot of the perpendicular from C to the line AB?",
    "gap": "What is the square of the distance from C to the line AB?",
    "mirror": "What is the mirror image of C in the line AB?",
}


def solve(figure: Figure) -> Values | None:
    """The exact numbers that answer the question; None where there is no answer."""
    (ax, ay), (bx, by), *others = figure.points
    dx, dy = bx - ax, by - ay
    if figure.kind == "midpoint":
        return Fraction(ax + bx, 2), Fraction(ay + by, 2)
    if figure.kind == "distance":
        return (Fraction(dx * dx + dy * dy),)
    if figure.kind == "slope":
        return (Fraction(dy, dx),) if dx and dy else None
    if figure.kind == "share":
        p, q = others[0]
        return Fraction(q * ax + p * bx, p + q), Fraction(q * ay + p * by, p + q)
    if figure.kind == "intersection":
        (cx, cy), (ex, ey) = others
        cross = dx * (ey - cy) - dy * (ex - cx)
        if not cross:
            return None
        along = Fraction((cx - ax) * (ey - cy) - (cy - ay) * (ex - cx), cross)
        return ax + along * dx, ay + along * dy
    return _of_line((ax, ay), (dx, dy), others[0])[figure.kind]()


def _of_line(start: Point, way: Point, point: Point) -> dict[str, Callable[[], Values | None]]:
    (ax, ay), (dx, dy), (cx, cy) = start, way, point
    along = Fraction((cx - ax) * dx + (cy - ay) * dy, dx * dx + dy * dy)
    foot = (ax + along * dx, ay + along * dy)
    if (foot[0], foot[1]) == (Fraction(cx), Fraction(cy)):
        return dict.fromkeys(("foot", "gap", "mirror"), lambda: None)
    return {
        "foot": lambda: foot,
        "gap": lambda: ((foot[0] - cx) ** 2 + (foot[1] - cy) ** 2,),
        "mirror": lambda: (2 * foot[0] - cx, 2 * foot[1] - cy),
    }
