"""Ball arithmetic: the value of a tree with a bound of its error, so that disjoint balls prove a difference.

The bounds follow rounding and cancellation: sums, products, powers, exponentials and roots by what their radii can
reach, other functions by four times their slope. A value that passes for real and negative lies on the upper side of
the branch cuts of roots and logarithms, as it does where it is real.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from palestra.verifiers.math.arithmetic.exact import exact
from palestra.verifiers.math.arithmetic.field import DOUBLES, Field, is_real
from palestra.verifiers.math.arithmetic.steps import Steps
from palestra.verifiers.math.errors import InconclusiveError, UndefinedError
from palestra.verifiers.math.parsing.syntax import (
    Call,
    Constant,
    Degree,
    Negation,
    Node,
    Number,
    Percent,
    Power,
    Product,
    Quotient,
    Series,
    Sum,
    Symbol,
)

_SMALLEST = 1e-290
"""Smaller values lose their relative precision as doubles, in which radii are kept."""
_OUTWARDS = 1 + 1e-15
"""A bound times this is one, whichever way its computation was rounded."""


@dataclass(frozen=True, slots=True)
class Ball:
    """All numbers within `radius` of `middle`."""

    middle: Any
    """A float or a complex number, of the field's precision."""
    radius: float

    def meets(self, other: Ball) -> bool:
        """Whether the two have a number in common."""
        return bool(abs(self.middle - other.middle) <= self.radius + other.radius)

    @property
    def relative(self) -> float:
        """The radius over the size of the middle."""
        return self.radius / max(1e-300, float(abs(self.middle)))


