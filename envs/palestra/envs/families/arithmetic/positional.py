"""Whole numbers written in a base of 2 to 36, and the verifier of such answers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.answers import check_lead, final_line
from palestra.envs.record import decode, encode
from palestra.verifiers.answer import quote
from palestra.verifiers.errors import NoAnswerError
from palestra.verifiers.verdict import Verdict
from palestra.verifiers.verifier import Verifier

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_PREFIXES = {2: "0b", 8: "0o", 16: "0x"}
_SUBSCRIPT = re.compile(r"(?:_\{?(\d{1,2})\}?|\s*\(base (\d{1,2})\))\Z")
_NUMERAL = re.compile(r"[0-9a-z]{1,400}(?:[ _][0-9a-z]{1,400}){0,100}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Numeral:
    """Digits in a base."""

    digits: str
    base: int


def digits_of(value: int, base: int) -> str:
    """A number that is not negative, in lower-case digits.

    >>> digits_of(255, 16)
    'ff'
    """
    digits = ""
    while value >= base:
        value, digit = divmod(value, base)
        digits = _DIGITS[digit] + digits
    return _DIGITS[value] + digits


def prefixed(value: int, base: int) -> str:
    """A number as programs write it, such as `0xff`."""
    return f"{_PREFIXES.get(base, '')}{digits_of(value, base)}"


class PositionalAnswer(Verifier[Numeral]):
    """PASS when the final line is the reference's number, written in the reference's base.

    Case, zeros in front, groups of digits, a prefix such as `0x` and a subscript of the same base do not count.

    Reference: a `Numeral`.
    """

    name: ClassVar[str] = "positional-answer"

    def parse_reference(self, reference: str) -> Numeral:
        """Read the numeral."""
        numeral = decode(Numeral, reference)
        return Numeral(digits=_bare(numeral.digits, numeral.base), base=numeral.base)

    def judge(self, response: str, reference: Numeral) -> Verdict:
        """Compare digit by digit."""
        lead, equals, value = final_line(response).rpartition("=")
        check_lead(lead + equals)
        line = value.strip(" \t$`*").casefold()
        subscript = _SUBSCRIPT.search(line[-20:])
        if subscript and int(subscript[1] or subscript[2]) == reference.base:
            line = line[: -len(subscript[0])]
        if not _NUMERAL.fullmatch(line):
            raise NoAnswerError(f"`{quote(line)}` is no number in base {reference.base}")
        answer = _bare(line.replace(" ", "").replace("_", ""), reference.base)
        if answer == reference.digits:
            return Verdict.passed(f"`{quote(answer)}` is right in base {reference.base}")
        return Verdict.failed(f"answered `{quote(answer)}`, right is `{quote(reference.digits)}`")


def numeral_reference(value: int, base: int) -> str:
    """The reference that `PositionalAnswer` reads."""
    return encode(Numeral(digits=digits_of(value, base), base=base))


def _bare(digits: str, base: int) -> str:
    return digits.removeprefix(_PREFIXES.get(base, "")).lstrip("0") or "0"
