"""Satisfiability: truth values that make all clauses true. Any right assignment is accepted."""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.answers import RecordVerifier, final_line
from palestra.envs.config import FamilyConfig, ramp
from palestra.envs.errors import ConfigError
from palestra.envs.families.logic.truth_sets import every, where
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.record import decode, encode
from palestra.envs.task import Task
from palestra.verifiers.answer import quote
from palestra.verifiers.errors import NoAnswerError
from palestra.verifiers.keyed_random import KeyedRandom
from palestra.verifiers.verdict import Verdict

Clauses = tuple[tuple[int, ...], ...]
"""Literals: 3 is letter 2, -3 is its denial."""

_LETTERS = "abcdefghijkl"
_UNSAT = "unsat"
# Per mille of the clauses of a width that are kept, by how many of their literals the hidden assignment makes
# true. So each letter is denied as often as not, and choosing the more frequent literals finds little.
_SHARES = {2: (1000, 300), 3: (1000, 618, 382), 4: (1000, 839, 704, 591)}
_SEPARATOR = re.compile(r"\s*(?:,|;|\band\b)\s*")
_VALUE = re.compile(r"([a-l])\s*(?:=|:|\bis\b)\s*(true|false|t|f|1|0)", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True, slots=True)
class ClauseSet:
    """Clauses over so many letters."""

    letters: int
    clauses: Clauses


class ModelVerifier(RecordVerifier[ClauseSet]):
    """PASS when the values of the final line make every clause true, or when it says rightly that none do.

    Reference: the record of a `ClauseSet`.
    """

    name: ClassVar[str] = "propositional-model"
    record_type = ClauseSet

    def judge(self, response: str, reference: ClauseSet) -> Verdict:
        """Look for a clause that no value makes true."""
        line = final_line(response)
        if line.casefold() in (_UNSAT, "unsatisfiable"):
            can_be = bool(models(reference.clauses, reference.letters))
            word = "there are such values" if can_be else "no values make all clauses true"
            return Verdict.failed(word) if can_be else Verdict.passed(word)
        values = _read_values(line)
        for clause in reference.clauses:
            if not any(values.get(_LETTERS[abs(literal) - 1]) is (literal > 0) for literal in clause):
                return Verdict.failed(f"{_written(clause)} is not made true")
        return Verdict.passed(f"all {len(reference.clauses)} clauses are true")


@dataclass(frozen=True, kw_only=True, slots=True)
class PropositionalModelConfig(FamilyConfig):
    """How many letters and clauses there are."""

    letters: int = ramp(4, 10, low=3, high=12)
    """Letters."""
    clauses: int = ramp(6, 46, low=2, high=80)
    """Clauses."""
    width: int = ramp(2, 3, low=2, high=4)
    """Literals of a clause."""

    def check(self) -> None:
        """There are enough different clauses."""
        most = math.comb(self.letters, self.width) * (2**self.width - 1) * 3 // 4
        if self.clauses > most:
            raise ConfigError(f"`clauses` must be at most {most} here, got {self.clauses}\n\nhint: set `letters`")