class Evaluation:
    """Evaluates trees at one point, in one field."""

    def __init__(self, field: Field, point: Mapping[str, Fraction], steps: Steps) -> None:
        self.field = field
        self.point = point
        self.steps = steps
        self.left_reals = False
        """Whether a root or a logarithm of a negative number came up."""

    def ball(self, node: Node) -> Ball:
        """The value of a tree.

        Raises:
            UndefinedError: It has none at this point.
            InconclusiveError: It is too large, or too near to a jump, for this field.
            OutOfStepsError: The steps are used up.
        """
        self.steps.spend(self.field.cost)
        try:
            return self._ball(node)
        except OverflowError:
            raise InconclusiveError("a value that is too large") from None

    def _ball(self, node: Node) -> Ball:  # noqa: C901  one case for each kind of node
        match node:
            case Number(value):
                return self._rational(value)
            case Constant(name):
                if name not in ("pi", "e", "i"):
                    raise UndefinedError(f"{name} is no number")
                middle = self.field.constant(name)
                return Ball(middle, self.field.eps * 4)
            case Symbol(name):
                return self._rational(self.point[name] if name in self.point else _generic(name))
            case Negation(operand):
                inside = self.ball(operand)
                return Ball(-inside.middle, inside.radius)
            case Sum(terms):
                return self._fold(terms, self.add)
            case Product(factors):
                return self._fold(factors, self.multiply)
            case Quotient(numerator, denominator):
                return self.divide(self.ball(numerator), self.ball(denominator))
            case Power(base, exponent):
                return self._power(base, exponent)
            case Percent(operand):
                return self.divide(self.ball(operand), self._rational(Fraction(100)))
            case Degree(operand):
                turn = self.divide(Ball(self.field.constant("pi"), self.field.eps * 4), self._rational(Fraction(180)))
                return self.multiply(self.ball(operand), turn)
            case Call(function, arguments):
                return self._call(node, function, arguments)
            case Series(kind, variable, low, high, body):
                parts = [self.ball(part) for part in (low, high) if part is not None]
                inner = Evaluation(self.field, {**self.point, variable: _generic("bound")}, self.steps)
                return self.unknown(kind, [*parts, inner.ball(body)])
            case _:
                raise UndefinedError(f"a {type(node).__name__.lower()} is no number")

    def _fold(self, nodes: tuple[Node, ...], combine: Callable[[Ball, Ball], Ball]) -> Ball:
        total = self.ball(nodes[0])
        for node in nodes[1:]:
            total = combine(total, self.ball(node))
        return total

    def _rational(self, value: Fraction) -> Ball:
        if max(value.numerator.bit_length(), value.denominator.bit_length()) > 1000 and self.field is DOUBLES:
            raise InconclusiveError("a number that is too long")
        middle = self.field.real(value)
        return Ball(middle, self.field.eps * float(abs(middle)))

    def _round(self, middle: Any, radius: float) -> Ball:
        size = float(abs(middle))
        if not (math.isfinite(size) and math.isfinite(radius)):
            raise InconclusiveError("a value that is too large")
        if size < _SMALLEST and middle != 0:
            raise InconclusiveError("a value that is too small")
        radius += self.field.eps * size
        if not is_real(middle) and abs(middle.imag) <= radius:  # real, as far as one can tell
            return Ball(middle.real, radius + float(abs(middle.imag)))
        return Ball(middle, radius)

    def add(self, left: Ball, right: Ball) -> Ball:
        """The sum."""
        return self._round(left.middle + right.middle, left.radius + right.radius)

    def multiply(self, left: Ball, right: Ball) -> Ball:
        """The product."""
        radius = float(abs(left.middle)) * right.radius + float(abs(right.middle)) * left.radius
        product = left.middle * right.middle
        if product == 0 and left.middle != 0 and right.middle != 0:
            raise InconclusiveError("a value that is too small")
        both = max(left.radius * right.radius, _SMALLEST) if left.radius and right.radius else 0.0
        return self._round(product, radius + both)

    def divide(self, left: Ball, right: Ball) -> Ball:
        """The quotient."""
        size = float(abs(right.middle))
        if size == 0 and right.radius == 0:
            raise UndefinedError("a division by zero")
        if size <= right.radius * 2:
            raise InconclusiveError("a division by what may be zero")
        radius = right.radius / (size * (size - right.radius))
        return self.multiply(left, self._round(1 / right.middle, radius))

    def apply(self, name: str, value: Ball, slope: float) -> Ball:
        """A function of one ball, with a bound of its derivative near the middle."""
        result = self.field.apply(name, value.middle)
        if is_real(value.middle) and not is_real(result):
            self.left_reals = True
        return self._round(result, 4 * slope * value.radius)

    def exp(self, value: Ball) -> Ball:
        """The exponential."""
        result = self.field.apply("exp", value.middle)
        if result == 0:
            raise InconclusiveError("a value that is too small")
        return self._round(result, float(abs(result)) * math.expm1(value.radius))

    def ln(self, value: Ball) -> Ball:
        """The natural logarithm, on its principal branch."""
        size = float(abs(value.middle))
        if size == 0 and value.radius == 0:
            raise UndefinedError("a logarithm of zero")
        if size <= 2 * value.radius:
            raise InconclusiveError("a logarithm of what may be zero")
        return self.apply("ln", value, 1 / size)

    def root(self, value: Ball, degree: int) -> Ball:
        """The root: the real one where there is one, else the principal one."""
        size = float(abs(value.middle))
        if size <= 2 * value.radius:  # no root of the ball is larger
            return Ball(self.field.real(Fraction(0)), (size + value.radius) ** (1 / degree) * _OUTWARDS)
        if degree == 2:
            return self.apply("sqrt", value, 0.5 / math.sqrt(size))
        if is_real(value.middle) and value.middle < 0 and degree % 2:
            positive = self.root(Ball(-value.middle, value.radius), degree)
            return Ball(-positive.middle, positive.radius)
        return self.exp(self.divide(self.ln(value), self._rational(Fraction(degree))))

    def _power(self, base: Node, exponent: Node) -> Ball:
        known = exact(exponent, self.steps)
        value = self.ball(base)
        if known is not None and known.denominator == 1:
            return self._whole_power(value, int(known))
        if known is not None and known.denominator < 1000 and is_real(value.middle):
            return self._whole_power(self.root(value, known.denominator), known.numerator)
        if isinstance(base, Constant) and base.name == "e":
            return self.exp(self.ball(exponent))
        power = self.ball(exponent)
        if value.middle == 0 and value.radius == 0:
            if complex(power.middle).real <= power.radius:
                raise UndefinedError("a power of zero whose exponent is not positive")
            return value
        is_positive = is_real(value.middle) and value.middle > 0
        if is_positive or not self._is_whole(power):
            return self.exp(self.multiply(self.ln(value), power))
        whole = self._whole_power(value, round(float(power.middle)))
        turn = (abs(math.log(max(_SMALLEST, float(abs(value.middle))))) + math.pi) * power.radius
        return self._round(whole.middle, whole.radius + float(abs(whole.middle)) * math.expm1(turn))

    def _is_whole(self, value: Ball) -> bool:
        return is_real(value.middle) and abs(value.middle) < 1e6 and value.middle == round(float(value.middle))

    def _whole_power(self, value: Ball, exponent: int) -> Ball:
        if exponent < 0:
            return self.divide(self._rational(Fraction(1)), self._whole_power(value, -exponent))
        size = float(abs(value.middle))
        if exponent > 1 and size > 0 and abs(math.log2(size)) * exponent > 1e6:
            raise InconclusiveError("a power that is too large")
        if exponent > 1e9:
            raise InconclusiveError("a power that is too large")
        result = value.middle**exponent
        if result == 0 and size > 0:
            raise InconclusiveError("a value that is too small")
        slack = value.radius + size * exponent * self.field.eps
        spread = slack * exponent * (size + slack) ** max(0, exponent - 1)
        return self._round(result, max(spread, _SMALLEST) if spread or value.radius else 0.0)

    def unknown(self, name: str, arguments: list[Ball]) -> Ball:
        """A function of which nothing is known but its name: some smooth function, the same in each call."""
        total = self._rational(_generic(f"{name}()"))
        for index, argument in enumerate(arguments):
            total = self.add(total, self.multiply(argument, self._rational(_generic(f"{name}{index}") / 3)))
        slope = math.cosh(min(700.0, float(abs(total.middle)))) if not is_real(total.middle) else 1.0
        return self.add(self.apply("sin", total, slope), self._rational(_generic(f"{name}.")))

    def _call(self, node: Node, function: str, arguments: tuple[Node, ...]) -> Ball:
        from palestra.verifiers.math.arithmetic.functions import rule

        calculate = rule(function, len(arguments))
        if calculate is not None:
            value = calculate(self, [self.ball(argument) for argument in arguments])
            if value is not None:
                return value
        known = exact(node, self.steps)
        if known is not None:
            return self._rational(known)
        return self.unknown(function, [self.ball(argument) for argument in arguments])


def _generic(name: str) -> Fraction:
    """A number without special properties, for a name."""
    return Fraction(zlib.crc32(name.encode("utf-8", "surrogatepass")) % 99991 + 50000, 70001)
