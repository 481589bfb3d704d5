"""The evaluator, the steps and the mistakes agree with Python itself, in a sandbox."""

import json

import pytest

from palestra.envs import KeyedRandom
from palestra.envs.families.code.bugs import sign, signs
from palestra.envs.families.code.calls_verifier import calls_of
from palestra.envs.families.code.evaluator import MAX_TICKS, Function
from palestra.envs.families.code.mutation import Workpiece
from palestra.envs.families.code.operations import EvaluationError
from palestra.envs.families.code.recipe import ENTRY_POINT, compiled, draw_inputs, draw_recipe
from palestra.envs.families.code.shapes import copied
from palestra.verifiers.code.candidate import Candidate, fault_of, read_replies
from palestra.verifiers.code.jobs import shared_sandbox
from palestra.verifiers.code.values import canonical, read_value


def test_the_evaluator_and_the_steps_themselves_give_the_same_values() -> None:
    for index in range(150):
        rng = KeyedRandom("recipes", index)
        recipe = draw_recipe(1 + index % 7, rng)
        function = compiled(recipe.source())
        for value in draw_inputs(recipe.takes, 5, rng):
            assert function.call(copied(value)).value == recipe.trace(value)[-1], recipe.source()


def test_the_evaluator_runs_mutants_as_python_does() -> None:
    num_compared = 0
    for index in range(12):
        rng = KeyedRandom("mutants", index)
        recipe = draw_recipe(2 + index % 4, rng)
        piece = Workpiece(recipe.source())
        inputs = draw_inputs(recipe.takes, 5, rng)
        for _, edit in zip(range(4), piece.edits(rng), strict=False):
            ours = signs(piece.compiled([edit]), inputs)
            if "raises" in ours:  # a loop without an end takes a second there
                continue
            candidate = Candidate(entry_point=ENTRY_POINT, sources={"solution.py": piece.written([edit])})
            result = shared_sandbox().run_sync(candidate.program(calls_of(inputs)))
            replies = read_replies(result.stdout, len(inputs))
            for own, reply in zip(ours, replies, strict=True):
                assert not fault_of(reply)
                assert canonical(read_value(json.loads(own))) == canonical(reply["value"]), piece.written([edit])
                num_compared += 1
    assert num_compared > 80


def test_a_workpiece_is_as_it_was_after_its_mistakes_are_taken_out() -> None:
    rng = KeyedRandom("pieces", 0)
    piece = Workpiece(draw_recipe(5, rng).source())
    before = piece.written()
    edits = list(piece.edits(rng))
    assert all(piece.written([edit]) != before for edit in edits)
    assert piece.written() == before


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("while True:\n        pass", "too many steps"),
        ("for n in xs:\n        xs.append(n)", "too many steps"),
        ("return [0] * 999999999", "too many items"),
        ("x = 7\n    while True:\n        x = x * x", "too many digits"),
        ("return range(99999999)", "too many numbers"),
        ("return '%999999999d' % 1", "no formatting"),
        ("return y", "NameError"),
        ("return xs[99]", "IndexError"),
        ("return 1 // 0", "ZeroDivisionError"),
        ("return xs.sort()", "no method `sort`"),
        ("return xs.__class__", "no Attribute"),
        ("return open('x')", "no such function"),
        ("import os", "no Import"),
        ("return 2 ** 99999999", "no Pow"),
    ],
)
def test_what_is_not_of_the_small_python_or_too_much_is_refused(body: str, why: str) -> None:
    with pytest.raises(EvaluationError, match=why):
        Function.of(f"def solve(xs):\n    {body}").call([1])
    assert MAX_TICKS < 10**6


def test_values_that_json_does_not_know_are_signs_of_failure() -> None:
    assert sign(Function.of("def solve(xs):\n    return set(xs)"), [1]) == "raises"
    assert sign(Function.of("def solve(xs):\n    return True"), [1]) != sign(
        Function.of("def solve(xs):\n    return 1"), [1]
    )
