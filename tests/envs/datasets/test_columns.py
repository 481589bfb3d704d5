from __future__ import annotations

import pytest

from palestra.envs.datasets.columns import BadRowError, Expression, NoColumnError, read_filter

ROW = {
    "q": "Why?",
    "a b": "spaced",
    "deep": {"truth": 34, "list": [{"x": "y"}]},
    "chat": [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "Hi"}],
    "none": None,
    "rate": 0.25,
}


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ("q", "Why?"),
        ("a b", "spaced"),
        ("deep.truth", "34"),
        ("deep.list.0.x", "y"),
        ("missing|q", "Why?"),
        ("chat", "Be kind.\n\nHi"),
        ("deep", '{"truth": 34, "list": [{"x": "y"}]}'),
        (r"{q} x^{2} \boxed{} {{q}}", r"Why? x^{2} \boxed{} {q}"),
        ("{deep!j}", '{"truth": 34, "list": [{"x": "y"}]}'),
    ],
)
def test_expressions_make_texts_of_rows(expression: str, text: str) -> None:
    assert Expression(expression).render(ROW).text == text


def test_the_wording_of_a_template_is_no_part_of_the_question() -> None:
    assert Expression("Answer this: {q}").render(ROW).own == "Why?"


def test_missing_and_empty_columns_are_told_apart() -> None:
    with pytest.raises(NoColumnError, match="the columns are q, a b"):
        Expression("nothing").render(ROW)
    with pytest.raises(BadRowError, match="`none` is empty"):
        Expression("{none}").render(ROW)


def test_a_conversation_of_several_turns_is_no_question() -> None:
    turns = [{"role": role, "content": "x"} for role in ("user", "assistant", "user")]
    with pytest.raises(BadRowError, match="several turns"):
        Expression("chat").render({"chat": turns})
    assert Expression("chat").render({"chat": turns[:2]}).text == "x"


@pytest.mark.parametrize(
    ("condition", "fits"),
    [("q=Why?", True), ("q!=Why?", False), ("rate<0.5 & deep.truth>=34", True), ("rate>0.25", False), ("q<3", False)],
)
def test_conditions_compare_texts_and_numbers(condition: str, fits: bool) -> None:
    assert read_filter(condition)(ROW) is fits
