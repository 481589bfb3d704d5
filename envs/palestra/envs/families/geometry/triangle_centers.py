"""Centers of triangles: centroid, circumcenter, orthocenter and the center of the nine-point circle."""

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
Center = tuple[Fraction, Fraction]

_NAMES = {
    "centroid": "centroid (where the medians meet)",
    "circumcenter": "circumcenter (at the same distance from all corners)",
    "orthocenter": "orthocenter (where the altitudes meet)",
    "nine-point": "center of the circle through the midpoints of the three sides",
}
_RANKS = {"centroid": 1, "circumcenter": 3, "orthocenter": 3, "nine-point": 5}


@dataclass(frozen=True, kw_only=True, slots=True)
class TriangleCentersConfig(FamilyConfig):
    """Which triangles are asked."""

    high: int = ramp(9, 60, low=3, high=999)
    """Largest size of a coordinate."""
    kinds: str = kinds(
        "centroid", "centroid", "centroid circumcenter orthocenter", "circumcenter orthocenter nine-point"
    )
    """Kinds of centers: centroid circumcenter orthocenter nine-point."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Triangle:
    """Corners in order, and the center that is asked."""

    kind: str
    corners: tuple[Point, Point, Point]


class TriangleCenters(Question[TriangleCentersConfig, Triangle]):
    """Exact coordinates of a center."""

    id: ClassVar[str] = "palestra/TriangleCenters-v1"
    Config: ClassVar[type[TriangleCentersConfig]] = TriangleCentersConfig
    templates = (
        "A triangle has the corners {corners}. What is its {center}?",
        "Find the {center} of the triangle {corners}.",
        "Take the triangle with corners {corners}. Where is its {center}?",
        "{corners} form a triangle. Determine its {center}.",
    )
    answer_format = "End with a line that is the point alone, written as (x, y); fractions p/q in lowest terms."
    verifier = RationalsAnswer()

    def draw(self, rng: KeyedRandom) -> Triangle:
        """Draw three corners."""
        high = self.config.high
        a, b, c = sorted((rng.between(-high, high), rng.between(-high, high)) for _ in range(3))
        return Triangle(kind=rng.choice(self.config.kinds.split()), corners=(a, b, c))

    def build(self, key: Triangle, rng: KeyedRandom) -> Content | None:
        """Ask for the center of three points that are not in a line."""
        x, y = center(key) or (None, None)
        if x is None or y is None:
            return None
        corners = list(key.corners)
        rng.shuffle(corners)
        return Content(
            slots={"corners": ", ".join(map(str, corners)), "center": _NAMES[key.kind]},
            reference=show_rationals((x, y)),
            effort=_RANKS[key.kind] * len(str(self.config.high)),
        )

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """A point among the corners."""
        high = self.config.high
        return show_rationals(tuple(Fraction(rng.between(-3 * high, 3 * high), 3) for _ in range(2)))


def center(triangle: Triangle) -> Center | None:
    """The exact center; None where the corners are in a line."""
    (ax, ay), (bx, by), (cx, cy) = triangle.corners
    double = 2 * (ax * (by - cy) + bx * (cy - ay) + cx * (ay - by))
    if not double:
        return None
    if triangle.kind == "centroid":
        return Fraction(ax + bx + cx, 3), Fraction(ay + by + cy, 3)
    a2, b2, c2 = ax * ax + ay * ay, bx * bx + by * by, cx * cx + cy * cy
    ux = Fraction(a2 * (by - cy) + b2 * (cy - ay) + c2 * (ay - by), double)
    uy = Fraction(a2 * (cx - bx) + b2 * (ax - cx) + c2 * (bx - ax), double)
    if triangle.kind == "circumcenter":
        return ux, uy
    # Euler: the orthocenter is the sum of the corners minus twice the circumcenter.
    hx, hy = ax + bx + cx - 2 * ux, ay + by + cy - 2 * uy
    return (hx, hy) if triangle.kind == "orthocenter" else ((hx + ux) / 2, (hy + uy) / 2)
