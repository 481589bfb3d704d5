"""Answers that are one exact number, or a point or list of them."""

from __future__ import annotations

import re
from fractions import Fraction
from math import gcd
from typing import ClassVar, Final

from palestra.envs.answers.final import final_line
from palestra.envs.answers.lead import check_lead
from palestra.envs.answers.number import without_grouping
from palestra.verifiers.answer import quote
from palestra.verifiers.errors import NoAnswerError
from palestra.verifiers.verdict import Verdict
from palestra.verifiers.verifier import Verifier

_MAX_CHARS = 400
_ITEM = r"[+-]?[0-9]{1,60}(?:/[0-9]{1,60}|\.[0-9]{1,60})?"
_ITEMS = rf"[(\[]?\s{{0,3}}{_ITEM}(?:(?:\s{{0,3}}[,;]\s{{0,3}}|\s{{1,3}}){_ITEM}){{1,30}}\s{{0,3}}[)\]]?"
_BEFORE = r"(?:(?:\A|[=:]|\b(?:is|are|equals|has|have|at))\s{0,3})"
_BEHIND = r"(?:\s?[\u00b0%]|(?!.*\b(?:or|and|if|but|is|not|no|maybe|wrong|unless)\b)(?:\s[A-Za-z/]{1,20}){1,3})?\Z"
_ONE = re.compile(rf"{_BEFORE}({_ITEM}){_BEHIND}")
_SEVERAL = re.compile(rf"{_BEFORE}({_ITEMS})\Z")
_SEPARATED = re.compile(r"[,;]\s")
_NAMED = re.compile(r"\b[A-Za-z]'?\s{0,3}=\s{0,3}(?=[-+(\[0-9])")
_LATEX_FRACTION = re.compile(r"\\[dt]?frac ?\{ ?([0-9]{1,60}) ?\} ?\{ ?([0-9]{1,60}) ?\}")
_LATEX = re.compile(r"\\(?:left|right|[()\[\],;! ])|[$`*]")
_NUMERALS: Final = re.compile(_ITEM)


def read_rationals(text: str, count: int) -> tuple[Fraction, ...]:
    r"""The numbers that a line says at its end: whole numbers, decimals, or fractions in lowest terms.

    Words may lead to them (`The sum is 3/8`), and up to three may follow a single number (`12 red apples`).

    >>> read_rationals(r"M = (\frac{1}{2}, -3)", count=2)
    (Fraction(1, 2), Fraction(-3, 1))

    Raises:
        NoAnswerError: The line does not end with so many numbers, or a fraction is not in lowest terms.
    """
    line = _LATEX.sub("", _LATEX_FRACTION.sub(r"\1/\2", text[-_MAX_CHARS:].replace("\u2212", "-")))
    if len(text) > _MAX_CHARS:
        line = f"... {line}"
    if count == 1:
        line = without_grouping(line)
        found = _ONE.search(line)
        numerals = [found[1]] if found else []
    else:
        # Commas without blanks may group thousands only where blanks tell the other ones from them.
        line = without_grouping(line) if len(_SEPARATED.findall(line)) == count - 1 else line
        line = _NAMED.sub("", line).strip()
        found = _SEVERAL.search(line)
        numerals = _NUMERALS.findall(found[1]) if found else []
    if not numerals:
        raise NoAnswerError(f"`{quote(text)}` does not end with {'a number' if count == 1 else f'{count} numbers'}")
    check_lead(line[: found.start(1)] if found else "")
    return tuple(map(_rational, numerals))


def _rational(numeral: str) -> Fraction:
    over, slash, under = numeral.partition("/")
    if slash and (not int(under) or gcd(int(over), int(under)) != 1):
        raise NoAnswerError(f"`{quote(numeral)}` is not in lowest terms")
    return Fraction(numeral)


class RationalsAnswer(Verifier[tuple[Fraction, ...]]):
    """PASS when the final line says exactly the reference's numbers, in their order.

    Reference: one number such as `3/8`, or several such as `(1/2, -3)`. An answer may have any form that
    `read_rationals` reads; only fractions in lowest terms count. Of a single number this takes more forms than
    `NumberAnswer`: up to three words may follow it, as in the answer to a story.
    """

    name: ClassVar[str] = "rationals-answer"

    def parse_reference(self, reference: str) -> tuple[Fraction, ...]:
        """Read the numbers."""
        numerals = reference.strip("()").split(", ")
        if not all(_NUMERALS.fullmatch(numeral) for numeral in numerals):
            raise ValueError(f"the reference `{reference[:80]}` is no list of numbers\n\nhint: write `(1/2, -3)`")
        return tuple(map(Fraction, numerals))

    def judge(self, response: str, reference: tuple[Fraction, ...]) -> Verdict:
        """Compare number by number."""
        answer = read_rationals(final_line(response), len(reference))
        if answer == reference:
            return Verdict.passed(f"`{show_rationals(reference)}` is right")
        return Verdict.failed(
            f"answered `{quote(show_rationals(answer))}`, right is `{quote(show_rationals(reference))}`"
        )


def show_rationals(values: tuple[Fraction, ...]) -> str:
    """The numbers as references have them: `3/8` or `(1/2, -3)`."""
    shown = ", ".join(map(str, values))
    return shown if len(values) == 1 else f"({shown})"
