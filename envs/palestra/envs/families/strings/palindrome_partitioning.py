"""Cutting a string into the fewest palindromes; every such cutting is right."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.answers import RecordVerifier, final_line
from palestra.envs.config import FamilyConfig, ramp, stages
from palestra.envs.families.shortcuts import is_left_out
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.record import decode, encode
from palestra.envs.task import Task
from palestra.verifiers.answer import quote
from palestra.verifiers.keyed_random import KeyedRandom
from palestra.verifiers.verdict import Verdict

_SEPARATOR = re.compile(r"[|,;\s]+")


@dataclass(frozen=True, slots=True)
class Parts:
    """The fewest palindromes that make up a string, in order."""

    parts: tuple[str, ...]


class PartsVerifier(RecordVerifier[Parts]):
    """PASS when the parts of the final line are palindromes, make up the string, and are the fewest.

    Reference: `Parts` as JSON.
    """

    name: ClassVar[str] = "palindrome-parts"
    record_type = Parts

    def judge(self, response: str, reference: Parts) -> Verdict:
        """Join, look at each part, count."""
        parts = _SEPARATOR.split(final_line(response).casefold().strip("[]()'\" ").replace("'", "").replace('"', ""))
        if "".join(parts) != "".join(reference.parts):
            return Verdict.failed(f"the parts `{quote(' '.join(parts))}` do not make up the string")
        odd = next((part for part in parts if part != part[::-1]), None)
        if odd is not None:
            return Verdict.failed(f"`{quote(odd)}` is no palindrome")
        if len(parts) != len(reference.parts):
            return Verdict.failed(f"{len(parts)} parts, the fewest are {len(reference.parts)}")
        return Verdict.passed(f"{len(parts)} palindromes, and fewer are impossible")


@dataclass(frozen=True, kw_only=True, slots=True)
class PalindromePartitioningConfig(FamilyConfig):
    """Which strings are cut."""

    length: int = ramp(5, 40, low=3, high=100)
    """Number of letters."""
    num_letters: int = stages(3, 3, 3, 2, choices=(2, 3, 4, 5))
    """How many different letters there are: the fewer, the more palindromes."""


class PalindromePartitioning(Question[PalindromePartitioningConfig, str]):
    """Strings of few letters that are no palindromes."""

    id: ClassVar[str] = "palestra/PalindromePartitioning-v1"
    Config: ClassVar[type[PalindromePartitioningConfig]] = PalindromePartitioningConfig
    templates = (
        "Cut `{text}` into as few palindromes as possible.",
        "String: {text}\nDivide it into parts that are palindromes; use the fewest parts.",
        "What is the smallest number of palindromes that `{text}` can be cut into? Show the parts.",
        "Make as few cuts in `{text}` as possible so that each piece reads the same in both directions.",
    )
    answer_format = "The last line of your reply must be the parts in order, separated by ` | `."
    verifier = PartsVerifier()

    def draw(self, rng: KeyedRandom) -> str:
        """Random letters from the alphabet's start, or from elsewhere in it."""
        letters = rng.sample("abcdefghijklmnopqrstuvwxyz", self.config.num_letters)
        return "".join(rng.choice(letters) for _ in range(self.config.length))

    def canonical(self, key: str) -> str:
        """The string with letters named in the order in which they first occur, or its mirror image's if smaller."""
        return min(" ".join(str(text.index(letter)) for letter in text) for text in (key, key[::-1]))

    def build(self, key: str, rng: KeyedRandom) -> Content | None:
        """Ask for the parts; None where one is enough, or each letter is one, and mostly where haste finds them."""
        parts = fewest_parts(key)
        if len(parts) in (1, len(key)):
            return None
        hasty = min(num_greedy_parts(key), num_greedy_parts(key[::-1]), num_longest_parts(key))
        if hasty == len(parts) and is_left_out(rng):
            return None
        return Content(slots={"text": key}, reference=encode(Parts(parts)), effort=len(key))

    def oracle(self, task: Task) -> str:
        """One cutting."""
        return " | ".join(decode(Parts, task.reference).parts)

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """Random cuts."""
        text = "".join(decode(Parts, task.reference).parts)
        return "".join(letter + (" | " if rng.below(2) else "") for letter in text[:-1]) + text[-1]


def num_greedy_parts(text: str) -> int:
    """How many palindromes there are if each is as long as possible, from the left."""
    count = start = 0
    while start < len(text):
        ends = range(len(text), start, -1)
        start = next(end for end in ends if text[start:end] == text[start:end][::-1])
        count += 1
    return count


def num_longest_parts(text: str) -> int:
    """How many palindromes there are if a longest one is cut out again and again."""
    for size in range(len(text), 0, -1):
        for start in range(len(text) - size + 1):
            part = text[start : start + size]
            if part == part[::-1]:
                return num_longest_parts(text[:start]) + 1 + num_longest_parts(text[start + size :])
    return 0


def fewest_parts(text: str) -> tuple[str, ...]:
    """A cutting into the fewest palindromes.

    >>> fewest_parts("abacc")
    ('aba', 'cc')
    """
    best: list[tuple[str, ...] | None] = [(), *[None] * len(text)]  # best[i]: of the first i letters
    for middle in range(2 * len(text)):
        start, end = middle // 2, middle // 2 + 1 + middle % 2
        while start >= 0 and end <= len(text) and text[start] == text[end - 1]:
            before, now = best[start], best[end]
            if before is not None and (now is None or len(before) + 1 < len(now)):
                best[end] = (*before, text[start:end])
            start, end = start - 1, end + 1
    return best[-1] or ()
