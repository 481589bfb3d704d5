"""Syllogisms: which conclusions follow from sentences with all, no and some."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise, permutations
from typing import ClassVar

from palestra.envs.config import FamilyConfig, ramp
from palestra.envs.families.logic.selection import SelectionQuestion, mixed, numbered
from palestra.envs.families.logic.shapes import Line, canonical_text
from palestra.envs.families.logic.truth_sets import every, where
from palestra.envs.families.logic.words import words
from palestra.envs.family import Content
from palestra.verifiers.keyed_random import KeyedRandom

_SENTENCES = {
    "all": "All {a} are {b}.",
    "no": "No {a} are {b}.",
    "some": "Some {a} are {b}.",
    "some not": "Some {a} are not {b}.",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class SyllogismConfig(FamilyConfig):
    """How much is told and asked."""

    groups: int = ramp(3, 7, low=3, high=8)
    """Groups that the sentences are about."""
    premises: int = ramp(3, 9, low=2, high=12)
    """Sentences that are given."""
    options: int = ramp(5, 9, low=3, high=12)
    """Sentences that are asked about."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sentence:
    """`All a are b`, and its kin."""

    kind: str
    a: int
    b: int

    def region(self, num_groups: int) -> int:
        """The kinds of members that it denies (`all`, `no`) or of which it claims one (`some`, `some not`)."""
        a, b = where(self.a, num_groups), where(self.b, num_groups)
        return a & b if self.kind in ("no", "some") else a & ~b

    def line(self) -> Line:
        """The sentence without names."""
        return self.kind, ((self.a, self.b),) if self.kind in ("no", "some") else ((self.a,), (self.b,))

    def text(self, names: Sequence[str]) -> str:
        """The sentence in words."""
        return _SENTENCES[self.kind].format(a=names[self.a], b=names[self.b])


class Syllogism(SelectionQuestion[SyllogismConfig, tuple[Sentence, ...]]):
    """The key has the premises; a group may be empty unless they say otherwise."""

    id: ClassVar[str] = "palestra/Syllogism-v1"
    Config: ClassVar[type[SyllogismConfig]] = SyllogismConfig
    templates = (
        "{premises}\nWhich conclusions follow for certain? (Some is at least one; a group may be empty.)\n{options}",
        "Suppose that:\n{premises}\nFind what must be true then. `Some` is at least one, and a group of which nothing "
        "else is known may be empty.\n{options}",
        "Take these sentences as true:\n{premises}\nWhich of the following are necessarily true too? Groups can be "
        "empty; `some` says that there is at least one.\n{options}",
    )
    answer_format = "End your reply with a line that has only the numbers of those that follow, such as `1, 4`."

    def draw(self, rng: KeyedRandom) -> tuple[Sentence, ...]:
        """Sentences, the first of which link all groups into a chain."""
        config = self.config
        order = rng.sample(range(config.groups), config.groups)
        sentences: dict[Sentence, None] = {}
        for a, b in pairwise(order):
            if len(sentences) < config.premises:
                ends = (a, b) if rng.below(2) else (b, a)
                sentences[Sentence(kind=rng.choice(("all", "all", "no", "some")), a=ends[0], b=ends[1])] = None
        while len(sentences) < config.premises:
            a, b = rng.sample(range(config.groups), 2)
            sentences[Sentence(kind=rng.choice(tuple(_SENTENCES)), a=a, b=b)] = None
        return tuple(sentences)

    def canonical(self, key: tuple[Sentence, ...]) -> str:
        """The premises without the names of groups."""
        return canonical_text([sentence.line() for sentence in key], self.config.groups)

    def build(self, key: tuple[Sentence, ...], rng: KeyedRandom) -> Content | None:
        """Ask about sentences that follow and others; None where the premises rule a group or all members out."""
        n, num_options = self.config.groups, self.config.options
        allowed = possible_kinds(key, n)
        if not all(where(group, n) & allowed for group in range(n)):
            return None  # readers stumble over what is true of nobody
        true, false = conclusions(key, n)
        names = rng.sample(words("group"), n)
        chosen = mixed([s.text(names) for s in true], [s.text(names) for s in false], num_options, rng)
        if chosen is None:
            return None
        options, right = chosen
        premises = rng.sample([sentence.text(names) for sentence in key], len(key))
        return Content(
            slots={"premises": "\n".join(premises), "options": numbered(options)},
            reference=json.dumps(right),
            effort=len(key) * len(options),
            meta={"options": len(options), "groups": n},
            symbols=tuple(names),
        )


def possible_kinds(premises: Sequence[Sentence], num_groups: int) -> int:
    """The kinds of members that the universal premises leave."""
    denied = 0
    for premise in premises:
        if premise.kind in ("all", "no"):
            denied |= premise.region(num_groups)
    return every(num_groups) & ~denied


def conclusions(premises: Sequence[Sentence], num_groups: int) -> tuple[list[Sentence], list[Sentence]]:
    """The other sentences that follow from the premises and those that do not; none where nothing can be true.

    A member is of one of 2**n kinds, by the groups that it is in. A universal sentence follows if the
    premises deny all kinds that it denies; a `some` follows if some premise claims a member that can only
    be of the kinds that it claims.
    """
    allowed = possible_kinds(premises, num_groups)
    claimed = [p.region(num_groups) & allowed for p in premises if p.kind in ("some", "some not")]
    if not all(claimed):
        return [], []
    told = {(p.kind, p.region(num_groups)) for p in premises}
    true: list[Sentence] = []
    false: list[Sentence] = []
    for a, b in permutations(range(num_groups), 2):
        for kind in _SENTENCES:
            sentence = Sentence(kind=kind, a=a, b=b)
            region = sentence.region(num_groups)
            if (kind, region) in told or (kind in ("no", "some") and a > b):
                continue
            is_universal = kind in ("all", "no")
            follows = not region & allowed if is_universal else any(not claim & ~region for claim in claimed)
            (true if follows else false).append(sentence)
    return true, false
