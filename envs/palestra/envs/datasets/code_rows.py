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
from collections.abc import Mapping

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
