from __future__ import annotations

import json

from palestra.envs import KeyedRandom
from palestra.envs.families.algorithms.knapsack_items import KnapsackItems
from palestra.envs.families.logic.circuit_logic import CircuitLogic
from palestra.envs.families.logic.knights_and_knaves import KnightsAndKnaves
from palestra.envs.operators.renamed import Renamed, Renaming, fresh_names


def test_names_are_exchanged_as_whole_words_and_back() -> None:
    renaming = Renaming({"Ada": "Zorik", "Bo": "Kenal"})
    text = "Ada's friend Adam sees Bo and Bobby."
    assert renaming.tell(text) == "Zorik's friend Adam sees Kenal and Bobby."
    assert renaming.tell(renaming.tell(text)) == text
    assert renaming.read("ZORIK: knight, kenal: knave, Ada: knight") == "Ada: knight, Bo: knave, Zorik: knight"


def test_fresh_names_look_like_the_own_ones_and_have_their_order() -> None:
    symbols = ("Mia", "Ada", "x", "b", "g10", "g2", "tents", "black ring", "72", "143", "91")
    names = fresh_names(symbols, "Mia and Ada: x = b, g10, g2, tents, black ring, 72, 143, 91", KeyedRandom("names"))
    assert set(names) == set(symbols)
    assert not set(names.values()) & set(symbols)
    assert names["Ada"] < names["Mia"]
    assert names["Ada"].istitle() and names["Mia"].istitle()
    assert names["b"] < names["x"]
    assert len(names["x"]) == 1
    assert names["g10"].endswith("10") and names["g2"].endswith("2")
    assert names["tents"].endswith("s")
    assert len(names["black ring"].split()) == 2
    assert 10 <= int(names["72"]) < int(names["91"]) < 100 <= int(names["143"]) < 1000


def test_there_are_names_for_more_symbols_than_letters() -> None:
    symbols = tuple("ABCDEFGHIJKLMNOPQRST")
    names = fresh_names(symbols, " ".join(symbols), KeyedRandom("many"))
    assert len(set(names.values())) == len(symbols)
    assert not set(names.values()) & {"A", "I", "O"}


def test_answers_in_names_that_were_not_shown_are_worth_nothing() -> None:
    family = KnightsAndKnaves()
    operator = Renamed(inner=family)
    own, task = family.task("train", 0, 0), operator.task("train", 0, 0)
    for name in json.loads(own.reference)["roles"]:
        assert name not in task.prompt
    assert operator.verifier.verify(operator.oracle(task), task.reference).score == 1.0
    assert operator.verifier.verify(operator.oracle(task).upper(), task.reference).score == 1.0
    assert operator.verifier.verify(family.oracle(own), task.reference).score == 0.0


def test_details_of_verdicts_have_the_names_that_were_shown() -> None:
    operator = Renamed(inner=KnapsackItems())
    task = operator.task("train", 0, 0)
    verdict = operator.verifier.verify("nothing at all", task.reference)
    own = operator.inner_task(task.id)
    family_symbols = KnapsackItems().drawn("train", 0, 0).content.symbols
    assert own.prompt != task.prompt
    assert not any(f"`{name}`" in verdict.detail for name in family_symbols)


def test_the_words_of_templates_are_no_names() -> None:
    task = Renamed(inner=CircuitLogic()).task("train", 0, 1)
    own = CircuitLogic().task("train", 0, 1)
    assert task.prompt.splitlines()[-1] == own.prompt.splitlines()[-1]
    assert " a line that has only" in task.prompt