class PropositionalModel(Question[PropositionalModelConfig, Clauses]):
    """The key has the clauses."""

    id: ClassVar[str] = "palestra/PropositionalModel-v1"
    Config: ClassVar[type[PropositionalModelConfig]] = PropositionalModelConfig
    floor = 0.1  # of the easiest formulas, which many assignments satisfy
    templates = (
        "Find truth values for {letters} that make every line true (~ is not, | is or).\n{clauses}",
        "Each of {letters} is true or false. Choose so that all of these hold (`|` is or, `~` is not):\n{clauses}",
        "Satisfy all of these clauses; `~x` is true when x is false, and `|` asks for at least one true side. The "
        "letters are {letters}.\n{clauses}",
    )
    answer_format = (
        "End your reply with a line such as `a = true, b = false` that gives every letter a value, or with `UNSAT` if "
        "no values do."
    )
    verifier = ModelVerifier()

    def draw(self, rng: KeyedRandom) -> Clauses:
        """Clauses that some assignment makes true."""
        config = self.config
        hidden = rng.below(1 << config.letters)
        clauses: dict[tuple[int, ...], None] = {}
        while len(clauses) < config.clauses:
            clause = _clause(config, rng)
            num_true = sum((hidden >> abs(literal) - 1 & 1) == (literal > 0) for literal in clause)
            if num_true and rng.below(1000) < _SHARES[config.width][num_true - 1]:
                clauses[clause] = None
        return tuple(clauses)

    def canonical(self, key: Clauses) -> str:
        """The clauses with the numbers of times that a letter occurs plainly and denied for the letter."""
        times = Counter(literal for clause in key for literal in clause)
        return " ".join(sorted(",".join(sorted(f"{times[n]}.{times[-n]}" for n in clause)) for clause in key))

    def build(self, key: Clauses, rng: KeyedRandom) -> Content:
        """Show the clauses."""
        letters = _LETTERS[: self.config.letters]
        return Content(
            slots={"letters": f"{', '.join(letters[:-1])} and {letters[-1]}", "clauses": "\n".join(map(_written, key))},
            reference=encode(ClauseSet(letters=len(letters), clauses=key)),
            effort=len(letters) * len(key),
            meta={"letters": len(letters), "clauses": len(key)},
            symbols=tuple(letters),
        )

    def unsolvable(self, key: Clauses, rng: KeyedRandom) -> Content | None:
        """As many clauses, most of them the key's, that no assignment makes true."""
        n = self.config.letters
        clauses = list(key)
        left = models(key, n)
        for _ in range(16 * self.config.clauses):
            clause = _clause(self.config, rng)
            rest = left & models((clause,), n)
            if rest != left:
                clauses.append(clause)
                left = rest
        if left:
            return None
        for clause in rng.sample(clauses, len(clauses)):
            others = tuple(other for other in clauses if other != clause)
            if len(clauses) > len(key) and not models(others, n):
                clauses.remove(clause)
        return self.build(tuple(rng.sample(clauses, len(clauses))), rng) if len(clauses) == len(key) else None

    def oracle(self, task: Task) -> str:
        """The first assignment that fits, or UNSAT."""
        puzzle = decode(ClauseSet, task.reference)
        found = models(puzzle.clauses, puzzle.letters)
        return _values((found & -found).bit_length() - 1, puzzle.letters) if found else _UNSAT.upper()

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """Values by the toss of a coin."""
        num_letters = decode(ClauseSet, task.reference).letters
        return _values(rng.below(1 << num_letters), num_letters)


def models(clauses: Clauses, num_letters: int) -> int:
    """The assignments that make all clauses true."""
    found = every(num_letters)
    for clause in clauses:
        truth = 0
        for literal in clause:
            variable = where(abs(literal) - 1, num_letters)
            truth |= variable if literal > 0 else ~variable
        found &= truth
    return found


def _clause(config: PropositionalModelConfig, rng: KeyedRandom) -> tuple[int, ...]:
    letters = sorted(rng.sample(range(1, config.letters + 1), config.width))
    return tuple(letter if rng.below(2) else -letter for letter in letters)


def _written(clause: tuple[int, ...]) -> str:
    return " | ".join(f"{'~' * (literal < 0)}{_LETTERS[abs(literal) - 1]}" for literal in clause)


def _values(assignment: int, num_letters: int) -> str:
    letters = enumerate(_LETTERS[:num_letters])
    return ", ".join(f"{letter} = {'true' if assignment >> i & 1 else 'false'}" for i, letter in letters)


def _read_values(line: str) -> dict[str, bool]:
    values: dict[str, bool] = {}
    for piece in _SEPARATOR.split(line.replace('"', "").strip("{}[]() ")):
        found = _VALUE.fullmatch(piece)
        if found is None:
            raise NoAnswerError(f"`{quote(piece)}` gives no letter a value")
        value = found[2].casefold() in ("true", "t", "1")
        if values.setdefault(found[1].casefold(), value) is not value:
            raise NoAnswerError(f"`{found[1]}` has two values")
    return values
