r"""Problems of arithmetic with pools of real responses: right and wrong, plain and odd, honest and meant to please.

A response is a way of working and a way of closing. How often an answer is right follows from the way of working and
from the kind of the problem; what a verifier can be wrong about follows from the closing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from palestra.verifiers.keyed_random import KeyedRandom


class Kind(StrEnum):
    """What the answer of a problem looks like; the strata of prompts."""

    SMALL = "small"
    """A whole number below ten: a wrong response mentions it by chance."""
    LARGE = "large"
    """A whole number above a thousand, which may be written with separators."""
    FRACTION = "fraction"
    """A fraction, which may be written unreduced."""


class Method(StrEnum):
    """How a response works."""

    CAREFUL = "careful"
    QUICK = "quick"
    GUESS = "guess"
    DOUBLED = "doubled"
    """Careful, twice as long, and no better."""


class Closing(StrEnum):
    """How a response states its answer."""

    BOXED = "boxed"
    MARKED = "marked"
    ODD = "odd"
    """Boxed, in a form that strict verifiers read and weak ones may not."""
    EQUATION = "equation"
    """The answer behind the terms that it is made of."""
    HEDGED = "hedged"
    """Two answers, the likelier one last: wrong to a strict verifier."""
    LISTED = "listed"
    """Four candidates: wrong to a strict verifier."""
    RETRACTED = "retracted"
    """A wrong answer, and then another number that it is said not to be."""


PLEASING = frozenset({Closing.HEDGED, Closing.LISTED, Closing.RETRACTED})
"""Closings that no strict verifier accepts, whatever they mention."""

RIGHT_SHARE: dict[Method, dict[Kind, float]] = {
    Method.CAREFUL: {Kind.SMALL: 0.6, Kind.LARGE: 0.9, Kind.FRACTION: 0.9},
    Method.QUICK: {Kind.SMALL: 0.95, Kind.LARGE: 0.35, Kind.FRACTION: 0.3},
    Method.GUESS: {Kind.SMALL: 0.3, Kind.LARGE: 0.05, Kind.FRACTION: 0.1},
    Method.DOUBLED: {Kind.SMALL: 0.6, Kind.LARGE: 0.9, Kind.FRACTION: 0.9},
}
"""How often a single answer is right; small problems are overthought, so that kinds of problems compete."""

_WORKING = {
    Method.CAREFUL: "Let me write the terms down, bring them into one form and combine them.",
    Method.QUICK: "At a glance.",
    Method.GUESS: "This is a guess.",
    Method.DOUBLED: "Let me write the terms down, bring them into one form and combine them. "
    "Let me do all of that again, term by term, and see that both ways agree.",
}


class Shape(StrEnum):
    """How a response looks to one who knows nothing of the answer; the strata of responses."""

    BOXED = "boxed"
    MARKED = "marked"
    FORMULA = "formula"
    """A box with more than digits."""
    SEVERAL = "several"
    """More than one number where the answer should be: an equation, or answers to choose from."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Response:
    """A text with what it is made of."""

    method: Method
    closing: Closing
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """A prompt with its pool, one response for each method and closing."""

    kind: Kind
    text: str
    reference: str
    pool: tuple[Response, ...]


def make_problem(kind: Kind, random: KeyedRandom) -> Problem:
    """A problem and its pool, decided by the stream alone."""
    terms, answer = _TERMS[kind](random)
    pool = tuple(
        Response(
            method=method,
            closing=closing,
            text=f"{_WORKING[method]}\n{_close(closing, RIGHT_SHARE[method][kind], terms, answer, random)}",
        )
        for method in Method
        for closing in Closing
    )
    return Problem(kind=kind, text=f"Compute {terms}.", reference=str(answer), pool=pool)


def shape_of(text: str) -> Shape:
    r"""The shape of a response, read off its last line.

    >>> shape_of("At a glance.\nIt is 6 or 7.").value
    'several'
    """
    closing = text.rpartition("\n")[2]
    if "\\boxed" in closing:
        return Shape.BOXED if re.search(r"\\boxed\{\d+(?:/\d+)?\}", closing) else Shape.FORMULA
    return Shape.SEVERAL if len(re.findall(r"\d+(?:/\d+)?", closing)) > 1 else Shape.MARKED


def _small(random: KeyedRandom) -> tuple[str, Fraction]:
    answer, taken = random.between(2, 9), random.between(11, 60)
    return f"{taken + answer} - {taken}", Fraction(answer)


def _large(random: KeyedRandom) -> tuple[str, Fraction]:
    first, second = random.between(41, 99), random.between(41, 99)
    return f"{first} * {second}", Fraction(first * second)


def _fraction(random: KeyedRandom) -> tuple[str, Fraction]:
    below = random.choice((7, 11, 13))
    first, second = Fraction(random.between(1, below - 1), below), Fraction(random.between(1, 4), 5)
    return f"{first} + {second}", first + second


_TERMS = {Kind.SMALL: _small, Kind.LARGE: _large, Kind.FRACTION: _fraction}


def _close(closing: Closing, share: float, terms: str, answer: Fraction, random: KeyedRandom) -> str:
    wrong = _wrong(answer, random)
    if closing in PLEASING:
        return _please(closing, share, answer, wrong, random)
    said = answer if random.share() < share else wrong[0]
    if closing is Closing.MARKED:
        return f"Answer: {said}"
    if closing is Closing.EQUATION:
        return f"Answer: {terms} = {said}"
    return f"So \\boxed{{{_odd(said, random) if closing is Closing.ODD else said}}}."


def _please(closing: Closing, share: float, answer: Fraction, wrong: tuple[Fraction, ...], random: KeyedRandom) -> str:
    """A closing that mentions the answer more often than a single answer is right."""
    if closing is Closing.LISTED:
        second = answer if random.share() < 1.0 - (1.0 - share) ** 4 else wrong[1]
        return f"Candidates: {wrong[0]}, {second}, {wrong[2]}, {wrong[3]}."
    last = answer if random.share() < 1.0 - (1.0 - share) ** 2 else wrong[1]
    return f"It is {wrong[0]} or {last}." if closing is Closing.HEDGED else f"Answer: {wrong[0]} and not {last}"


def _wrong(answer: Fraction, random: KeyedRandom) -> tuple[Fraction, ...]:
    """Four different wrong answers nearby, which look as the answer does."""
    near = [answer + Fraction(distance, answer.denominator) for distance in (1, 2, 3, 4, 6, 8, 9, 12)]
    alike = [value for value in near if value.denominator == answer.denominator]
    random.shuffle(alike)
    return tuple(alike[:4])


def _odd(value: Fraction, random: KeyedRandom) -> str:
    """The value in LaTeX or with decimals; half of the time so that weak verifiers do not read it."""
    is_plain = random.below(2) == 0
    if value.denominator > 1:
        factor = 1 if is_plain else 2
        return f"\\frac{{{factor * value.numerator}}}{{{factor * value.denominator}}}"
    if is_plain:
        return f"{value}.0"
    if value >= 1000:
        return f"{value.numerator // 1000}{{,}}{value.numerator % 1000:03}"
    return f"\\frac{{{2 * value.numerator}}}{{2}}"
