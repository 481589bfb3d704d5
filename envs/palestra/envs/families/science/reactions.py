"""Chemical equations without coefficients, drawn from fuels, metals, salts and oxidizers."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from palestra.envs.families.science.formulas import compound
from palestra.verifiers.keyed_random import KeyedRandom

Ion = tuple[str, int]


@dataclass(frozen=True, kw_only=True, slots=True)
class Reaction:
    """What reacts, and what comes of it."""

    left: tuple[str, ...]
    right: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Table:
    cations: tuple[Ion, ...]
    anions: tuple[Ion, ...]
    oxidizers: tuple[Reaction, ...]


@cache
def _table() -> _Table:
    rows = json.loads((files(__package__) / "ions.json").read_text("ascii"))
    return _Table(
        cations=tuple((ion, charge) for ion, charge in rows["cations"]),
        anions=tuple((ion, charge) for ion, charge in rows["anions"]),
        oxidizers=tuple(Reaction(left=tuple(left), right=tuple(right)) for left, right in rows["oxidizers"]),
    )


def draw_reaction(kind: str, size: int, rng: KeyedRandom) -> Reaction:
    """A reaction of a kind: burning oxide replacing exchange fuel oxidizing; atoms of a fuel grow with the size."""
    return _DRAWN[kind](size, rng)


def _burning(size: int, rng: KeyedRandom) -> Reaction:
    carbon = rng.between(1, size)
    return Reaction(left=(_organic(carbon, rng.between(1, 2 * carbon + 2), 0), "O2"), right=("CO2", "H2O"))


def _oxide(size: int, rng: KeyedRandom) -> Reaction:
    metal = _metal(rng)
    gas, anion = rng.choice(
        (("O2", ("O", 2)), ("Cl2", ("Cl", 1)), ("N2", ("N", 3)), ("F2", ("F", 1)), ("S8", ("S", 2)))
    )
    return Reaction(left=(metal[0], gas), right=(compound(metal, anion),))


def _replacing(size: int, rng: KeyedRandom) -> Reaction:
    first, second, anion = _metal(rng), _metal(rng), rng.choice(_table().anions)
    return Reaction(left=(first[0], compound(second, anion)), right=(compound(first, anion), second[0]))


def _exchange(size: int, rng: KeyedRandom) -> Reaction:
    table = _table()
    first, second = rng.sample((*table.cations, ("H", 1)), 2)
    one, other = rng.sample(table.anions, 2)
    return Reaction(
        left=(compound(first, one), compound(second, other)), right=(compound(first, other), compound(second, one))
    )


def _fuel(size: int, rng: KeyedRandom) -> Reaction:
    carbon, oxygen = rng.between(2, size), rng.below(size // 2 + 1)
    hydrogen = rng.between(1, 2 * carbon + 2)
    nitrogen, sulfur = rng.between(1, 4), rng.below(3)
    formula = _organic(carbon, hydrogen, 0) + _counted("N", nitrogen) + _counted("O", oxygen) + _counted("S", sulfur)
    right = ("CO2", "H2O", rng.choice(("N2", "NO2", "NO")), *(("SO2",) if sulfur else ()))
    return Reaction(left=(formula, "O2"), right=right)


def _oxidizing(size: int, rng: KeyedRandom) -> Reaction:
    carbon = rng.between(2, size)
    hydrogen = rng.between(2, 2 * carbon + 2)
    oxidizer = rng.choice(_table().oxidizers)
    formula = _organic(carbon, hydrogen, rng.between(1, max(1, size // 2)))
    return Reaction(left=(formula, *oxidizer.left), right=("CO2", *oxidizer.right, "H2O"))


def _metal(rng: KeyedRandom) -> Ion:
    return rng.choice([ion for ion in _table().cations if ion[0] != "NH4"])


def _organic(carbon: int, hydrogen: int, oxygen: int) -> str:
    return _counted("C", carbon) + _counted("H", hydrogen) + _counted("O", oxygen)


def _counted(symbol: str, number: int) -> str:
    return "" if not number else symbol if number == 1 else f"{symbol}{number}"


_DRAWN: dict[str, Callable[[int, KeyedRandom], Reaction]] = {
    "burning": _burning,
    "oxide": _oxide,
    "replacing": _replacing,
    "exchange": _exchange,
    "fuel": _fuel,
    "oxidizing": _oxidizing,
}
