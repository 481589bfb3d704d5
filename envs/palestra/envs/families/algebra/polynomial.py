"""Polynomials in one variable: how they are written, read and judged."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from math import gcd
from typing import ClassVar

from palestra.envs.answers import RecordVerifier, check_lead, final_line, without_grouping
from palestra.envs.record import decode, encode
from palestra.verifiers.answer import quote
from palestra.verifiers.errors import NoAnswerError
from palestra.verifiers.verdict import Verdict

Coefficients = tuple[Fraction, ...]
"""From the constant upwards; the last one is not 0, but for the polynomial 0, which has none."""

_MAX_CHARS = 4000
_SUPERSCRIPTS = {0xB2: "^2", 0xB3: "^3", 0xB9: "^1", **{0x2070 + i: f"^{i}" for i in range(4, 10)}}
_SPELLINGS = {**_SUPERSCRIPTS, 0x2212: "-", 0xB7: "*", 0x22C5: "*", 0x2217: "*"}
_COMMANDS = re.compile(r"\\(?:left|right|cdot|,|;|!| |\(|\)|\[|\])|[\s$`]")
_LABEL = re.compile(r"[A-Za-z' ]{1,40}:")


def polynomial_text(coefficients: Sequence[Fraction | int], variable: str = "x") -> str:
    """A polynomial for people, the highest power first.

    >>> polynomial_text((-1, 0, Fraction(3, 4)))
    '(3/4)x^2 - 1'
    """
    text = ""
    for power in range(len(coefficients) - 1, -1, -1):
        value = Fraction(coefficients[power])
        if value == 0:
            continue
        sign = ("-" if value < 0 else "") if not text else (" - " if value < 0 else " + ")
        text += sign + _term_text(abs(value), power, variable)
    return text or "0"


def _term_text(value: Fraction, power: int, variable: str) -> str:
    if power == 0:
        return str(value)
    factor = "" if value == 1 else str(value) if value.denominator == 1 else f"({value})"
    return f"{factor}{variable}" if power == 1 else f"{factor}{variable}^{power}"


def trimmed(coefficients: Sequence[Fraction | int]) -> Coefficients:
    """The coefficients without zeros at the top."""
    end = len(coefficients)
    while end and coefficients[end - 1] == 0:
        end -= 1
    return tuple(Fraction(value) for value in coefficients[:end])


def multiplied(a: Sequence[int], b: Sequence[int]) -> list[int]:
    """The product of two polynomials with whole coefficients, neither of them without any."""
    product = [0] * (len(a) + len(b) - 1)
    for i, left in enumerate(a):
        for j, right in enumerate(b):
            product[i + j] += left * right
    return product


def read_polynomial(text: str, variable: str) -> Coefficients:
    r"""A polynomial that is multiplied out and collected: one term for each power, fractions in lowest terms.

    >>> read_polynomial("3x^2 - x/2 + 1", "x")
    (Fraction(1, 1), Fraction(-1, 2), Fraction(3, 1))

    Raises:
        NoAnswerError: The text is anything else.
    """
    bare = _COMMANDS.sub("", text.replace("\\cdot", "*").translate(_SPELLINGS).replace("**", "^"))
    if not bare or len(text) > _MAX_CHARS:
        raise NoAnswerError(f"`{quote(text)}` is no polynomial")
    signed = bare if bare[0] in "+-" else f"+{bare}"
    terms: dict[int, Fraction] = {}
    position = 0
    while position < len(signed):
        found = _term(variable).match(signed, position)
        if not found:
            raise NoAnswerError(f"`{quote(text)}` is no polynomial in {variable} that is multiplied out")
        power = _power(found)
        if power in terms:
            raise NoAnswerError(f"`{quote(text)}` has the power {power} of {variable} twice")
        terms[power] = _coefficient(found)
        position = found.end()
    return trimmed([terms.get(power, Fraction(0)) for power in range(max(terms) + 1)])


@cache
def _term(variable: str) -> re.Pattern[str]:
    whole = "[0-9]{1,60}"
    value = (
        rf"\((?P<inner>-?{whole}/{whole})\)|(?P<open>\()?\\[dt]?frac\{{(?P<top>{whole})\}}\{{(?P<bottom>{whole})\}}(?(open)\))"
        rf"|(?P<plain>{whole}(?:\.{whole}|/{whole})?)"
    )
    power = r"\^(?:([0-9]{1,2})|\{([0-9]{1,2})\}|\(([0-9]{1,2})\))"
    letter = rf"(?P<letter>{re.escape(variable)}(?P<power>{power})?)"
    return re.compile(rf"(?P<sign>[+-])(?P<value>{value})?(?P<star>\*)?{letter}?(?:/(?P<divisor>{whole}))?")


def _power(found: re.Match[str]) -> int:
    if not found["letter"]:
        return 0
    return int(found["power"].strip("^{}()")) if found["power"] else 1


def _coefficient(found: re.Match[str]) -> Fraction:
    divisor = found["divisor"]
    is_stray = found["star"] and not (found["value"] and found["letter"])
    if is_stray or not (found["value"] or found["letter"]):
        raise NoAnswerError(f"`{quote(found[0])}` is no term")
    text = f"{found['top']}/{found['bottom']}" if found["top"] else found["inner"] or found["plain"] or "1"
    if "." in text and not divisor:
        value = Fraction(text)
    elif "." in text or (divisor and "/" in text):
        raise NoAnswerError(f"`{quote(found[0])}` is no term")
    else:
        top, _, bottom = text.partition("/")
        value = _reduced(int(top), int(divisor or bottom or 1))
    return -value if found["sign"] == "-" else value


def _reduced(top: int, bottom: int) -> Fraction:
    if bottom == 0 or (bottom != 1 and gcd(top, bottom) != 1):
        raise NoAnswerError("a fraction is not in lowest terms")
    return Fraction(top, bottom)


@dataclass(frozen=True, kw_only=True, slots=True)
class Polynomials:
    """What a response must name, in this order."""

    variable: str
    coefficients: tuple[tuple[str, ...], ...]
    """From the constant upwards, each as `n` or `p/q`."""


def polynomials_reference(*polynomials: Sequence[Fraction | int], variable: str = "x") -> str:
    """The reference that `PolynomialsAnswer` reads."""
    texts = tuple(tuple(str(value) for value in polynomial) for polynomial in polynomials)
    return encode(Polynomials(variable=variable, coefficients=texts))


def reference_text(reference: str) -> str:
    """The right answer to a reference, as people write it."""
    wanted = decode(Polynomials, reference)
    return "; ".join(polynomial_text(tuple(map(Fraction, p)), wanted.variable) for p in wanted.coefficients)


class PolynomialsAnswer(RecordVerifier[Polynomials]):
    """PASS when the final line has the reference's polynomials, multiplied out, separated by `;`.

    The order of terms, labels such as `quotient:` and what stands before an `=` do not count.

    Reference: `Polynomials`.
    """

    name: ClassVar[str] = "polynomials-answer"
    record_type = Polynomials

    def judge(self, response: str, reference: Polynomials) -> Verdict:
        """Compare coefficient by coefficient."""
        line = without_grouping(final_line(response))
        pieces = line.split(";") if len(reference.coefficients) > 1 else [line]
        if len(pieces) != len(reference.coefficients):
            raise NoAnswerError(f"{len(pieces)} polynomials where {len(reference.coefficients)} are asked")
        for index, (piece, wanted) in enumerate(zip(pieces, reference.coefficients, strict=True)):
            right = trimmed([Fraction(value) for value in wanted])
            answer = read_polynomial(_unlabelled(piece), reference.variable)
            if answer != right:
                shown = polynomial_text(right, reference.variable)
                which = f"polynomial {index + 1}: " if len(pieces) > 1 else ""
                return Verdict.failed(f"{which}answered `{quote(piece.strip())}`, right is `{shown}`")
        return Verdict.passed("all coefficients are right")


def _unlabelled(piece: str) -> str:
    lead, equals, value = piece.rpartition("=")
    bare = value.strip()
    label = _LABEL.match(bare)
    check_lead(f"{lead}{equals}{label[0] if label else ''}")
    return bare[label.end() :] if label else bare
