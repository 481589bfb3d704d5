"""Mechanics: single formulas, and bodies that are pushed, braked, joined and split."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from palestra.envs.config import FamilyConfig, ramp
from palestra.envs.families.kinds import kinds
from palestra.envs.families.science.measures import measure
from palestra.envs.families.science.quantities import QuantityQuestion
from palestra.envs.family import Content
from palestra.verifiers.keyed_random import KeyedRandom

_GRAVITY = Fraction(98, 10)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Formula:
    text: str
    """With {a}, {b} and so on for the numbers."""
    unit: str
    value: Callable[..., Fraction]
    num_numbers: int


_FORMULAS: Mapping[str, _Formula] = {
    "speed": _Formula(
        text="A runner covers {a} m in {b} s at a constant speed. How fast is that, in m/s?",
        unit="m/s",
        value=lambda a, b: Fraction(a, b),
        num_numbers=2,
    ),
    "force": _Formula(
        text="Which net force gives a body of {a} kg an acceleration of {b} m/s^2? Answer in N.",
        unit="N",
        value=lambda a, b: Fraction(a * b),
        num_numbers=2,
    ),
    "acceleration": _Formula(
        text="A net force of {a} N acts on a body of {b} kg. What is its acceleration, in m/s^2?",
        unit="m/s^2",
        value=lambda a, b: Fraction(a, b),
        num_numbers=2,
    ),
    "momentum": _Formula(
        text="A body of {a} kg moves at {b} m/s. What is its momentum, in kg m/s?",
        unit="kg m/s",
        value=lambda a, b: Fraction(a * b),
        num_numbers=2,
    ),
    "work": _Formula(
        text="A force of {a} N moves a box by {b} m in its direction. How much work is done, in J?",
        unit="J",
        value=lambda a, b: Fraction(a * b),
        num_numbers=2,
    ),
    "weight": _Formula(
        text="How large is the weight, in N, of {a} kg of flour and {b} kg of sugar together?",
        unit="N",
        value=lambda a, b: (a + b) * _GRAVITY,
        num_numbers=2,
    ),
    "kinetic": _Formula(
        text="A body of {a} kg moves at {b} m/s. What is its kinetic energy, in J?",
        unit="J",
        value=lambda a, b: Fraction(a * b * b, 2),
        num_numbers=2,
    ),
    "lift": _Formula(
        text="How much energy, in J, does it take to lift {a} kg by {b} m?",
        unit="J",
        value=lambda a, b: a * b * _GRAVITY,
        num_numbers=2,
    ),
    "distance": _Formula(
        text="A car at {a} m/s speeds up by {b} m/s^2 for {c} s. How far does it get in this time, in m?",
        unit="m",
        value=lambda a, b, c: a * c + Fraction(b * c * c, 2),
        num_numbers=3,
    ),
    "power": _Formula(
        text="A motor lifts {a} kg by {b} m in {c} s at a constant speed. What is its useful power, in W?",
        unit="W",
        value=lambda a, b, c: a * b * _GRAVITY / c,
        num_numbers=3,
    ),
    "braking": _Formula(
        text="A sled of {a} kg slides at {b} m/s and is braked by a force of {c} N. After how many m does it stop?",
        unit="m",
        value=lambda a, b, c: Fraction(a * b * b, 2 * c),
        num_numbers=3,
    ),
}
_ENDINGS = {
    "speed": ("What is its speed now, in m/s?", "m/s"),
    "momentum": ("What is its momentum now, in kg m/s?", "kg m/s"),
    "energy": ("What is its kinetic energy now, in J?", "J"),
    "height": ("To which height, in m, could it now roll up a hill?", "m"),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class MechanicsConfig(FamilyConfig):
    """Which problems are asked."""

    high: int = ramp(20, 60, low=5, high=999)
    """Largest number that is given."""
    num_events: int = ramp(2, 8, low=1, high=20)
    """What happens to the body of a story, 1..20."""
    kinds: str = kinds(
        "speed force momentum work",
        "force acceleration momentum work weight kinetic lift",
        "weight kinetic lift distance power braking story",
        "distance power braking story",
        "story",
    )
    """Formulas: speed force acceleration momentum work weight kinetic lift distance power braking; or `story`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Motion:
    """The numbers of a formula; or mass, events (kind and two numbers), and the ending of a story."""

    kind: str
    numbers: tuple[int, ...]
    events: tuple[tuple[str, int, int], ...] = ()


