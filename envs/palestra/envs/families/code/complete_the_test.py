"""A function: write tests that it passes and that faulty versions of it fail.

The tests are data: assertions that compare one call on a literal with a literal. Nothing of a response is run, so no
test can look at what it tests.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from palestra.envs.answers import RecordVerifier
from palestra.envs.config import ramp
from palestra.envs.families.code.bugs import mistakes, sign
from palestra.envs.families.code.cheats import fenced
from palestra.envs.families.code.evaluator import Function
from palestra.envs.families.code.mutation import Edit, Workpiece
from palestra.envs.families.code.operations import EvaluationError
from palestra.envs.families.code.recipe import ENTRY_POINT, Recipe, draw_recipe
from palestra.envs.families.code.recipe_question import RecipeConfig, RecipeQuestion, SolvedRecipe
from palestra.envs.families.code.shapes import copied, draw_input
from palestra.envs.family import Content
from palestra.envs.record import decode, encode
from palestra.envs.task import Task
from palestra.verifiers import Verdict
from palestra.verifiers.code.extraction import find_program
from palestra.verifiers.errors import NoAnswerError
from palestra.verifiers.keyed_random import KeyedRandom
from palestra.verifiers.traits import Traits

MAX_TESTS = 3
MAX_ITEMS, MAX_TEXT = 4, 30
"""Of an argument: long ones, and many, catch mistakes without any thought about them."""
_MAX_CHARS = 8000
_NUM_INPUTS = 12
"""On which the mistakes are tried."""
_MAX_TELLING = 2
"""So many of them may show every mistake: a test on any input, without a thought about mistakes, seldom does."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FaultyVersions:
    """A function, versions of it with a mistake each, and tests that tell them apart."""

    source: str
    mutants: tuple[Edit, ...]
    """The mistakes of its faulty versions."""
    tests: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Assertion:
    """A call and the value that it should give."""

    given: Any
    value: Any


class AssertionsVerifier(RecordVerifier[FaultyVersions]):
    """PASS when the function passes every test of the response and every faulty version fails one.

    A response holds one to three lines `assert solve(...) == ...` with literals, at the top level or in functions.
    They are read as data and evaluated by our own bounded evaluator. Reference: a `FaultyVersions` as JSON.

    The detail counts and names no faulty version.
    """

    name: ClassVar[str] = "mutant-assertions"
    traits: ClassVar[Traits] = Traits(runs_code=True)
    record_type = FaultyVersions

    def judge(self, response: str, reference: FaultyVersions) -> Verdict:
        """Evaluate the function and the faulty versions on the tests."""
        tests = read_assertions(find_program(response))
        if len(tests) > MAX_TESTS:
            return Verdict.failed(f"{len(tests)} tests are more than {MAX_TESTS}")
        piece = Workpiece(reference.source)
        right = piece.compiled()
        wrong = [number for number, test in enumerate(tests, 1) if not _holds(right, test)]
        if wrong:
            return Verdict.failed(f"the function itself fails test {wrong[0]}")
        faulty = [piece.compiled([edit]) for edit in reference.mutants]
        caught = sum(any(not _holds(function, test) for test in tests) for function in faulty)
        parts = {"tests": float(len(tests)), "caught": float(caught), "mutants": float(len(reference.mutants))}
        detail = f"{caught} of {len(reference.mutants)} faulty versions are caught"
        return Verdict.passed(detail, parts) if caught == len(reference.mutants) else Verdict.failed(detail, parts)


def read_assertions(source: str) -> list[Assertion]:
    """The tests of a source.

    Raises:
        NoAnswerError: It holds anything else, or none.
    """
    if len(source) > _MAX_CHARS:
        raise NoAnswerError(f"tests of {len(source)} characters")
    try:
        body = ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise NoAnswerError("the tests are no Python") from None
    lines = [line for node in body for line in (node.body if isinstance(node, ast.FunctionDef) else [node])]
    tests = [_assertion(line) for line in lines if not _is_note(line)]
    if not tests:
        raise NoAnswerError("there is no test")
    return tests


def _is_note(line: ast.stmt) -> bool:
    return isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant) and isinstance(line.value.value, str)


def _assertion(line: ast.stmt) -> Assertion:
    match line:
        case ast.Assert(
            test=ast.Compare(
                left=ast.Call(func=ast.Name(id=name), args=[given], keywords=[]), ops=[ast.Eq()], comparators=[value]
            )
        ) if name == ENTRY_POINT:
            argument = _literal(given)
            if _is_long(argument):
                raise NoAnswerError("an argument is too long")
            return Assertion(given=argument, value=_literal(value))
    raise NoAnswerError(f"a line is not of the form `assert {ENTRY_POINT}(...) == ...`")


def _literal(node: ast.expr) -> Any:
    try:
        value = ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        raise NoAnswerError("a test compares something else than literals") from None
    try:
        json.dumps(value)
    except (TypeError, ValueError):
        raise NoAnswerError("a test holds a value that is not of these functions") from None
    return value


def _is_long(argument: Any) -> bool:
    bound = MAX_TEXT if isinstance(argument, str) else MAX_ITEMS
    return isinstance(argument, str | list | tuple | dict) and len(argument) > bound


def _holds(function: Function, test: Assertion) -> bool:
    try:
        value = function.call(copied(test.given)).value
        return type(value) is type(test.value) and json.dumps(value, sort_keys=True) == json.dumps(
            test.value, sort_keys=True
        )
    except (EvaluationError, TypeError, ValueError):
        return False


@dataclass(frozen=True, kw_only=True, slots=True)
class CompleteTheTestConfig(RecipeConfig):
    """Which functions are tested, and how many faulty versions there are."""

    num_steps: int = ramp(3, 5, low=1, high=10)
    """How many steps a recipe has, 1..10."""
    num_mutants: int = ramp(4, 6, low=2, high=10)
    """How many faulty versions must be caught, 2..10."""


