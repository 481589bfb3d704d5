"""Ages from what is said about them. The statements have one solution, by the way in which they are chosen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.answers import RationalsAnswer
from palestra.envs.config import FamilyConfig, ramp
from palestra.envs.families.kinds import kinds
from palestra.envs.families.word_problems.people import NAMES
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom

_MAX_FACTOR = 6
_SHIFTS = range(1, 21)


@dataclass(frozen=True, kw_only=True, slots=True)
class AgeProblemsConfig(FamilyConfig):
    """Which ages are asked."""

    num_people: int = ramp(2, 8, low=2, high=12)
    """How many people there are, 2..12."""
    high: int = ramp(20, 90, low=10, high=120)
    """Greatest age."""
    beginnings: str = kinds("known", "known", "known pair", "pair")
    """What is said first: `known` tells an age, `pair` only says two things about two people."""
    says: str = kinds("older sum", "older sum times", "older sum times future past", "sum times future past")
    """Kinds of statements: older sum times future past."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Statement:
    """A true statement: age[one] = factor * age[other] + number, `factor` -1 for sums."""

    kind: str
    one: int
    other: int
    number: int = 0
    factor: int = 1

    @property
    def offset(self) -> int:
        """What is added to factor * age[other]."""
        if self.kind in ("future", "past"):
            sign = 1 if self.kind == "future" else -1
            return sign * self.number * (self.factor - 1)
        return self.number


@dataclass(frozen=True, kw_only=True, slots=True)
class People:
    """Ages, and statements that lead from the first person to the last."""

    ages: tuple[int, ...]
    statements: tuple[Statement, ...]


class AgeProblems(Question[AgeProblemsConfig, People]):
    """One person's age, by way of the others'."""

    id: ClassVar[str] = "palestra/AgeProblems-v1"
    Config: ClassVar[type[AgeProblemsConfig]] = AgeProblemsConfig
    templates = (
        "{facts} How old is {who} now?",
        "Ages are whole years. {facts} What is the age of {who} today?",
        "{facts} Find out how old {who} is today.",
        "Some facts about ages: {facts} So how old is {who} now?",
    )
    answer_format = "End with a line that is the number of years alone."
    verifier = RationalsAnswer()

    def draw(self, rng: KeyedRandom) -> People:
        """Draw ages and true statements: each but the first links a new person to an earlier one."""
        config = self.config
        ages = [rng.between(2, config.high) for _ in range(config.num_people)]
        says = config.says.split()
        statements = [_told(ages, rng, config.beginnings.split(), says)]
        for one in range(1, config.num_people):
            statements.append(_statement(one, rng.between(max(0, one - 2), one - 1), ages, rng.choice(says), rng))
        return People(ages=tuple(ages), statements=tuple(statements))

    def build(self, key: People, rng: KeyedRandom) -> Content | None:
        """Name the people; none where two statements about the first pair say the same."""
        first, second = key.statements[:2]
        if first.kind != "known" and first.factor == second.factor:
            return None
        names = rng.sample(NAMES, len(key.ages))
        lines = [_sentence(statement, names) for statement in key.statements]
        if len(lines) > 3:
            rng.shuffle(lines)
        return Content(
            slots={"facts": " ".join(lines), "who": names[-1]},
            reference=str(key.ages[-1]),
            effort=len(key.ages) + 2 * (first.kind != "known"),
            symbols=tuple(names),
        )

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """An age."""
        return str(rng.between(2, self.config.high))


def _told(ages: list[int], rng: KeyedRandom, beginnings: list[str], says: list[str]) -> Statement:
    """The first statement: an age, or one about the second person (to which another will be added)."""
    if rng.choice(beginnings) == "known":
        return Statement(kind="known", one=0, other=0, number=ages[0])
    return _statement(1, 0, ages, rng.choice(says), rng)


def _statement(one: int, other: int, ages: list[int], kind: str, rng: KeyedRandom) -> Statement:
    """A statement of the kind, or of the difference where the ages allow none of the kind."""
    a, b = ages[one], ages[other]
    if kind == "sum":
        return Statement(kind=kind, one=one, other=other, number=a + b, factor=-1)
    if kind == "times" and a % b == 0 and 2 <= a // b <= _MAX_FACTOR:
        return Statement(kind=kind, one=one, other=other, factor=a // b)
    if kind in ("future", "past"):
        sign = 1 if kind == "future" else -1
        pairs = [(k, a + sign * k, b + sign * k) for k in _SHIFTS]
        fitting = [(k, x // y) for k, x, y in pairs if y > 0 and x % y == 0 and 2 <= x // y <= _MAX_FACTOR]
        if fitting:
            number, factor = rng.choice(fitting)
            return Statement(kind=kind, one=one, other=other, number=number, factor=factor)
    return Statement(kind="older", one=one, other=other, number=a - b)


def _sentence(statement: Statement, names: list[str]) -> str:
    one, other, k = names[statement.one], names[statement.other], statement.number
    years = "year" if abs(k) == 1 else "years"
    times = "twice" if statement.factor == 2 else f"{statement.factor} times"
    if statement.kind == "known":
        return f"{one} is {k} years old."
    if statement.kind == "sum":
        return f"The ages of {one} and {other} add up to {k}."
    if statement.kind == "times":
        return f"{one} is {times} as old as {other}."
    if statement.kind == "future":
        return f"In {k} {years}, {one} will be {times} as old as {other} will be then."
    if statement.kind == "past":
        return f"{k} {years} ago, {one} was {times} as old as {other} was then."
    if k == 0:
        return f"{one} and {other} have the same age."
    return f"{one} is {abs(k)} {years} {'older' if k > 0 else 'younger'} than {other}."
