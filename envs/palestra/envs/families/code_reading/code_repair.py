"""One number of a program is wrong: change it so that the program prints what it should."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.answers import RecordVerifier, final_line, read_integers
from palestra.envs.config import ramp, stages
from palestra.envs.families.code_reading.interpreter import Interpreter, ProgramError
from palestra.envs.families.code_reading.program_output import ProgramOutputConfig
from palestra.envs.families.code_reading.writer import Writer
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.record import decode, encode
from palestra.envs.task import Task
from palestra.verifiers import Verdict
from palestra.verifiers.errors import NoAnswerError
from palestra.verifiers.keyed_random import KeyedRandom

_NUMBER = re.compile(r"[0-9]+")
_LARGEST = 1000
_FEW_STATEMENTS = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class BrokenProgram:
    """A program, what it should print, and one change of a line's only number that makes it do so."""

    lines: tuple[str, ...]
    wanted: str
    line: int
    number: int


class CodeRepairVerifier(RecordVerifier[BrokenProgram]):
    """PASS when the program prints the right values once the only number of a line, from 1, is another one.

    The final line holds the line's number and the new number, 0 to 1000. Reference: a `BrokenProgram` as JSON.
    """

    name: ClassVar[str] = "code-repair"
    record_type = BrokenProgram

    def judge(self, response: str, reference: BrokenProgram) -> Verdict:
        """Change the line and run the program by our own interpreter."""
        answer = read_integers(final_line(response).lower().removeprefix("line "))
        if len(answer) != 2:
            raise NoAnswerError(f"{len(answer)} numbers, wanted the line and the new number")
        line, number = answer
        if not (1 <= line <= len(reference.lines) and len(_NUMBER.findall(reference.lines[line - 1])) == 1):
            return Verdict.failed(f"there is no line {line} with exactly one number")
        if not 0 <= number <= _LARGEST:
            return Verdict.failed(f"the new number is not from 0 to {_LARGEST}")
        printed = _printed(_changed(reference.lines, line, number))
        detail = f"with {number} in line {line} it prints {printed or 'nothing'}, wanted {reference.wanted}"
        return Verdict.passed(detail) if printed == reference.wanted else Verdict.failed(detail)


@dataclass(frozen=True, kw_only=True, slots=True)
class CodeRepairConfig(ProgramOutputConfig):
    """Which programs are asked."""

    num_variables: int = ramp(2, 4, low=2, high=6)
    """How many variables, 2..6."""
    num_statements: int = ramp(1, 9, low=1, high=30)
    """How many statements after the first values, 1..30; blocks may add a few."""
    depth: int = stages(0, 0, 1, 1, 2, choices=(0, 1, 2, 3))
    """How deep blocks nest, 0..3."""
    high: int = ramp(30, 60, low=5, high=99)
    """Largest number in the program."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RepairKey:
    """A program, and a random number that picks what is broken."""

    program: str
    damage: int


class CodeRepair(Question[CodeRepairConfig, RepairKey]):
    """Programs with one changed number; any change of one line's only number that mends the output is right."""

    id: ClassVar[str] = "palestra/CodeRepair-v1"
    Config: ClassVar[type[CodeRepairConfig]] = CodeRepairConfig
    templates = (
        "This Python program should print {wanted}, but prints {printed}:\n\n{program}\n\n"
        "Mend it by changing one number into another, from 0 to 1000; it must stand in a line that holds no other "
        "number. (Line numbers are no part of the program.)",
        "{program}\n\nThe Python program above (with line numbers) prints {printed} instead of {wanted}. Mend it by "
        "changing one number, into one from 0 to 1000, in a line that holds no other number.",
        "Somebody mistyped one number of this Python program, so that it prints {printed}. It has to print {wanted}."
        "\n\n{program}\n\nLines are numbered. In a line with one number only, that number may be changed: in which "
        "line, and into what (0 to 1000)?",
    )
    answer_format = "Reply with the number of the line and the new number, separated by a comma."
    verifier = CodeRepairVerifier()

    def draw(self, rng: KeyedRandom) -> RepairKey:
        """Write the right program."""
        writer = Writer(shape=self.config.shape(), rng=rng)
        program = f"{writer.write()}\nprint({', '.join(writer.names)})"
        return RepairKey(program=program, damage=rng.below(1 << 32))

    def canonical(self, key: RepairKey) -> str:
        """The right program: its damages are not kept apart."""
        return key.program

    def build(self, key: RepairKey, rng: KeyedRandom) -> Content | None:
        """Break a number, so that the output changes, and in longer programs by more than the number was."""
        right = tuple(key.program.split("\n"))
        places = [i for i, line in enumerate(right, 1) if len(_NUMBER.findall(line)) == 1]
        damage, place = divmod(key.damage, len(places))
        line = places[place]
        number = int(_NUMBER.findall(right[line - 1])[0])
        wrong = damage % (self.config.high + 3) + 1
        broken = _changed(right, line, wrong)
        wanted, printed = _printed(right), _printed(broken)
        if not wanted or not printed or wanted == printed or len(wanted) > 40:
            return None
        if self.config.num_statements > _FEW_STATEMENTS and _shifts(printed, wanted) == {number - wrong}:
            return None  # adding the difference to some number would do, without reading the program
        width = len(str(len(broken)))
        return Content(
            slots={
                "program": "\n".join(f"{i:>{width}}  {text}" for i, text in enumerate(broken, 1)),
                "wanted": f"`{wanted}`",
                "printed": f"`{printed}`",
            },
            reference=encode(BrokenProgram(lines=broken, wanted=wanted, line=line, number=number)),
            effort=len(broken),
            meta={"num_lines": len(broken)},
        )

    def oracle(self, task: Task) -> str:
        """The change back."""
        broken = decode(BrokenProgram, task.reference)
        return f"{broken.line}, {broken.number}"

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """Some line and number."""
        return f"{rng.between(1, len(decode(BrokenProgram, task.reference).lines))}, {rng.between(0, 20)}"


def _changed(lines: tuple[str, ...], line: int, number: int) -> tuple[str, ...]:
    return (*lines[: line - 1], _NUMBER.sub(str(number), lines[line - 1]), *lines[line:])


def _shifts(printed: str, wanted: str) -> set[int]:
    """By how much the values differ that do."""
    pairs = zip(map(int, printed.split()), map(int, wanted.split()), strict=True)
    return {right - wrong for wrong, right in pairs if wrong != right}


def _printed(lines: tuple[str, ...]) -> str:
    """The output in one line; empty where the program fails."""
    try:
        return " ".join(Interpreter("\n".join(lines)).run().output)
    except ProgramError:
        return ""
