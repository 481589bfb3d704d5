"""Sums in letters; every assignment of digits that makes the sum true is right."""

from __future__ import annotations

import re
import string
from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.answers import RecordVerifier, final_line
from palestra.envs.config import FamilyConfig, ramp, stages
from palestra.envs.families.letter_values import read_letter_values
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.record import decode, encode
from palestra.envs.task import Task
from palestra.verifiers.errors import NoAnswerError
from palestra.verifiers.keyed_random import KeyedRandom
from palestra.verifiers.verdict import Verdict

_DIGIT = re.compile("[0-9]")


@dataclass(frozen=True, slots=True)
class LetterSum:
    """Words of which the last is the sum of the others, and one assignment that makes it true."""

    addends: tuple[str, ...]
    total: str
    digits: dict[str, int]

    def letters(self) -> tuple[str, ...]:
        """The letters in the order of the alphabet."""
        return tuple(sorted(set("".join(self.addends) + self.total)))


class AssignmentVerifier(RecordVerifier[LetterSum]):
    """PASS when each letter has its own digit, no number starts with 0, and the sum is true.

    Reference: `LetterSum` as JSON.
    """

    name: ClassVar[str] = "cryptarithm"
    record_type = LetterSum

    def judge(self, response: str, reference: LetterSum) -> Verdict:
        """Put the digits in and add."""
        digits, letters = _read_digits(final_line(response)), reference.letters()
        if sorted(digits) != list(letters):
            return Verdict.failed(f"digits for {len(digits)} letters, needed are {', '.join(letters)}")
        if len(set(digits.values())) < len(digits):
            return Verdict.failed("two letters have the same digit")
        numbers = ["".join(digits[letter] for letter in word) for word in (*reference.addends, reference.total)]
        if any(len(number) > 1 and number[0] == "0" for number in numbers):
            return Verdict.failed("a number starts with 0")
        *addends, total = map(int, numbers)
        if sum(addends) != total:
            return Verdict.failed(f"{' + '.join(map(str, addends))} is {sum(addends)}, not {total}")
        return Verdict.passed(f"{' + '.join(map(str, addends))} = {total}")


@dataclass(frozen=True, kw_only=True, slots=True)
class CryptarithmConfig(FamilyConfig):
    """Which sums are written in letters."""

    num_addends: int = stages(2, 2, 2, 3, choices=(2, 3, 4, 5, 6))
    """How many numbers are added."""
    num_digits: int = ramp(2, 7, low=1, high=12)
    """Most digits of an addend."""
    min_letters: int = stages(3, 4, 6, 8, 9, 10, choices=tuple(range(3, 11)))
    """Fewest different letters."""


@dataclass(frozen=True, slots=True)
class CryptarithmKey:
    """The addends, and a letter for each digit."""

    addends: tuple[int, ...]
    letters: str


class Cryptarithm(Question[CryptarithmConfig, CryptarithmKey]):
    """Sums of random numbers behind random letters; there may be other solutions, and they count."""

    id: ClassVar[str] = "palestra/Cryptarithm-v1"
    Config: ClassVar[type[CryptarithmConfig]] = CryptarithmConfig
    templates = (
        "Each letter stands for a digit of its own, and no number of several digits starts with 0. "
        "Find digits that make this true: {sum}",
        "{sum}\nReplace letters by digits (different letters, different digits; no leading zeros) so that the sum is "
        "right.",
        "Solve the puzzle {sum}. Equal letters are equal digits, different letters are different ones, and numbers of "
        "several digits do not start with 0.",
        "Which digits can the letters stand for in {sum}? No two letters share a digit, and no number of more than "
        "one digit begins with 0.",
    )
    answer_format = (
        "Any solution is right. The last line of your reply must be all letters with digits, like `A=3, B=7`."
    )
    verifier = AssignmentVerifier()

    def draw(self, rng: KeyedRandom) -> CryptarithmKey:
        """Numbers of nearly equal length, and letters."""
        config = self.config
        lengths = [rng.between(max(1, config.num_digits - 1), config.num_digits) for _ in range(config.num_addends)]
        addends = tuple(rng.between(10 ** (length - 1), 10**length - 1) for length in lengths)
        return CryptarithmKey(addends, "".join(rng.sample(string.ascii_uppercase, 10)))

    def canonical(self, key: CryptarithmKey) -> str:
        """The sum with letters named in the order in which they first occur, the largest addend first."""
        text = " ".join(map(str, (sum(key.addends), *sorted(key.addends, reverse=True))))
        seen = dict.fromkeys(text.replace(" ", ""))
        return text.translate({ord(digit): chr(ord("a") + i) for i, digit in enumerate(seen)})

    def build(self, key: CryptarithmKey, rng: KeyedRandom) -> Content | None:
        """Ask for digits; None where the letters are too few."""
        digits = sorted(set("".join(map(str, (*key.addends, sum(key.addends))))))
        if len(digits) < min(self.config.min_letters, 10):
            return None
        *addends, total = (
            "".join(key.letters[int(digit)] for digit in str(number)) for number in (*key.addends, sum(key.addends))
        )
        solution = {key.letters[int(digit)]: int(digit) for digit in digits}
        return Content(
            slots={"sum": f"{' + '.join(addends)} = {total}"},
            reference=encode(LetterSum(tuple(addends), total, solution)),
            effort=len(digits) * len(total),
            meta={"num_letters": len(digits)},
        )

    def oracle(self, task: Task) -> str:
        """The digits that the sum was made from."""
        solution = decode(LetterSum, task.reference).digits
        return ", ".join(f"{letter}={digit}" for letter, digit in solution.items())

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """Different random digits."""
        letters = decode(LetterSum, task.reference).letters()
        digits = rng.sample(range(10), len(letters))
        return ", ".join(f"{letter}={digit}" for letter, digit in zip(letters, digits, strict=True))


def _read_digits(line: str) -> dict[str, str]:
    entries = read_letter_values(line, _DIGIT, "A=3, B=7")
    digits = {letter.upper(): digit for letter, digit in entries}
    if len(digits) < len(entries):
        raise NoAnswerError("a letter has two digits")
    return digits
