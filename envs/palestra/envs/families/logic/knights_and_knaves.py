"""Knights tell the truth, knaves lie: find out who is what. Each puzzle has exactly one solution."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.config import FamilyConfig, stages
from palestra.envs.families.kinds import check_kinds
from palestra.envs.families.logic.statements import Alike, Count, Is, Joined, Not, Statement, canonical_shape, solutions
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers import KnightsAndKnavesVerifier
from palestra.verifiers.keyed_random import KeyedRandom

_MAX_TRIES = 256
_KINDS = ("is", "alike", "and", "or", "count", "if", "not")
_NAMES = [
    "Ada",
    "Bo",
    "Chen",
    "Dara",
    "Emil",
    "Fatma",
    "Goran",
    "Hana",
    "Ivo",
    "Jun",
    "Kofi",
    "Lena",
    "Mira",
    "Nils",
    "Omar",
    "Pia",
    "Quinn",
    "Rosa",
    "Sami",
    "Tess",
    "Uma",
    "Vera",
    "Wen",
    "Yara",
    "Zeno",
    "Aiko",
    "Bilal",
    "Celia",
    "Deniz",
    "Eva",
    "Farid",
    "Gita",
    "Hugo",
    "Ines",
    "Jonas",
    "Kaya",
    "Leo",
    "Maya",
    "Noor",
    "Otto",
]


@dataclass(frozen=True, kw_only=True, slots=True)
class KnightsAndKnavesConfig(FamilyConfig):
    """Which puzzles are asked."""

    difficulty: float = 0.5
    """From 0 (trivial) to 1 (hard); sets the parameters that are left open."""
    num_people: int = stages(2, 3, 4, 5, 6, 7, 8, 9, 10, 12, choices=tuple(range(2, 15)))
    """How many people speak, 2..14."""
    kinds: str = stages(
        *["is alike and or"] * 4,
        *["is alike and or count"] * 2,
        "alike and or count if",
        "alike and or count if not",
        *["and or count if not"] * 2,
        choices=(),
    )
    """Kinds of statements, separated by spaces: is alike and or count if not."""

    def check(self) -> None:
        """The kinds of statements exist."""
        check_kinds("kinds", self.kinds, _KINDS)


@dataclass(frozen=True, kw_only=True, slots=True)
class KnightsAndKnavesKey:
    """What each person says, and the one world that fits it."""

    statements: tuple[Statement, ...]
    world: int
    """Bit i: person i is a knight. -1 where no drawn puzzle had a unique solution."""


class KnightsAndKnaves(Question[KnightsAndKnavesConfig, KnightsAndKnavesKey]):
    """Puzzles in which each person says one thing."""

    id: ClassVar[str] = "palestra/KnightsAndKnaves-v1"
    Config: ClassVar[type[KnightsAndKnavesConfig]] = KnightsAndKnavesConfig
    templates = (
        "Each person is a knight, who always tells the truth, or a knave, who always lies.\n{story}\nWho is what?",
        "On an island live knights, who never lie, and knaves, who always do.\n{story}\nTell who is who.",
        "{story}\nKnights say only what is true, knaves only what is false, and each is one of the two. Who is what?",
    )
    answer_format = "End your reply with one line for each person, such as `Name: knight` or `Name: knave`."
    verifier = KnightsAndKnavesVerifier()

    def draw(self, rng: KeyedRandom) -> KnightsAndKnavesKey:
        """Draw statements until all worlds but one are ruled out."""
        kinds, n = self.config.kinds.split(), self.config.num_people
        for _ in range(_MAX_TRIES):
            statements = tuple(_statement(rng.choice(kinds), speaker, n, rng) for speaker in range(n))
            possible = solutions(statements)
            if possible.bit_count() == 1:
                return KnightsAndKnavesKey(statements=statements, world=possible.bit_length() - 1)
        return KnightsAndKnavesKey(statements=(), world=-1)

    def canonical(self, key: KnightsAndKnavesKey) -> str:
        """The puzzle without names and without an order of people."""
        return canonical_shape(key.statements) if key.statements else ""

    def build(self, key: KnightsAndKnavesKey, rng: KeyedRandom) -> Content | None:
        """Name the people and tell the story."""
        if key.world < 0:
            return None
        n = len(key.statements)
        names = rng.sample(_NAMES, n)
        lines = [f'{names[i]} says: "{_sentence(statement, i, names)}"' for i, statement in enumerate(key.statements)]
        roles = {name: "knight" if key.world >> i & 1 else "knave" for i, name in enumerate(names)}
        return Content(
            slots={"story": "\n".join(lines) + _rules(lines)},
            reference=json.dumps({"roles": roles}),
            effort=n,
            meta={"num_people": n},
            symbols=tuple(names),
        )

    def oracle(self, task: Task) -> str:
        """The right role of each person."""
        return "\n".join(f"{name}: {role}" for name, role in json.loads(task.reference)["roles"].items())

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """A role for each person by the toss of a coin."""
        return "\n".join(f"{name}: {rng.choice(('knight', 'knave'))}" for name in json.loads(task.reference)["roles"])


def _statement(kind: str, speaker: int, num_people: int, rng: KeyedRandom) -> Statement:
    if kind in ("is", "alike", "count"):
        return _plain_statement(kind, speaker, num_people, rng)
    if kind == "not":
        inner = rng.choice(("alike", "and", "or", "count"))
        return Not(inner=_statement(inner, speaker, num_people, rng))
    left = _plain_statement("is", speaker, num_people, rng)
    right = _plain_statement(rng.choice(("is", "alike")), speaker, num_people, rng)
    return Joined(word=kind, left=left, right=right)


def _plain_statement(kind: str, speaker: int, num_people: int, rng: KeyedRandom) -> Statement:
    others = [person for person in range(num_people) if person != speaker]
    if kind == "count":
        relation = rng.choice(("exactly", "at least", "at most"))
        low, high = (0, num_people) if relation == "exactly" else (1, num_people - 1)
        return Count(relation=relation, knights=rng.between(low, high))
    if kind == "is":
        return Is(person=rng.choice(others), knight=bool(rng.below(2)))
    first = rng.choice(others)
    second = rng.choice([person for person in range(num_people) if person != first])
    return Alike(people=(first, second), same=bool(rng.below(2)))


def _rules(lines: list[str]) -> str:
    """How the words are meant that mean different things to different people, if they occur."""
    rules = ""
    if any(" or " in line for line in lines):
        rules += "\nAn `or` is true when one part is true, or both."
    if any(", then " in line for line in lines):
        rules += "\nAn `if ..., then ...` is false only when its first part is true and its second part is false."
    return rules


def _sentence(statement: Statement, speaker: int, names: list[str]) -> str:
    text = statement.text([*names[:speaker], "I", *names[speaker + 1 :]])
    text = text.replace("I is a", "I am a")
    return f"{text[0].upper()}{text[1:]}."
