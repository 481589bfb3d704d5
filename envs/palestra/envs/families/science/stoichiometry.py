"""Amounts and masses in reactions: from moles to grams, the substance that runs out, and yields."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from palestra.envs.config import FamilyConfig, ramp
from palestra.envs.families.kinds import kinds
from palestra.envs.families.science.formulas import coefficients, molar_mass
from palestra.envs.families.science.measures import decimal, measure
from palestra.envs.families.science.quantities import QuantityQuestion
from palestra.envs.families.science.reactions import Reaction, draw_reaction
from palestra.envs.family import Content
from palestra.verifiers.keyed_random import KeyedRandom

_RANKS = {"moles": 1, "grams": 3, "limiting": 5, "yield": 6}


@dataclass(frozen=True, kw_only=True, slots=True)
class StoichiometryConfig(FamilyConfig):
    """Which reactions and questions are asked."""

    size: int = ramp(4, 12, low=2, high=40)
    """Most atoms of carbon in a fuel."""
    high: int = ramp(20, 200, low=5, high=9999)
    """Largest amount, in mol or g."""
    reactions: str = kinds("burning oxide", "burning oxide replacing exchange", "exchange fuel", "fuel oxidizing")
    """Kinds of reactions: burning oxide replacing exchange fuel oxidizing."""
    asks: str = kinds("moles", "moles grams", "grams limiting", "limiting yield")
    """What is asked: moles grams limiting yield."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Amounts:
    """A reaction, what is asked, the places of what is given and wanted, and the given numbers."""

    reaction: Reaction
    asks: str
    given: int
    wanted: int
    numbers: tuple[int, int]
    percent: int


class Stoichiometry(QuantityQuestion[StoichiometryConfig, Amounts]):
    """How much comes of how much; equations are given with their coefficients, and molar masses too."""

    id: ClassVar[str] = "palestra/Stoichiometry-v1"
    Config: ClassVar[type[StoichiometryConfig]] = StoichiometryConfig
    templates = (
        "Reaction: {equation}. {masses}{question}",
        "In the reaction {equation}, all goes as the equation says. {masses}{question}",
        "Take {equation} as the only reaction. {masses}{question}",
        "A reaction runs to its end: {equation}. {masses}{question}",
    )

    def draw(self, rng: KeyedRandom) -> Amounts:
        """Draw a reaction, the substances and the numbers."""
        config = self.config
        reaction = draw_reaction(rng.choice(config.reactions.split()), config.size, rng)
        num_left, asks = len(reaction.left), rng.choice(config.asks.split())
        return Amounts(
            reaction=reaction,
            asks=asks,
            given=rng.below(num_left),
            wanted=num_left + rng.below(len(reaction.right)),
            numbers=(rng.between(1, config.high), rng.between(1, config.high) if asks in ("limiting", "yield") else 0),
            percent=rng.between(8, 19) * 5 if asks == "yield" else 100,
        )

    def canonical(self, key: Amounts) -> str:
        """The substances of each side in order, by their names."""
        left, right = key.reaction.left, key.reaction.right
        given, wanted = left[key.given], right[key.wanted - len(left)]
        return f"{sorted(left)} {sorted(right)} {key.asks} {given} {wanted} {key.numbers} {key.percent}"

    def build(self, key: Amounts, rng: KeyedRandom) -> Content | None:
        """Ask for an amount, where the equation can be balanced in one way and no given number is the answer."""
        species = (*key.reaction.left, *key.reaction.right)
        numbers = coefficients(key.reaction.left, key.reaction.right)
        if numbers is None or len(set(species)) < len(species):
            return None
        value = solve(key, numbers)
        if any(abs(value - number) <= Fraction(number, 50) for number in key.numbers):
            return None
        named = [_term(number, formula) for number, formula in zip(numbers, species, strict=True)]
        num_left = len(key.reaction.left)
        equation = f"{' + '.join(named[:num_left])} -> {' + '.join(named[num_left:])}"
        return Content(
            slots={"equation": equation, "masses": _masses(key), "question": _question(key)},
            reference=measure(value, "mol" if key.asks == "moles" else "g"),
            effort=_RANKS[key.asks],
        )


def solve(amounts: Amounts, numbers: tuple[int, ...]) -> Fraction:
    """The exact amount, in mol or g."""
    species = (*amounts.reaction.left, *amounts.reaction.right)
    given, wanted = amounts.given, amounts.wanted
    if amounts.asks == "moles":
        return Fraction(amounts.numbers[0] * numbers[wanted], numbers[given])
    runs = [Fraction(amounts.numbers[0]) / molar_mass(species[given]) / numbers[given]]
    if amounts.asks != "grams":
        other = _other(amounts)
        runs.append(Fraction(amounts.numbers[1]) / molar_mass(species[other]) / numbers[other])
    grams = min(runs) * numbers[wanted] * molar_mass(species[wanted])
    return grams * amounts.percent / 100 if amounts.asks == "yield" else grams


def _other(amounts: Amounts) -> int:
    return (amounts.given + 1) % len(amounts.reaction.left)


def _term(number: int, formula: str) -> str:
    return formula if number == 1 else f"{number} {formula}"


def _masses(amounts: Amounts) -> str:
    if amounts.asks == "moles":
        return ""
    species = (*amounts.reaction.left, *amounts.reaction.right)
    places = [amounts.given, amounts.wanted, *([] if amounts.asks == "grams" else [_other(amounts)])]
    masses = ", ".join(f"{species[i]} {decimal(molar_mass(species[i]))}" for i in sorted(set(places)))
    return f"Molar masses in g/mol: {masses}. "


def _question(amounts: Amounts) -> str:
    species = (*amounts.reaction.left, *amounts.reaction.right)
    given, wanted = species[amounts.given], species[amounts.wanted]
    first, second = amounts.numbers
    if amounts.asks == "moles":
        return f"How many mol of {wanted} come from {first} mol of {given}, with enough of all else?"
    if amounts.asks == "grams":
        return f"How many g of {wanted} come from {first} g of {given}, with enough of all else?"
    other = species[_other(amounts)]
    enough = ", with enough of all else" if len(amounts.reaction.left) > 2 else ""
    if amounts.asks == "limiting":
        return f"How many g of {wanted} can come at most from {first} g of {given} and {second} g of {other}{enough}?"
    return (
        f"From {first} g of {given} and {second} g of {other}{enough}, one gets {amounts.percent}% of the {wanted} "
        f"that is possible. How many g are that?"
    )
