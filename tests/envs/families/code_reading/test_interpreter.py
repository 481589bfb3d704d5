import contextlib
import io
import json
import re

import pytest

from palestra.envs import KeyedRandom
from palestra.envs.families.code_reading.comprehension_output import ComprehensionOutput
from palestra.envs.families.code_reading.interpreter import Interpreter, ProgramError
from palestra.envs.families.code_reading.program_output import ProgramOutput
from palestra.envs.families.code_reading.recursion_depth import RecursionDepth
from palestra.envs.families.code_reading.variable_trace import VariableTrace


def python_prints(program: str) -> str:
    """What Python itself prints: these programs are ours."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(program, {})
    return printed.getvalue().strip()


def test_programs_print_what_python_prints() -> None:
    for family in (ProgramOutput, ComprehensionOutput):
        for difficulty in (0.0, 0.5, 1.0):
            made, rng = family.configured({"difficulty": difficulty}), KeyedRandom("python", str(difficulty))
            for _ in range(40):
                key = made.draw(rng)
                if made.build(key, rng) is not None:
                    assert "\n".join(Interpreter(key).run().output) == python_prints(key)


def test_references_are_what_python_prints() -> None:
    family, rng = ProgramOutput.configured({"difficulty": 0.6}), KeyedRandom("reference")
    for _ in range(40):
        key = family.draw(rng)
        content = family.build(key, rng)
        if content is not None:
            assert python_prints(key) == " ".join(map(str, json.loads(content.reference)))


def test_calls_of_recursive_functions_are_those_of_python() -> None:
    family = RecursionDepth.configured({"difficulty": 1.0})
    for index in range(30):
        task = family.task("train", 0, index)
        program = re.search(r"def f\(n\):\n(?:    .*\n)*", task.prompt)
        call = re.search(r"f\(\d+\)", task.prompt)
        assert program and call
        counted = f"calls = 0\n{program[0]}".replace("def f(n):", "def f(n):\n    global calls\n    calls += 1")
        value, calls = json.loads(task.reference)
        assert python_prints(f"{counted}\nprint({call[0]}, calls)") == f"{value} {calls}"


def test_traces_are_those_of_python() -> None:
    family = VariableTrace.configured({"difficulty": 0.7})
    ordinals = ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth"]
    for index in range(30):
        task = family.task("train", 0, index)
        numbered = re.findall(r"^ *(\d+)  (.*)$", task.prompt, re.MULTILINE)
        lines = [text for _, text in numbered]
        line = int(re.search(r"[Ll]ine (\d+)", task.prompt)[1])  # type: ignore[index]
        nth = ordinals.index(re.search(r"the (\w+) time", task.prompt)[1])  # type: ignore[index]
        indent = re.match(" *", lines[line - 1])[0]  # type: ignore[index]
        names = [text[0] for text in lines if re.match(r"[a-f] = \d+$", text)]
        lines.insert(line, f"{indent}print({', '.join(names)})")
        shown = python_prints("\n".join(lines)).split("\n")[nth]
        assert shown == " ".join(map(str, json.loads(task.reference)))


@pytest.mark.parametrize(
    "program",
    [
        "import os",
        "print(open('x'))",
        "x = (1).__class__",
        "x = 10 ** 9",
        "x = 1\nwhile x > 0:\n    x += 1",
        "x = 999999999999\nx = x * x",
        "def f(n):\n    return f(n + 1)\nx = f(0)",
        "x = y",
        "x = 1 // 0",
        "x = [1]\nx = x[5]",
        "a = [0]\nfor i in range(100):\n    a = a + a",
        "x = 'a' * 1000000000",
        "for i in range(1000000000):\n    x = i",
    ],
)
def test_programs_that_do_too_much_are_refused(program: str) -> None:
    with pytest.raises(ProgramError):
        Interpreter(program).run()
