"""Elementary cellular automata: a row of cells, a rule, some steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.answers import final_line
from palestra.envs.config import FamilyConfig, ramp
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers.answer import quote
from palestra.verifiers.errors import NoAnswerError
from palestra.verifiers.keyed_random import KeyedRandom
from palestra.verifiers.verdict import Verdict
from palestra.verifiers.verifier import Verifier

_SEPARATORS = str.maketrans("", "", " ,;|[]`'\"*")


class BitsAnswer(Verifier[str]):
    """PASS when the final line is the reference's row of bits; blanks and commas between them do not count.

    Reference: the bits, such as `01101`.
    """

    name: ClassVar[str] = "bits-answer"

    def parse_reference(self, reference: str) -> str:
        """Read the row."""
        if not reference or reference.strip("01"):
            raise ValueError("the reference must be a row of bits")
        return reference

    def judge(self, response: str, reference: str) -> Verdict:
        """Compare bit by bit."""
        line = final_line(response)
        bits = line.translate(_SEPARATORS)
        if not bits or bits.strip("01"):
            raise NoAnswerError(f"`{quote(line)}` is no row of bits")
        if bits == reference:
            return Verdict.passed(f"all {len(bits)} cells are right")
        if len(bits) != len(reference):
            return Verdict.failed(f"{len(bits)} cells, right are {len(reference)}")
        wrong = next(i for i, (a, b) in enumerate(zip(bits, reference, strict=True)) if a != b)
        return Verdict.failed(f"cell {wrong + 1} is {bits[wrong]}, right is {reference[wrong]}")


@dataclass(frozen=True, kw_only=True, slots=True)
class ElementaryAutomatonConfig(FamilyConfig):
    """Which automata are run."""

    width: int = ramp(8, 32, low=5, high=200)
    """Number of cells."""
    num_steps: int = ramp(1, 8, low=1, high=50)
    """How often the rule is applied."""


@dataclass(frozen=True, slots=True)
class ElementaryAutomatonKey:
    """Wolfram's number of the rule, the first row, and the number of steps."""

    rule: int
    cells: str
    num_steps: int


class ElementaryAutomaton(Question[ElementaryAutomatonConfig, ElementaryAutomatonKey]):
    """Rows of cells that are closed to a ring."""

    id: ClassVar[str] = "palestra/ElementaryAutomaton-v1"
    Config: ClassVar[type[ElementaryAutomatonConfig]] = ElementaryAutomatonConfig
    templates = (
        "A cell's next value depends on its left neighbour, itself and its right neighbour: {table}. "
        "First and last cell are neighbours.\nStart: {cells}\nWhat is the row after {steps}?",
        "Row of cells (a ring: the ends touch): {cells}\nRule, from left-self-right to the new cell: {table}\n"
        "Apply it {steps} to all cells at once.",
        "Run this cellular automaton for {steps} from {cells}, the ends joined.\n"
        "Left, middle and right cell give the new middle cell: {table}",
        "Rule table (three neighbouring cells to the new value of the middle one): {table}\n"
        "The cells {cells} form a ring. Find them after {steps}.",
    )
    answer_format = "The last line of your reply must be the row of cells alone."
    verifier = BitsAnswer()

    def draw(self, rng: KeyedRandom) -> ElementaryAutomatonKey:
        """Any rule, any row."""
        width = self.config.width
        cells = "".join(rng.choice("01") for _ in range(width))
        return ElementaryAutomatonKey(rng.below(256), cells, self.config.num_steps)

    def build(self, key: ElementaryAutomatonKey, rng: KeyedRandom) -> Content | None:
        """Run the rule; None where all cells become equal or none has changed."""
        answer = key.cells
        for _ in range(key.num_steps):
            answer = next_row(answer, key.rule)
        if len(set(answer)) == 1 or answer == key.cells:
            return None
        plural = "" if key.num_steps == 1 else "s"
        return Content(
            slots={
                "table": ", ".join(f"{i:03b} -> {key.rule >> i & 1}" for i in range(7, -1, -1)),
                "cells": key.cells,
                "steps": f"{key.num_steps} step{plural}",
            },
            reference=answer,
            effort=key.num_steps * len(key.cells),
        )

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """Random cells."""
        return "".join(rng.choice("01") for _ in task.reference)


def next_row(cells: str, rule: int) -> str:
    """The row after one step on a ring.

    >>> next_row("0001000", 90)
    '0010100'
    """
    ring = cells[-1] + cells + cells[0]
    return "".join("01"[rule >> int(ring[i : i + 3], 2) & 1] for i in range(len(cells)))
