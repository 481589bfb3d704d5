"""All relatives of a kind: the grandchildren, cousins, uncles and aunts of somebody, by name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.answers import RecordVerifier
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
from palestra.envs.families.graphs.reading import final_nodes
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.record import decode, encode
from palestra.envs.task import Task
from palestra.verifiers import Verdict
from palestra.verifiers.keyed_random import KeyedRandom

_KINDS = tuple(kind for kind in KINDS if kind.plural)
_MAX_TRIES = 64


@dataclass(frozen=True, kw_only=True, slots=True)
class FamilyMembersKey:
    """A family, one of its people, and which relatives are asked for."""

    people: tuple[Person, ...]
    person: int
    kind: int
    """Among the kinds that can be asked for."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FamilyMembersAnswer:
    """What an answer is checked against."""

    people: tuple[str, ...]
    relatives: tuple[int, ...]
    """The right ones, in order."""


class FamilyMembersVerifier(RecordVerifier[FamilyMembersAnswer]):
    """PASS when exactly the right people are named once, in any order."""

    name: ClassVar[str] = "family-members"
    record_type = FamilyMembersAnswer

    def judge(self, response: str, reference: FamilyMembersAnswer) -> Verdict:
        """Compare as sets."""
        people = final_nodes(response, reference.people)
        named = set(people)
        if len(named) < len(people):
            return Verdict.failed(f"{len(people)} names, {len(named)} different ones")
        right = set(reference.relatives)
        detail = f"{len(named & right)} of {len(right)} relatives are named, and {len(named - right)} others"
        return Verdict.passed(detail) if named == right else Verdict.failed(detail)


class FamilyMembers(Question[KinshipConfig, FamilyMembersKey]):
    """Families without marriages between relatives; relatives by marriage do not count."""

    id: ClassVar[str] = "palestra/FamilyMembers-v1"
    Config: ClassVar[type[KinshipConfig]] = KinshipConfig
    templates = (
        "{facts}\nName all {kind} of {person}.",
        "{facts}\nWho are the {kind} of {person}?",
        "{person} invites all {kind} that {person} has, and nobody else. Who is invited?\n{facts}",
    )
    answer_format = (
        "Relatives by blood count, those by marriage do not. "
        "The last line of your reply must be the names alone, separated by commas."
    )
    verifier = FamilyMembersVerifier()

    def draw(self, rng: KeyedRandom) -> FamilyMembersKey:
        """A family, and a person who has relatives of a kind."""
        generations = self.config.num_generations
        people = draw_family(generations, self.config.max_children, rng)
        kinds = [i for i, kind in enumerate(_KINDS) if kind.generations <= generations]
        for _ in range(_MAX_TRIES):
            kind, person = rng.choice(kinds), rng.below(len(people))
            if relatives(people, person, _KINDS[kind]):
                return FamilyMembersKey(people=people, person=person, kind=kind)
        return FamilyMembersKey(people=people, person=2, kind=0)

    def canonical(self, key: FamilyMembersKey) -> str:
        """The family without names, the person marked, and the kind."""
        return f"{family_shape(key.people, {key.person: '1'})} {_KINDS[key.kind].plural}"

    def build(self, key: FamilyMembersKey, rng: KeyedRandom) -> Content:
        """Name the people and tell the facts."""
        names = name_people(key.people, rng)
        found = relatives(key.people, key.person, _KINDS[key.kind])
        return Content(
            slots={
                "facts": tell_family(key.people, names, rng),
                "person": names[key.person],
                "kind": _KINDS[key.kind].plural,
            },
            reference=encode(FamilyMembersAnswer(people=names, relatives=found)),
            effort=len(names),
            meta={"num_people": len(names)},
            symbols=names,
        )

    def oracle(self, task: Task) -> str:
        """The relatives."""
        answer = decode(FamilyMembersAnswer, task.reference)
        return ", ".join(answer.people[i] for i in answer.relatives)

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """As many random people."""
        answer = decode(FamilyMembersAnswer, task.reference)
        return ", ".join(rng.sample(answer.people, len(answer.relatives)))
