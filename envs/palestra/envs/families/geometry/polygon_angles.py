"""Angles of triangles and polygons: find the one that is asked."""

from __future__ import annotations

from collections.abc import Callable
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

_MIN_ANGLE = 5
_MAX_TRIES = 64
_NAMES = {3: "triangle", 4: "quadrilateral", 5: "pentagon", 6: "hexagon", 8: "octagon"}


@dataclass(frozen=True, kw_only=True, slots=True)
class PolygonAnglesConfig(FamilyConfig):
    """Which polygons are asked."""

    num_corners: int = ramp(3, 9, low=3, high=20)
    """Corners of a polygon, 3..20; down to 3 where a triangle is asked."""
    kinds: str = kinds(
        "missing isosceles",
        "missing isosceles exterior",
        "missing exterior ratio",
        "missing exterior ratio algebra",
        "missing bisectors ratio algebra",
        "bisectors ratio algebra",
        "ratio algebra",
    )
    """Kinds of questions: missing isosceles exterior bisectors ratio algebra."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Angles:
    """Interior angles in degrees, one after the other, and what is asked."""

    kind: str
    angles: tuple[int, ...] = ()
    terms: tuple[int, ...] = ()
    """For `ratio` the shares of the angles, which are not listed; for `algebra` the factors of x in them."""
    x: int = 0


class PolygonAngles(Question[PolygonAnglesConfig, Angles]):
    """Convex polygons by their interior angles, all of them whole numbers of degrees."""

    id: ClassVar[str] = "palestra/PolygonAngles-v1"
    Config: ClassVar[type[PolygonAnglesConfig]] = PolygonAnglesConfig
    templates = (
        "{facts} {asked}",
        "Geometry question: {facts} {asked}",
        "{facts} (All angles are in degrees.) {asked}",
        "Here is what is known. {facts} {asked}",
    )
    answer_format = "End with a line that is the number alone, in degrees: whole, or a fraction p/q in lowest terms."
    verifier = RationalsAnswer()

    def draw(self, rng: KeyedRandom) -> Angles:
        """Draw the angles; none where a few tries gave no convex polygon."""
        kind = rng.choice(self.config.kinds.split())
        n = self.config.num_corners if kind in ("missing", "ratio", "algebra") else 3
        for _ in range(_MAX_TRIES):
            drawn = _drawn(kind, n, rng)
            if drawn is not None:
                return drawn
        return Angles(kind=kind)

    def canonical(self, key: Angles) -> str:
        """The angles in order of size, but for the one that is asked."""
        if key.kind == "ratio":
            return f"{key.kind} {sorted(key.terms)}"
        if key.terms:
            return f"{key.kind} {sorted(zip(key.terms, key.angles, strict=True))}"
        return f"{key.kind} {sorted(key.angles[:-1])} {key.angles[-1:]}"

    def build(self, key: Angles, rng: KeyedRandom) -> Content | None:
        """Ask for an angle."""
        if not key.angles and not key.terms:
            return None
        facts, asked, answer = _ASKED[key.kind](key)
        effort = len(key.angles or key.terms) * {"ratio": 2, "algebra": 3}.get(key.kind, 1) + 3 * (
            key.kind == "bisectors"
        )
        return Content(slots={"facts": facts, "asked": asked}, reference=str(answer), effort=effort)

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """A number of degrees."""
        return str(rng.between(1, 179))


def _drawn(kind: str, n: int, rng: KeyedRandom) -> Angles | None:
    total = 180 * (n - 2)
    if kind == "isosceles":
        base = rng.between(_MIN_ANGLE, 85)
        order = (base, base, 180 - 2 * base) if rng.below(2) else (180 - 2 * base, base, base)
        return Angles(kind=kind, angles=order)
    if kind == "ratio":
        shares = [rng.between(4, 9) for _ in range(n)]
        is_convex = max(shares) * total < 180 * sum(shares)
        return Angles(kind=kind, terms=tuple(share // gcd(*shares) for share in shares)) if is_convex else None
    cuts = sorted(rng.sample(range(1, 360), n - 1))
    angles = tuple(180 - (b - a) for a, b in zip((0, *cuts), (*cuts, 360), strict=True))
    if not _MIN_ANGLE <= min(angles) <= max(angles) <= 180 - _MIN_ANGLE or (kind == "bisectors" and angles[2] % 2):
        return None
    if kind != "algebra":
        return Angles(kind=kind, angles=angles)
    x = rng.between(3, 25)
    terms = tuple(rng.between(1, max(1, min(9, angle // x))) for angle in angles)
    return Angles(kind=kind, angles=angles, terms=terms, x=x)


def _missing(key: Angles) -> tuple[str, str, int]:
    n, given = len(key.angles), ", ".join(map(str, key.angles[:-1]))
    shape = _NAMES.get(n, f"polygon with {n} corners")
    article = "An" if shape[0] in "ao" else "A"
    known = f"{article} {shape} has the interior angles {given} degrees, and one more."
    return known, "How large is the missing angle?", key.angles[-1]


def _isosceles(key: Angles) -> tuple[str, str, int]:
    first, _, last = key.angles
    if key.angles[0] == key.angles[1]:
        facts = f"In an isosceles triangle each of the two equal angles is {first} degrees."
        return facts, "How large is the third angle?", last
    facts = f"In an isosceles triangle the angle between the two equal sides is {first} degrees."
    return facts, "How large is each of the other two angles?", last


def _exterior(key: Angles) -> tuple[str, str, int]:
    a, b, c = key.angles
    facts = f"In triangle ABC the exterior angle at C is {180 - c} degrees, and the interior angle at A is {a} degrees."
    return facts, "How large is the interior angle at B?", b


def _bisectors(key: Angles) -> tuple[str, str, int]:
    a, b, c = key.angles
    facts = f"In triangle ABC the angle at A is {a} degrees and the angle at B is {b} degrees."
    return f"{facts} The bisectors of these two angles meet at the point I.", "How large is the angle AIB?", 90 + c // 2


def _ratio(key: Angles) -> tuple[str, str, Fraction]:
    largest = Fraction(180 * (len(key.terms) - 2) * max(key.terms), sum(key.terms))
    facts = f"The interior angles of a convex polygon are in the ratio {' : '.join(map(str, key.terms))}."
    return facts, "How large is the largest of them?", largest


def _algebra(key: Angles) -> tuple[str, str, int]:
    parts = [_expression(factor, angle - factor * key.x) for factor, angle in zip(key.terms, key.angles, strict=True)]
    return f"The interior angles of a convex polygon are {', '.join(parts)} degrees.", "What is x?", key.x


def _expression(factor: int, rest: int) -> str:
    x = "x" if factor == 1 else f"{factor}x"
    return x if not rest else f"{x} {'+' if rest > 0 else '-'} {abs(rest)}"


_ASKED: dict[str, Callable[[Angles], tuple[str, str, int | Fraction]]] = {
    "missing": _missing,
    "isosceles": _isosceles,
    "exterior": _exterior,
    "bisectors": _bisectors,
    "ratio": _ratio,
    "algebra": _algebra,
}
