"""Invented people, and what they like."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files

from palestra.verifiers.keyed_random import KeyedRandom


@cache
def _lists() -> dict[str, tuple[str, ...]]:
    text = files("palestra.envs.families.cognition").joinpath("people.json").read_text(encoding="ascii")
    return {name: tuple(items) for name, items in json.loads(text).items()}


def first_names() -> tuple[str, ...]:
    """First names, each of one word."""
    return _lists()["first"]


def hobbies() -> tuple[str, ...]:
    """What people like, each of one word."""
    return _lists()["likes"]


def full_names(count: int, rng: KeyedRandom) -> list[str]:
    """Different names of two words."""
    first, last = _lists()["first"], _lists()["last"]
    return [
        f"{first[i % len(first)]} {last[i // len(first)]}" for i in rng.sample(range(len(first) * len(last)), count)
    ]


def random_full_name(rng: KeyedRandom) -> str:
    """A name of two words."""
    return f"{rng.choice(_lists()['first'])} {rng.choice(_lists()['last'])}"
