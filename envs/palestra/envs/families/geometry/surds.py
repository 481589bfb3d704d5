"""Exact lengths, areas and volumes: p + q*sqrt(m) or p + q*pi with rational p and q."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from math import isqrt
from typing import ClassVar

from palestra.envs.answers import check_lead, final_line, without_grouping
from palestra.verifiers.answer import quote
from palestra.verifiers.errors import NoAnswerError
from palestra.verifiers.verdict import Verdict
from palestra.verifiers.verifier import Verifier

PI = 0
"""Stands for pi where else the number under a root stands."""

_MAX_CHARS = 200
_NUMBER = r"[0-9]{1,30}(?:\.[0-9]{1,30})?"
_TERM = re.compile(
    rf"(?P<sign>[+-]?)\(?\(?(?P<over>{_NUMBER})?(?:/(?P<under>[0-9]{{1,30}}))?\)?\*?"
    rf"(?P<symbol>pi|sqrt\(?(?P<root>[0-9]{{1,30}})\)?)?\)?(?:/(?P<divisor>[0-9]{{1,30}}))?"
)
_TWO_NUMBERS = re.compile(r"[0-9)}]\s+[0-9]")
_LEAD = re.compile(r"(?:[=:]|\b(?:is|equals)\b)(?!.*(?:[=:]|\b(?:is|equals)\b))")
_UNIT = re.compile(r"(?:\s(?!(?:pi|sqrt|or|and|if|but)\b)[A-Za-z]{1,10}){1,2}(?:\^?\{?[23]\}?|\u00b2|\u00b3)?\Z")
_FRACTION = re.compile(r"\\[dt]?frac ?\{((?:[^{}]|\{[^{}]{0,40}\}){1,80})\} ?\{([^{}]{1,40})\}")
_ROOT = re.compile(r"(?:\\sqrt ?|\u221a)(?:\{([0-9]{1,30})\}|\(([0-9]{1,30})\)|([0-9]{1,30}))")
_IGNORED = re.compile(r"\\(?:left|right|[()\[\],;! ])|[$`]|\*\*")
_PRODUCT = re.compile(r"\s|\\cdot|\\times|\u00b7|\u00d7|\*")


@dataclass(frozen=True, kw_only=True, slots=True)
class Surd:
    """rational + factor * sqrt(root), or pi for the root where `root` is `PI`."""

    rational: Fraction = Fraction(0)
    factor: Fraction = Fraction(0)
    root: int = 1

    def __str__(self) -> str:
        """As references have it: `3 + 5*sqrt(2)/2`."""
        if not self.factor:
            return str(self.rational)
        size = abs(self.factor)
        symbol = "pi" if self.root == PI else f"sqrt({self.root})"
        over = symbol if size.numerator == 1 else f"{size.numerator}*{symbol}"
        term = over if size.denominator == 1 else f"{over}/{size.denominator}"
        if not self.rational:
            return term if self.factor > 0 else f"-{term}"
        return f"{self.rational} {'+' if self.factor > 0 else '-'} {term}"


def square_root(number: int) -> Surd:
    """The square root of a whole number, nothing left to draw from under the root."""
    factor, root, divisor = 1, number, 2
    while divisor * divisor <= root:
        while root % (divisor * divisor) == 0:
            root //= divisor * divisor
            factor *= divisor
        divisor += 1
    return Surd(rational=Fraction(factor)) if root == 1 else Surd(factor=Fraction(factor), root=root)


def read_terms(text: str) -> tuple[tuple[Fraction, int], ...]:
    r"""Factors and roots (1 for plain numbers) of a sum, in the order in which it is written.

    >>> read_terms(r"A = 3 + \frac{5\pi}{2}")
    ((Fraction(3, 1), 1), (Fraction(5, 2), 0))

    Raises:
        NoAnswerError: The text does not end with such a sum.
    """
    line = without_grouping(_IGNORED.sub("", text[-_MAX_CHARS:]))
    line = _ROOT.sub(lambda found: f"sqrt({found[1] or found[2] or found[3]})", line)
    line = line.replace("\u03c0", "pi").replace("\\pi", "pi").replace("\u2212", "-")
    lead = _LEAD.search(line)
    if lead is None and len(text) > _MAX_CHARS:
        raise NoAnswerError(f"a line of {len(text)} characters")
    if lead:
        check_lead(line[: lead.end()])
    line = _UNIT.sub("", line[lead.end() :] if lead else line)
    if _TWO_NUMBERS.search(line):
        raise NoAnswerError(f"`{quote(text)}` has two numbers side by side")
    line = _PRODUCT.sub("", _FRACTION.sub(r"(\1)/\2", line))
    terms, position = [], 0
    while position < len(line):
        found = _TERM.match(line, position)
        if found is None or not (found["over"] or found["symbol"]) or (position and not found["sign"]):
            break
        terms.append(_term(found))
        position = found.end()
    if not terms or position < len(line):
        raise NoAnswerError(f"`{quote(text)}` does not end with an exact value")
    return tuple(terms)


def _term(found: re.Match[str]) -> tuple[Fraction, int]:
    under = int(found["under"] or 1) * int(found["divisor"] or 1)
    if not under:
        raise NoAnswerError("a division by 0")
    factor = Fraction(found["over"] or 1) / under * (-1 if found["sign"] == "-" else 1)
    return factor, PI if found["symbol"] == "pi" else int(found["root"] or 1)


class SurdAnswer(Verifier[Surd]):
    """PASS when the final line says the reference's value, a sum of rational multiples of 1 and a root or pi.

    Reference: such as `5*sqrt(3)/2`, `12 + 9*pi` or `7`. Roots may be left unsimplified (`sqrt(12)`), but what
    is not worked out (`sqrt(9 + 16)`, `2(3 + pi)`) and decimals instead of roots and pi are no answers.
    """

    name: ClassVar[str] = "surd-answer"

    def parse_reference(self, reference: str) -> Surd:
        """Read the value."""
        try:
            terms = read_terms(reference)
        except NoAnswerError as error:
            raise ValueError(str(error)) from None
        rational = sum((factor for factor, root in terms if root == 1), Fraction(0))
        others = [(factor, root) for factor, root in terms if root != 1]
        return Surd(rational=rational, factor=others[0][0], root=others[0][1]) if others else Surd(rational=rational)

    def judge(self, response: str, reference: Surd) -> Verdict:
        """Compare multiple by multiple."""
        text = final_line(response)
        rational = factor = Fraction(0)
        for part, root in read_terms(text):
            if root != PI and isqrt(root) ** 2 == root:
                rational += part * isqrt(root)
                continue
            share = _in_terms_of(root, reference.root)
            if share is None:
                return Verdict.failed(f"answered `{quote(text)}`, right is `{reference}`")
            factor += part * share
        if (rational, factor) == (reference.rational, reference.factor):
            return Verdict.passed(f"`{reference}` is right")
        return Verdict.failed(f"answered `{quote(text)}`, right is `{reference}`")


def _in_terms_of(root: int, wanted: int) -> Fraction | None:
    """sqrt(root) as a rational multiple of sqrt(wanted); None where it is none."""
    if root == wanted:
        return Fraction(1)
    product = root * wanted
    if root == PI or wanted in (PI, 1) or isqrt(product) ** 2 != product:
        return None
    return Fraction(isqrt(product), wanted)
