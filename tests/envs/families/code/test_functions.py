"""Families whose answers are functions, and those about them: what pays, and what does not."""

import json

import pytest

from palestra.envs import ENVS, KeyedRandom, Question, Task, decode
from palestra.envs.families.code.calls_verifier import CallsVerifier, HiddenCalls
from palestra.envs.families.code.cheats import BOMBS, fenced, general_cheats
from palestra.envs.families.code.complete_the_test import AssertionsVerifier, FaultyVersions, read_assertions
from palestra.envs.families.code.fix_the_bug import FixTheBug
from palestra.envs.families.code.predict_output import PredictOutput
from palestra.envs.families.code.recipe import ENTRY_POINT
from palestra.envs.families.code.write_function import WriteFunction
from palestra.sandboxes import Limits
from palestra.verifiers import Outcome
from palestra.verifiers.errors import NoAnswerError

FUNCTION_FAMILIES = ("WriteFunction", "FixTheBug")
ALL = (*FUNCTION_FAMILIES, "PredictOutput", "CompleteTheTest", "SqlFromSchema", "RegexSynthesis")


def tasks_of(name: str, count: int = 3) -> list[tuple[Question, Task]]:  # type: ignore[type-arg]
    found = []
    for difficulty in (0.0, 0.5, 1.0):
        family = ENVS[f"palestra/{name}-v1"].load().configured({"difficulty": difficulty})
        assert isinstance(family, Question)
        found += [(family, family.task("train", 3, index)) for index in range(count)]
    return found


@pytest.mark.parametrize("name", ALL)
def test_the_oracle_is_paid_and_silence_and_guesses_are_not(name: str) -> None:
    for index, (family, task) in enumerate(tasks_of(name)):
        assert family.verifier.verify(family.oracle(task), task.reference).outcome is Outcome.PASS
        for response in ("", "I do not know.", family.guess(task, KeyedRandom("guess", index))):
            verdict = family.verifier.verify(response, task.reference)
            assert verdict.valid and verdict.score == 0


@pytest.mark.parametrize("name", ALL)
def test_no_hack_is_paid(name: str) -> None:
    for family, task in tasks_of(name, 1):
        for hack in family.hacks(task):
            verdict = family.verifier.verify(hack, task.reference)
            assert verdict.valid and verdict.score == 0, hack


def test_bombs_end_at_the_limits_and_earn_nothing() -> None:
    family = WriteFunction()
    task = family.task("train", 0, 0)
    verifier = CallsVerifier(limits=Limits(cpu_s=0.5, wall_s=1.5, memory_bytes=128 << 20))
    for bomb in BOMBS:
        verdict = verifier.verify(fenced(bomb.format(name=ENTRY_POINT)), task.reference)
        assert verdict.valid and verdict.score == 0, bomb


def test_nothing_that_is_expected_is_in_the_job_of_a_response() -> None:
    """A program that sends all that it can find of its own process gets no value of a hidden case."""
    task = WriteFunction(WriteFunction.Config(difficulty=0.5)).task("train", 1, 0)
    calls = decode(HiddenCalls, task.reference)
    secrets = {json.dumps(value) for value in json.loads(calls.expected) if len(json.dumps(value)) > 12}
    shown = task.prompt + calls.inputs
    assert all(secret not in shown for secret in secrets)
    assert len(general_cheats()) > 10


def test_the_function_as_it_was_given_is_never_paid_and_differs_in_its_mistakes_alone() -> None:
    for difficulty in (0.0, 0.5, 1.0):
        family = FixTheBug.configured({"difficulty": difficulty})
        for index in range(4):
            task = family.task("train", 9, index)
            program = task.prompt.partition("```\n")[2].partition("\n```")[0]
            assert f"def {ENTRY_POINT}(" in program
            assert family.verifier.verify(fenced(program), task.reference).outcome is Outcome.FAIL


def test_the_hidden_inputs_are_not_the_shown_ones() -> None:
    for index in range(20):
        calls = decode(HiddenCalls, WriteFunction().task("train", 2, index).reference)
        hidden = [json.dumps(value) for value in json.loads(calls.inputs)]
        visible = [json.dumps(value) for value, _ in json.loads(calls.visible)]
        assert not set(hidden) & set(visible)
        assert len(set(hidden)) == len(hidden)


def test_printed_values_may_be_spaced_and_quoted_otherwise_but_not_differ() -> None:
    verifier = PredictOutput.verifier
    right = ("{'a': 1, 'b': [2, -3]}", "{'a':1,'b':[2,-3]}", '{"a": 1, "b": [2, -3]}', "So:\n`{'a': 1, 'b': [2, -3]}`")
    wrong = ("{'a': 1, 'b': [2, 3]}", "{'A': 1, 'b': [2, -3]}", "{'a': 1, 'b': [2, -3]}, maybe", "[2, -3]")
    assert all(verifier.verify(text, "{'a': 1, 'b': [2, -3]}").score == 1 for text in right)
    assert all(verifier.verify(text, "{'a': 1, 'b': [2, -3]}").score == 0 for text in wrong)
    assert verifier.verify("'oak elm'", "oak elm").score == 1
    assert verifier.verify("oakelm", "oak elm").score == 0


SOURCE = """def solve(numbers):
    out = []
    for n in numbers:
        if n > 3:
            out.append(n)
    return out"""


@pytest.mark.parametrize(
    "tests",
    [
        "assert True",
        "assert solve([4]) != [4]",
        "assert solve([4], [4]) == [4]",
        "assert solve(numbers=[4]) == [4]",
        "assert other([4]) == [4]",
        "assert solve([4]) == list((4,))",
        "assert solve([4]) == [4], print()",
        "import os\nassert solve([4]) == [4]",
        "for n in [4]:\n    assert solve([n]) == [n]",
        "x = [4]\nassert solve(x) == x",
        "assert solve({4}) == [4]",
        "assert solve(b'4') == [4]",
        "def test():\n    pass",
        "assert solve(" + "[" * 300 + "]" * 300 + ") == 1",
        "assert solve([4]) == [4]\n" * 900,
    ],
)
def test_tests_that_are_no_data_are_not_read(tests: str) -> None:
    if tests.startswith("assert solve([4]) == [4], print()"):
        assert read_assertions(tests)  # the message is never evaluated
        return
    with pytest.raises(NoAnswerError):
        read_assertions(tests)


def test_a_test_that_is_wrong_vacuous_or_blind_is_not_paid() -> None:
    from palestra.envs import encode
    from palestra.envs.families.code.mutation import Workpiece

    piece = Workpiece(SOURCE)
    edits = [edit for edit in piece.edits(KeyedRandom("blind", 0)) if "n >= 3" in piece.written([edit])]
    reference = encode(FaultyVersions(source=SOURCE, mutants=(*edits,), tests=()))
    verifier = AssertionsVerifier()
    assert edits
    assert verifier.verify(fenced("assert solve([3, 4]) == [4]"), reference).score == 1
    assert verifier.verify(fenced("def test_it():\n    assert solve([3]) == []"), reference).score == 1
    for tests in ("assert solve([]) == []", "assert solve([9]) == [9]", "assert solve([3]) == [3]"):
        assert verifier.verify(fenced(tests), reference).score == 0
    assert verifier.verify(fenced("assert solve([3]) == []\n" * 9), reference).score == 0
    assert verifier.verify(fenced("assert solve([True]) == []\nassert solve([3]) == []"), reference).score == 1
