from __future__ import annotations

import pytest

from palestra.envs.swe.bugs.statement import BugReport, Help, tells, write_statement
from palestra.envs.swe.patch import Splice
from palestra.verifiers.keyed_random import KeyedRandom

GOLD = "total += price * amount"


def report(*messages: str, is_removed: bool = False) -> BugReport:
    return BugReport(
        package="shop",
        modules=("shop.cart",),
        functions=("Cart.total",),
        splices=(Splice(path="shop/cart.py", offset=120, old=GOLD, new="total -= price * amount"),),
        tests=tuple(f"tests/test_cart.py::test_{number}[{{x}}]" for number in range(5)),
        messages=messages,
        is_removed=is_removed,
    )


def statements(level: Help, facts: BugReport) -> set[str]:
    return {write_statement(facts, level, KeyedRandom(level, number)) for number in range(60)}


def test_every_level_has_several_wordings() -> None:
    for level in Help:
        assert len(statements(level, report("assert -4 == 4"))) >= 3
        assert len(statements(level, report("NotImplementedError", is_removed=True))) >= 3


def test_levels_tell_less_and_less() -> None:
    for text in statements(Help.OUTPUT, report("assert -4 == 4")):
        assert "tests/test_cart.py::test_0[{x}]" in text and "assert -4 == 4" in text and "2 more" in text
    for text in statements(Help.SYMPTOM, report("assert -4 == 4")):
        assert "test_cart" not in text and "assert -4 == 4" in text and "shop.cart" in text
    for text in statements(Help.VAGUE, report("assert -4 == 4")):
        assert "assert" not in text and "shop.cart" in text


@pytest.mark.parametrize("level", list(Help))
def test_no_statement_holds_the_text_that_is_to_be_restored(level: Help) -> None:
    facts = report(f"NameError in `{GOLD}`")
    for text in statements(level, facts):
        assert GOLD not in text and "Cart.total" not in text
        assert not tells(text, facts.splices)


def test_a_symptom_without_words_becomes_a_vague_statement() -> None:
    assert all("\n\n    \n" not in text for text in statements(Help.SYMPTOM, report()))
