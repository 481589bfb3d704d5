from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from palestra.verifiers.errors import NoAnswerError
from palestra.verifiers.expression import MAX_DEPTH, evaluate


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 + 2 * 3", 7),
        ("(1 + 2) * 3", 9),
        ("8 - 3 - 2", 3),
        ("8 / 4 / 2", 1),
        ("1 / 3 * 3", 1),
        ("2 \u00d7 3 \u2212 1", 5),
        ("7 \u00f7 2", Fraction(7, 2)),
        ("\\left(2 \\times 3\\right) \\div 4", Fraction(3, 2)),
        ("((5))", 5),
    ],
)
def test_evaluates_exactly_with_the_usual_precedence(text: str, value: Fraction) -> None:
    assert evaluate(text).value == value


@pytest.mark.parametrize(
    "text",
    [
        "",
        "()",
        "1 +",
        "+ 1",
        "-1",
        "1 2",
        "(1)(2)",
        "2(3)",
        "2 ** 3",
        "7 // 2",
        "1 + (2",
        "1 + 2)",
        "1.5 + 2",
        "1e3",
        "a + 1",
        "__import__('os')",
        "1 + 2 = 3",
        "9" * 13,
        "1+" * 500 + "1",
        "1+" * 64 + "1",
        "(" * (MAX_DEPTH + 1) + "1" + ")" * (MAX_DEPTH + 1),
        "(" * 100_000,
        "\u0661 + 1",
        "1\x00+1",
    ],
)
def test_refuses_everything_else(text: str) -> None:
    with pytest.raises(NoAnswerError):
        evaluate(text)


def test_division_by_zero_is_told_apart() -> None:
    with pytest.raises(ZeroDivisionError):
        evaluate("1 / (2 - 2)")


TREES = st.recursive(
    st.integers(0, 99).map(str),
    lambda inner: st.tuples(inner, st.sampled_from("+-*"), inner).map(lambda part: f"({part[0]} {part[1]} {part[2]})"),
    max_leaves=12,
)


@given(TREES)
def test_agrees_with_python(text: str) -> None:
    assert evaluate(text).value == eval(text)
