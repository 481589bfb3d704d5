"""Sums and differences of solids: exact volumes in terms of pi."""

from __future__ import annotations

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


@dataclass(frozen=True, kw_only=True, slots=True)
class _Shape:
    text: str
    num_sizes: int
    divisor: int
    """What the product of the sizes is divided by."""
    factor: int = 1
    powers: tuple[int, ...] = (1, 1, 1)
    is_round: bool = False


_SHAPES = {
    "box": _Shape(text="a box of {0} by {1} by {2}", num_sizes=3, divisor=1),
    "cube": _Shape(text="a cube with edges of {0}", num_sizes=1, divisor=1, powers=(3,)),
    "wedge": _Shape(
        text="a prism of height {2} whose base is a right triangle with legs {0} and {1}", num_sizes=3, divisor=2
    ),
    "pyramid": _Shape(text="a pyramid of height {2} on a rectangle of {0} by {1}", num_sizes=3, divisor=3),
    "cylinder": _Shape(
        text="a cylinder of radius {0} and height {1}", num_sizes=2, divisor=1, powers=(2, 1), is_round=True
    ),
    "cone": _Shape(text="a cone of radius {0} and height {1}", num_sizes=2, divisor=3, powers=(2, 1), is_round=True),
    "ball": _Shape(text="a ball of radius {0}", num_sizes=1, divisor=3, factor=4, powers=(3,), is_round=True),
    "half-ball": _Shape(text="half a ball of radius {0}", num_sizes=1, divisor=3, factor=2, powers=(3,), is_round=True),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class SolidVolumesConfig(FamilyConfig):
    """Which solids are asked."""

    num_parts: int = ramp(1, 7, low=1, high=20)
    """How many solids are combined, 1..20."""
    high: int = ramp(10, 30, low=2, high=999)
    """Largest size."""
    kinds: str = kinds(
        "box cube wedge cylinder",
        "box wedge pyramid cylinder cone",
        "box cube wedge pyramid cylinder cone ball half-ball",
        "wedge pyramid cylinder cone ball half-ball",
    )
    """Kinds of solids: box cube wedge pyramid cylinder cone ball half-ball."""


@dataclass(frozen=True, kw_only=True, slots=True, order=True)
class Solid:
    """A solid with its sizes; `sign` is -1 where it is taken away."""

    kind: str
    sizes: tuple[int, ...]
    sign: int = 1

    @property
    def volume(self) -> Surd:
        """The exact volume."""
        shape = _SHAPES[self.kind]
        volume = Fraction(self.sign * shape.factor, shape.divisor)
        for size, power in zip(self.sizes, shape.powers, strict=False):
            volume *= size**power
        return Surd(factor=volume, root=PI) if shape.is_round else Surd(rational=volume)


class SolidVolumes(Question[SolidVolumesConfig, tuple[Solid, ...]]):
    """Sums and differences of volumes."""

    id: ClassVar[str] = "palestra/SolidVolumes-v1"
    Config: ClassVar[type[SolidVolumesConfig]] = SolidVolumesConfig
    templates = (
        "What is the volume of {solid}?",
        "Find the exact volume of {solid}.",
        "Consider {solid}. What volume is that?",
        "Compute exactly the volume of {solid}.",
    )
    answer_format = (
        "End with a line that is the exact volume alone, without a unit: a fraction or whole number p, or p + q*pi."
    )
    verifier = SurdAnswer()

    def draw(self, rng: KeyedRandom) -> tuple[Solid, ...]:
        """Draw solids; the first is never taken away."""
        names, solids = self.config.kinds.split(), []
        for i in range(self.config.num_parts):
            kind = rng.choice(names)
            sizes = tuple(rng.between(2, self.config.high) for _ in range(_SHAPES[kind].num_sizes))
            solids.append(Solid(kind=kind, sizes=sizes, sign=-1 if i and rng.below(3) == 0 else 1))
        return tuple(solids)

    def canonical(self, key: tuple[Solid, ...]) -> str:
        """The solids in order."""
        return repr(sorted(key))

    def composition(self, key: tuple[Solid, ...]) -> str:
        """The kinds of solids, where there are several."""
        return " ".join(sorted({solid.kind for solid in key})) if len(key) > 1 else ""

    def build(self, key: tuple[Solid, ...], rng: KeyedRandom) -> Content | None:
        """Ask for the volume, if something is left."""
        volumes = [solid.volume for solid in key]
        total = Surd(
            rational=sum((volume.rational for volume in volumes), Fraction(0)),
            factor=sum((volume.factor for volume in volumes), Fraction(0)),
            root=PI,
        )
        # Pi lies between 3 and 4.
        if min(total.rational + 3 * total.factor, total.rational + 4 * total.factor) <= 0:
            return None
        added = [_text(solid) for solid in key if solid.sign > 0]
        taken = [_text(solid) for solid in key if solid.sign < 0]
        solid = _listed(added) if len(added) == 1 else f"{_listed(added)} together"
        if taken:
            solid += f", less the volume of {_listed(taken)}"
        return Content(slots={"solid": solid}, reference=str(total), effort=sum(len(s.sizes) for s in key))

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """A volume of a possible size."""
        return str(Surd(rational=Fraction(rng.between(1, self.config.high**3))))


def _text(solid: Solid) -> str:
    return _SHAPES[solid.kind].text.format(*solid.sizes)


def _listed(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
