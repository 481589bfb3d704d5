from __future__ import annotations

from fractions import Fraction
from typing import Any

import mpmath
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from palestra.verifiers.math.arithmetic.balls import Ball, Evaluation
from palestra.verifiers.math.arithmetic.field import DOUBLES, Field, long_floats
from palestra.verifiers.math.arithmetic.steps import Steps
from palestra.verifiers.math.errors import InconclusiveError, OutOfStepsError, UndefinedError
from palestra.verifiers.math.parsing.parser import parse
from palestra.verifiers.math.parsing.syntax import Call, Constant, Negation, Node, Number, Power, Product, Quotient, Sum

_ORACLE = mpmath.MPContext()
_ORACLE.prec = 800


def ball(tree: Node | str, field: Field = DOUBLES, **point: Fraction) -> Ball:
    node = parse(tree) if isinstance(tree, str) else tree
    return Evaluation(field, point, Steps(10**6)).ball(node)


def holds(found: Ball, value: Any) -> bool:
    return bool(abs(_ORACLE.mpmathify(found.middle) - value) <= _ORACLE.mpf(found.radius))


def both(tree: Node | str, value: Any, **point: Fraction) -> None:
    """The ball has the true value in each field, or says that it cannot tell."""
    for field in (DOUBLES, long_floats()):
        try:
            found = ball(tree, field, **point)
        except InconclusiveError:
            continue
        assert holds(found, value)


_Case = tuple[Node, Any]
_LEAVES = st.one_of(
    st.fractions(-20, 20, max_denominator=9).map(
        lambda number: (Number(number), _ORACLE.mpf(number.numerator) / number.denominator)
    ),
    st.just((Constant("pi"), +_ORACLE.pi)),
    st.just((Constant("e"), +_ORACLE.e)),
    st.integers(2, 40).map(lambda n: (Call("root", (Number(Fraction(n)), Number(Fraction(2)))), _ORACLE.sqrt(n))),
)
_FUNCTIONS = {"sin": _ORACLE.sin, "cos": _ORACLE.cos, "atan": _ORACLE.atan, "asinh": _ORACLE.asinh, "erf": _ORACLE.erf}


def _grown(inner: st.SearchStrategy[_Case]) -> st.SearchStrategy[_Case]:
    pairs = st.tuples(inner, inner)
    return st.one_of(
        pairs.map(lambda pair: (Sum((pair[0][0], pair[1][0])), pair[0][1] + pair[1][1])),
        pairs.map(lambda pair: (Sum((pair[0][0], Negation(pair[1][0]))), pair[0][1] - pair[1][1])),
        pairs.map(lambda pair: (Product((pair[0][0], pair[1][0])), pair[0][1] * pair[1][1])),
        pairs.filter(lambda pair: abs(pair[1][1]) > 1e-20).map(
            lambda pair: (Quotient(pair[0][0], pair[1][0]), pair[0][1] / pair[1][1])
        ),
        st.tuples(inner, st.integers(1, 7)).map(
            lambda pair: (Power(pair[0][0], Number(Fraction(pair[1]))), pair[0][1] ** pair[1])
        ),
        st.tuples(inner, st.sampled_from(sorted(_FUNCTIONS))).map(
            lambda pair: (Call(pair[1], (pair[0][0],)), _FUNCTIONS[pair[1]](pair[0][1]))
        ),
        inner.filter(lambda one: abs(one[1]) < 200).map(
            lambda one: (Power(Constant("e"), one[0]), _ORACLE.exp(one[1]))
        ),
        inner.filter(lambda one: one[1] > 1e-20).map(lambda one: (Call("ln", (one[0],)), _ORACLE.ln(one[1]))),
    )


@given(st.recursive(_LEAVES, _grown, max_leaves=6))
def test_balls_contain_the_true_value(case: _Case) -> None:
    both(*case)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (r"(\sqrt2\sqrt3-\sqrt6)^2", 0),
        (r"(\frac13+\frac13-\frac23)^2", 0),
        (r"\sqrt{\sqrt2\sqrt3-\sqrt6}", 0),
        (r"\sqrt[3]{\sqrt2\sqrt3-\sqrt6}", 0),
        (r"\arcsin(\sin^2 1+\cos^2 1)", _ORACLE.pi / 2),
        (r"\arccos(\sin^2 1+\cos^2 1)", 0),
        (r"\arcsin(1-10^{-12})", _ORACLE.asin(1 - _ORACLE.mpf(10) ** -12)),
        (r"\arctan(\frac{999999}{1000000}i)", _ORACLE.atan(_ORACLE.mpc(0, _ORACLE.mpf(999999) / 1000000))),
        (r"\operatorname{arccosh}(1+10^{-14})", _ORACLE.acosh(1 + _ORACLE.mpf(10) ** -14)),
        (r"(10^{10})^{2+10^{-17}}", _ORACLE.mpf(10) ** (20 + _ORACLE.mpf(10) ** -16)),
        (r"(-1)^{2+10^{-17}\sqrt2}", _ORACLE.expjpi(2 + _ORACLE.mpf(10) ** -17 * _ORACLE.sqrt(2))),
        (r"\pi^{1000}", _ORACLE.pi**1000),
        (r"(-8)^{1/3}", -2),
        (r"(1/2)!", _ORACLE.sqrt(_ORACLE.pi) / 2),
        (r"\sin 100000", _ORACLE.sin(100000)),
        (r"e^{i}", _ORACLE.expj(1)),
        (r"\sqrt{-4}", _ORACLE.mpc(0, 2)),
        (r"\tan 30^\circ", 1 / _ORACLE.sqrt(3)),
        (r"\lfloor 3-10^{-20}\rfloor", 2),
        (r"\lceil 3+10^{-20}\rceil", 4),
        (r"\lfloor \sqrt2\sqrt2 \rfloor", 2),
        (r"\operatorname{sgn}(-\pi)", -1),
    ],
)
def test_hard_values_lie_in_their_balls(text: str, value: Any) -> None:
    both(text, value)


