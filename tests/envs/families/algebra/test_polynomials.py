import re
from fractions import Fraction
from typing import Any

import pytest
import sympy
from sympy.parsing.sympy_parser import implicit_multiplication_application, parse_expr, standard_transformations

from palestra.envs import Task
from palestra.envs.families.algebra.complex_arithmetic import ComplexArithmetic
from palestra.envs.families.algebra.polynomial import (
    PolynomialsAnswer,
    polynomial_text,
    polynomials_reference,
    read_polynomial,
    reference_text,
)
from palestra.envs.families.algebra.polynomial_division import PolynomialDivision
from palestra.envs.families.algebra.polynomial_multiplication import PolynomialMultiplication
from palestra.verifiers import Outcome

_RULES = (*standard_transformations, implicit_multiplication_application)


def tasks(family: Any) -> list[Task]:
    levels = (family.configured({"difficulty": difficulty}) for difficulty in (0.0, 0.5, 1.0))
    return [level.task("train", 4, index) for level in levels for index in range(35)]


def read(text: str) -> Any:
    return parse_expr(text.replace("^", "**"), transformations=_RULES)


def complex_value(text: str) -> Any:
    """In the exact field of Gaussian rationals."""
    source = re.sub(r"(\d*)i|(\d+)", lambda m: f"Q({m[2]}, 0)" if m[2] else f"Q(0, {m[1] or 1})", text)
    return eval(source.replace(")Q", ") * Q"), {"Q": sympy.QQ_I})


def test_what_is_written_is_read_again() -> None:
    half = (Fraction(-1, 2), Fraction(0), Fraction(3, 4))
    for coefficients in (half, *(tuple(map(Fraction, whole)) for whole in ((1, -2, 3), (0, 1), (-1,), (0, 0, -1)))):
        text = polynomial_text(coefficients)
        assert read_polynomial(text, "x") == coefficients, text
    assert read_polynomial("0", "x") == ()


@pytest.mark.parametrize(
    "response",
    [
        "3x^2 - 2x + 1",
        "1-2x+3x**2",
        "Work.\n**p(x) = 3x^2 - 2x + 1**.",
        "3x\u00b2 \u2212 2x + 1",
        "$3x^{2}-2x+1$",
        "\\boxed{3\\cdot x^2-2x+1}",
        "(x-1)(3x+1) + 2 = 3x^2 - 2x + 1",
    ],
)
def test_an_expanded_polynomial_may_be_written_in_the_usual_ways(response: str) -> None:
    assert PolynomialsAnswer().verify(response, polynomials_reference((1, -2, 3))).score == 1


@pytest.mark.parametrize(
    "response",
    [
        "(x - 1)(3x + 1) + 2",
        "3x^2 - x - x + 1",
        "3x^2 - 2x + 2/2",
        "3x^2 - 2x + 1 or 4",
        "3x^2 - 2x",
        "3y^2 - 2y + 1",
        "3x^2 - 2x++1",
        "x^" + "9" * 500,
        "+" * 4000,
        "1/0x",
        "3x^2-2x+1; 3x^2-2x+1",
    ],
)
def test_anything_else_is_refused(response: str) -> None:
    verdict = PolynomialsAnswer().verify(response, polynomials_reference((1, -2, 3)))
    assert (verdict.score, verdict.outcome in (Outcome.FAIL, Outcome.UNPARSED)) == (0, True)


def test_products_are_expanded_rightly() -> None:
    for task in tasks(PolynomialMultiplication):
        product = re.search(r"\(.*\)", task.prompt.partition("\n")[0])
        assert product is not None
        assert sympy.expand(read(product[0]) - read(reference_text(task.reference))) == 0
        assert PolynomialMultiplication.verifier.verify(product[0], task.reference).score == 0


def test_divisions_have_quotient_and_remainder() -> None:
    for task in tasks(PolynomialDivision):
        question = task.prompt.partition("\n")[0]
        dividend, divisor = sorted(re.findall(r"-?\d*x(?:[-+\dx^ ]*[\dx])?", question), key=lambda text: -len(text))
        quotient, remainder = reference_text(task.reference).split("; ")
        if sympy.degree(read(dividend)) < sympy.degree(read(divisor)):
            dividend, divisor = divisor, dividend
        assert sympy.div(read(dividend), read(divisor)) == (read(quotient), read(remainder))


def test_complex_results_are_those_of_sympy() -> None:
    for task in tasks(ComplexArithmetic):
        expression = max(re.findall(r"\([-+*/\di() ]*\)", task.prompt.partition("\n")[0]), key=len)
        assert complex_value(expression) == complex_value(ComplexArithmetic().oracle(task))


@pytest.mark.parametrize(
    "response", ["-1/2 + (3/4)i", "-1/2 + 3/4i", "3i/4 - 1/2", "-0.5 + 0.75i", "-\\frac{1}{2} + \\frac{3}{4}i"]
)
def test_complex_numbers_may_be_written_in_the_usual_ways(response: str) -> None:
    reference = polynomials_reference((Fraction(-1, 2), Fraction(3, 4)), variable="i")
    assert ComplexArithmetic.verifier.verify(response, reference).score == 1
    assert ComplexArithmetic.verifier.verify(response + " + 1", reference).score == 0


def test_complex_numbers_may_have_fractions_in_latex() -> None:
    reference = polynomials_reference((Fraction(-8740, 29), Fraction(1350, 29)), variable="i")
    for text in (r"$-\frac{8740}{29} + (\frac{1350}{29})i$", r"\(-\frac{8{,}740}{29} + \frac{1{,}350}{29}i\)"):
        assert PolynomialsAnswer().verify(text, reference).score == 1.0


@pytest.mark.parametrize("response", ["p = x or p = x^2 + 1", "p != x^2 + 1", "Not: x^2 + 1", "p = x, p = x^2 + 1"])
def test_hedged_polynomials_are_not_read(response: str) -> None:
    assert PolynomialsAnswer().verify(response, polynomials_reference((1, 0, 1))).score == 0.0
