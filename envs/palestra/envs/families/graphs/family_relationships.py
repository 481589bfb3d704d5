"""Who is what to whom: the one word for a relation in a family that is told fact by fact."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.answers import final_line
from palestra.envs.families.graphs.kinship import (
    KINDS,
    KinshipConfig,
    Person,
    draw_family,
    family_shape,
    name_people,
    relatives,
    tell_family,
)
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers import Verdict, Verifier
from palestra.verifiers.answer import quote
from palestra.verifiers.keyed_random import KeyedRandom

_WORDS = tuple(dict.fromkeys(word for kind in KINDS for word in (kind.man, kind.woman)))
_NORMAL = {word.replace("-", ""): word for word in _WORDS} | {
    f"grand{word}": f"great-{word}" for word in ("uncle", "aunt", "nephew", "niece")
}
_MAX_TRIES = 64


@dataclass(frozen=True, kw_only=True, slots=True)
class FamilyRelationshipsKey:
    """A family, two of its people, and the word for what the second one is to the first."""

    people: tuple[Person, ...]
    person: int
    relative: int
    word: str


class RelationVerifier(Verifier[str]):
    """PASS when the final line is the word of the relation; hyphens and blanks do not count.

    Reference: the word, e.g. `great-aunt`.
    """

    name: ClassVar[str] = "relation"

    def parse_reference(self, reference: str) -> str:
        """Read the word."""
        if reference not in _WORDS:
            raise ValueError(f"`{reference[:40]}` is no relation")
        return reference

    def judge(self, response: str, reference: str) -> Verdict:
        """Compare in normal form; `granduncle` is `great-uncle`."""
        line = final_line(response).casefold().strip("\"'`*").removeprefix("the ").removeprefix("a ")
        word = _NORMAL.get(line[:40].replace("-", "").replace(" ", ""))
        if word == reference:
            return Verdict.passed(f"`{reference}` is right")
        return Verdict.failed(f"answered `{quote(line)}`, right is `{reference}`")


class FamilyRelationships(Question[KinshipConfig, FamilyRelationshipsKey]):
    """Families without marriages between relatives: each relation has one word."""

    id: ClassVar[str] = "palestra/FamilyRelationships-v1"
    Config: ClassVar[type[KinshipConfig]] = KinshipConfig
    floor = 0.3
    templates = (
        "{facts}\nWhat is {relative} to {person}?",
        "{facts}\nIn this family, what relation is {relative} to {person}?",
        "{person} asks: what is {relative} to me? Known is this.\n{facts}",
    )
    answer_format = (
        "The last line of your reply must be one word alone, such as mother, grandson, cousin, niece, "
        "great-uncle or father-in-law."
    )
    verifier = RelationVerifier()

    def draw(self, rng: KeyedRandom) -> FamilyRelationshipsKey:
        """A family, a kind of relation, and two people who are so related."""
        generations = self.config.num_generations
        people = draw_family(generations, self.config.max_children, rng)
        kinds = [kind for kind in KINDS if kind.generations <= generations]
        for _ in range(_MAX_TRIES):
            kind, person = rng.choice(kinds), rng.below(len(people))
            if found := relatives(people, person, kind):
                relative = rng.choice(found)
                word = kind.woman if people[relative].is_woman else kind.man
                return FamilyRelationshipsKey(people=people, person=person, relative=relative, word=word)
        return FamilyRelationshipsKey(people=people, person=0, relative=1, word="husband")

    def canonical(self, key: FamilyRelationshipsKey) -> str:
        """The family without names, the two people marked."""
        return family_shape(key.people, {key.person: "1", key.relative: "2"})

    def build(self, key: FamilyRelationshipsKey, rng: KeyedRandom) -> Content:
        """Name the people and tell the facts."""
        names = name_people(key.people, rng)
        return Content(
            slots={
                "facts": tell_family(key.people, names, rng),
                "person": names[key.person],
                "relative": names[key.relative],
            },
            reference=key.word,
            effort=len(names),
            meta={"num_people": len(names)},
            symbols=names,
        )

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """A random relation."""
        return rng.choice(_WORDS)
