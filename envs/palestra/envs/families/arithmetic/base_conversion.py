"""Whole numbers to be written in another base."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.config import FamilyConfig, geometric, stages
from palestra.envs.errors import ConfigError
from palestra.envs.families.arithmetic.positional import Numeral, PositionalAnswer, digits_of, numeral_reference
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.record import decode
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom


@dataclass(frozen=True, kw_only=True, slots=True)
class BaseConversionConfig(FamilyConfig):
    """Which conversions are asked."""

    high: int = geometric(60, 10**9, low=16, high=10**18)
    """Largest number; the smallest is a quarter of it."""
    bases: str = stages("2 10", "2 10", "2 8 10 16", "2 8 10 16", "2 3 5 8 10 16", *["2-36"] * 5, choices=())
    """Bases from and to which is converted, separated by spaces; or `2-36` for all."""

    def check(self) -> None:
        """There are two bases or more, and each is one."""
        self.bases_allowed()

    def bases_allowed(self) -> tuple[int, ...]:
        """The bases as numbers.

        Raises:
            ConfigError: They are not two different numbers of 2..36 or more.
        """
        if self.bases == "2-36":
            return tuple(range(2, 37))
        words = self.bases.split()
        known = {str(base): base for base in range(2, 37)}
        if len(set(words)) < 2 or not set(words) <= known.keys():
            raise ConfigError(
                f"`bases` must be two different numbers of 2..36 or more, got `{self.bases:.80}`\n\nhint: `2 10 16`"
            )
        return tuple(known[word] for word in words)


@dataclass(frozen=True, kw_only=True, slots=True)
class BaseConversionKey:
    """A number, the base in which it is shown and the base that is asked for."""

    value: int
    source: int
    target: int


class BaseConversion(Question[BaseConversionConfig, BaseConversionKey]):
    """Questions such as `Write 1011 (base 2) in base 10`."""

    id: ClassVar[str] = "palestra/BaseConversion-v1"
    Config: ClassVar[type[BaseConversionConfig]] = BaseConversionConfig
    templates = (
        "Convert {digits} from base {source} to base {target}.",
        "The number {digits} is written in base {source}. Write it in base {target}.",
        "What is {digits} (base {source}) in base {target}?",
        "In base {source} a number reads {digits}. How does it read in base {target}?",
    )
    answer_format = "Letters stand for digits above nine. End your reply with the digits alone on the last line."
    verifier = PositionalAnswer()
    floor = 0.05

    def draw(self, rng: KeyedRandom) -> BaseConversionKey:
        """Draw two bases and a number."""
        source, target = rng.sample(self.config.bases_allowed(), 2)
        return BaseConversionKey(value=self._value(rng), source=source, target=target)

    def build(self, key: BaseConversionKey, rng: KeyedRandom) -> Content:
        """Ask for the digits."""
        shown = digits_of(key.value, key.source)
        return Content(
            slots={"digits": shown, "source": str(key.source), "target": str(key.target)},
            reference=numeral_reference(key.value, key.target),
            effort=key.value.bit_length(),
        )

    def oracle(self, task: Task) -> str:
        """The digits."""
        return decode(Numeral, task.reference).digits

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """A number of the right size in the right base."""
        base = decode(Numeral, task.reference).base
        return digits_of(self._value(rng), base)

    def _value(self, rng: KeyedRandom) -> int:
        return rng.between(self.config.high // 4, self.config.high)
