"""Grouping strings that have the same letters."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.answers import final_line, read_words
from palestra.envs.config import FamilyConfig, ramp
from palestra.envs.families.words import words
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom
from palestra.verifiers.verdict import Verdict
from palestra.verifiers.verifier import Verifier

Groups = tuple[tuple[str, ...], ...]

_BETWEEN_GROUPS = re.compile(r"[\])}] ?, ?[\[({]|[;|]")
_BRACKETS = "[](){} ,"
_CHANGED_LETTER = "etaoinsrhl"


class GroupsAnswer(Verifier[Groups]):
    """PASS when the final line has exactly the reference's groups; order counts nowhere.

    Reference: a JSON list of lists of words.
    """

    name: ClassVar[str] = "groups-answer"

    def parse_reference(self, reference: str) -> Groups:
        """Read the groups."""
        groups = json.loads(reference)
        if not isinstance(groups, list) or not all(isinstance(group, list) and group for group in groups):
            raise ValueError("the reference must be a JSON list of lists of words")
        return tuple(sorted(tuple(sorted(group)) for group in groups))

    def judge(self, response: str, reference: Groups) -> Verdict:
        """Compare the sorted groups."""
        pieces = _BETWEEN_GROUPS.split(" ".join(final_line(response).split()))
        read = (read_words(piece.strip(_BRACKETS)) for piece in pieces)
        groups = tuple(sorted(tuple(sorted(word.casefold() for word in group)) for group in read))
        if groups == reference:
            return Verdict.passed(f"all {len(groups)} groups are right")
        if len(groups) != len(reference):
            return Verdict.failed(f"{len(groups)} groups, right are {len(reference)}")
        right = sum(group in reference for group in groups)
        return Verdict.failed(f"{right} of {len(reference)} groups are right")


@dataclass(frozen=True, kw_only=True, slots=True)
class GroupAnagramsConfig(FamilyConfig):
    """Which strings are grouped."""

    num_groups: int = ramp(2, 9, low=2, high=40)
    """How many groups there are."""
    length: int = ramp(3, 8, low=3, high=8)
    """Letters of a string."""
    num_alike: int = ramp(0, 6, low=0, high=30)
    """How many groups differ from another one by a single letter."""


class GroupAnagrams(Question[GroupAnagramsConfig, tuple[str, ...]]):
    """Strings that are shuffled words; the key has them in the order of the prompt."""

    id: ClassVar[str] = "palestra/GroupAnagrams-v1"
    Config: ClassVar[type[GroupAnagramsConfig]] = GroupAnagramsConfig
    templates = (
        "Group the strings that have exactly the same letters: {strings}",
        "Strings: {strings}\nPut those that are rearrangements of each other into one group.",
        "Which of these strings consist of the same letters, each equally often? Form groups of them: {strings}",
        "Sort {strings} into groups, so that two strings are together exactly if one is the other in another order.",
    )
    answer_format = (
        "A string without a partner is a group of its own. The last line of your reply must be all the groups, "
        "separated by semicolons, like `ab, ba; cd`."
    )
    verifier = GroupsAnswer()

    def draw(self, rng: KeyedRandom) -> tuple[str, ...]:
        """Words, some of them with one letter changed, and one to three orders of each."""
        config = self.config
        bases: list[str] = []
        for turn in range(config.num_groups):
            base = rng.choice(words(config.length))
            if bases and turn >= config.num_groups - config.num_alike:
                place = rng.below(config.length)
                base = rng.choice(bases)
                base = base[:place] + rng.choice(_CHANGED_LETTER) + base[place + 1 :]
            bases.append(base)
        orders = ("".join(rng.sample(base, config.length)) for base in bases for _ in range(rng.between(1, 3)))
        different = tuple(dict.fromkeys(orders))
        return tuple(rng.sample(different, len(different)))

    def canonical(self, key: tuple[str, ...]) -> str:
        """The strings in alphabetical order."""
        return " ".join(sorted(key))

    def build(self, key: tuple[str, ...], rng: KeyedRandom) -> Content | None:
        """Ask for the groups; None where all strings, or no two, belong together."""
        groups: dict[str, list[str]] = {}
        for text in key:
            groups.setdefault("".join(sorted(text)), []).append(text)
        if len(groups) in (1, len(key)):
            return None
        return Content(
            slots={"strings": ", ".join(key)},
            reference=json.dumps(list(groups.values())),
            effort=len(key) * self.config.length,
            meta={"num_strings": len(key)},
        )

    def oracle(self, task: Task) -> str:
        """The groups."""
        return "; ".join(", ".join(group) for group in json.loads(task.reference))

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """The strings in random groups of one to three."""
        texts = [text for group in json.loads(task.reference) for text in group]
        rng.shuffle(texts)
        marks = "".join(rng.choice(",;") for _ in texts)
        return "".join(f"{text}{mark} " for text, mark in zip(texts, marks, strict=True)).rstrip(",; ")
