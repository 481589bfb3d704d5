"""What does this Brainfuck program print?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.answers import TextAnswer
from palestra.envs.config import FamilyConfig, ramp, stages
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_MAX_STEPS = 20_000


@dataclass(frozen=True, kw_only=True, slots=True)
class BrainfuckOutputConfig(FamilyConfig):
    """Which programs are asked."""

    num_letters: int = ramp(2, 9, low=1, high=20)
    """How many letters are printed, 1..20."""
    num_cells: int = stages(1, 1, 2, 3, choices=(1, 2, 3, 4))
    """How many cells the first loop fills, 1..4; each letter is printed from one of them."""
    max_step: int = ramp(3, 9, low=1, high=12)
    """How far the next letter of a cell may lie from the one before."""


class BrainfuckOutput(Question[BrainfuckOutputConfig, str]):
    """A loop that multiplies, then cells that are changed and printed; the key is the program."""

    id: ClassVar[str] = "palestra/BrainfuckOutput-v1"
    Config: ClassVar[type[BrainfuckOutputConfig]] = BrainfuckOutputConfig
    templates = (
        "What does this Brainfuck program print? (ASCII: A is 65.)\n{program}",
        "A Brainfuck program, whose cells all start at 0; printed numbers are ASCII codes, A is 65:\n{program}\n"
        "What is its output?",
        "{program}\nThis is Brainfuck. Which letters does it print, when A has the code 65?",
    )
    answer_format = "Reply with the printed letters alone."
    verifier = TextAnswer()

    def draw(self, rng: KeyedRandom) -> str:
        """Write a program that prints random letters."""
        config = self.config
        rounds = rng.between(5, 12)
        factors = [rng.between(-(-62 // rounds), 88 // rounds) for _ in range(config.num_cells)]
        program = "+" * rounds + "[" + "".join(">" + "+" * factor for factor in factors)
        program += "<" * config.num_cells + "-]"
        values, place = [factor * rounds for factor in factors], -1
        for _ in range(config.num_letters):
            goal_place = rng.below(config.num_cells)
            value = values[goal_place]
            low, high = max(65, value - config.max_step), min(90, value + config.max_step)
            goal = rng.between(low, high) if low <= high else min(90, max(65, value))
            move, change = goal_place - place, goal - value
            program += (">" if move > 0 else "<") * abs(move) + ("+" if change > 0 else "-") * abs(change) + "."
            values[goal_place], place = goal, goal_place
        return program

    def build(self, key: str, rng: KeyedRandom) -> Content:
        """Run it."""
        output, steps = run_brainfuck(key)
        return Content(
            slots={"program": key},
            reference=output,
            effort=len(key),
            meta={"num_characters": len(key), "num_steps": steps},
        )

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """As many letters."""
        return "".join(rng.choice(_LETTERS) for _ in range(self.config.num_letters))


def run_brainfuck(program: str) -> tuple[str, int]:
    """What a program prints, and its number of steps. Cells are whole numbers; input and other signs are skipped.

    Raises:
        ValueError: It leaves the tape, prints no character, takes too long, or its brackets do not match.
    """
    jumps = _jumps(program)
    cells, place, at, output = [0] * 64, 0, 0, ""
    for step in range(_MAX_STEPS):
        if at == len(program):
            return output, step
        sign = program[at]
        if sign in "+-":
            cells[place] += 1 if sign == "+" else -1
        elif sign in "<>":
            place += 1 if sign == ">" else -1
            if not 0 <= place < len(cells):
                raise ValueError("the program leaves the tape")
        elif sign == ".":
            output += chr(cells[place])
        elif (sign == "[" and not cells[place]) or (sign == "]" and cells[place]):
            at = jumps[at]
        at += 1
    raise ValueError(f"the program takes more than {_MAX_STEPS} steps")


def _jumps(program: str) -> dict[int, int]:
    """For each bracket the place of its partner."""
    jumps: dict[int, int] = {}
    opened: list[int] = []
    for i, sign in enumerate(program):
        if sign == "[":
            opened.append(i)
        elif sign == "]":
            if not opened:
                raise ValueError("a bracket closes that was not opened")
            jumps[i] = opened.pop()
            jumps[jumps[i]] = i
    if opened:
        raise ValueError("a bracket is not closed")
    return jumps
