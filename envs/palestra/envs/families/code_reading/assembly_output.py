"""A machine with registers and jumps: what is in the registers at the end?"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.answers import IntegersAnswer
from palestra.envs.config import FamilyConfig, ramp, stages
from palestra.envs.errors import ConfigError
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom

_NAMES = ("ra", "rb", "rc", "rd", "re")
_COUNTERS = ("rx", "ry")
_LARGEST = 10**6
_MAX_STEPS = 500

Instruction = tuple[str, ...]
"""Its name and its operands, e.g. `("add", "ra", "rb")`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AssemblyOutputConfig(FamilyConfig):
    """Which programs are asked."""

    num_registers: int = ramp(2, 5, low=2, high=5)
    """How many registers are asked, 2..5."""
    num_instructions: int = ramp(2, 12, low=1, high=40)
    """How many instructions calculate, 1..40."""
    num_loops: int = stages(0, 1, 1, 2, choices=(0, 1, 2))
    """How many loops nest, 0..2."""
    high: int = ramp(9, 30, low=5, high=99)
    """Largest number in the program."""

    def check(self) -> None:
        """Loops are not empty."""
        if self.num_instructions < 2 * self.num_loops - 1:
            raise ConfigError(
                f"`num_instructions` {self.num_instructions} is too small for {self.num_loops} loops\n\n"
                "hint: each loop needs two more"
            )


class AssemblyOutput(Question[AssemblyOutputConfig, tuple[Instruction, ...]]):
    """Programs of `set`, `mov`, `add`, `sub`, `mul`, `swp` and jumps; the key is the list of instructions."""

    id: ClassVar[str] = "palestra/AssemblyOutput-v1"
    Config: ClassVar[type[AssemblyOutputConfig]] = AssemblyOutputConfig
    templates = (
        "A machine runs these numbered instructions from the first to the last:\n{program}\n{rules}\n"
        "What is in {names} at the end?",
        "{rules}\nRun this program, which starts at line 1:\n{program}\nGive the final values of {names}.",
        "Program:\n{program}\n{rules}\nIt starts at line 1 and halts after the last line. What are {names} then?",
    )
    answer_format = "Reply with the values alone, in this order, separated by commas."
    verifier = IntegersAnswer()

    def draw(self, rng: KeyedRandom) -> tuple[Instruction, ...]:
        """Set registers; then calculate, in loops if there are some."""
        config = self.config
        names = _NAMES[: config.num_registers]
        program: list[Instruction] = [("set", name, str(rng.between(1, config.high))) for name in names]
        steps = [_calculation(names, config.high, rng) for _ in range(config.num_instructions)]
        if not config.num_loops:
            return (*program, *steps)
        cuts = sorted(rng.sample(range(len(steps)), 2 * config.num_loops - 1))
        starts, ends = cuts[: config.num_loops], [*cuts[config.num_loops :], len(steps)]
        places: list[int] = []
        for i in range(len(steps) + 1):
            for end, counter in zip(ends, _COUNTERS[: config.num_loops][::-1], strict=True):
                if i == end:
                    program += [("dec", counter), ("jnz", counter, str(places.pop()))]
            for start, counter in zip(starts, _COUNTERS, strict=False):
                if i == start:
                    program.append(("set", counter, str(rng.between(2, 4))))
                    places.append(len(program) + 1)
            program += steps[i : i + 1]
        return tuple(program)

    def build(self, key: tuple[Instruction, ...], rng: KeyedRandom) -> Content | None:
        """Run it."""
        ended = run_assembly(key)
        if ended is None:
            return None
        registers, steps = ended
        names = [name for name in registers if name not in _COUNTERS]
        kinds = {instruction[0] for instruction in key}
        return Content(
            slots={
                "program": "\n".join(f"{i} {' '.join(instruction)}" for i, instruction in enumerate(key, 1)),
                "rules": " ".join(rule for kind, rule in _RULES if kind in kinds),
                "names": ", ".join(names),
            },
            reference=json.dumps([registers[name] for name in names]),
            effort=steps,
            meta={"num_instructions": len(key), "num_steps": steps},
        )

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """As many small numbers."""
        return ", ".join(str(rng.between(-9, 40)) for _ in range(self.config.num_registers))


_RULES = (
    ("set", "`set r n` puts the number n into r."),
    ("mov", "`mov r s` puts s into r."),
    ("add", "`add r s` adds s to r."),
    ("sub", "`sub r s` subtracts s from r."),
    ("mul", "`mul r n` multiplies r by n."),
    ("inc", "`inc r n` adds the number n to r."),
    ("swp", "`swp r s` exchanges r and s."),
    ("dec", "`dec r` subtracts 1 from r."),
    ("jnz", "`jnz r k` goes on at line k if r is not 0."),
)


def _calculation(names: tuple[str, ...], high: int, rng: KeyedRandom) -> Instruction:
    kind = rng.choice(("mov", "add", "add", "sub", "sub", "mul", "inc", "swp"))
    one, two = rng.sample(names, 2)
    if kind == "mul":
        return kind, one, str(rng.between(2, 3))
    return (kind, one, str(rng.between(1, high))) if kind == "inc" else (kind, one, two)


def run_assembly(program: tuple[Instruction, ...]) -> tuple[dict[str, int], int] | None:
    """The registers at the end and the number of steps; None for too many steps or too large numbers."""
    registers: dict[str, int] = {}
    at = 0
    for step in range(_MAX_STEPS):
        if at == len(program):
            return registers, step
        kind, target, *rest = program[at]
        at += 1
        other = rest[0] if rest else "1"
        value = registers[other] if other in registers else int(other)
        if kind == "jnz":
            at = value - 1 if registers[target] else at
        elif kind == "swp":
            registers[target], registers[other] = value, registers[target]
        else:
            before = registers.get(target, 0)
            registers[target] = {
                "set": value, "mov": value, "add": before + value, "inc": before + value,
                "sub": before - value, "dec": before - value, "mul": before * value,
            }[kind]  # fmt: skip
            if abs(registers[target]) > _LARGEST:
                return None
    return None
