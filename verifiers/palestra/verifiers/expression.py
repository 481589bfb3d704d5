"""The exact value of an arithmetic expression that nobody trusts: no `eval`, no recursion, hard limits."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from palestra.verifiers.answer import quote
from palestra.verifiers.errors import NoAnswerError

MAX_CHARS = 1000
MAX_DIGITS = 12
MAX_NUMBERS = 64
MAX_DEPTH = 64

_TOKEN = re.compile(r"\s*(?:([0-9]+)|([-+*/()]))")
_SPELLINGS = {
    0x00D7: "*",
    0x00B7: "*",
    0x22C5: "*",
    0x2217: "*",
    0x00F7: "/",
    0x2212: "-",
    0x2013: "-",
    ord("["): "(",
    ord("]"): ")",
}
_LATEX = {"\\times": "*", "\\cdot": "*", "\\div": "/", "\\left": "", "\\right": ""}
_PRECEDENCE = {"+": 1, "-": 1, "*": 2, "/": 2}


@dataclass(frozen=True, kw_only=True, slots=True)
class Evaluation:
    """What an expression is worth and what it is made of."""

    value: Fraction
    numbers: tuple[int, ...]
    """The numbers in it, from left to right."""


def evaluate(text: str) -> Evaluation:
    """The exact value of whole numbers joined by + - * / and parentheses.

    The usual signs for times, divided by and minus count too. There is no unary minus, no power, no
    product without a sign.

    >>> evaluate("(3 + 4) / 2")
    Evaluation(value=Fraction(7, 2), numbers=(3, 4, 2))

    Raises:
        NoAnswerError: The text is no such expression, or passes a limit.
        ZeroDivisionError: It divides by zero.
    """
    values: list[Fraction] = []
    operators: list[str] = []
    numbers: list[int] = []
    depth = 0
    after_value = False
    for token in _tokens(text):
        if (token not in "+-*/)") == after_value:
            raise NoAnswerError(f"no operator or no number before `{token}`")
        if token == "(":
            depth += 1
            if depth > MAX_DEPTH:
                raise NoAnswerError(f"more than {MAX_DEPTH} parentheses in each other")
            operators.append(token)
        elif token == ")":
            depth -= 1
            if depth < 0:
                raise NoAnswerError("a parenthesis closes that was never opened")
            _reduce(values, operators, 0)
            operators.pop()
        elif token in _PRECEDENCE:
            _reduce(values, operators, _PRECEDENCE[token])
            operators.append(token)
        else:
            numbers.append(int(token))
            values.append(Fraction(numbers[-1]))
        after_value = token not in "+-*/("
    if depth or not after_value:
        raise NoAnswerError("the expression is not complete")
    _reduce(values, operators, 0)
    return Evaluation(value=values[0], numbers=tuple(numbers))


def _tokens(text: str) -> Iterator[str]:
    if len(text) > MAX_CHARS:
        raise NoAnswerError(f"an expression of more than {MAX_CHARS} characters")
    for spelling, sign in _LATEX.items():
        text = text.replace(spelling, sign)
    text = text.translate(_SPELLINGS).rstrip()
    position, count = 0, 0
    while position < len(text):
        found = _TOKEN.match(text, position)
        if found is None:
            raise NoAnswerError(f"no expression: `{quote(text[position:].strip())}`")
        position = found.end()
        if found[1]:
            count += 1
            if len(found[1]) > MAX_DIGITS or count > MAX_NUMBERS:
                raise NoAnswerError(f"more than {MAX_DIGITS} digits in a number, or more than {MAX_NUMBERS} numbers")
        yield found[1] or found[2]


def _reduce(values: list[Fraction], operators: list[str], precedence: int) -> None:
    """Carry out the waiting operators that bind at least so tightly, back to an open parenthesis."""
    while operators and operators[-1] != "(" and _PRECEDENCE[operators[-1]] >= precedence:
        right, left, operator = values.pop(), values.pop(), operators.pop()
        if operator == "+":
            values.append(left + right)
        elif operator == "-":
            values.append(left - right)
        elif operator == "*":
            values.append(left * right)
        else:
            values.append(left / right)