@pytest.mark.parametrize("name", ["sin", "cos", "sinh", "cosh", "asin", "acos", "atan", "asinh", "atanh", "ln", "sqrt"])
@given(
    middle=st.floats(-3, 3),
    imaginary=st.sampled_from([0.0, 0.0, 0.5, -1.5]),
    radius=st.sampled_from([1e-12, 1e-6, 1e-3, 0.2]),
    share=st.floats(-1, 1),
)
@example(middle=0.0, imaginary=0.0, radius=1e-12, share=1.0)  # a root that was rounded down
def test_a_function_of_a_ball_contains_the_function_of_its_points(
    name: str, middle: float, imaginary: float, radius: float, share: float
) -> None:
    from palestra.verifiers.math.arithmetic.functions import FUNCTIONS

    evaluation = Evaluation(DOUBLES, {}, Steps())
    point = complex(middle, imaginary) if imaginary else middle
    try:
        if name == "sqrt":
            found: Ball | None = evaluation.root(Ball(point, radius), 2)
        else:
            found = FUNCTIONS[name](evaluation, [Ball(point, radius)])
    except (InconclusiveError, UndefinedError):
        return
    assert found is not None
    inside = _ORACLE.mpmathify(middle + share * radius)
    if imaginary:
        inside += _ORACLE.mpc(0, imaginary)
    elif evaluation.left_reals or (name in ("asin", "acos", "atanh") and abs(inside) > 1):
        return  # across a branch cut
    assert holds(found, getattr(_ORACLE, name)(inside))


@pytest.mark.parametrize("text", ["e^{-1000}", r"e^{-400\sqrt2}e^{-400\sqrt2}", r"\pi^{-1000}", "10^{-200}e^{-300}"])
def test_a_value_too_small_for_a_radius_is_inconclusive(text: str) -> None:
    for field in (DOUBLES, long_floats()):
        with pytest.raises(InconclusiveError):
            ball(text, field)


@pytest.mark.parametrize("text", ["e^{1000}", r"\pi^{10000000}", "e^{e^{100}}", "(10^{10})!"])
def test_a_value_too_large_for_a_radius_is_inconclusive(text: str) -> None:
    for field in (DOUBLES, long_floats()):
        with pytest.raises(InconclusiveError):
            ball(text, field)


@pytest.mark.parametrize("text", ["1/0", r"\ln 0", "0^{-\\pi}", r"\mathbb{R}", r"\text{seven times}"])
def test_what_has_no_value_is_undefined(text: str) -> None:
    with pytest.raises(UndefinedError):
        ball(text)


def test_zero_to_a_positive_power_is_zero() -> None:
    assert ball(r"0^{\pi}").middle == 0


def test_leaving_the_real_numbers_is_noted() -> None:
    evaluation = Evaluation(DOUBLES, {}, Steps())
    evaluation.ball(parse(r"\sqrt{2}"))
    assert not evaluation.left_reals
    evaluation.ball(parse(r"\sqrt{-2}"))
    assert evaluation.left_reals


def test_letters_take_their_values_from_the_point() -> None:
    found = ball("x^2+y", x=Fraction(3), y=Fraction(1, 2))
    assert holds(found, 9.5)


def test_an_unknown_function_is_the_same_at_the_same_place() -> None:
    assert ball("f(x+1)", x=Fraction(2)).meets(ball("f(3)"))
    assert not ball("f(x)", x=Fraction(2)).meets(ball("g(x)", x=Fraction(2)))
    assert not ball("f(2)").meets(ball("f(3)"))


@pytest.mark.parametrize("text", ["0!!", "5!!", "8!!"])
def test_double_factorials_are_those_of_exact_numbers(text: str) -> None:
    count = int(text[0])
    value = 1
    for factor in range(count, 0, -2):
        value *= factor
    assert holds(ball("n!!", long_floats(), n=Fraction(count)), value)


def test_a_double_factorial_of_a_broken_number_is_inconclusive() -> None:
    with pytest.raises(InconclusiveError):
        ball("x!!", long_floats(), x=Fraction(1, 2))


def test_every_operation_costs_steps() -> None:
    steps = Steps(3 * DOUBLES.cost)
    Evaluation(DOUBLES, {}, steps).ball(parse("1+2"))
    with pytest.raises(OutOfStepsError):
        Evaluation(DOUBLES, {}, steps).ball(parse("1"))
