"""What policies earn that do not reason, and puzzles that readers would stumble over."""

import re
from collections import Counter

import pytest

from palestra.envs import KeyedRandom
from palestra.envs.errors import ConfigError
from palestra.envs.families.logic.liar_count import LiarCount
from palestra.envs.families.logic.propositional_model import ClauseSet, PropositionalModel
from palestra.envs.families.logic.quantified_statement import QuantifiedStatement
from palestra.envs.families.logic.syllogism import Syllogism, possible_kinds
from palestra.envs.families.logic.truth_sets import where
from palestra.envs.record import decode

LETTERS = "abcdefghijkl"


@pytest.mark.parametrize("difficulty", [0.5, 0.8, 1.0])
def test_choosing_the_more_frequent_literals_finds_few_models(difficulty: float) -> None:
    family = PropositionalModel.configured({"difficulty": difficulty})
    paid = 0.0
    for index in range(60):
        task = family.task("train", 5, index)
        puzzle = decode(ClauseSet, task.reference)
        times = Counter(literal for clause in puzzle.clauses for literal in clause)
        values = [f"{LETTERS[n - 1]} = {times[n] >= times[-n]}" for n in range(1, puzzle.letters + 1)]
        paid += family.verifier.verify(", ".join(values), task.reference).score
    assert paid <= 18


def test_more_clauses_than_there_are_is_refused() -> None:
    with pytest.raises(ConfigError, match="must be at most 21 here, got 22"):
        PropositionalModel.configured({"letters": 4, "width": 3, "clauses": 22})
    family = PropositionalModel.configured({"letters": 4, "width": 3, "clauses": 21})
    assert len(family.draw(KeyedRandom("full"))) == 21


@pytest.mark.parametrize("difficulty", [0.0, 0.6])
def test_no_group_of_a_syllogism_is_proven_empty(difficulty: float) -> None:
    family = Syllogism.configured({"difficulty": difficulty})
    rng = KeyedRandom("groups")
    num_groups = family.config.groups
    for _ in range(80):
        key = family.draw(rng)
        if family.build(key, rng):
            assert all(where(group, num_groups) & possible_kinds(key, num_groups) for group in range(num_groups))


def test_there_are_liars_and_others() -> None:
    for difficulty in (0.0, 0.9):
        family = LiarCount.configured({"difficulty": difficulty})
        for index in range(40):
            task = family.task("train", 0, index)
            assert 0 < int(task.reference) < int(task.meta["people"])


def test_statements_have_one_reading() -> None:
    family = QuantifiedStatement.configured({"difficulty": 0.8})
    seen = set()
    for index in range(60):
        for text in re.findall(r"^\d+\. (.*)$", family.task("train", 1, index).prompt, re.MULTILINE):
            if found := re.fullmatch(r"No .* (?:than|of) (any|every|some) .*", text):
                seen.add(found[1])
            if found := re.fullmatch(r"\w+ (circle|square|triangle|star|hexagon) is .* other (?:\w+ )?(\w+)\.", text):
                assert found[2] in (found[1], "object"), text
    assert seen == {"any", "every"}
