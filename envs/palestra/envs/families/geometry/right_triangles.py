"""Right triangles built on each other: exact lengths by the theorem of Pythagoras."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.config import FamilyConfig, ramp
from palestra.envs.families.geometry.surds import Surd, SurdAnswer, square_root
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom


@dataclass(frozen=True, kw_only=True, slots=True)
class RightTrianglesConfig(FamilyConfig):
    """Which triangles are asked."""

    num_triangles: int = ramp(1, 8, low=1, high=20)
    """How many triangles stand on each other, 1..20."""
    high: int = ramp(12, 40, low=3, high=99)
    """Longest given side."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sides:
    """The first side and, for each triangle, its other given side."""

    first: int
    others: tuple[int, ...]
    """Positive: the other leg, and the hypotenuse goes on; negative: a leg of the hypotenuse that is reached."""

    @property
    def square(self) -> int:
        """The square of the last side."""
        return self.first**2 + sum(side * abs(side) for side in self.others)


class RightTriangles(Question[RightTrianglesConfig, Sides]):
    """A chain of right triangles, each with the side that the one before gave."""

    id: ClassVar[str] = "palestra/RightTriangles-v1"
    Config: ClassVar[type[RightTrianglesConfig]] = RightTrianglesConfig
    templates = (
        "{triangles} How long is {last}?",
        "{triangles} Find the length of {last}.",
        "{triangles} What is the exact length of {last}?",
        "Mind the right angles. {triangles} Work out how long {last} is.",
    )
    answer_format = "End with a line that is the exact length alone: a whole number, or a root such as p*sqrt(q)."
    verifier = SurdAnswer()

    def draw(self, rng: KeyedRandom) -> Sides:
        """Draw the sides; no square on the way is 0 or less."""
        high = self.config.high
        first = rng.between(2, high)
        square, others = first * first, []
        for _ in range(self.config.num_triangles):
            side = rng.between(1, high)
            if rng.below(2) and side * side < square:
                side = -side
            others.append(side)
            square += side * abs(side)
        return Sides(first=first, others=tuple(others))

    def canonical(self, key: Sides) -> str:
        """The sides in order of size: squares are added in any order."""
        return " ".join(map(str, sorted((key.first, *key.others))))

    def build(self, key: Sides, rng: KeyedRandom) -> Content:
        """Name the sides s0, s1, ... and ask for the last."""
        if len(key.others) == 1:
            (other,) = key.others
            text = f"A right triangle has legs of length {key.first} and {other}."
            last = "its hypotenuse"
            if other < 0:
                text = f"A right triangle has a hypotenuse of length {key.first} and a leg of length {-other}."
                last = "its other leg"
        else:
            text = f"Segment s0 has length {key.first}. {' '.join(map(_triangle, enumerate(key.others)))}"
            last = f"s{len(key.others)}"
        return Content(
            slots={"triangles": text, "last": last},
            reference=str(square_root(key.square)),
            effort=len(key.others),
        )

    def hacks(self, task: Task) -> tuple[str, ...]:
        """What is not worked out, and a list of all lengths."""
        root = task.reference.partition("sqrt(")[2].rstrip(")")
        unsolved = (f"sqrt({int(root) - 1} + 1)",) if root.isdigit() else ()
        return (*unsolved, ", ".join(f"sqrt({number})" for number in range(2, 40)))

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """The root of a number of a possible size."""
        return str(Surd(factor=square_root(rng.between(2, 2 * self.config.high**2)).factor or square_root(4).rational))


def _triangle(step: tuple[int, int]) -> str:
    i, side = step
    if side > 0:
        return f"s{i} and a segment of length {side} are the legs of a right triangle with hypotenuse s{i + 1}."
    return f"s{i} is the hypotenuse of a right triangle whose legs are a segment of length {-side} and s{i + 1}."