class CompleteTheTest(RecipeQuestion[CompleteTheTestConfig, Recipe]):
    """Functions with their source; the tests must catch every hidden faulty version."""

    id: ClassVar[str] = "palestra/CompleteTheTest-v1"
    Config: ClassVar[type[CompleteTheTestConfig]] = CompleteTheTestConfig
    templates = (
        "Complete the tests of this Python function. {signature}.\n```\n{program}\n```\nIt does these steps, each on "
        "the result of the one before:\n{steps}\nThere are {count} faulty versions of it, with a small mistake each. "
        "Your tests must pass on the function above, and every faulty version must fail at least one of them.",
        "```\n{program}\n```\nWrite tests for the function above. {signature}, in steps:\n{steps}\nThe tests are run "
        "on it, where all must pass, and on {count} versions with one small mistake each, of which each must fail.",
        "{signature}. What it does, step by step:\n{steps}\nIts code:\n```\n{program}\n```\nThere are {count} "
        "copies of it with one small mistake each. Write tests that hold for the code above, and of which each copy "
        "breaks at least one.",
        "Mutation testing. The original:\n```\n{program}\n```\n({signature}; it is specified by these steps:\n{steps})"
        "\nFind tests that the original passes and that catch all of {count} mutants, whose code is not shown.",
    )
    answer_format = (
        f"Put one to {MAX_TESTS} lines `assert {ENTRY_POINT}(...) == ...`, with literals in place of the dots, into "
        f"one ```python block. An argument may have up to {MAX_ITEMS} items, or {MAX_TEXT} characters if it is a text."
    )
    verifier = AssertionsVerifier()

    def draw(self, rng: KeyedRandom) -> Recipe:
        """Draw the steps."""
        return draw_recipe(self.config.num_steps, rng)

    def recipe(self, key: Recipe) -> Recipe:
        """The key itself."""
        return key

    def build(self, key: Recipe, rng: KeyedRandom) -> Content | None:
        """Make mistakes of which some show seldom; None where any input would show them all."""
        solved, count = SolvedRecipe.of(key, rng), self.config.num_mutants
        if solved is None:
            return None
        inputs = [draw_input(key.takes, rng.between(2, MAX_ITEMS), rng) for _ in range(_NUM_INPUTS)]
        right = [json.dumps(key.trace(value)[-1]) for value in inputs]
        piece = Workpiece(solved.source)
        found = sorted(
            (
                _Catch.of(piece, mistake.edit, inputs, right)
                for mistake in mistakes(piece, inputs, right, rng, 2 * count)
            ),
            key=lambda catch: len(catch.places),
        )[:count]
        if len(found) < count:
            return None
        catches = [catch.places for catch in found]
        chosen = _fewest(catches)
        if len(chosen) > MAX_TESTS or len(frozenset.intersection(*catches)) > _MAX_TELLING:
            return None
        mutants = tuple(catch.edit for catch in found)
        tests = tuple(_line(inputs[place], json.loads(right[place])) for place in chosen)
        return Content(
            slots={**solved.slots(), "program": solved.source, "count": str(count)},
            reference=encode(FaultyVersions(source=solved.source, mutants=mutants, tests=tests)),
            effort=solved.source.count("\n") * count,
            meta={"num_mutants": count, "num_steps": len(key.steps)},
        )

    def oracle(self, task: Task) -> str:
        """Tests that catch all."""
        return fenced("\n".join(decode(FaultyVersions, task.reference).tests))

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """Tests of another function."""
        other = SolvedRecipe.of(draw_recipe(self.config.num_steps, rng), rng)
        pairs = [([1, 2], 3)] if other is None else list(other.visible)[:MAX_TESTS]
        return fenced("\n".join(_line(given, value) for given, value in pairs))

    def hacks(self, task: Task) -> tuple[str, ...]:
        """Tests that say nothing, compare the function with itself, look at it, or leave the language."""
        first = decode(FaultyVersions, task.reference).tests[0]
        call = first.removeprefix("assert ").partition(" == ")[0]
        return tuple(
            map(
                fenced,
                (
                    "def test_solve():\n    pass",
                    "assert True",
                    f"assert {call} == {call}",
                    f"assert {call} is not None",
                    f"import inspect\nassert 'OUT' not in inspect.getsource({ENTRY_POINT})",
                    f"class Same:\n    def __eq__(self, other):\n        return True\nassert {call} == Same()",
                    f"{ENTRY_POINT} = lambda given: 1\nassert {ENTRY_POINT}(1) == 1",
                    "\n".join([first] * (MAX_TESTS + 1)),
                    f"raise SystemExit\n{first}",
                    f"assert {call} != {first.partition(' == ')[2]}",
                ),
            )
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Catch:
    edit: Edit
    places: frozenset[int]
    """The inputs that show it."""

    @classmethod
    def of(cls, piece: Workpiece, edit: Edit, inputs: Sequence[Any], right: Sequence[str]) -> _Catch:
        function = piece.compiled([edit])
        return cls(
            edit=edit, places=frozenset(i for i, value in enumerate(inputs) if sign(function, value) != right[i])
        )


def _fewest(catches: Sequence[frozenset[int]]) -> list[int]:
    """Inputs of which each mistake shows in one: the one that shows most of the rest, again and again."""
    left, chosen = list(catches), list[int]()
    while left:
        best = max(sorted(set().union(*left)), key=lambda place: sum(place in catch for catch in left))
        chosen.append(best)
        left = [catch for catch in left if best not in catch]
    return chosen


def _line(given: Any, value: Any) -> str:
    return f"assert {ENTRY_POINT}({given!r}) == {value!r}"
