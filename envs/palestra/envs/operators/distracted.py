"""Tasks among sentences that have nothing to do with them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import ClassVar

from palestra.envs.errors import ConfigError
from palestra.envs.operators.operator import Named, Rewording, symbols_of, without_format
from palestra.envs.source import QuestionSource
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom

_MOST = 20
_PLACES = ("before", "after", "both")
_SYLLABLES = ("bra", "den", "fel", "gor", "hal", "kir", "lum", "mos", "nev", "pol", "rin", "sta", "tor", "vel", "wes")
_ENDINGS = ("burg", "dale", "ford", "ham", "stad", "ton", "vik", "wick")
_FACTS = (
    "The lighthouse of {town} has {few} steps and was painted in {year}.",
    "The ferry to {town} carries {few} passengers and {some} crates of fish.",
    "The museum of {town} shows {few} clocks on {some} floors.",
    "The choir of {town} has {some} altos and {few} sopranos.",
    "The bakery of {town} opened in {year} and has {some} ovens.",
    "The lake near {town} is {few} metres deep and freezes every {some} years.",
    "The bell tower of {town} is {few} metres high and leans to the west.",
    "The newspaper of {town} has {some} pages and costs {few} cents.",
    "The theatre of {town} has {few} seats, and {some} of them creak.",
    "The zoo of {town} got {some} penguins in {year}.",
    "The marathon of {town} had {few} runners in {year}.",
    "The library of {town} lends {few} atlases for {some} weeks.",
)


@dataclass(frozen=True, kw_only=True)
class Distracted(Rewording):
    """Facts with numbers, about towns that do not exist, around each task.

    No word of length that a fact says of its town stands in the task, so no fact can bear on it.
    """

    id: ClassVar[str] = "palestra/Distracted-v1"
    inner: QuestionSource = field(default_factory=Named("palestra/WordArithmetic-v1"))
    """Whose tasks are shown."""
    sentences: int = 3
    """How many facts, 1..20."""
    place: str = "before"
    """before, after, or both. `after` is behind the question and before how to answer; where the question
    ends in a text to be worked on, it could be taken for a part of it."""

    def check(self) -> None:
        """The numbers are in range and the place exists."""
        if not 1 <= self.sentences <= _MOST:
            raise ConfigError(f"`sentences` must lie in 1..{_MOST}, got {self.sentences}")
        if self.place not in _PLACES:
            raise ConfigError(f"no place `{self.place[:80]}`\n\nhint: one of {', '.join(_PLACES)}")

    def reword(self, task: Task, rng: KeyedRandom) -> str:
        """The task with facts in paragraphs of their own."""
        question, answer_format = without_format(task.prompt, self.inner)
        facts = _facts(self.sentences, question, rng)
        num_before = {"before": len(facts), "after": 0, "both": rng.between(0, len(facts))}[self.place]
        before, after = " ".join(facts[:num_before]), " ".join(facts[num_before:])
        parts = [part for part in (before, question, after) if part]
        if after or not answer_format:
            return "\n\n".join([*parts, answer_format] if answer_format else parts)
        return "\n\n".join(parts) + f"\n{answer_format}"

    def symbols(self, task: Task) -> tuple[str, ...]:
        """Those of the source."""
        return symbols_of(self.inner, self.inner_task(task.id))


def _facts(count: int, question: str, rng: KeyedRandom) -> list[str]:
    """Facts about different towns, none of whose nouns the question has."""
    known = set(re.findall(r"[a-z]{4,}", question.casefold()))
    fitting = [fact for fact in _FACTS if not _nouns(fact) & known] or list(_FACTS)
    towns: dict[str, None] = {}
    while len(towns) < count:
        town = (rng.choice(_SYLLABLES) + rng.choice(_SYLLABLES) + rng.choice(_ENDINGS)).capitalize()
        if town.casefold() not in known:
            towns[town] = None
    order = rng.sample(fitting, len(fitting))
    return [
        order[i % len(order)].format(
            town=town, few=rng.between(21, 480), some=rng.between(2, 19), year=rng.between(1925, 2015)
        )
        for i, town in enumerate(towns)
    ]


def _nouns(fact: str) -> set[str]:
    return set(re.findall(r"[a-z]{4,}", re.sub(r"\{\w+\}", "", fact).casefold())) - {"that", "them", "with", "every"}
