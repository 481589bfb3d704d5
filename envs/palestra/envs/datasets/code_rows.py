"""Rows of code: their tests as references of the verifiers of code, and their programs as right answers.

Covered: nothing of a row is evaluated; the pickled tests of LiveCodeBench are read as the one text that they
are, by an unpickler that knows no class.
Not covered: tests by a program of their own (`special judges`): outputs are compared line by line.
"""

from __future__ import annotations

import ast
import base64
import binascii
import io
import json
import pickle
import zlib
from collections.abc import Callable, Mapping

from palestra.envs.datasets.columns import BadRowError, Row, value_at

_MAX_TEST_BYTES = 1 << 30


def human_eval(row: Row) -> Row:
    """A row of HumanEval."""
    reference = {name: value_at(row, name) for name in ("entry_point", "prompt", "test")}
    return {**row, "reference": json.dumps(reference), "answer": _block(f"{row['prompt']}{row['canonical_solution']}")}


def mbpp(row: Row) -> Row:
    """A row of MBPP: its assertions as a test program, of which the first one names the function."""
    tests = value_at(row, "test_list")
    if not isinstance(tests, list) or not tests:
        raise BadRowError("`test_list` holds no test")
    name = _called(str(tests[0]))
    setup = str(row.get("test_setup_code") or "\n".join(_texts(row.get("test_imports"))))
    lines = [f"    {line}" for test in tests for line in str(test).splitlines()]
    program = "\n".join([setup, "def check(candidate):", f"    {name} = candidate", *lines, ""])
    reference = {"entry_point": name, "prompt": setup or f"# {name}", "test": program}
    return {
        **row,
        "question": value_at(row, "text|prompt"),
        "tests": "\n".join(map(str, tests)),
        "reference": json.dumps(reference),
        "answer": _block(str(value_at(row, "code"))),
    }


def competition(row: Row) -> Row:
    """A row of APPS or TACO: programs that read and print, or a function where `fn_name` names one."""
    tests = _object(value_at(row, "input_output"))
    inputs, outputs, starter = tests.get("inputs"), tests.get("outputs"), str(row.get("starter_code") or "")
    if not isinstance(inputs, list) or not isinstance(outputs, list) or len(inputs) != len(outputs):
        raise BadRowError("`input_output` has not one output for each input")
    name = tests.get("fn_name")
    if name:
        expected = _unwrapped(outputs)
        cases = [{"args": args, "expected": value} for args, value in zip(inputs, expected, strict=True)]
        reference = _function(str(name), starter, cases)
    else:
        pairs = zip(inputs, outputs, strict=True)
        reference = {"cases": [{"stdin": _joined(given), "stdout": _joined(right)} for given, right in pairs]}
    return _code_row(row, str(value_at(row, "question")), starter, reference, _first(row.get("solutions")))


def code_contests(row: Row) -> Row:
    """A row of CodeContests: public, private and generated tests together; a program in Python 3 where there is one."""
    columns = [row.get(name) for name in ("public_tests", "private_tests", "generated_tests")]
    cases: list[dict[str, object]] = []
    for tests in (_object(column) for column in columns if column):
        given, right = tests.get("input"), tests.get("output")
        if not isinstance(given, list) or not isinstance(right, list) or len(given) != len(right):
            raise BadRowError("the tests have not one output for each input")
        cases += [{"stdin": str(text), "stdout": str(out)} for text, out in zip(given, right, strict=True)]
    if not cases:
        raise BadRowError("the row has no tests")
    reference: dict[str, object] = {"cases": cases}
    if limits := _time_limit(row.get("time_limit")):
        reference["limits"] = limits
    return _code_row(row, str(value_at(row, "description")), "", reference, _python3(row.get("solutions")))


def any_code(row: Row) -> Row:
    """A row of any of these data sets, told apart by its columns."""
    for column, prepare in _BY_COLUMN.items():
        if row.get(column) is not None:
            return prepare(row)
    raise BadRowError(f"none of the columns {', '.join(_BY_COLUMN)} is there")


def live_code_bench(row: Row) -> Row:
    """A row of LiveCodeBench: public and private tests together."""
    tests = [*_cases(value_at(row, "public_test_cases")), *_cases(value_at(row, "private_test_cases"))]
    starter = str(row.get("starter_code") or "")
    if all(test.get("testtype") == "functional" for test in tests):
        name = str(_object(row.get("metadata") or "{}").get("func_name") or "")
        cases = [
            {"args": [json.loads(line) for line in str(test["input"]).splitlines()], "expected": _json(test["output"])}
            for test in tests
        ]
        reference = _function(name, starter, cases)
    else:
        reference = {"cases": [{"stdin": test["input"], "stdout": test["output"]} for test in tests]}
    return _code_row(row, str(value_at(row, "question_content")), starter, reference, None)


def _completion(row: Row) -> Row:
    """A row of HumanEval with the columns of the others."""
    how = "Complete this Python function. Put all of it into one ```python block."
    task = f"```python\n{value_at(row, 'prompt')}\n```"
    return {**human_eval(row), "task": task, "how": how, "verifier": "code-checks"}


def _assertions(row: Row) -> Row:
    """A row of MBPP with the columns of the others."""
    made = mbpp(row)
    task = f"{made['question']}\nIt must pass these tests:\n{made['tests']}"
    return {**made, "task": task, "how": "Put the function into one ```python block.", "verifier": "code-checks"}


