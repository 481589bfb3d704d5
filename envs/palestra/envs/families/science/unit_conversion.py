"""Write a quantity in another unit: metric, everyday, and compound units, and temperatures."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from importlib.resources import files
from typing import ClassVar

from palestra.envs.config import FamilyConfig, ramp
from palestra.envs.families.kinds import kinds
from palestra.envs.families.science.measures import Measure, MeasureAnswer, decimal, guessed_number
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.record import decode, encode
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom

_COMPOUNDS = (("length", "time"), ("mass", "volume"), ("volume", "time"), ("mass", "area"), ("energy", "mass"))
_METRIC = ("length", "mass", "time", "volume")
_ABSOLUTE = {"K": (Fraction(1), Fraction(0)), "degC": (Fraction(1), Fraction("273.15"))}
_TEMPERATURES = {**_ABSOLUTE, "degF": (Fraction(5, 9), Fraction("459.67"))}


@dataclass(frozen=True, kw_only=True, slots=True)
class UnitConversionConfig(FamilyConfig):
    """Which conversions are asked."""

    digits: int = ramp(2, 4, low=1, high=6)
    """Digits of the given number, 1..6."""
    kinds: str = kinds(
        "metric", "metric everyday", "everyday temperature compound", "everyday compound", "compound three"
    )
    """Kinds of units: metric everyday temperature compound three."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Conversion:
    """A decimal number, and the units from and to: the first is above the fraction line, the others below."""

    number: str
    sources: tuple[str, ...]
    targets: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Unit:
    kind: str
    factor: Fraction
    fact: str


class UnitConversion(Question[UnitConversionConfig, Conversion]):
    """Conversions whose factors are common knowledge, or said."""

    id: ClassVar[str] = "palestra/UnitConversion-v1"
    Config: ClassVar[type[UnitConversionConfig]] = UnitConversionConfig
    templates = (
        "Convert {given} to {unit}.{facts}",
        "How much is {given} in {unit}?{facts}",
        "Express {given} in {unit}.{facts}",
        "{given} shall be written in {unit}.{facts} What is the number?",
    )
    answer_format = "End with a line that is the number alone, right to four digits or more."
    verifier = MeasureAnswer()

    def draw(self, rng: KeyedRandom) -> Conversion:
        """Draw two lists of units of the same kinds, and a number."""
        kind, number = rng.choice(self.config.kinds.split()), _number(self.config.digits, rng)
        if kind == "temperature":
            one, other = rng.sample(tuple(_TEMPERATURES), 2)
            return Conversion(number=number, sources=(one,), targets=(other,))
        if kind in ("metric", "everyday"):
            table = units_of(rng.choice(_METRIC if kind == "metric" else tuple(_kinds())), is_metric=kind == "metric")
            one, other = rng.sample(table, 2)
            return Conversion(number=number, sources=(one,), targets=(other,))
        above, below = rng.choice(_COMPOUNDS)
        parts = [above, below] if kind == "compound" else ["mass", "length", "time"]
        pairs = [rng.sample(units_of(part, is_metric=False), 2) for part in parts]
        return Conversion(number=number, sources=tuple(a for a, _ in pairs), targets=tuple(b for _, b in pairs))

    def build(self, key: Conversion, rng: KeyedRandom) -> Content | None:
        """Say what is to be known, and ask; none where both units are the same size."""
        value = converted(key)
        if value == Fraction(key.number) or value == 0:
            return None
        facts = [_units()[unit].fact for unit in (*key.sources, *key.targets) if unit in _units()]
        said = ", ".join(dict.fromkeys(fact for fact in facts if fact))
        unit = _written(key.targets)
        reference = Measure(value=decimal(value), unit=unit, tolerance="0.001", is_conversion=True)
        return Content(
            slots={
                "given": f"{key.number} {_written(key.sources)}",
                "unit": unit,
                "facts": f" ({said})" if said else "",
            },
            reference=encode(reference),
            effort=len(key.number) * len(key.sources) + 2 * len(said.split(", ")) * bool(said),
        )

    def oracle(self, task: Task) -> str:
        """The number, to six digits."""
        return decode(Measure, task.reference).value

    def hacks(self, task: Task) -> tuple[str, ...]:
        """The given quantity, and its number in the unit that is asked."""
        found = re.search(r"([0-9.]+) (\S+(?: \S+\))?)", task.prompt)
        return (found[0], f"{found[1]} {decode(Measure, task.reference).unit}") if found else ()

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """A number of two digits, times a power of ten."""
        return guessed_number(rng)


def converted(conversion: Conversion) -> Fraction:
    """The exact number in the wanted unit."""
    value = Fraction(conversion.number)
    if conversion.sources[0] in _TEMPERATURES:
        scale, zero = _TEMPERATURES[conversion.sources[0]]
        target_scale, target_zero = _TEMPERATURES[conversion.targets[0]]
        return (value + zero) * scale / target_scale - target_zero
    for i, (source, target) in enumerate(zip(conversion.sources, conversion.targets, strict=True)):
        ratio = _units()[source].factor / _units()[target].factor
        value = value / ratio if i else value * ratio
    return value


def units_of(kind: str, *, is_metric: bool) -> tuple[str, ...]:
    """The units of a kind, in the order of the table; metric ones need no fact."""
    return tuple(name for name, unit in _units().items() if unit.kind == kind and not (is_metric and unit.fact))


@cache
def _units() -> Mapping[str, _Unit]:
    table = json.loads((files(__package__) / "units.json").read_text("ascii"))
    return {
        name: _Unit(kind=kind, factor=Fraction(factor), fact=fact)
        for kind, rows in table.items()
        for name, factor, fact in rows
    }


@cache
def _kinds() -> tuple[str, ...]:
    return tuple(dict.fromkeys(unit.kind for unit in _units().values()))


def _number(digits: int, rng: KeyedRandom) -> str:
    text = str(rng.between(10 ** (digits - 1), 10**digits - 1))
    places = rng.below(digits)
    return f"{text[:-places]}.{text[-places:]}" if places else text


def _written(units: tuple[str, ...]) -> str:
    above, *below = units
    if not below:
        return above
    return f"{above}/{below[0]}" if len(below) == 1 else f"{above}/({' '.join(below)})"
