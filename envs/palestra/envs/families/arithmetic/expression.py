"""Random expressions over + - * / that stay exact and within a bound, written with as few parentheses as needed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from palestra.verifiers.keyed_random import KeyedRandom

_ATOM, _PRODUCT, _SUM = 3, 2, 1
_BINDING = {"+": _SUM, "-": _SUM, "*": _PRODUCT, "/": _PRODUCT}


@dataclass(frozen=True, kw_only=True, slots=True)
class Expression:
    """How an expression is written, which expressions are the same, and its value."""

    text: str
    canonical: str
    value: Fraction
    binding: int = _ATOM

    def operators(self) -> str:
        """The operators in it, sorted."""
        return "".join(sorted(sign for sign in self.text.replace(" ", "") if sign in _BINDING))


@dataclass(frozen=True, kw_only=True, slots=True)
class Grammar:
    """Which expressions are drawn."""

    operators: str
    atom: Callable[[KeyedRandom], Fraction]
    """Draws a positive number."""
    write: Callable[[Fraction], str]
    limit: int
    """No value on the way is larger than this."""

    def draw(self, num_steps: int, rng: KeyedRandom) -> Expression:
        """An expression of so many operators."""
        if num_steps == 0:
            return self._leaf(self.atom(rng))
        operator = rng.choice(self.operators)
        if operator == "/":
            return self._quotient(num_steps, rng)
        left_steps = rng.below(num_steps)
        left, right = self.draw(left_steps, rng), self.draw(num_steps - 1 - left_steps, rng)
        if operator == "*" and abs(left.value * right.value) > self.limit:
            operator = "-"
        return _joined(left, operator, right)

    def _quotient(self, num_steps: int, rng: KeyedRandom) -> Expression:
        """A number divided by an expression: the number is chosen so that the division comes out even."""
        divisor = self.draw(num_steps - 1, rng)
        quotient = self.atom(rng)
        if divisor.value <= 0 or divisor.value * quotient > self.limit:
            return _joined(self._leaf(quotient), "+", divisor)
        return _joined(self._leaf(divisor.value * quotient), "/", divisor)

    def _leaf(self, value: Fraction) -> Expression:
        text = self.write(value)
        return Expression(text=text, canonical=text, value=value)


def decimal_text(value: Fraction) -> str:
    """A number of finitely many decimals, without zeros at the end.

    >>> decimal_text(Fraction(-5, 4))
    '-1.25'
    """
    places = 0
    while 10**places % value.denominator:
        places += 1
    digits = str(abs(value.numerator) * 10**places // value.denominator).rjust(places + 1, "0")
    sign = "-" if value < 0 else ""
    return f"{sign}{digits[:-places]}.{digits[-places:]}" if places else f"{sign}{digits}"


def draw_decimal(places: int, high: int, rng: KeyedRandom) -> Fraction:
    """A decimal below `high` of one place or more, above 0."""
    scale = 10 ** rng.between(1, places)
    return Fraction(rng.between(1, high * scale - 1), scale)


def _joined(a: Expression, operator: str, b: Expression) -> Expression:
    binding = _BINDING[operator]
    left = a.text if a.binding >= binding else f"({a.text})"
    right = b.text if b.binding > binding or (b.binding == binding and operator in "+*") else f"({b.text})"
    first, second = (a.canonical, b.canonical) if operator in "-/" else sorted((a.canonical, b.canonical))
    return Expression(
        text=f"{left} {operator} {right}",
        canonical=f"({first}{operator}{second})",
        value=calculated(a.value, operator, b.value),
        binding=binding,
    )


def calculated(a: Fraction, operator: str, b: Fraction) -> Fraction:
    """The value of `a operator b`, of the operators + - * /."""
    if operator == "+":
        return a + b
    if operator == "-":
        return a - b
    return a * b if operator == "*" else a / b
