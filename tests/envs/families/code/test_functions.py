"""Families whose answers are functions, and those about them: what pays, and what does not."""

import json

import pytest

from palestra.envs import ENVS, KeyedRandom, Question, Task, decode
from palestra.envs.families.code.bugs import signs
from palestra.envs.families.code.calls_verifier import CallsVerifier, HiddenCalls, calls_of, read_values
from palestra.envs.families.code.cheats import BOMBS, fenced
from palestra.envs.families.code.complete_the_test import (
    MAX_ITEMS,
    MAX_TEXT,
    AssertionsVerifier,
    CompleteTheTest,
    FaultyVersions,
    read_assertions,
)
from palestra.envs.families.code.evaluator import Function
from palestra.envs.families.code.fix_the_bug import FixTheBug
from palestra.envs.families.code.predict_output import PredictOutput
from palestra.envs.families.code.recipe import ENTRY_POINT
from palestra.envs.families.code.shapes import Shape, copied, draw_input
from palestra.envs.families.code.write_function import WriteFunction
from palestra.sandboxes import Limits
from palestra.verifiers import Outcome
from palestra.verifiers.code.candidate import Candidate
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
    family, num_secrets = WriteFunction(WriteFunction.Config(difficulty=0.5)), 0
    candidate = Candidate.find(fenced("def solve(given):\n    return 1"), ENTRY_POINT, "")
    for index in range(6):
        calls = decode(HiddenCalls, family.task("train", 1, index).reference)
        secrets = {json.dumps(value) for value in json.loads(calls.expected) if len(json.dumps(value)) > 12}
        job = candidate.program(calls_of(read_values(calls.inputs)))
        laid = b"".join([job.stdin, *job.files.values()]).decode()
        assert calls.solution not in laid
        assert not any(secret in laid for secret in secrets)
        num_secrets += len(secrets)
    assert num_secrets > 5


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


def test_a_mistake_shows_in_values_and_not_in_a_traceback_alone() -> None:
    for difficulty in (0.0, 1.0):
        family = FixTheBug.configured({"difficulty": difficulty})
        for index in range(8):
            task = family.task("train", 12, index)
            program = task.prompt.partition("```\n")[2].partition("\n```")[0]
            inputs = json.loads(decode(HiddenCalls, task.reference).inputs)
            assert signs(Function.of(program), inputs).count("raises") < len(inputs) // 2, program


def test_one_test_on_any_input_seldom_catches_every_faulty_version() -> None:
    family = CompleteTheTest.configured({"difficulty": 1.0})
    paid = 0
    for index in range(20):
        task = family.task("train", 5, index)
        source = decode(FaultyVersions, task.reference).source
        shape = Shape(source.partition("(")[2].partition(")")[0])
        given = draw_input(shape, MAX_ITEMS, KeyedRandom("blind", 0))
        if len(str(given)) > MAX_TEXT and shape is Shape.TEXT:
            continue
        value = Function.of(source).call(copied(given)).value
        paid += family.verifier.verify(fenced(f"assert solve({given!r}) == {value!r}"), task.reference).score == 1
    assert paid <= 10  # 20 of 20 when mistakes were taken as they came


def test_long_arguments_are_not_read() -> None:
    with pytest.raises(NoAnswerError, match="too long"):
        read_assertions(f"assert solve({[1] * (MAX_ITEMS + 1)}) == []")
    with pytest.raises(NoAnswerError, match="too long"):
        read_assertions(f"assert solve({'a' * (MAX_TEXT + 1)!r}) == ''")


def test_values_that_are_printed_are_no_small_numbers_and_no_short_lists() -> None:
    family = PredictOutput.configured({"difficulty": 1.0})
    printed = [family.task("train", 6, index).reference for index in range(60)]
    assert len(set(printed)) > 55
    assert all(len(value) > 8 or abs(int(value)) >= 100 for value in printed)
