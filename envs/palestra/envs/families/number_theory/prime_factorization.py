"""Factorization into primes; the number is made from its primes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import prod
from typing import ClassVar

from palestra.envs.answers import RecordVerifier, check_lead, final_line
from palestra.envs.config import FamilyConfig, geometric, stages
from palestra.envs.errors import ConfigError
from palestra.envs.families.number_theory.primes import primes_up_to
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.record import decode, encode
from palestra.envs.task import Task
from palestra.verifiers.answer import quote
from palestra.verifiers.errors import NoAnswerError
from palestra.verifiers.keyed_random import KeyedRandom
from palestra.verifiers.verdict import Verdict

_SIGN = re.compile(r"\s*(?:\\times|\\cdot|[*x,;\u00d7\u00b7\u22c5])\s*|\s+")
_FACTOR = re.compile(r"([0-9]{1,30})(?:(?:\^|\*\*)\{?([0-9]{1,3})\}?)?")
_MAX_FACTORS = 300


@dataclass(frozen=True, kw_only=True, slots=True)
class Factors:
    """The primes of a number, each as often as it divides it, in order of size."""

    primes: tuple[int, ...]


class FactorsAnswer(RecordVerifier[Factors]):
    """PASS when the final line is the reference's primes in any order, as a product or a list, with powers or not.

    Reference: `Factors`.
    """

    name: ClassVar[str] = "factors-answer"
    record_type = Factors

    def judge(self, response: str, reference: Factors) -> Verdict:
        """Compare prime by prime."""
        lead, equals, value = final_line(response).rpartition("=")
        check_lead(lead + equals)
        answer = sorted(_read_factors(value.strip(" \t$`*[](){}")))
        if tuple(answer) == reference.primes:
            return Verdict.passed(f"all {len(answer)} prime factors are right")
        wanted = " * ".join(map(str, reference.primes))
        return Verdict.failed(f"answered `{quote(' * '.join(map(str, answer)))}`, right is {wanted}")


def _read_factors(line: str) -> list[int]:
    factors: list[int] = []
    for piece in _SIGN.split(line.replace("**", "^")):
        found = _FACTOR.fullmatch(piece)
        if not found or len(factors) + int(found[2] or 1) > _MAX_FACTORS:
            raise NoAnswerError(f"`{quote(line)}` is no product of primes")
        factors += [int(found[1])] * int(found[2] or 1)
    return factors


@dataclass(frozen=True, kw_only=True, slots=True)
class PrimeFactorizationConfig(FamilyConfig):
    """Which numbers are asked."""

    num_small: int = stages(1, 1, 2, 2, 2, 3, 3, 3, 4, 4, choices=tuple(range(21)))
    """How many primes of 2..13 are drawn, 0..20."""
    num_large: int = stages(1, 1, 1, 1, 1, 1, 1, 2, 2, 2, choices=tuple(range(9)))
    """How many larger primes are drawn, 0..8."""
    high: int = geometric(100, 1000, low=17, high=100_000)
    """The larger primes do not exceed this."""

    def check(self) -> None:
        """There are two factors or more."""
        if self.num_small + self.num_large < 2:
            raise ConfigError("`num_small` and `num_large` must be 2 or more together\n\nhint: raise `num_small`")


class PrimeFactorization(Question[PrimeFactorizationConfig, tuple[int, ...]]):
    """Questions such as `Factor 84`; the key has the primes in order."""

    id: ClassVar[str] = "palestra/PrimeFactorization-v1"
    Config: ClassVar[type[PrimeFactorizationConfig]] = PrimeFactorizationConfig
    templates = (
        "Factor {number} into primes.",
        "What is the prime factorization of {number}?",
        "Write {number} as a product of prime numbers.",
        "Which primes multiply to {number}?",
    )
    answer_format = (
        "End your reply with the primes alone on the last line, joined by *, each as often as it divides the number."
    )
    verifier = FactorsAnswer()

    def draw(self, rng: KeyedRandom) -> tuple[int, ...]:
        """Draw small and large primes."""
        small, large = primes_up_to(13), primes_up_to(self.config.high)[6:]
        drawn = [rng.choice(small) for _ in range(self.config.num_small)]
        drawn += [rng.choice(large) for _ in range(self.config.num_large)]
        return tuple(sorted(drawn))

    def build(self, key: tuple[int, ...], rng: KeyedRandom) -> Content:
        """Ask for the primes."""
        return Content(
            slots={"number": str(prod(key))},
            reference=encode(Factors(primes=key)),
            effort=prod(key).bit_length(),
        )

    def oracle(self, task: Task) -> str:
        """The primes as a product."""
        return " * ".join(map(str, decode(Factors, task.reference).primes))

    def hacks(self, task: Task) -> tuple[str, ...]:
        """Products that are right without being of primes."""
        primes = decode(Factors, task.reference).primes
        rest = " * ".join(map(str, primes[2:]))
        joined = f"{primes[0] * primes[1]}{' * ' if rest else ''}{rest}"
        return (str(prod(primes)), joined, f"1 * {self.oracle(task)}", f"{prod(primes)} = {prod(primes)}")

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """Some primes."""
        return " * ".join(map(str, self.draw(rng)))
