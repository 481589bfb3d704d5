"""Polygons by the coordinates of their corners: area, and grid points inside."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import gcd
from typing import ClassVar

from palestra.envs.answers import RationalsAnswer
from palestra.envs.config import FamilyConfig, ramp
from palestra.envs.families.kinds import kinds
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom

Point = tuple[int, int]


@dataclass(frozen=True, kw_only=True, slots=True)
class PolygonAreaConfig(FamilyConfig):
    """Which polygons are asked."""

    num_corners: int = ramp(3, 12, low=3, high=40)
    """How many corners, at most, 3..40; fewer where two lie in the same direction from the middle."""
    high: int = ramp(6, 40, low=4, high=999)
    """Corners lie at most so far from the middle, in each direction."""
    kinds: str = kinds("area", "area", "area inside")
    """Kinds of questions: area inside."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Polygon:
    """Corners in their order, counterclockwise, and what is asked."""

    kind: str
    corners: tuple[Point, ...]

    @property
    def double_area(self) -> int:
        """Twice the area, by the corners' cross products."""
        ring = zip(self.corners, (*self.corners[1:], self.corners[0]), strict=True)
        return sum(x * v - y * u for (x, y), (u, v) in ring)

    @property
    def num_inside(self) -> int:
        """Grid points strictly inside, by the theorem of Pick."""
        ring = zip(self.corners, (*self.corners[1:], self.corners[0]), strict=True)
        border = sum(gcd(u - x, v - y) for (x, y), (u, v) in ring)
        return (self.double_area - border + 2) // 2


class PolygonArea(Question[PolygonAreaConfig, Polygon]):
    """Polygons without crossings, all of whose corners can be seen from a point inside."""

    id: ClassVar[str] = "palestra/PolygonArea-v1"
    Config: ClassVar[type[PolygonAreaConfig]] = PolygonAreaConfig
    templates = (
        "The corners of a polygon are, in order, {corners}. {asked}",
        "A polygon goes through {corners} and back to its start. {asked}",
        "Connect {corners} and the first point again by straight lines. {asked}",
        "Walk straight from point to point: {corners}, and home. {asked}",
    )
    answer_format = "End with a line that is the number alone: a whole number or a fraction p/q in lowest terms."
    verifier = RationalsAnswer()

    def draw(self, rng: KeyedRandom) -> Polygon:
        """Draw corners around a middle, sorted by direction."""
        high = self.config.high
        corners: dict[Point, Point] = {}
        for _ in range(self.config.num_corners):
            x, y = rng.between(-high, high), rng.between(-high, high)
            if x or y:
                corners.setdefault((x // gcd(x, y), y // gcd(x, y)), (x, y))
        ordered = _around(list(corners.values()))
        shift = (rng.between(0, high), rng.between(0, high))
        kind = rng.choice(self.config.kinds.split())
        return Polygon(kind=kind, corners=tuple((x + shift[0], y + shift[1]) for x, y in ordered))

    def canonical(self, key: Polygon) -> str:
        """The corners as seen from the lowest left one, wherever they lie and whichever comes first."""
        if not key.corners:
            return ""
        first = key.corners.index(min(key.corners))
        x0, y0 = key.corners[first]
        turned = key.corners[first:] + key.corners[:first]
        return f"{key.kind} {[(x - x0, y - y0) for x, y in turned]}"

    def build(self, key: Polygon, rng: KeyedRandom) -> Content | None:
        """Ask for the area; none where the corners were drawn all to one side of the middle, so that sides cross."""
        if len(key.corners) < 3 or key.double_area <= 0 or not _is_simple(key.corners):
            return None
        first, is_reversed = rng.below(len(key.corners)), rng.below(2)
        corners = list(key.corners[first:] + key.corners[:first])
        if is_reversed:
            corners.reverse()
        asked, answer = "What is its area?", Fraction(key.double_area, 2)
        if key.kind == "inside":
            asked, answer = "How many points with whole coordinates lie strictly inside it?", Fraction(key.num_inside)
        return Content(
            slots={"corners": ", ".join(map(str, corners)), "asked": asked},
            reference=str(answer),
            effort=len(corners) * (2 if key.kind == "inside" else 1),
        )

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """An area of a possible size."""
        return str(Fraction(rng.between(1, 4 * self.config.high**2), rng.between(1, 2)))


def _around(points: list[Point]) -> list[Point]:
    """The points counterclockwise around the origin, from the direction of the first axis; exact, without angles."""

    def place(point: Point) -> tuple[int, Fraction]:
        x, y = point
        quarter = 0 if x > 0 and y >= 0 else 1 if x <= 0 and y > 0 else 2 if x < 0 and y <= 0 else 3
        for _ in range(quarter):
            x, y = y, -x
        return quarter, Fraction(y, x)

    return sorted(points, key=place)


def _is_simple(corners: tuple[Point, ...]) -> bool:
    """Whether no two sides of the polygon touch, but for neighbors in their corner."""
    n = len(corners)
    sides = [(corners[i], corners[(i + 1) % n]) for i in range(n)]
    for i in range(n):
        (ax, ay), (bx, by) = sides[i]
        cx, cy = sides[(i + 1) % n][1]
        if (bx - ax) * (cy - by) == (by - ay) * (cx - bx):  # three corners in a line
            return False
        for j in range(i + 2, n - (i == 0)):
            if _touch(*sides[i], *sides[j]):
                return False
    return True


def _touch(a: Point, b: Point, c: Point, d: Point) -> bool:
    return _side(a, b, c) * _side(a, b, d) <= 0 and _side(c, d, a) * _side(c, d, b) <= 0


def _side(a: Point, b: Point, c: Point) -> int:
    turn = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
    return (turn > 0) - (turn < 0)
