"""Mixtures: strengths of solutions that are poured together, thinned, replaced or aimed at."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from palestra.envs.answers import RationalsAnswer
from palestra.envs.config import FamilyConfig, ramp
from palestra.envs.families.kinds import kinds
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom

_LIQUIDS = ("salt water", "sugar water", "juice drink", "acid", "alcohol", "syrup")


@dataclass(frozen=True, kw_only=True, slots=True)
class MixtureProblemsConfig(FamilyConfig):
    """Which mixtures are asked."""

    size: int = ramp(2, 7, low=2, high=12)
    """Solutions that are mixed; rounds of replacing, up to half as many: 2..12."""
    high: int = ramp(10, 60, low=4, high=500)
    """Most liters of one solution."""
    kinds: str = kinds("mix", "mix thin", "mix thin", "mix thin aim", "mix aim replace", "mix replace")
    """Kinds of problems: mix thin aim replace."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Mixture:
    """Liters and per cent of each solution; for `thin`, `aim` and `replace` see `solve`."""

    kind: str
    parts: tuple[tuple[int, int], ...]
    number: int = 0


class MixtureProblems(Question[MixtureProblemsConfig, Mixture]):
    """What strength comes out, or how much to take."""

    id: ClassVar[str] = "palestra/MixtureProblems-v1"
    Config: ClassVar[type[MixtureProblemsConfig]] = MixtureProblemsConfig
    templates = (
        "{facts} {asked}",
        "Percentages are by volume. {facts} {asked}",
        "{facts} No liquid is lost. {asked}",
        "In a kitchen: {facts} {asked}",
    )
    answer_format = "End with a line that is the number alone: a whole number, or a fraction p/q in lowest terms."
    verifier = RationalsAnswer()

    def draw(self, rng: KeyedRandom) -> Mixture:
        """Draw amounts and strengths."""
        config, kind = self.config, rng.choice(self.config.kinds.split())
        high = config.high
        num_parts = {"mix": config.size, "aim": 2}.get(kind, 1)
        parts = [(rng.between(1, high), rng.between(1, 18) * 5) for _ in range(num_parts)]
        if kind == "mix":
            return Mixture(kind=kind, parts=tuple(sorted(parts)))
        if kind == "replace":
            liters = rng.between(2, high)
            rounds = rng.between(1, max(1, config.size // 2))
            return Mixture(kind=kind, parts=((liters, parts[0][1]), (rng.between(1, liters - 1), 0)), number=rounds)
        percents = sorted(percent for _, percent in parts)
        low, most = (5, percents[0] - 5) if kind == "thin" else (percents[0] + 1, percents[-1] - 1)
        return Mixture(kind=kind, parts=tuple(parts), number=rng.between(low, most) if low <= most else 0)

    def build(self, key: Mixture, rng: KeyedRandom) -> Content | None:
        """Ask for a strength or an amount; none where all strengths are alike or nothing lies between."""
        if len({percent for _, percent in key.parts}) < min(2, len(key.parts)) or (
            key.kind != "mix" and not key.number
        ):
            return None
        facts, asked = _TOLD[key.kind](key, rng.choice(_LIQUIDS))
        effort = {"mix": len(key.parts), "thin": 3, "aim": 5, "replace": 3 + 2 * key.number}[key.kind]
        return Content(slots={"facts": facts, "asked": asked}, reference=str(solve(key)), effort=effort)

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """A percentage or a number of liters."""
        return str(Fraction(rng.between(1, 999), rng.between(1, 20)))


def solve(mixture: Mixture) -> Fraction:
    """The exact answer: per cent for `mix` and `replace`, liters for `thin` and `aim`."""
    (liters, percent), *others = mixture.parts
    if mixture.kind == "mix":
        return Fraction(sum(part * share for part, share in mixture.parts), sum(part for part, _ in mixture.parts))
    if mixture.kind == "thin":
        return Fraction(liters * (percent - mixture.number), mixture.number)
    if mixture.kind == "replace":
        return percent * (1 - Fraction(others[0][0], liters)) ** mixture.number
    return Fraction(liters * (percent - mixture.number), mixture.number - others[0][1])


def _liters(number: int) -> str:
    return "1 liter" if number == 1 else f"{number} liters"


def _mix(mixture: Mixture, liquid: str) -> tuple[str, str]:
    parts = [f"{_liters(liters)} of {percent}%" for liters, percent in mixture.parts]
    return f"One mixes {', '.join(parts)} {liquid}.", "How strong is the mixture, in percent?"


def _thin(mixture: Mixture, liquid: str) -> tuple[str, str]:
    ((liters, percent),) = mixture.parts
    facts = f"There {'is' if liters == 1 else 'are'} {_liters(liters)} of {percent}% {liquid}."
    return facts, f"How many liters of pure water (0%) must be added to get {mixture.number}% {liquid}?"


def _aim(mixture: Mixture, liquid: str) -> tuple[str, str]:
    (liters, percent), (_, other) = mixture.parts
    facts = f"There {'is' if liters == 1 else 'are'} {_liters(liters)} of {percent}% {liquid}."
    return facts, f"How many liters of {other}% {liquid} must be added to get {mixture.number}% {liquid}?"


def _replace(mixture: Mixture, liquid: str) -> tuple[str, str]:
    (liters, percent), (part, _) = mixture.parts
    facts = f"A tank holds {_liters(liters)} of {percent}% {liquid}. One takes out {_liters(part)} of the mixture"
    times = "" if mixture.number == 1 else f" This is done {mixture.number} times in all."
    return (
        f"{facts}, fills up with pure water (0%), and stirs.{times}",
        "How strong is the mixture at the end, in percent?",
    )


_TOLD = {"mix": _mix, "thin": _thin, "aim": _aim, "replace": _replace}
