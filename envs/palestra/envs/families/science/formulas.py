"""Chemical formulas: their elements, their molar masses, and balanced equations, exactly."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import cache
from importlib.resources import files
from math import gcd, lcm

_PIECE = re.compile(r"([A-Z][a-z]?)([0-9]*)|\(([A-Za-z0-9]+)\)([0-9]*)")


@cache
def elements() -> tuple[tuple[str, str, Fraction], ...]:
    """Symbol, name and rounded molar mass (g/mol) of the elements, by their atomic number from 1 on."""
    rows = json.loads((files(__package__) / "elements.json").read_text("ascii"))
    return tuple((symbol, name, Fraction(mass)) for symbol, name, mass in rows)


@cache
def atoms(formula: str) -> Mapping[str, int]:
    """How many atoms of each element a formula has, e.g. `Ca(OH)2`."""
    counts: dict[str, int] = {}
    for symbol, number, group, times in _PIECE.findall(formula):
        inner = {symbol: 1} if symbol else atoms(group)
        for element, count in inner.items():
            counts[element] = counts.get(element, 0) + count * int(number or times or 1)
    return counts


def molar_mass(formula: str) -> Fraction:
    """Grams per mole, with the rounded masses of the table."""
    masses = _masses()
    return sum((masses[element] * count for element, count in atoms(formula).items()), Fraction(0))


def compound(cation: tuple[str, int], anion: tuple[str, int]) -> str:
    """The formula of a salt: charges add up to 0."""
    charge = lcm(cation[1], anion[1])
    return _repeated(cation[0], charge // cation[1]) + _repeated(anion[0], charge // anion[1])


def coefficients(left: Sequence[str], right: Sequence[str]) -> tuple[int, ...] | None:
    """The smallest whole coefficients that balance the equation; None where there are none, or not only one set."""
    species = [*left, *right]
    symbols = sorted({element for formula in species for element in atoms(formula)})
    rows = [
        [atoms(formula).get(symbol, 0) * (1 if i < len(left) else -1) for i, formula in enumerate(species)]
        for symbol in symbols
    ]
    solution = _null_vector(rows, len(species))
    if solution is None or min(solution) <= 0:
        return None
    return solution


@cache
def _masses() -> Mapping[str, Fraction]:
    return {symbol: mass for symbol, _, mass in elements()}


def _repeated(ion: str, times: int) -> str:
    if times == 1:
        return ion
    is_one_element = len(atoms(ion)) == 1 and not any(character.isdigit() for character in ion)
    return f"{ion}{times}" if is_one_element else f"({ion}){times}"


def _null_vector(rows: list[list[int]], width: int) -> tuple[int, ...] | None:
    """The one vector, up to factors, that all rows make 0: elimination without fractions; positive at its end."""
    pivots: list[int] = []
    for column in range(width):
        top = len(pivots)
        found = next((i for i in range(top, len(rows)) if rows[i][column]), None)
        if found is None:
            continue
        rows[top], rows[found] = rows[found], rows[top]
        pivot = rows[top]
        for i, row in enumerate(rows):
            if i != top and row[column]:
                combined = [pivot[column] * b - row[column] * a for a, b in zip(pivot, row, strict=True)]
                shared = gcd(*combined) or 1
                rows[i] = [value // shared for value in combined]
        pivots.append(column)
    free = [column for column in range(width) if column not in pivots]
    if len(free) != 1:
        return None
    values = [Fraction(0)] * width
    values[free[0]] = Fraction(1)
    for row, column in zip(rows, pivots, strict=False):
        values[column] = Fraction(-row[free[0]], row[column])
    scale = lcm(*(value.denominator for value in values))
    whole = [int(value * scale) for value in values]
    shared = gcd(*whole)
    return tuple(value // shared for value in whole)
