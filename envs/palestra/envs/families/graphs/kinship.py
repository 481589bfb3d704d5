"""Families of people: how they are drawn and told, and who is what to whom."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Final

from palestra.envs.config import FamilyConfig, ramp, stages
from palestra.verifiers.keyed_random import KeyedRandom

_MOST_PEOPLE = 36  # no more than there are names of women, or of men


@dataclass(frozen=True, kw_only=True, slots=True)
class KinshipConfig(FamilyConfig):
    """Which families are told."""

    num_generations: int = stages(2, 3, 3, 4, 4, choices=(2, 3, 4))
    """How many generations the family has."""
    max_children: int = ramp(3, 5, low=1, high=5)
    """How many children a couple has at most; at least one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Person:
    """One of a family; people are numbered in their order."""

    is_woman: bool
    parents: tuple[int, ...] = ()
    """Both, or none where they are not told."""
    spouse: int = -1
    children: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Kind:
    """A relation: ways from a person to a relative, and its words.

    A way is made of the moves P (to a parent), C (to a child) and S (to the spouse), and never comes
    back to somebody.
    """

    ways: tuple[str, ...]
    man: str
    woman: str
    plural: str = ""
    """How all relatives of the kind are asked for; empty where that is not asked."""
    generations: int = 2
    """How many generations a family has at least, to hold such relatives."""


KINDS: Final = (
    Kind(ways=("P",), man="father", woman="mother", plural="parents"),
    Kind(ways=("C",), man="son", woman="daughter", plural="children"),
    Kind(ways=("S",), man="husband", woman="wife"),
    Kind(ways=("PC",), man="brother", woman="sister", plural="siblings"),
    Kind(ways=("PP",), man="grandfather", woman="grandmother", plural="grandparents", generations=3),
    Kind(ways=("CC",), man="grandson", woman="granddaughter", plural="grandchildren", generations=3),
    Kind(ways=("PPC",), man="uncle", woman="aunt", plural="uncles and aunts", generations=3),
    Kind(ways=("PCC",), man="nephew", woman="niece", plural="nephews and nieces", generations=3),
    Kind(ways=("PPCC",), man="cousin", woman="cousin", plural="first cousins", generations=3),
    Kind(ways=("SP",), man="father-in-law", woman="mother-in-law", generations=3),
    Kind(ways=("CS",), man="son-in-law", woman="daughter-in-law", generations=3),
    Kind(ways=("SPC", "PCS"), man="brother-in-law", woman="sister-in-law", generations=3),
    Kind(ways=("PPP",), man="great-grandfather", woman="great-grandmother", plural="great-grandparents", generations=4),
    Kind(ways=("CCC",), man="great-grandson", woman="great-granddaughter", plural="great-grandchildren", generations=4),
    Kind(ways=("PPPC",), man="great-uncle", woman="great-aunt", plural="great-uncles and great-aunts", generations=4),
    Kind(
        ways=("PCCC",), man="great-nephew", woman="great-niece", plural="great-nephews and great-nieces", generations=4
    ),
)

_NAMES: Final[dict[str, list[str]]] = json.loads(resources.files(__package__).joinpath("names.json").read_text("utf-8"))


def draw_family(num_generations: int, max_children: int, rng: KeyedRandom) -> tuple[Person, ...]:
    """A couple, its descendants and their spouses, whose own parents are not told."""
    women, spouses = [True, False], [1, 0]
    parents: list[tuple[int, ...]] = [(), ()]
    couples: list[tuple[int, ...]] = [(0, 1)]
    for generation in range(1, num_generations):
        heirs: list[int] = []
        for couple in couples:
            for _ in range(rng.between(1, max_children)):
                if len(women) + 1 < _MOST_PEOPLE:
                    heirs.append(len(women))
                    women.append(bool(rng.below(2)))
                    parents.append(couple)
                    spouses.append(-1)
        couples = []
        if generation + 1 < num_generations:
            chosen = [heir for heir in heirs if rng.below(3)] or heirs[:1]
            for heir in chosen[: _MOST_PEOPLE - len(women)]:
                spouses[heir] = len(women)
                couples.append((heir, len(women)))
                women.append(not women[heir])
                parents.append(())
                spouses.append(heir)
    children: list[list[int]] = [[] for _ in women]
    for child, couple in enumerate(parents):
        for parent in couple:
            children[parent].append(child)
    facts = zip(women, parents, spouses, children, strict=True)
    return tuple(Person(is_woman=w, parents=p, spouse=s, children=tuple(c)) for w, p, s, c in facts)


def relatives(people: Sequence[Person], person: int, kind: Kind) -> tuple[int, ...]:
    """All of the kind that a person has, in order."""
    found: dict[int, None] = {}
    for way in kind.ways:
        trails: list[tuple[int, ...]] = [(person,)]
        for move in way:
            trails = [(*t, there) for t in trails for there in _moves(people[t[-1]], move) if there not in t]
        found |= {trail[-1]: None for trail in trails}
    return tuple(sorted(found))


def family_shape(people: Sequence[Person], marks: dict[int, str]) -> str:
    """The same text for families that differ only in names and in the order of brothers and sisters."""

    def shape(person: int) -> str:
        this = people[person]
        text = "mw"[this.is_woman] + marks.get(person, "")
        if this.spouse >= 0:
            text += "+" + marks.get(this.spouse, "")
        return f"{text}({''.join(sorted(shape(child) for child in this.children))})"

    return shape(0)


def name_people(people: Sequence[Person], rng: KeyedRandom) -> tuple[str, ...]:
    """A name for each person."""
    women, men = (rng.sample(_NAMES[sex], len(people)) for sex in ("women", "men"))
    return tuple((women if person.is_woman else men)[i] for i, person in enumerate(people))


def tell_family(people: Sequence[Person], names: Sequence[str], rng: KeyedRandom) -> str:
    """Who is married to whom and whose child, in random order."""
    facts = []
    for i, person in enumerate(people):
        if person.parents:
            mother, father = (names[parent] for parent in person.parents[:: 1 - 2 * rng.below(2)])
            facts.append(f"{names[i]} is a {'daughter' if person.is_woman else 'son'} of {mother} and {father}.")
        if 0 <= person.spouse < i:
            one, two = (i, person.spouse) if rng.below(2) else (person.spouse, i)
            facts.append(f"{names[one]} is the {'wife' if people[one].is_woman else 'husband'} of {names[two]}.")
    rng.shuffle(facts)
    return " ".join(facts)


def _moves(person: Person, move: str) -> tuple[int, ...]:
    if move == "P":
        return person.parents
    if move == "C":
        return person.children
    return (person.spouse,) if person.spouse >= 0 else ()
