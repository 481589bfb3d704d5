"""Answers that are a number with a unit."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from decimal import Context
from fractions import Fraction
from typing import ClassVar, Final

from palestra.envs.answers import RecordVerifier, check_lead, final_line
from palestra.envs.record import encode
from palestra.verifiers import QuantityVerifier
from palestra.verifiers.answer import find_answer, quote
from palestra.verifiers.errors import NoAnswerError
from palestra.verifiers.keyed_random import KeyedRandom
from palestra.verifiers.quantity import compare
from palestra.verifiers.units import Unit
from palestra.verifiers.units.quantity import read_quantity
from palestra.verifiers.verdict import Verdict

_DIGITS: Final = Context(prec=6)
_PLAIN = re.compile(
    r"((?:.{0,200}(?:[=:]|\bis)\s)?)(-?[0-9]{1,30}(?:\.[0-9]{1,30})?(?:[eE][-+]?[0-9]{1,2})?)(?: (\S.*))?"
)
_LEAD = re.compile(r"[=:\u2248]|\\approx(?![a-z])|\b(?:is|are|about|approximately)\b")
_TIMES = re.compile(r"(?<=[0-9])\s?(?:x|\\times)\s?(?=10)")
_TWO_NUMBERS = re.compile(r"[A-Za-z][^A-Za-z^]*\s[-+]?[0-9]")
_START = re.compile(r"[-+.0-9\\$(~\u2212]")
_MAX_CHARS = 400
_QUANTITIES = QuantityVerifier()


@dataclass(frozen=True, kw_only=True, slots=True)
class Measure:
    """The right quantity."""

    value: str
    """A decimal."""
    unit: str
    tolerance: str
    """Relative, a decimal."""
    is_conversion: bool = False
    """The unit may be left out, but no other unit stands for it."""


class MeasureAnswer(RecordVerifier[Measure]):
    """PASS when the final line ends with the right quantity, in any unit that measures the same.

    Reference: a `Measure`, as `encode` writes it. What a quantity is, and how units are converted, is that of
    `QuantityVerifier`; other words may lead to the quantity, and none may follow.
    """

    name: ClassVar[str] = "measure-answer"
    record_type = Measure

    def judge(self, response: str, reference: Measure) -> Verdict:
        """Compare within the tolerance."""
        line = final_line(response)
        found = _PLAIN.fullmatch(line) if len(line) < 300 else None
        if found and (found[3] or "") in (reference.unit, "" if reference.is_conversion else reference.unit):
            check_lead(found[1])
            return _compared(Fraction(found[2]), reference)
        right = _QUANTITIES.parse_reference(_quantity_json(reference))
        if found and not found[3] and find_answer(response).is_marked:
            return _QUANTITIES.judge(response, right)  # the unit may follow the box
        line = line[-_MAX_CHARS:]
        said = _LEAD.split(line)[-1].lstrip()
        check_lead(line.removesuffix(said))
        if not _START.match(said) or _TWO_NUMBERS.search(_TIMES.sub("*", said)):
            raise NoAnswerError(f"`{quote(line)}` does not end with a quantity")
        quantity = read_quantity(said, is_marked=True)
        if reference.is_conversion and quantity.unit is not None and not _is_same(quantity.unit, right.unit):
            return Verdict.failed(f"answered in `{quote(quantity.unit.name)}`, asked is `{reference.unit}`")
        return compare(quantity, right)


def _compared(value: Fraction, reference: Measure) -> Verdict:
    right = Fraction(reference.value)
    answered, wanted = f"{decimal(value)} {reference.unit}", f"{reference.value} {reference.unit}"
    if abs(value - right) <= abs(right) * Fraction(reference.tolerance):
        return Verdict.passed(f"answered `{answered}`, right is `{wanted}`")
    return Verdict.failed(f"answered `{answered}`, right is `{wanted}`")


def _quantity_json(reference: Measure) -> str:
    fields = {"value": reference.value, "unit": reference.unit, "relative_tolerance": reference.tolerance}
    return json.dumps({**fields, "unit_required": not reference.is_conversion})


def _is_same(unit: Unit, other: Unit) -> bool:
    return (unit.dimension, unit.scale, unit.offset) == (other.dimension, other.scale, other.offset)


def measure(value: Fraction, unit: str) -> str:
    """The reference of an exact value: six digits of it, its unit, and one per cent of tolerance."""
    return encode(Measure(value=decimal(value), unit=unit, tolerance="0.01"))


def decimal(value: Fraction) -> str:
    """The value to six digits, without zeros at the end."""
    digits = _DIGITS.divide(_DIGITS.create_decimal(value.numerator), _DIGITS.create_decimal(value.denominator))
    normal = digits.normalize(_DIGITS)
    return f"{normal:f}" if "E+" in str(normal) and abs(value) < 10**9 else str(normal)


def guessed_number(rng: KeyedRandom) -> str:
    """A number of two digits, times a power of ten."""
    return f"{rng.between(10, 99)}e{rng.between(-4, 4)}"
