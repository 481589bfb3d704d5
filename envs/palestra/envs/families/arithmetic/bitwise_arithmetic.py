"""Bitwise expressions over binary and hexadecimal numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.config import FamilyConfig, stages
from palestra.envs.families.arithmetic.positional import Numeral, PositionalAnswer, numeral_reference, prefixed
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.record import decode
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom

_OPERATIONS: dict[str, Callable[[int, int], int]] = {
    "&": lambda a, b: a & b,
    "|": lambda a, b: a | b,
    "^": lambda a, b: a ^ b,
}
_MAX_SHIFT = 4


@dataclass(frozen=True, kw_only=True, slots=True)
class BitwiseArithmeticConfig(FamilyConfig):
    """Which expressions are asked."""

    num_steps: int = stages(1, 1, 1, 2, 2, 3, 4, 5, 6, 8, choices=tuple(range(1, 21)))
    """How many operators the expression has, 1..20."""
    bits: int = stages(6, 6, 8, 8, 12, 16, 16, 24, 32, 32, choices=tuple(range(3, 65)))
    """How many bits the numbers have, 3..64."""
    base: int = stages(2, 2, 2, 16, choices=(2, 16))
    """Base in which the numbers are written: 2 or 16."""
    shifts: bool = stages(False, False, True)
    """Whether numbers are shifted too."""


@dataclass(frozen=True, kw_only=True, slots=True)
class BitwiseKey:
    """An expression: how it is written, which expressions are the same, its value and its operators."""

    text: str
    canonical: str
    value: int
    operators: str = ""


class BitwiseArithmetic(Question[BitwiseArithmeticConfig, BitwiseKey]):
    """Expressions such as `(0x3a & 0x0f) ^ 0x21`, with all parentheses written."""

    id: ClassVar[str] = "palestra/BitwiseArithmetic-v1"
    Config: ClassVar[type[BitwiseArithmeticConfig]] = BitwiseArithmeticConfig
    templates = (
        "Calculate {expression}.",
        "What is {expression}?",
        "Evaluate the bitwise expression {expression}.",
        "Work out {expression} bit by bit.",
    )
    answer_format = (
        "& is and, | is or, ^ is exclusive or, << and >> shift; no bit is cut off at the left. "
        "End your reply with the result, in the same base as the numbers, alone on the last line."
    )
    verifier = PositionalAnswer()
    floor = 0.15

    def draw(self, rng: KeyedRandom) -> BitwiseKey:
        """Draw an expression from the top down."""
        return self._expression(self.config.num_steps, rng)

    def canonical(self, key: BitwiseKey) -> str:
        """The expression with the operands of &, | and ^ in a fixed order."""
        return key.canonical

    def composition(self, key: BitwiseKey) -> str:
        """The operators, where there are several."""
        return " ".join(sorted(key.operators.split())) if " " in key.operators else ""

    def build(self, key: BitwiseKey, rng: KeyedRandom) -> Content | None:
        """Ask for the value; 0 would be too good a guess."""
        if key.value == 0:
            return None
        base = self.config.base
        return Content(
            slots={"expression": key.text.removeprefix("(").removesuffix(")")},
            reference=numeral_reference(key.value, base),
            effort=self.config.num_steps * self.config.bits,
            meta={"num_steps": self.config.num_steps, "bits": self.config.bits},
        )

    def oracle(self, task: Task) -> str:
        """The digits, as programs write them."""
        numeral = decode(Numeral, task.reference)
        return prefixed(int(numeral.digits, numeral.base), numeral.base)

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """A number of as many bits."""
        return prefixed(self._number(rng), self.config.base)

    def _number(self, rng: KeyedRandom) -> int:
        return rng.between(1, (1 << self.config.bits) - 1)

    def _expression(self, num_steps: int, rng: KeyedRandom) -> BitwiseKey:
        if num_steps == 0:
            value = self._number(rng)
            text = prefixed(value, self.config.base)
            return BitwiseKey(text=text, canonical=text, value=value)
        if self.config.shifts and rng.below(4) == 0:
            return _shifted(self._expression(num_steps - 1, rng), rng)
        operator = rng.choice("&|^")
        left_steps = rng.below(num_steps)
        a, b = self._expression(left_steps, rng), self._expression(num_steps - 1 - left_steps, rng)
        first, second = sorted((a.canonical, b.canonical))
        return BitwiseKey(
            text=f"({a.text} {operator} {b.text})",
            canonical=f"({first}{operator}{second})",
            value=_OPERATIONS[operator](a.value, b.value),
            operators=f"{a.operators} {b.operators} {operator}".strip().replace("  ", " "),
        )


def _shifted(a: BitwiseKey, rng: KeyedRandom) -> BitwiseKey:
    operator, places = rng.choice(("<<", ">>")), rng.between(1, _MAX_SHIFT)
    return BitwiseKey(
        text=f"({a.text} {operator} {places})",
        canonical=f"({a.canonical}{operator}{places})",
        value=a.value << places if operator == "<<" else a.value >> places,
        operators=f"{a.operators} {operator}".strip(),
    )