class Mechanics(QuantityQuestion[MechanicsConfig, Motion]):
    """Motion along a line."""

    id: ClassVar[str] = "palestra/Mechanics-v1"
    Config: ClassVar[type[MechanicsConfig]] = MechanicsConfig
    templates = (
        "{problem}{constants}",
        "Physics: {problem}{constants}",
        "{problem} There is no friction unless it is named.{constants}",
        "A question of mechanics. {problem}{constants}",
    )

    def draw(self, rng: KeyedRandom) -> Motion:
        """Draw a formula with its numbers, or a story."""
        config, kind = self.config, rng.choice(self.config.kinds.split())
        if kind != "story":
            numbers = (rng.between(2, config.high) for _ in range(_FORMULAS[kind].num_numbers))
            return Motion(kind=kind, numbers=tuple(numbers))
        events = [("push", rng.between(2, config.high), rng.between(2, 9))]
        for _ in range(config.num_events - 1):
            event = rng.choice(("push", "brake", "join", "drop"))
            events.append((event, rng.between(1, config.high), rng.between(1, 9)))
        return Motion(kind=rng.choice(tuple(_ENDINGS)), numbers=(rng.between(2, config.high),), events=tuple(events))

    def composition(self, key: Motion) -> str:
        """The kinds of events of a story."""
        return " ".join(sorted({event for event, _, _ in key.events})) if len(key.events) > 1 else ""

    def build(self, key: Motion, rng: KeyedRandom) -> Content | None:
        """Ask for the quantity; none where the body of a story would stop or vanish."""
        if not key.events:
            formula = _FORMULAS[key.kind]
            problem = formula.text.format(**dict(zip("abc", key.numbers, strict=False)))
            value, unit, effort = formula.value(*key.numbers), formula.unit, formula.num_numbers - 1
        else:
            moved = after_events(key)
            if moved is None:
                return None
            mass, speed = moved
            asked, unit = _ENDINGS[key.kind]
            story = " ".join(_EVENTS[event].format(a=a, b=b) for event, a, b in key.events)
            problem = f"A cart of {key.numbers[0]} kg stands on a level track. {story} {asked}"
            energy = mass * speed * speed / 2
            values = {"speed": speed, "momentum": mass * speed, "energy": energy}
            value = values.get(key.kind, speed * speed / (2 * _GRAVITY))
            effort = 2 * len(key.events)
        is_heavy = key.kind in ("weight", "lift", "power", "height")
        constants = " Use g = 9.8 m/s^2." if is_heavy else ""
        return Content(
            slots={"problem": problem, "constants": constants}, reference=measure(value, unit), effort=effort
        )


_EVENTS = {
    "push": "It is pushed forwards by a force of {a} N for {b} s.",
    "brake": "It is braked by a force of {a} N for {b} s.",
    "join": "It hits a resting cart of {a} kg, and the two roll on coupled together.",
    "drop": "A load of {a} kg that was on it falls off straight down.",
}


def after_events(motion: Motion) -> tuple[Fraction, Fraction] | None:
    """Mass and speed at the end; None where the body would stop, or lose more than it has."""
    mass, speed = Fraction(motion.numbers[0]), Fraction(0)
    for event, a, b in motion.events:
        if event == "push":
            speed += a * b / mass
        elif event == "brake":
            speed -= a * b / mass
        elif event == "join":
            speed, mass = mass * speed / (mass + a), mass + a
        else:
            mass -= a
        if mass <= 0 or speed <= 0:
            return None
    return mass, speed
