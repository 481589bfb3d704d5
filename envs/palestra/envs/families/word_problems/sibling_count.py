"""Brothers, sisters and cousins, counted from another one's point of view."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.answers import RationalsAnswer
from palestra.envs.config import FamilyConfig, ramp
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom

_GIRLS = ("Ada", "Cora", "Ella", "Gina", "Iris", "Kate", "Mia", "Olga", "Rita")
_BOYS = ("Ben", "Dan", "Finn", "Hal", "Jack", "Liam", "Noah", "Paul", "Sam")
_ASKS = ("brothers", "sisters", "siblings", "male cousins", "female cousins", "cousins", "grandchildren")


@dataclass(frozen=True, kw_only=True, slots=True)
class SiblingCountConfig(FamilyConfig):
    """Which families are asked."""

    num_families: int = ramp(1, 7, low=1, high=9)
    """Families whose children are cousins of each other, 1..9."""
    high: int = ramp(12, 20, low=2, high=99)
    """Most brothers, and most sisters, that a child is said to have."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Child:
    """A child that is named, with its own brothers and sisters."""

    is_girl: bool
    brothers: int
    sisters: int

    @property
    def boys(self) -> int:
        """All boys of the family."""
        return self.brothers + (not self.is_girl)

    @property
    def girls(self) -> int:
        """All girls of the family."""
        return self.sisters + self.is_girl


@dataclass(frozen=True, kw_only=True, slots=True)
class Kin:
    """One named child of each family; what is asked of a brother or a sister of the first."""

    children: tuple[Child, ...]
    of_sister: bool
    asks: str

    @property
    def answer(self) -> int:
        """The right number."""
        first, *others = self.children
        girls, boys = sum(child.girls for child in others), sum(child.boys for child in others)
        return {
            "brothers": first.boys - (not self.of_sister),
            "sisters": first.girls - self.of_sister,
            "siblings": first.boys + first.girls - 1,
            "male cousins": boys,
            "female cousins": girls,
            "cousins": girls + boys,
            "grandchildren": girls + boys + first.boys + first.girls,
        }[self.asks]


class SiblingCount(Question[SiblingCountConfig, Kin]):
    """How many brothers, sisters or cousins a child's brother or sister has."""

    id: ClassVar[str] = "palestra/SiblingCount-v1"
    Config: ClassVar[type[SiblingCountConfig]] = SiblingCountConfig
    templates = (
        "{facts} {asked}",
        "All brothers and sisters here have the same parents. {facts} {asked}",
        "{facts} Count with care. {asked}",
        "Think about this family. {facts} {asked}",
    )
    answer_format = "End with a line that is the number alone."
    verifier = RationalsAnswer()

    def draw(self, rng: KeyedRandom) -> Kin:
        """Draw the children and the question; whoever is asked about exists."""
        n, high = self.config.num_families, self.config.high
        children = [
            Child(is_girl=bool(rng.below(2)), brothers=rng.between(1, high), sisters=rng.between(1, high))
            for _ in range(n)
        ]
        asks = rng.choice(_ASKS[:3] if n == 1 else _ASKS[3:])
        return Kin(children=tuple(children), of_sister=bool(rng.below(2)), asks=asks)

    def canonical(self, key: Kin) -> str:
        """The first family, the others in order, and the question; cousins are those of a brother and of a sister."""
        first, *others = key.children
        of_whom = key.of_sister if key.asks in ("brothers", "sisters") else ""
        return f"{first} {sorted(map(str, others))} {key.asks} {of_whom}"

    def build(self, key: Kin, rng: KeyedRandom) -> Content:
        """Name the children and tell the story."""
        girls, boys = rng.sample(_GIRLS, len(key.children)), rng.sample(_BOYS, len(key.children))
        names = [girl if child.is_girl else boy for child, girl, boy in zip(key.children, girls, boys, strict=True)]
        lines = [
            f"{name}, a {'girl' if child.is_girl else 'boy'}, has {_many(child.brothers, 'brother')} "
            f"and {_many(child.sisters, 'sister')}."
            for name, child in zip(names, key.children, strict=True)
        ]
        if len(names) > 1:
            lines.append(
                f"{', '.join(names[:-1])} and {names[-1]} are cousins of each other: one parent of each is a child of "
                f"the same two grandparents, who have no other children and no other grandchildren."
            )
        sibling = f"{names[0]}'s {'sister' if key.of_sister else 'brother'}"
        if key.asks == "grandchildren":
            asked = "How many grandchildren do these grandparents have?"
        else:
            asked = f"How many {key.asks} does {sibling} have?"
        return Content(
            slots={"facts": " ".join(lines), "asked": asked},
            reference=str(key.answer),
            effort=2 * len(key.children),
            symbols=tuple(names),
        )

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """A number of a size that the answer may have."""
        return str(rng.between(1, 2 * self.config.high * self.config.num_families))


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
