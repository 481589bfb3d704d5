"""Running a small program on a stack of numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.answers import IntegersAnswer, read_integers
from palestra.envs.config import FamilyConfig, ramp, stages
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom

_RULES = {
    "+": "`+` replaces the top two numbers by their sum",
    "-": "`-` replaces the top two (a below b) by a - b",
    "*": "`*` replaces the top two by their product",
    "dup": "`dup` puts a copy of the top number on top",
    "swap": "`swap` exchanges the top two",
    "over": "`over` puts a copy of the second number from the top on top",
    "drop": "`drop` removes the top number",
    "rot": "`rot` moves the third number from the top to the top",
}
_NEEDS = {"+": 2, "-": 2, "*": 2, "dup": 1, "swap": 2, "over": 2, "drop": 2, "rot": 3}
_GROWS = {"+": -1, "-": -1, "*": -1, "dup": 1, "swap": 0, "over": 1, "drop": -1, "rot": 0}
_MAX_DEPTH = 6
_LARGEST = 10**6


@dataclass(frozen=True, kw_only=True, slots=True)
class StackMachineConfig(FamilyConfig):
    """Which programs are run."""

    num_steps: int = ramp(4, 30, low=3, high=200)
    """How many words a program has."""
    num_operations: int = stages(2, 3, 4, 6, 8, choices=tuple(range(1, 9)))
    """How many of the operations + - * dup swap over drop rot occur."""


class StackMachine(Question[StackMachineConfig, tuple[str, ...]]):
    """Programs that never take from an empty stack; the key is the tuple of words."""

    id: ClassVar[str] = "palestra/StackMachine-v1"
    Config: ClassVar[type[StackMachineConfig]] = StackMachineConfig
    templates = (
        "A stack machine starts empty. A number is put on top of the stack; {rules}.\nRun: {program}",
        "Program for a stack: {program}\nNumbers are pushed; {rules}. The stack is empty at first.",
        "Run `{program}` from left to right on an empty stack. Numbers go on top; {rules}.",
        "What does the program {program} leave on the stack, empty before? Numbers are put on top; {rules}.",
    )
    answer_format = (
        "The last line of your reply must be the numbers on the stack at the end, "
        "from bottom to top, separated by commas."
    )
    verifier = IntegersAnswer()

    def draw(self, rng: KeyedRandom) -> tuple[str, ...]:
        """Words that the stack allows at their turn."""
        operations = tuple(_RULES)[: self.config.num_operations]
        depth, program = 0, list[str]()
        for _ in range(self.config.num_steps):
            allowed = [op for op in operations if _NEEDS[op] <= depth and depth + _GROWS[op] <= _MAX_DEPTH]
            if depth < 2 or not allowed or (depth < _MAX_DEPTH and rng.below(5) < 2):
                program.append(str(rng.between(1, 9)))
                depth += 1
            else:
                program.append(rng.choice(allowed))
                depth += _GROWS[program[-1]]
        return tuple(program)

    def build(self, key: tuple[str, ...], rng: KeyedRandom) -> Content | None:
        """Run the program; None where only numbers are pushed, or one becomes very large."""
        stack = run(key)
        operations = [word for word in _RULES if word in key]
        if not operations or max(map(abs, stack)) > _LARGEST:
            return None
        return Content(
            slots={"program": " ".join(key), "rules": "; ".join(_RULES[word] for word in operations)},
            reference=str(stack),
            effort=len(key),
        )

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """A stack of random small numbers."""
        return ", ".join(str(rng.between(-9, 20)) for _ in read_integers(task.reference))


def run(program: tuple[str, ...]) -> list[int]:
    """The stack at the end, the bottom first; numbers that grew too large end the run early.

    >>> run(("2", "5", "-", "dup"))
    [-3, -3]
    """
    stack: list[int] = []
    for word in program:
        if word in "+-*":
            b, a = stack.pop(), stack.pop()
            stack.append({"+": a + b, "-": a - b, "*": a * b}[word])
            if abs(stack[-1]) > _LARGEST:
                return stack
        elif word == "swap":
            stack[-2:] = stack[:-3:-1]
        elif word == "rot":
            stack.append(stack.pop(-3))
        elif word == "drop":
            stack.pop()
        else:
            stack.append({"dup": stack[-1:], "over": stack[-2:-1]}.get(word, [0])[0] if word in _RULES else int(word))
    return stack