_BY_COLUMN: Mapping[str, Callable[[Row], Row]] = {
    "input_output": competition,
    "public_test_cases": live_code_bench,
    "public_tests": code_contests,
    "generated_tests": code_contests,
    "canonical_solution": _completion,
    "test_list": _assertions,
}
"""The column that tells a data set from the others."""


def _code_row(row: Row, question: str, starter: str, reference: Mapping[str, object], answer: str | None) -> Row:
    """The columns that the templates of code show."""
    is_function = "entry_point" in reference
    how = (
        f"Write the Python function `{reference['entry_point']}`"
        if is_function
        else ("Write a Python program that reads standard input and prints to standard output")
    )
    given = f"\n\nBegin with this code:\n```python\n{starter.strip()}\n```" if starter.strip() else ""
    return {
        **row,
        "task": f"{question.strip()}{given}",
        "how": f"{how}. Put all of it into one ```python block.",
        "verifier": "code-function" if is_function else "code-stdio",
        "reference": json.dumps(reference),
        "answer": answer and _block(answer),
    }


def _function(name: str, starter: str, cases: list[dict[str, object]]) -> dict[str, object]:
    if not all(isinstance(case["args"], list) for case in cases):
        raise BadRowError("the inputs of a function are no lists of arguments")
    is_method = "class Solution" in starter and "." not in name
    return {"entry_point": f"Solution.{name}" if is_method else name, "cases": cases}


def _unwrapped(outputs: list[object]) -> list[object]:
    """APPS wraps what a function returns into a list of one: where all outputs are that, it is taken off."""
    wrapped = [output for output in outputs if isinstance(output, list) and len(output) == 1]
    return [output[0] for output in wrapped] if len(wrapped) == len(outputs) else outputs


def _cases(value: object) -> list[dict[str, object]]:
    """A list of tests: JSON, or JSON that was pickled, packed and written in base64."""
    text = value if isinstance(value, str) else json.dumps(value)
    try:
        found = json.loads(text)
    except ValueError:
        found = _json(_unpacked(text))
    if not isinstance(found, list) or not all(isinstance(case, dict) for case in found):
        raise BadRowError("the tests are no list of objects")
    return found


def _unpacked(text: str) -> str:
    try:
        stream = zlib.decompressobj()
        data = stream.decompress(base64.b64decode(text, validate=True), _MAX_TEST_BYTES)
        value = _TextUnpickler(io.BytesIO(data)).load()
    except (binascii.Error, zlib.error, pickle.UnpicklingError, EOFError, ValueError) as error:
        raise BadRowError(f"the private tests cannot be unpacked: {error}") from None
    if not isinstance(value, str) or stream.unconsumed_tail:
        raise BadRowError("the private tests are no text, or more than a GiB")
    return value


class _TextUnpickler(pickle.Unpickler):
    """Reads texts and numbers; a pickle that names any class or function is refused."""

    def find_class(self, module: str, name: str) -> object:
        raise pickle.UnpicklingError(f"the pickle names `{module}.{name}`")


def _called(test: str) -> str:
    """The function that an assertion calls first, in its own or around other calls."""
    try:
        calls = [node for node in ast.walk(ast.parse(test)) if isinstance(node, ast.Call)]
    except (SyntaxError, ValueError, RecursionError):
        calls = []
    names = [call.func.id for call in calls if isinstance(call.func, ast.Name)]
    own = [
        name for name in names if name not in ("set", "sorted", "len", "abs", "round", "isinstance", "tuple", "list")
    ]
    if not own:
        raise BadRowError(f"no function is called in `{test[:80]}`")
    return own[0]


def _time_limit(value: object) -> dict[str, float]:
    """Seconds as CodeContests has them: a number, or whole seconds and nanoseconds."""
    if isinstance(value, Mapping):
        value = (value.get("seconds") or 0) + (value.get("nanos") or 0) / 1e9
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and value > 0
    # Limits are for compiled programs on their machines; ours get twice as much, and not less than the usual.
    return {"cpu_s": max(4.0, 2.0 * float(value))} if is_number else {}  # type: ignore[arg-type]  # a number


def _python3(solutions: object) -> str | None:
    """The first solution in Python 3: languages are names or, as in the original, the number 3."""
    if not isinstance(solutions, Mapping):
        return None
    pairs = zip(solutions.get("language") or [], solutions.get("solution") or [], strict=False)
    return next((str(text) for language, text in pairs if language in (3, "PYTHON3")), None)


def _first(solutions: object) -> str | None:
    found = _json(solutions) if isinstance(solutions, str) and solutions.strip() else solutions
    return str(found[0]) if isinstance(found, list) and found else None


def _joined(value: object) -> str:
    return "\n".join(map(str, value)) if isinstance(value, list) else str(value)


def _texts(value: object) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list) else []


def _object(value: object) -> dict[str, object]:
    found = _json(value) if isinstance(value, str) else value
    if not isinstance(found, dict):
        raise BadRowError("a column is no JSON object")
    return found


def _json(value: object) -> object:
    try:
        return json.loads(str(value))
    except (ValueError, RecursionError):
        raise BadRowError(f"no JSON: `{str(value)[:60]}`") from None


def _block(source: str) -> str:
    return f"```python\n{source.strip(chr(10))}\n```"
