import re
from fractions import Fraction
from typing import Any

import pytest
import sympy
from sympy.parsing.sympy_parser import implicit_multiplication_application, parse_expr, standard_transformations

from palestra.envs import KeyedRandom
from palestra.envs.families.algebra.math_line import MathLineAnswer
from palestra.envs.families.calculus.antiderivative import Antiderivative, AntiderivativeAnswer
from palestra.envs.families.calculus.definite_integral import DefiniteIntegral
from palestra.envs.families.calculus.derivative import Derivative
from palestra.envs.families.calculus.limit import Limit
from palestra.envs.families.calculus.taylor_coefficient import TaylorCoefficient
from palestra.envs.family import Content
from palestra.verifiers import Outcome
from palestra.verifiers.undecided import Strict

_RULES = (*standard_transformations, implicit_multiplication_application)
_X = sympy.Symbol("x")


_DIFFICULTIES = (0.0, 0.35, 0.5, 0.75, 1.0)


def contents(family: Any, count: int, highest: float = 1.0) -> list[Content]:
    made: list[Content] = []
    for difficulty in (d for d in _DIFFICULTIES if d <= highest):
        source, rng = family.configured({"difficulty": difficulty}), KeyedRandom("calculus", str(difficulty))
        drawn = (source.build(source.draw(rng), rng) for _ in range(count))
        made += [content for content in drawn if content is not None]
    return made


def read(text: str) -> Any:
    return parse_expr(text.replace("^", "**"), transformations=_RULES, local_dict={"e": sympy.E, "x": _X})


def is_zero(expression: Any) -> bool:
    """At two points, to 30 digits."""
    return all(
        abs(sympy.N(expression.subs(_X, point), 30, maxn=200)) < 1e-12
        for point in (sympy.Rational(3, 7), sympy.Rational(6, 5))
    )


def test_derivatives_are_those_of_sympy() -> None:
    for content in contents(Derivative, 22):
        assert is_zero(sympy.diff(read(content.slots["function"]), _X) - read(content.reference))


def test_every_way_to_write_a_derivative_is_right() -> None:
    verifier, reference = Derivative.verifier, "(55*x^4)*sin(4x) + (11x^5)*(4*cos(4x))"
    for right in (
        "55x^4 sin(4x) + 44x^5 cos(4x)",
        "f'(x) = 11x^4(5\\sin(4x) + 4x\\cos(4x))",
        "So\n**55x^4 sin(4x) + 44x^5 cos(4x)**.",
    ):
        assert verifier.verify(right, reference).score == 1, right
    for wrong in (
        "d/dx (11x^5 sin(4x))",
        "\\frac{d}{dx}(11x^5\\sin(4x))",
        "f'(x)",
        "diff(11*x^5*sin(4*x), x)",
        "11x^5 sin(4x)",
        "\\lim_{h\\to 0} (11(x+h)^5 sin(4(x+h)) - 11x^5 sin(4x))/h",
    ):
        verdict = verifier.verify(wrong, reference)
        assert (verdict.score, verdict.valid) == (0, True), wrong


def test_antiderivatives_have_the_integrand_as_derivative() -> None:
    for content in contents(Antiderivative, 22):
        assert is_zero(sympy.diff(read(content.reference), _X) - read(content.slots["integrand"]))


def test_antiderivatives_of_sympy_are_right_too() -> None:
    for content in contents(Antiderivative, 6, 0.4):
        other = str(sympy.integrate(read(content.slots["integrand"]), _X)).replace("exp", "e^").replace("**", "^")
        for response in (other, f"F(x) = {other} + C", f"{other} - 7/3"):
            assert Antiderivative.verifier.verify(response, content.reference).score == 1, response
        for response in (f"{other} + x", f"2*({other})", content.slots["integrand"], f"{other} + C*x"):
            assert Antiderivative.verifier.verify(response, content.reference).score == 0, response


@pytest.mark.parametrize(
    "response",
    [
        "\\int 6x^5 dx",
        "\\int_0^x 6t^5 dt",
        "integrate(6*x^5, x)",
        "F(x)",
        "F(x) + C",
        "C",
        "x^6 + C*x",
        "x^6 + y",
        "x^6 or x^5",
        "x^6, x^5",
        "x^6 + 0/0",
        "x^6/0",
        "|x|^6*x",
        "x^(6 + 1/x)",
        "9^9^9^9",
        "(x+1)^999*(x+2)^999",
        "(" * 1900,
        "x^6 + floor(x)",
        "x^6 + sgn(x - 100)",
    ],
)
def test_no_way_leads_around_integration(response: str) -> None:
    verdict = AntiderivativeAnswer().verify(response, "(1)*x^6")
    assert (verdict.score, verdict.outcome in (Outcome.FAIL, Outcome.UNPARSED)) == (0, True)


def test_identities_make_no_difference_to_an_antiderivative() -> None:
    for right in ("5 sin(x) cos(x)", "-(5/2)cos(2x + pi/2) + C", "5\\sin x\\cos x"):
        assert AntiderivativeAnswer().verify(right, "(5/2)*sin(2x)").score == 1, right
    for right in ("2x^2(2\\ln x - 1)", "2x^2(ln(x^2) - 1) + C", "4x^2 \\ln|x| - 2x^2"):
        assert AntiderivativeAnswer().verify(right, "4*x^2*ln(x) - 2*x^2").score == 1, right


def test_integrals_are_those_of_sympy() -> None:
    for content in contents(DefiniteIntegral, 25):
        antiderivative = sympy.Poly(read(content.slots["integrand"]), _X).integrate()
        value = antiderivative.eval(int(content.slots["high"])) - antiderivative.eval(int(content.slots["low"]))
        assert value == sympy.Rational(content.reference)


def test_limits_are_those_of_sympy() -> None:
    for content in contents(Limit, 12):
        point = sympy.oo if content.slots["point"] == "infinity" else int(content.slots["point"])
        assert sympy.limit(read(content.slots["expression"]), _X, point) == sympy.Rational(content.reference)


def test_coefficients_are_those_of_sympy() -> None:
    for content in contents(TaylorCoefficient, 4):
        order = int(content.slots["order"])
        derivative = sympy.diff(read(content.slots["function"]), _X, order).subs(_X, 0)
        assert Fraction(str(sympy.nsimplify(derivative / sympy.factorial(order)))) == Fraction(content.reference)
        assert not re.search(r"--|\+ -", content.slots["function"])


@pytest.mark.parametrize("answer", ["max(e^(3x), -5)", "Not: e^(3x)", "not e^(3x)", "f(x) = 1 or f(x) = e^(3x)"])
def test_the_larger_of_two_functions_and_a_denied_one_are_no_answer(answer: str) -> None:
    assert MathLineAnswer(undecided=Strict()).verify(answer, "e^(3x)").score == 0.0
