r"""The last number of a text, read exactly, or the reason why there is none.

A number is a whole number, with thousands commas in their right places or without commas, a decimal, or
a fraction `p/q` or `\frac{p}{q}`, with an optional sign. What cannot be read in one way only is not
read at all:

- `1,2,3` (a list, not 123), `12,5`, `5/3/2024`, `1.2.3`;
- a number that touches a letter, another kind of digit, `%`, or a name: `x2`, `1e9`, a power;
- an operand: the 5 of `17 + 5` or of `3-5` is a part of a calculation without its result.
  So nobody is paid for repeating the question;
- a sign with a space behind it, which may be a dash or a bullet: `- 5`.

Covered: any text; numbers longer than `MAX_CHARS` characters are not read. Not covered: exponents, words.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from fractions import Fraction
from math import gcd

from palestra.verifiers.answer import quote
from palestra.verifiers.errors import NoAnswerError

MAX_CHARS = 128
"""Longest number that is read; no family of this package has a longer answer."""

_FOLDED = {0xFF10 + i: str(i) for i in range(10)}
_FOLDED |= dict.fromkeys((0x2010, 0x2011, 0x2012, 0x2013, 0x2212, 0xFE63, 0xFF0D), "-")
_FOLDED |= {0xFF0B: "+", 0xFF0F: "/", 0x2044: "/", 0xFF0E: ".", 0xFF0C: ",", 0xA0: " ", 0x202F: " "}

_HALVES = {"\u00bd": (1, 2), "\u00bc": (1, 4), "\u00be": (3, 4), "\u2153": (1, 3), "\u2154": (2, 3)}

_DIGITS = tuple("0123456789")
_NUMERIC = (*_DIGITS, *(chr(0xFF10 + i) for i in range(10)), *_HALVES)
_REACH = 4 * MAX_CHARS
"""How far from a number its neighbours matter; the rest of a long text is not folded."""

_RUN = re.compile(r"[0-9.,/]+\Z")
_LATEX_FRACTION = re.compile(r"\\[dt]?frac ?\{ ?([0-9]+) ?\} ?\{ ?([0-9]+) ?\}\Z")
_WHOLE = re.compile(r"[0-9]+|[0-9]{1,3}(?:,[0-9]{3})+")
_DECIMAL = re.compile(r"([0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)?\.([0-9]+)")
_RATIO = re.compile(r"([0-9]+)/([0-9]+)")

_OPERATORS = frozenset("+*/^\u00d7\u00f7\u00b7\u22c5\u2217")
_LATEX_OPERATOR = re.compile(r"\\(?:times|cdot|div|over|pm)\Z")
_OPENERS, _CLOSERS = "([{", ")]}"
_EMPHASIS = ("**", "__", "*", "_", "`", "$")


@dataclass(frozen=True, kw_only=True, slots=True)
class Numeral:
    """A number as it was written."""

    value: Fraction
    decimals: int = 0
    """Digits after the point."""
    significant: int = 0
    """Digits from the first that is not 0."""
    is_reduced: bool = True
    """False for a fraction that is not in lowest terms, such as 8/2."""


def last_number(text: str) -> Numeral:
    """The last number of the text.

    >>> last_number("17 + 5 = 22.").value
    Fraction(22, 1)

    Raises:
        NoAnswerError: There is none, or the last one cannot be read in one way only.
    """
    if not text.isascii():
        last = max(text.rfind(sign) for sign in _NUMERIC)
        text = text[max(0, last - _REACH) : last + _REACH].translate(_FOLDED)
    end = len(text) if text.endswith(_DIGITS) else max(map(text.rfind, _DIGITS)) + 1
    vulgar = max(text.rfind(half) for half in _HALVES) + 1 if not text.isascii() else 0
    if vulgar > end:
        numeral, start, end = Numeral(value=Fraction(*_HALVES[text[vulgar - 1]])), vulgar - 1, vulgar
    elif end > 0:
        numeral, start, end = _read_before(text, end)
    else:
        raise NoAnswerError("no number in the answer")
    return _with_context(numeral, text, start, end)


def _read_before(text: str, end: int) -> tuple[Numeral, int, int]:
    """The number whose last digit stands before `end`, with its first and last position."""
    window_start = max(0, end - MAX_CHARS - 1)
    if end < len(text) and text[end] in " }":
        close = end + (text[end] == " ") + 1
        frac = _LATEX_FRACTION.search(text[window_start:close])
        if frac:
            return _ratio(frac[1], frac[2]), window_start + frac.start(), close
    found = _RUN.search(text, window_start, end)
    assert found is not None, "the window ends with a digit"
    if len(found[0]) > MAX_CHARS:
        raise NoAnswerError(f"a number of more than {MAX_CHARS} characters")
    return _read_run(found[0]), found.start(), end


def _read_run(run: str) -> Numeral:
    if _WHOLE.fullmatch(run):
        digits = run.replace(",", "")
        return Numeral(value=Fraction(int(digits)), significant=len(digits.lstrip("0")))
    if found := _DECIMAL.fullmatch(run):
        digits = (found[1] or "").replace(",", "") + found[2]
        places = len(found[2])
        value = Fraction(int(digits), 10**places)
        return Numeral(value=value, decimals=places, significant=len(digits.lstrip("0")))
    if (found := _RATIO.fullmatch(run)) and found[1]:
        return _ratio(found[1], found[2])
    raise NoAnswerError(f"`{quote(run)}` can be read in more than one way")


def _ratio(numerator: str, denominator: str) -> Numeral:
    p, q = int(numerator), int(denominator)
    if q == 0:
        raise NoAnswerError("a fraction with denominator 0")
    return Numeral(value=Fraction(p, q), is_reduced=gcd(p, q) == 1)


def _with_context(numeral: Numeral, text: str, start: int, end: int) -> Numeral:
    """The number with its sign, unless its neighbours make it a part of something else."""
    sign = text[start - 1] if start > 0 and text[start - 1] in "+-" else ""
    is_alone = start == len(sign) and end == len(text)
    if not is_alone and (problem := _problem(text, start, end, sign)):
        raise NoAnswerError(f"{problem}: `{quote(text[max(0, start - 20) : end + 10].strip())}`")
    return replace(numeral, value=-numeral.value) if sign == "-" else numeral


def _problem(text: str, start: int, end: int, sign: str) -> str | None:
    """What the neighbours of the number make of it; None where they leave it a number."""
    outer_start = _before_emphasis(text, start - len(sign), end)
    before = text[max(0, outer_start - MAX_CHARS) : outer_start]
    is_bare = outer_start == start - len(sign)
    if _touches_word(text[end : end + 1]) or text[end : end + 1] == "%" or _touches_word(before[-1:]):
        return "no clear number at the end"
    if before[-1:] in ("\\", ".", ",", "_"):
        return "no clear number at the end"
    if (sign and is_bare and _ends_operand(before)) or _ends_with_operator(before):
        return "a calculation without its result"
    if text[end : end + MAX_CHARS].lstrip(" _`$*" + _CLOSERS)[:1] in (*_OPERATORS, "="):
        return "a calculation without its result"
    return None


def _touches_word(neighbour: str) -> bool:
    return neighbour.isalnum() or neighbour in _HALVES


def _ends_operand(before: str) -> bool:
    """Whether a sign behind this text subtracts or adds: `3`, `3 ` and `(1 + 2) ` are operands."""
    last = before.rstrip(" \t")[-1:]
    return last.isdigit() or last in (*_CLOSERS, "%", "-", "+")


def _ends_with_operator(before: str) -> bool:
    """Whether what follows this text is an operand of an operator in it."""
    context = before.rstrip(" \t\r\n" + _OPENERS)
    if context[-1:] == "-" or _LATEX_OPERATOR.search(context):
        return True
    if context[-1:] not in _OPERATORS:
        return False
    # A star without a left operand on its line is a bullet or emphasis, not a product.
    left = context.rstrip("".join(_OPERATORS)).rstrip(" \t")[-1:]
    return left.isdigit() or left in tuple(_CLOSERS) or (left.isalpha() and context[-1] != "*")


def _before_emphasis(text: str, start: int, end: int) -> int:
    """Where the marks around start..end begin, so that the stars of `**12**` are no multiplication."""
    for mark in _EMPHASIS:
        for stop in (end, end + 1 if text[end : end + 1] in (".", ",") else end):
            if text.endswith(mark, 0, start) and text.startswith(mark, stop):
                return start - len(mark)
    return start
