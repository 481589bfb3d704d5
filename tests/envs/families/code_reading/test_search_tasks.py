import json
import re

from palestra.envs.families.code_reading.code_repair import BrokenProgram, CodeRepair, CodeRepairVerifier
from palestra.envs.families.code_reading.function_input import FunctionInput, FunctionInputVerifier, WantedInput
from palestra.envs.families.code_reading.interpreter import Interpreter
from palestra.envs.record import decode, encode

WANTED = encode(WantedInput(program="def f(a, b):\n    a += b\n    return a * 2 + b", target=29, solution=(4, 7)))
BROKEN = encode(
    BrokenProgram(lines=("a = 5", "b = a * 3", "b = b + a", "print(a, b)"), wanted="5 25", line=2, number=4)
)


def test_any_input_with_the_right_value_is_right() -> None:
    verifier = FunctionInputVerifier()
    for right in ("4, 7", "13, 1", "-11, 17", "Answer: 4, 7", "(7, 5)"):
        assert verifier.verify(right, WANTED).score == 1.0, right
    for wrong in ("4, 8", "4", "4, 7, 1", "29", "1009, -663", "f(4, 7)", "4, 7 or 13, 1", "__import__('os')"):
        assert verifier.verify(wrong, WANTED).score == 0.0, wrong


def test_easy_inputs_never_reach_the_target() -> None:
    family = FunctionInput.configured({"difficulty": 0.5})
    for index in range(50):
        task = family.task("train", 0, index)
        size = len(decode(WantedInput, task.reference).solution)
        for number in range(4):
            assert family.verifier.verify(", ".join([str(number)] * size), task.reference).score == 0.0


def test_adding_the_difference_to_a_number_mends_few_programs() -> None:
    family = CodeRepair.configured({"difficulty": 0.6})
    paid = 0
    for index in range(60):
        task = family.task("train", 0, index)
        broken = decode(BrokenProgram, task.reference)
        printed = Interpreter("\n".join(broken.lines)).run().output[0]
        gaps = [int(a) - int(b) for a, b in zip(broken.wanted.split(), printed.split(), strict=True)]
        tries = [(n, re.findall(r"\d+", line), gap) for n, line in enumerate(broken.lines, 1) for gap in gaps if gap]
        answers = [f"{n}, {int(numbers[0]) + gap}" for n, numbers, gap in tries if len(numbers) == 1]
        paid += sum(family.verifier.verify(answer, task.reference).score > 0 for answer in answers[-1:])
    assert paid < 20


def test_any_change_of_one_number_that_mends_the_output_is_right() -> None:
    verifier = CodeRepairVerifier()
    for right in ("2, 4", "Answer: line 2, 4", "line 2, 4", "(2, 4)"):
        assert verifier.verify(right, BROKEN).score == 1.0, right
    for wrong in ("2, 3", "1, 5", "3, 1", "4, 5", "0, 4", "9, 4", "2, -4", "2, 100000", "2", "b = a * 4"):
        assert verifier.verify(wrong, BROKEN).score == 0.0, wrong


def test_other_repairs_than_the_planted_one_are_found_and_accepted() -> None:
    family, others = CodeRepair.configured({"difficulty": 0.3}), 0
    for index in range(20):
        task = family.task("train", 0, index)
        broken = decode(BrokenProgram, task.reference)
        for line in range(1, len(broken.lines) + 1):
            for number in range(30):
                score = family.verifier.verify(f"{line}, {number}", task.reference).score
                others += score == 1.0 and (line, number) != (broken.line, broken.number)
    assert others > 0


def test_references_do_not_hold_the_answer_in_the_prompt() -> None:
    task = CodeRepair().task("train", 0, 0)
    assert json.loads(task.reference)["lines"][0] in task.prompt
