from itertools import product
from typing import Any

import pytest

from palestra.envs import KeyedRandom
from palestra.envs.families.induction.analogy_letters import AnalogyLetters
from palestra.envs.families.induction.arc_1d import Arc1D
from palestra.envs.families.induction.arc_grid import ArcGrid
from palestra.envs.families.induction.grammar import SKIP, Grammar, Operation, length, reversible
from palestra.envs.families.induction.list_functions import ListFunctions
from palestra.envs.families.induction.rule_question import RuleKey
from palestra.envs.families.induction.string_transform import StringTransform

FAMILIES: list[Any] = [AnalogyLetters, Arc1D, ArcGrid, ListFunctions, StringTransform]

CHANGES: tuple[Operation[str], ...] = (
    Operation("drop", lambda text: text[1:] or None),
    Operation("sort", lambda text: "".join(sorted(text))),
)
TINY = Grammar(CHANGES, (reversible("reverse", lambda text: text[::-1], lambda text: text[::-1]),))


def test_rules_are_run_stage_by_stage() -> None:
    assert TINY.run((0, 0), "cab") == "ba"
    assert TINY.run((SKIP, 0), "cab") == "bac"
    assert TINY.run((0, SKIP), "c") is None
    assert TINY.names((1, 0)) == ("sort", "reverse")


def test_explanations_are_all_rules_up_to_a_size() -> None:
    assert sorted(TINY.explanations([("ab", "b")], 2)) == [(0, SKIP), (0, 0)]
    assert sorted(TINY.explanations([("ab", "b")], 1)) == [(0, SKIP)]
    assert sorted(TINY.explanations([("ab", "b"), ("abc", "cb")], 2)) == [(0, 0)]


@pytest.mark.parametrize("family_type", FAMILIES)
def test_operations_that_can_be_undone_are_undone_exactly(family_type: Any) -> None:
    family, rng = family_type.configured({"difficulty": 0.5}), KeyedRandom("undo")
    for _ in range(40):
        value = family.sample(rng)
        for stage in family.grammar.stages:
            for operation in stage:
                if operation.undo is not None:
                    assert operation.undo(operation.apply(value)) == value, operation.name


@pytest.mark.parametrize("family_type", FAMILIES)
def test_trying_every_rule_finds_no_other_answer(family_type: Any) -> None:
    """The search of the family is told apart from a plain product over all operations."""
    for difficulty in (0.0, 0.5):
        family = family_type.configured({"difficulty": difficulty})
        rng, checked = KeyedRandom("brute", str(difficulty)), 0
        while checked < 3:
            key = family.draw(rng)
            if family.build(key, rng) is None:
                continue
            checked += 1
            *shown, query = key.inputs
            results = [family.grammar.run(key.rule, value) for value in shown]
            answer = family.grammar.run(key.rule, query)
            for rule in product(*(range(SKIP, len(stage)) for stage in family.grammar.stages)):
                if length(rule) <= length(key.rule) and all(
                    family.grammar.run(rule, value) == result for value, result in zip(shown, results, strict=True)
                ):
                    assert family.grammar.run(rule, query) == answer
                    assert length(rule) == length(key.rule)


def test_unclear_examples_make_no_task() -> None:
    family = ListFunctions.configured({"num_examples": 1, "num_operations": 1})
    reverse = next(i for i, op in enumerate(family.grammar.stages[3]) if op.name == "reverse")
    unclear: RuleKey[Any] = RuleKey(rule=(SKIP, SKIP, SKIP, reverse), inputs=((9, 5, 1), (3, 20, 7, 4)))
    assert family.build(unclear, KeyedRandom("x")) is None


def test_the_order_of_inputs_does_not_make_a_new_puzzle() -> None:
    family = StringTransform()
    keys: list[RuleKey[str]] = [RuleKey(rule=(0, 1, SKIP, SKIP), inputs=inputs) for inputs in (("a", "b"), ("b", "a"))]
    assert family.canonical(keys[0]) == family.canonical(keys[1])


def test_compositions_name_the_operations_of_longer_rules_alone() -> None:
    one: RuleKey[str] = RuleKey(rule=(0, SKIP, SKIP, SKIP), inputs=())
    two: RuleKey[str] = RuleKey(rule=(0, 0, SKIP, SKIP), inputs=())
    assert StringTransform().composition(one) == ""
    assert StringTransform().composition(two) == "drop-first next-letters"
