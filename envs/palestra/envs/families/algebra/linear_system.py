"""Systems of linear equations with exactly one solution, which is whole."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.answers import RecordVerifier, final_line, read_integer, read_integers
from palestra.envs.config import FamilyConfig, geometric, stages
from palestra.envs.families.algebra.matrices import Matrix, determinant, random_matrix
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.record import decode, encode
from palestra.envs.task import Task
from palestra.verifiers.answer import quote
from palestra.verifiers.errors import NoAnswerError
from palestra.verifiers.keyed_random import KeyedRandom
from palestra.verifiers.verdict import Verdict

_NAMES = ("x", "y", "z", "u", "v", "w")
_SEPARATOR = re.compile(r",?\s+and\s+|\s*[,;]\s*")
_PADDED_SIGN = re.compile(r"\s*=\s*")


@dataclass(frozen=True, kw_only=True, slots=True)
class Values:
    """The unknowns in their order, and their values."""

    names: tuple[str, ...]
    values: tuple[int, ...]


class ValuesAnswer(RecordVerifier[Values]):
    """PASS when the final line gives every unknown its value: `x = 1, y = 2` in any order, or `1, 2` in theirs.

    Reference: `Values`.
    """

    name: ClassVar[str] = "values-answer"
    record_type = Values

    def judge(self, response: str, reference: Values) -> Verdict:
        """Compare value by value."""
        answer = _read_values(final_line(response), reference.names)
        for name, value, wanted in zip(reference.names, answer, reference.values, strict=True):
            if value != wanted:
                return Verdict.failed(f"{name} is given as {str(value)[:40]}, right is {wanted}")
        return Verdict.passed(f"all {len(answer)} values are right")


def _read_values(line: str, names: tuple[str, ...]) -> tuple[int, ...]:
    bare = line.strip(" $`*")
    left, sign, right = bare.partition("=")
    if sign and left.strip(" ()").replace(" ", "") == ",".join(names):
        bare = right.strip()
    if "=" not in bare:
        values = read_integers(bare)
        if len(values) != len(names):
            raise NoAnswerError(f"{len(values)} values for {len(names)} unknowns")
        return values
    pieces = [_PADDED_SIGN.sub("=", piece).partition("=") for piece in _SEPARATOR.split(bare.strip("()[]{}"))]
    given = {name.strip(): value for name, _, value in pieces}
    if len(pieces) != len(names) or given.keys() != set(names):
        raise NoAnswerError(f"`{quote(line)}` does not give every unknown one value")
    return tuple(read_integer(given[name]) for name in names)


@dataclass(frozen=True, kw_only=True, slots=True)
class LinearSystemConfig(FamilyConfig):
    """Which systems are asked."""

    num_unknowns: int = stages(2, 2, 2, 2, 3, 3, 3, 4, 4, 5, choices=(2, 3, 4, 5, 6))
    """How many equations and unknowns, 2..6."""
    coefficient: int = geometric(3, 12, low=1, high=1000)
    """Coefficients lie in -coefficient..coefficient."""
    value: int = geometric(9, 30, low=2, high=10_000)
    """Values of the unknowns lie in -value..value."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LinearSystemKey:
    """The coefficients of a system and its solution."""

    matrix: Matrix
    solution: tuple[int, ...]


class LinearSystem(Question[LinearSystemConfig, LinearSystemKey]):
    """Systems such as `2x + 3y = 12, x - y = 1`."""

    id: ClassVar[str] = "palestra/LinearSystem-v1"
    Config: ClassVar[type[LinearSystemConfig]] = LinearSystemConfig
    templates = (
        "Solve the system of equations for {names}:\n{equations}",
        "Find {names} such that all equations hold:\n{equations}",
        "{equations}\nWhich values of {names} satisfy all of this?",
        "These equations have exactly one solution {names}:\n{equations}\nFind it.",
    )
    answer_format = "End your reply with the values in this order, separated by commas, on the last line."
    verifier = ValuesAnswer()

    def draw(self, rng: KeyedRandom) -> LinearSystemKey:
        """Draw coefficients and a solution."""
        n, value = self.config.num_unknowns, self.config.value
        matrix = random_matrix(n, n, self.config.coefficient, rng)
        return LinearSystemKey(matrix=matrix, solution=tuple(rng.between(-value, value) for _ in range(n)))

    def canonical(self, key: LinearSystemKey) -> str:
        """The equations in a fixed order."""
        return f"{sorted(key.matrix)} {key.solution}"

    def build(self, key: LinearSystemKey, rng: KeyedRandom) -> Content | None:
        """Ask for the solution, if it is the only one."""
        has_equations = all(sum(map(bool, row)) > 1 for row in key.matrix)
        if not has_equations or determinant(key.matrix) == 0 or len(set(key.solution)) == 1:
            return None
        return _content(key, _totals(key))

    def unsolvable(self, key: LinearSystemKey, rng: KeyedRandom) -> Content | None:
        """The same system, but the last equation contradicts the first two."""
        if self.build(key, rng) is None:
            return None
        first, second, *_ = (*key.matrix[:-1], (0,) * len(key.solution))
        factor = rng.choice((-2, 2, 3))
        last = tuple(factor * a + b for a, b in zip(first, second, strict=True))
        twin = LinearSystemKey(matrix=(*key.matrix[:-1], last), solution=key.solution)
        totals = _totals(twin)
        if sum(map(bool, last)) < 2:
            return None
        return _content(twin, (*totals[:-1], totals[-1] + rng.between(1, self.config.value)))

    def oracle(self, task: Task) -> str:
        """The values in order."""
        return ", ".join(map(str, decode(Values, task.reference).values))

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """A value for each unknown."""
        value = self.config.value
        return ", ".join(str(rng.between(-value, value)) for _ in range(self.config.num_unknowns))


def _totals(key: LinearSystemKey) -> tuple[int, ...]:
    return tuple(sum(a * x for a, x in zip(row, key.solution, strict=True)) for row in key.matrix)


def _content(key: LinearSystemKey, totals: tuple[int, ...]) -> Content:
    names = _NAMES[: len(key.solution)]
    lines = [f"{_form(row)} = {total}" for row, total in zip(key.matrix, totals, strict=True)]
    return Content(
        slots={"names": ", ".join(names), "equations": "\n".join(lines)},
        reference=encode(Values(names=names, values=key.solution)),
        effort=len(names) ** 3,
        meta={"num_unknowns": len(names)},
    )


def _form(row: tuple[int, ...]) -> str:
    text = ""
    for coefficient, name in zip(row, _NAMES, strict=False):
        if coefficient:
            sign = (" - " if coefficient < 0 else " + ") if text else ("-" if coefficient < 0 else "")
            text += f"{sign}{'' if abs(coefficient) == 1 else abs(coefficient)}{name}"
    return text
