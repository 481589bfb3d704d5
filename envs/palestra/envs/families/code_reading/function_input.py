"""Find an input for which a function returns the wanted value; any will do."""

from __future__ import annotations

from collections.abc import Sequence
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

_LARGEST_INPUT = 1000
_EASY_INPUTS, _PROBES = 4, 6


@dataclass(frozen=True, kw_only=True, slots=True)
class WantedInput:
    """A function `f` with the value that it must return, and one input for which it does."""

    program: str
    target: int
    solution: tuple[int, ...]


class FunctionInputVerifier(RecordVerifier[WantedInput]):
    """PASS when `f` of the final line's numbers, each from -1000 to 1000, is the target.

    Reference: a `WantedInput` as JSON.
    """

    name: ClassVar[str] = "function-input"
    record_type = WantedInput

    def judge(self, response: str, reference: WantedInput) -> Verdict:
        """Run the function, by our own interpreter, on the numbers."""
        inputs = read_integers(final_line(response))
        if len(inputs) != len(reference.solution):
            raise NoAnswerError(f"{len(inputs)} numbers, the function takes {len(reference.solution)}")
        if max(map(abs, inputs)) > _LARGEST_INPUT:
            return Verdict.failed(f"an input is not from -{_LARGEST_INPUT} to {_LARGEST_INPUT}")
        try:
            (value,) = _values(reference.program, [inputs])
        except ProgramError as error:
            return Verdict.failed(f"the function ends with an error: {error}")
        detail = f"f({', '.join(map(str, inputs))}) is {value}, wanted {reference.target}"
        return Verdict.passed(detail) if value == reference.target else Verdict.failed(detail)


@dataclass(frozen=True, kw_only=True, slots=True)
class FunctionInputConfig(ProgramOutputConfig):
    """Which functions are asked."""

    num_variables: int = stages(2, 2, 2, 3, choices=(2, 3, 4))
    """How many inputs the function has, 2..4."""
    num_statements: int = ramp(2, 9, low=1, high=30)
    """How many statements it has, 1..30; blocks may add a few."""
    depth: int = stages(0, 1, 1, 2, choices=(0, 1, 2, 3))
    """How deep blocks nest, 0..3."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FunctionKey:
    """A function and the input that its target comes from."""

    program: str
    inputs: tuple[int, ...]


class FunctionInput(Question[FunctionInputConfig, FunctionKey]):
    """Functions of two or more whole numbers; neither 0 to 3 throughout nor a few random inputs give the target."""

    id: ClassVar[str] = "palestra/FunctionInput-v1"
    Config: ClassVar[type[FunctionInputConfig]] = FunctionInputConfig
    templates = (
        "{program}\n\nFind whole numbers {names} from -1000 to 1000 for which f({names}) returns {target}.",
        "For which input does this Python function return {target}?\n\n{program}\n\n"
        "Any right {names} will do; they must be whole numbers from -1000 to 1000.",
        "This Python function shall return {target}.\n\n{program}\n\n"
        "Choose {names}, whole numbers from -1000 to 1000, so that it does.",
    )
    answer_format = "Reply with these numbers alone, in this order, separated by commas."
    verifier = FunctionInputVerifier()

    def draw(self, rng: KeyedRandom) -> FunctionKey:
        """Write a function."""
        writer = Writer(shape=self.config.shape(), rng=rng)
        writer.names = ("a", "b", "c", "d")[: self.config.num_variables]
        body = writer.statements_only().replace("\n", "\n    ")
        names = ", ".join(writer.names)
        result = " + ".join(writer.names)
        program = f"def f({names}):\n    {body}\n    return {result}"
        return FunctionKey(program=program, inputs=tuple(rng.between(5, 60) for _ in writer.names))

    def build(self, key: FunctionKey, rng: KeyedRandom) -> Content | None:
        """Calculate the target."""
        names = key.program[6 : key.program.index(")")]
        try:
            others = [tuple(rng.below(60) for _ in key.inputs) for _ in range(_PROBES)]
            easy = [(n,) * len(key.inputs) for n in range(_EASY_INPUTS)]
            target, *wrong = _values(key.program, [key.inputs, *easy, *others])
        except ProgramError:
            return None
        if target in wrong:
            return None
        return Content(
            slots={"program": key.program, "names": names, "target": str(target)},
            reference=encode(WantedInput(program=key.program, target=target, solution=key.inputs)),
            effort=key.program.count("\n") * len(key.inputs),
            meta={"num_lines": key.program.count("\n") + 1},
        )

    def oracle(self, task: Task) -> str:
        """The input that the target was made from."""
        return ", ".join(map(str, decode(WantedInput, task.reference).solution))

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """Some input."""
        return ", ".join(str(rng.between(0, 60)) for _ in decode(WantedInput, task.reference).solution)


def _values(program: str, inputs: Sequence[tuple[int, ...]]) -> list[int]:
    """What the function returns for each input."""
    interpreter = Interpreter(program)
    interpreter.run()
    return [int(interpreter.call("f", one)) for one in inputs]
