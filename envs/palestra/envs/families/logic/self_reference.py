"""Statements about each other: find the one consistent way in which they are true and false."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import ClassVar

from palestra.envs.config import FamilyConfig, ramp, stages
from palestra.envs.families.kinds import check_kinds
from palestra.envs.families.logic.selection import SelectionQuestion, numbered
from palestra.envs.families.logic.shapes import Line, canonical_text
from palestra.envs.families.logic.truth_sets import counts, every, where
from palestra.envs.family import Content
from palestra.verifiers.keyed_random import KeyedRandom

_MAX_TRIES = 256
_KINDS = ("is", "exactly", "least", "most", "even", "both", "one")
_RELATIONS = {"exactly": "Exactly", "least": "At least", "most": "At most"}


@dataclass(frozen=True, kw_only=True, slots=True)
class SelfReferenceConfig(FamilyConfig):
    """How many statements there are, and what they say."""

    statements: int = ramp(4, 9, low=3, high=10)
    """Statements."""
    kinds: str = stages(
        "is exactly", "is exactly least", "is exactly least most both", "exactly least most even one", choices=()
    )
    """Kinds of statements, separated by blanks: `is exactly least most even both one`."""

    def check(self) -> None:
        """Kinds are known."""
        check_kinds("kinds", self.kinds, _KINDS)


@dataclass(frozen=True, kw_only=True, slots=True)
class Claim:
    """What a statement says: of others (positions `a` and `b`), or of how many are true."""

    kind: str
    a: int = 0
    b: int = 0
    count: int = 0
    is_true: bool = True

    def line(self, own: int) -> Line:
        """The claim of statement `own`, without numbers of statements."""
        label = f"{self.kind}{self.count}{self.is_true:d}"
        if self.kind == "is":
            return label, ((own,), (self.a,))
        return label, ((own,), (self.a, self.b)) if self.kind in ("both", "one") else ((own,),)

    def text(self, names: Sequence[str]) -> str:
        """The sentence, where `names` are the numbers of the statements."""
        word = "true" if self.is_true else "false"
        match self.kind:
            case "is":
                return f"Statement {names[self.a]} is {word}."
            case "both":
                return f"Statements {names[self.a]} and {names[self.b]} are both {word}."
            case "one":
                return f"Exactly one of the statements {names[self.a]} and {names[self.b]} is true."
            case "even":
                return "The number of true statements here is even."
        verb = "is" if self.count == 1 else "are"
        return f"{_RELATIONS[self.kind]} {self.count} of these statements {verb} true."


class SelfReference(SelectionQuestion[SelfReferenceConfig, tuple[Claim, ...]]):
    """The key has the statements; exactly one assignment of truth fits them."""

    id: ClassVar[str] = "palestra/SelfReference-v1"
    Config: ClassVar[type[SelfReferenceConfig]] = SelfReferenceConfig
    templates = (
        "Each of these {count} statements is true or false, and there is one way in which that fits what they "
        "say.\n{statements}\nWhich are true?",
        "{statements}\nThese {count} statements speak of themselves. Only one choice of true and false for each agrees "
        "with them all. Find the true ones.",
        "Decide for each of the {count} statements whether it is true, so that no contradiction arises; there is just "
        "one solution.\n{statements}",
    )
    answer_format = "End your reply with a line that has only the numbers of the true statements, such as `1, 4`."

    def draw(self, rng: KeyedRandom) -> tuple[Claim, ...]:
        """Statements, one after the other drawn again until they fit one assignment; none after many tries."""
        kinds, n = self.config.kinds.split(), self.config.statements
        claims = [_claim(rng.choice(kinds), i, n, rng) for i in range(n)]
        for _ in range(_MAX_TRIES):
            found = fitting(claims)
            if found.bit_count() == 1 and len(set(claims)) == n and found not in (1, 1 << (1 << n) - 1):
                return tuple(claims)
            changed = rng.below(n)
            claims[changed] = _claim(rng.choice(kinds), changed, n, rng)
        return ()

    def canonical(self, key: tuple[Claim, ...]) -> str:
        """The statements without their order."""
        return canonical_text([claim.line(i) for i, claim in enumerate(key)], len(key))

    def build(self, key: tuple[Claim, ...], rng: KeyedRandom) -> Content | None:
        """Number the statements."""
        if not key:
            return None
        truth = fitting(key).bit_length() - 1
        names = [str(i + 1) for i in range(len(key))]
        return Content(
            slots={"count": str(len(key)), "statements": numbered([claim.text(names) for claim in key])},
            reference=json.dumps([i + 1 for i in range(len(key)) if truth >> i & 1]),
            effort=len(key),
            meta={"options": len(key)},
        )


def fitting(claims: Sequence[Claim]) -> int:
    """The assignments in which each statement is true exactly if what it says is so."""
    n = len(claims)
    found = every(n)
    for i, claim in enumerate(claims):
        found &= every(n) & ~(where(i, n) ^ true_in(claim, n))
    return found


@cache
def true_in(claim: Claim, num_statements: int) -> int:
    """The assignments of truth to all statements in which the claim is true."""
    n = num_statements
    a, b = where(claim.a, n), where(claim.b, n)
    if not claim.is_true:
        a, b = every(n) & ~a, every(n) & ~b
    match claim.kind:
        case "is":
            return a
        case "both":
            return a & b
        case "one":
            return a ^ b
    by_count = counts([where(i, n) for i in range(n)], n)
    fits = {
        "exactly": by_count[claim.count : claim.count + 1],
        "least": by_count[claim.count :],
        "most": by_count[: claim.count + 1],
        "even": by_count[::2],
    }[claim.kind]
    return sum(fits)  # the sets of counts have nothing in common


def _claim(kind: str, own: int, num_statements: int, rng: KeyedRandom) -> Claim:
    others = [i for i in range(num_statements) if i != own]
    if kind == "is":
        return Claim(kind=kind, a=rng.choice(others), is_true=bool(rng.below(2)))
    if kind in ("both", "one"):
        a, b = sorted(rng.sample(others, 2))
        return Claim(kind=kind, a=a, b=b, is_true=kind == "one" or bool(rng.below(2)))
    low, high = (0, num_statements) if kind == "exactly" else (1, num_statements - 1)
    return Claim(kind=kind, count=0 if kind == "even" else rng.between(low, high))
