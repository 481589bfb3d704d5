import itertools
import json
from collections import Counter

import pytest

from palestra.envs import ConfigError, KeyedRandom
from palestra.envs.families.logic.knights_and_knaves import KnightsAndKnaves
from palestra.envs.families.logic.statements import (
    Alike,
    Count,
    Is,
    Joined,
    Not,
    Statement,
    canonical_shape,
    solutions,
)


def _is_true(statement: Statement, world: tuple[bool, ...]) -> bool:
    """A second reading of the statements, one world at a time."""
    match statement:
        case Is(person=person, knight=knight):
            return world[person] == knight
        case Alike(people=(a, b), same=same):
            return (world[a] == world[b]) == same
        case Count(relation=relation, knights=k):
            return {"exactly": sum(world) == k, "at least": sum(world) >= k, "at most": sum(world) <= k}[relation]
        case Joined(word=word, left=left, right=right):
            a, b = _is_true(left, world), _is_true(right, world)
            return {"and": a and b, "or": a or b, "if": b or not a}[word]
        case Not(inner=inner):
            return not _is_true(inner, world)
    raise AssertionError(statement)


@pytest.mark.parametrize("difficulty", range(10))
def test_each_puzzle_has_exactly_the_solution_of_its_key(difficulty: int) -> None:
    family, rng = KnightsAndKnaves.configured({"difficulty": difficulty / 10}), KeyedRandom("unique", difficulty)
    for _ in range(3):
        key = family.draw(rng)
        n = len(key.statements)
        fits = [
            world
            for world in itertools.product((False, True), repeat=n)
            if all(world[i] == _is_true(statement, world) for i, statement in enumerate(key.statements))
        ]
        assert fits == [tuple(bool(key.world >> i & 1) for i in range(n))]


def test_contradictory_statements_have_no_solution() -> None:
    statements = (Is(person=1, knight=False), Is(person=0, knight=True))
    assert solutions(statements) == 0


def _renamed(statement: Statement, order: list[int]) -> Statement:
    match statement:
        case Is(person=person, knight=knight):
            return Is(person=order[person], knight=knight)
        case Alike(people=(a, b), same=same):
            return Alike(people=(order[b], order[a]), same=same)
        case Joined(word=word, left=left, right=right):
            one, two = _renamed(left, order), _renamed(right, order)
            return Joined(word=word, left=one, right=two) if word == "if" else Joined(word=word, left=two, right=one)
        case Not(inner=inner):
            return Not(inner=_renamed(inner, order))
    return statement


def test_names_and_order_do_not_make_a_new_puzzle() -> None:
    rng = KeyedRandom("rename")
    for difficulty in (1, 5, 7):
        family = KnightsAndKnaves.configured({"difficulty": difficulty / 10})
        for _ in range(10):
            statements = family.draw(rng).statements
            order = list(range(len(statements)))
            rng.shuffle(order)
            renamed: list[Statement] = list(statements)
            for i, statement in enumerate(statements):
                renamed[order[i]] = _renamed(statement, order)
            assert canonical_shape(renamed) == canonical_shape(statements)


def test_shapes_tell_puzzles_apart() -> None:
    family, rng = KnightsAndKnaves(), KeyedRandom("apart")
    assert len({family.canonical(family.draw(rng)) for _ in range(200)}) == 200


def test_the_default_has_so_many_people_that_tossing_coins_is_hopeless() -> None:
    assert 0.5 ** len(json.loads(KnightsAndKnaves().task("test", 0, 0).reference)["roles"]) < 0.01


def test_no_fixed_number_of_knights_is_paid() -> None:
    family, rng = KnightsAndKnaves(), KeyedRandom("fixed")
    worlds = Counter(family.draw(rng).world for _ in range(500))
    assert max(worlds[0], worlds[(1 << 7) - 1]) / 500 <= 0.02, worlds.most_common(3)


def test_ambiguous_words_are_explained_where_they_occur() -> None:
    for difficulty in (0, 8):
        for index in range(20):
            prompt = KnightsAndKnaves.configured({"difficulty": difficulty / 10}).task("train", 0, index).prompt
            said = "\n".join(line for line in prompt.splitlines() if " says: " in line)
            assert (" or " in said) == ("An `or` is true" in prompt)
            assert (", then " in said) == ("An `if ..., then ...` is false only" in prompt)


def test_unknown_kinds_are_refused() -> None:
    with pytest.raises(ConfigError, match="no kind `xor`"):
        KnightsAndKnaves.configured({"kinds": "is xor"})
