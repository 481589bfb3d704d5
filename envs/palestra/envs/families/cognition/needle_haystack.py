"""Find the one sentence among many that answers a question, or follow a chain of them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.answers import WordsAnswer
from palestra.envs.config import FamilyConfig, geometric, stages
from palestra.envs.families.cognition.people import full_names, hobbies, random_full_name
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom

_VERBS = ("likes", "collects", "dreams of", "writes about")


@dataclass(frozen=True, kw_only=True, slots=True)
class NeedleHaystackConfig(FamilyConfig):
    """How much is to be read."""

    num_people: int = geometric(5, 80, low=3, high=300)
    """How many people are spoken of, 3..300."""
    num_hops: int = stages(0, 0, 1, 1, 2, 3, choices=(0, 1, 2, 3, 4, 5))
    """How many times the question goes on from a person to the friend of that person, 0..5."""


@dataclass(frozen=True, kw_only=True, slots=True)
class HaystackKey:
    """People, what each of them does, who is the best friend of whom, and who is asked for."""

    names: tuple[str, ...]
    facts: tuple[str, ...]
    friends: tuple[int, ...]
    start: int


class NeedleHaystack(Question[NeedleHaystackConfig, HaystackKey]):
    """Sentences such as `Ada Moss likes kites.`; no two people do the same."""

    id: ClassVar[str] = "palestra/NeedleHaystack-v1"
    Config: ClassVar[type[NeedleHaystackConfig]] = NeedleHaystackConfig
    templates = (
        "{story}\nWho is {asked}?",
        "Read these notes.\n{story}\nGive the full name of {asked}.",
        "{story}\nAccording to this text, which person is {asked}?",
    )
    answer_format = "Reply with the first and last name alone."
    verifier = WordsAnswer()

    def draw(self, rng: KeyedRandom) -> HaystackKey:
        """Draw people and what they do."""
        n = self.config.num_people
        things = hobbies()
        facts = [
            f"{_VERBS[i // len(things)]} {things[i % len(things)]}"
            for i in rng.sample(range(len(_VERBS) * len(things)), n)
        ]
        order = rng.sample(range(n), n)
        friends = [0] * n
        for one, other in zip(order, [*order[1:], order[0]], strict=True):
            friends[one] = other
        return HaystackKey(
            names=tuple(full_names(n, rng)), facts=tuple(facts), friends=tuple(friends), start=rng.below(n)
        )

    def build(self, key: HaystackKey, rng: KeyedRandom) -> Content:
        """Tell the story in random order."""
        hops = min(self.config.num_hops, len(key.names) - 1)
        sentences = [f"{name} {fact}." for name, fact in zip(key.names, key.facts, strict=True)]
        if hops:
            sentences += [
                f"The best friend of {name} is {key.names[friend]}."
                for name, friend in zip(key.names, key.friends, strict=True)
            ]
        rng.shuffle(sentences)
        person = key.start
        for _ in range(hops):
            person = key.friends[person]
        asked = "the best friend of " * hops + f"the person who {key.facts[key.start]}"
        return Content(
            slots={"story": " ".join(sentences), "asked": asked},
            reference=json.dumps(key.names[person].split()),
            effort=len(sentences) * (1 + hops),
            meta={"num_sentences": len(sentences), "num_hops": hops},
        )

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """Some name."""
        return random_full_name(rng)

    def oracle(self, task: Task) -> str:
        """The name."""
        return " ".join(json.loads(task.reference))
