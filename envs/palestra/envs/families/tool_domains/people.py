"""Names and places in tool domains; all made up."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from palestra.verifiers.keyed_random import KeyedRandom


@cache
def names(kind: str) -> tuple[str, ...]:
    """All names of a kind: given, family, streets, towns, products, and others."""
    table: dict[str, list[str]] = json.loads(Path(__file__).with_name("names.json").read_text(encoding="ascii"))
    return tuple(table[kind])


def person(rng: KeyedRandom) -> str:
    """A full name."""
    return f"{rng.choice(names('given'))} {rng.choice(names('family'))}"


def address(rng: KeyedRandom) -> str:
    """A number, a street and a town."""
    return f"{1 + rng.below(180)} {rng.choice(names('streets'))}, {rng.choice(names('towns'))}"


def email(name: str, rng: KeyedRandom) -> str:
    """An address of that person, with a number."""
    return f"{name.lower().replace(' ', '.')}{10 + rng.below(990)}@example.com"


def number(prefix: str, rng: KeyedRandom) -> str:
    """An id that cannot be guessed: six digits behind a prefix."""
    return f"{prefix}{100_000 + rng.below(900_000)}"
