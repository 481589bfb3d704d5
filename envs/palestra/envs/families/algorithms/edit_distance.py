"""Shortest chains of edits between two strings; every shortest chain is right."""

from __future__ import annotations

import string
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

from palestra.envs.answers import final_line, read_words
from palestra.envs.config import FamilyConfig, ramp
from palestra.envs.families.words import words
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.record import decode, encode
from palestra.envs.task import Task
from palestra.verifiers.answer import quote
from palestra.verifiers.keyed_random import KeyedRandom
from palestra.verifiers.verdict import Verdict
from palestra.verifiers.verifier import Verifier

_MIN_EDITS = 2  # of one edit the chain would be the question itself


@dataclass(frozen=True, slots=True)
class Chain:
    """A shortest chain from the first string to the last."""

    strings: tuple[str, ...]


class ChainVerifier(Verifier[Chain]):
    """PASS when the strings of the final line lead from start to goal by single edits, with none to spare.

    Reference: `Chain` as JSON.
    """

    name: ClassVar[str] = "edit-chain"

    def parse_reference(self, reference: str) -> Chain:
        """Read the chain."""
        chain = decode(Chain, reference)
        if not chain.strings:
            raise ValueError("a chain has one string at least")
        return chain

    def judge(self, response: str, reference: Chain) -> Verdict:
        """Go along the chain."""
        chain = tuple(word.casefold() for word in read_words(final_line(response).replace("\u2192", "->")))
        start, goal = reference.strings[0], reference.strings[-1]
        if chain[:1] != (start,) or chain[-1:] != (goal,):
            return Verdict.failed(f"the chain does not lead from `{start}` to `{goal}`")
        if len(chain) != len(reference.strings):
            return Verdict.failed(f"{len(chain) - 1} edits, the fewest are {len(reference.strings) - 1}")
        for before, after in pairwise(chain):
            if not is_one_edit(before, after):
                return Verdict.failed(f"`{quote(before)}` and `{quote(after)}` are not one edit apart")
        return Verdict.passed(f"{len(chain) - 1} edits lead to `{goal}`")


@dataclass(frozen=True, kw_only=True, slots=True)
class EditDistanceConfig(FamilyConfig):
    """Which strings are given."""

    num_letters: int = ramp(3, 14, low=3, high=40)
    """Fewest letters of the first string, which is made of whole words."""
    num_edits: int = ramp(2, 9, low=2, high=30)
    """How many random edits lead to the second string; fewer may do."""


@dataclass(frozen=True, slots=True)
class EditDistanceKey:
    """Two strings."""

    start: str
    goal: str


class EditDistance(Question[EditDistanceConfig, EditDistanceKey]):
    """Pairs of strings that are two edits or more apart."""

    id: ClassVar[str] = "palestra/EditDistance-v1"
    Config: ClassVar[type[EditDistanceConfig]] = EditDistanceConfig
    templates = (
        "Turn `{start}` into `{goal}` with as few edits as possible. An edit inserts, deletes or replaces one letter.",
        "One step may insert a letter, delete a letter or replace a letter. "
        "Find a shortest way from `{start}` to `{goal}`.",
        "What is a shortest chain of strings from `{start}` to `{goal}` "
        "if each is made from the one before by inserting, deleting or replacing a single letter?",
        "Change `{start}` letter by letter (insert one, delete one or replace one at a time) until it reads `{goal}`; "
        "use the fewest changes.",
    )
    answer_format = (
        "The last line of your reply must be all the strings from the first to the last, separated by ` -> `."
    )
    verifier = ChainVerifier()

    def draw(self, rng: KeyedRandom) -> EditDistanceKey:
        """A word or several, and the same after random edits."""
        start = ""
        while len(start) < self.config.num_letters:
            start += rng.choice(words(3 + rng.below(3)))
        goal = start
        for _ in range(self.config.num_edits):
            place, letter, kind = rng.below(len(goal)), rng.choice(string.ascii_lowercase), rng.below(4)
            rest = goal[place:] if kind == 0 else goal[place + 1 :]
            goal = goal[:place] + ("" if kind == 1 and len(goal) > 1 else letter) + rest
        return EditDistanceKey(start, goal)

    def build(self, key: EditDistanceKey, rng: KeyedRandom) -> Content | None:
        """Ask for a shortest chain; None where a single edit does."""
        chain = shortest_chain(key.start, key.goal)
        if len(chain) <= _MIN_EDITS:
            return None
        return Content(
            slots={"start": key.start, "goal": key.goal},
            reference=encode(Chain(chain)),
            effort=len(key.start) * (len(chain) - 1),
        )

    def oracle(self, task: Task) -> str:
        """One shortest chain."""
        return " -> ".join(decode(Chain, task.reference).strings)

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """Start, a string in between, and goal."""
        strings = decode(Chain, task.reference).strings
        start, goal = strings[0], strings[-1]
        cut = rng.below(len(start) + 1)
        return f"{start} -> {start[:cut]}{goal[cut:]} -> {goal}"


def is_one_edit(before: str, after: str) -> bool:
    """Whether one insertion, deletion or replacement of a letter leads from one string to the other."""
    if before == after or abs(len(before) - len(after)) > 1:
        return False
    same = 0
    while same < min(len(before), len(after)) and before[same] == after[same]:
        same += 1
    left, right = before[same:], after[same:]
    return left[1:] == right or left == right[1:] or left[1:] == right[1:]


def shortest_chain(start: str, goal: str) -> tuple[str, ...]:
    """A shortest chain of edits, done from the back of the string to its front.

    >>> shortest_chain("cat", "arts")
    ('cat', 'cats', 'crts', 'arts')
    """
    rows = [list(range(len(goal) + 1))]  # rows[i][j]: edits between the first i letters and the first j
    for i, letter in enumerate(start, 1):
        above, row = rows[-1], [i]
        for j, other in enumerate(goal, 1):
            row.append(min(above[j - 1] + (letter != other), above[j] + 1, row[-1] + 1))
        rows.append(row)
    i, j, chain = len(start), len(goal), [start]
    while i or j:
        if i and j and rows[i][j] == rows[i - 1][j - 1] + (start[i - 1] != goal[j - 1]):
            i, j = i - 1, j - 1
        elif i and rows[i][j] == rows[i - 1][j] + 1:
            i -= 1
        else:
            j -= 1
        chain.append(start[:i] + goal[j:])
    return tuple(dict.fromkeys(chain))
