"""Markov chains: the exact probability of a state after some steps."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import gcd
from typing import ClassVar

from palestra.envs.config import FamilyConfig, ramp
from palestra.envs.families.probability.exact import ProbabilityQuestion
from palestra.envs.family import Content
from palestra.verifiers.keyed_random import KeyedRandom

_PLACES = ("oak", "pond", "rock", "barn", "gate", "well", "mill", "hill", "shed", "cave")


@dataclass(frozen=True, kw_only=True, slots=True)
class MarkovStepsConfig(FamilyConfig):
    """Which chains are asked."""

    num_states: int = ramp(2, 5, low=2, high=8)
    """How many places there are, 2..8."""
    num_steps: int = ramp(1, 5, low=1, high=12)
    """How many steps are made, 1..12."""
    max_parts: int = ramp(12, 6, low=2, high=12)
    """Largest denominator of a step's probability; smaller at the hard end, so that results stay writable."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Chain:
    """Shares of the steps from each state (row) to each state; the chain starts in state 0."""

    shares: tuple[tuple[int, ...], ...]
    num_steps: int
    wanted: int


class MarkovSteps(ProbabilityQuestion[MarkovStepsConfig, Chain]):
    """An animal that moves by chance between places."""

    id: ClassVar[str] = "palestra/MarkovSteps-v1"
    Config: ClassVar[type[MarkovStepsConfig]] = MarkovStepsConfig
    templates = (
        "A fox moves each hour:\n{moves}\nIt starts at the {start}. {asked}",
        "Each minute a robot goes on by chance:\n{moves}\nIts start is the {start}. {asked}",
        "The {start} is where a cat begins. Its random moves, one at a time:\n{moves}\n{asked}",
        "A bird hops by these chances:\n{moves}\nAt first it sits at the {start}. {asked}",
    )

    def draw(self, rng: KeyedRandom) -> Chain:
        """Draw the shares of each state."""
        n = self.config.num_states
        shares = tuple(_row(n, self.config.max_parts, rng) for _ in range(n))
        return Chain(shares=shares, num_steps=self.config.num_steps, wanted=rng.below(n))

    def canonical(self, key: Chain) -> str:
        """The shares without names of states: rows in order, each in order."""
        first, *others = (sorted(row) for row in key.shares)
        return f"{first} {sorted(others)} {key.num_steps} {key.wanted == 0}"

    def build(self, key: Chain, rng: KeyedRandom) -> Content | None:
        """Name the states and ask for one, unless it is certain or out of reach."""
        chance = probability(key)
        if chance.denominator == 1:
            return None
        names = rng.sample(_PLACES, len(key.shares))
        lines = [f"from {name}: {_moves(row, names)}" for name, row in zip(names, key.shares, strict=True)]
        noun = "move" if key.num_steps == 1 else "moves"
        asked = f"What is the probability that it is at the {names[key.wanted]} after {key.num_steps} {noun}?"
        return Content(
            slots={"moves": "\n".join(lines), "start": names[0], "asked": asked},
            reference=str(chance),
            effort=key.num_steps * len(names) ** 2,
            symbols=tuple(names),
        )


def probability(chain: Chain) -> Fraction:
    """The exact probability of the wanted state after the steps."""
    n = len(chain.shares)
    at = [Fraction(int(i == 0)) for i in range(n)]
    rows = [[Fraction(share, sum(row)) for share in row] for row in chain.shares]
    for _ in range(chain.num_steps):
        at = [sum((at[i] * rows[i][j] for i in range(n) if rows[i][j]), Fraction(0)) for j in range(n)]
    return at[chain.wanted]


def _row(n: int, max_parts: int, rng: KeyedRandom) -> tuple[int, ...]:
    """Shares that add up to a small number; some may be 0."""
    row = [0] * n
    for _ in range(rng.between(max(2, max_parts // 2), max_parts)):
        row[rng.below(n)] += 1
    return tuple(share // gcd(*row) for share in row)


def _moves(row: tuple[int, ...], names: list[str]) -> str:
    parts = [f"{Fraction(share, sum(row))} to {name}" for share, name in zip(row, names, strict=True) if share]
    return ", ".join(parts)
