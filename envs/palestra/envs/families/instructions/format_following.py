"""Bring facts into a JSON object of a stated shape."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.config import FamilyConfig, ramp, stages
from palestra.envs.families.instructions.records import PERSON_FIELDS, Person, draw_person, shape_of, told, value_of
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers import StructuredOutputVerifier
from palestra.verifiers.keyed_random import KeyedRandom


@dataclass(frozen=True, kw_only=True, slots=True)
class FormatFollowingConfig(FamilyConfig):
    """What is to be written."""

    num_people: int = ramp(1, 5, low=1, high=12)
    """How many people are described, 1..12."""
    num_fields: int = ramp(2, 6, low=1, high=len(PERSON_FIELDS))
    """How many fields each of them has; the name is always one."""
    has_summary: bool = stages(False, False, True)
    """Whether the object also has totals over all people."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FormatKey:
    """People and the names of the fields that are asked."""

    people: tuple[Person, ...]
    fields: tuple[str, ...]


class FormatFollowing(Question[FormatFollowingConfig, FormatKey]):
    """People with a few facts, as an array of objects in an object."""

    id: ClassVar[str] = "palestra/FormatFollowing-v1"
    Config: ClassVar[type[FormatFollowingConfig]] = FormatFollowingConfig
    templates = (
        "{facts}\nWrite this as a JSON object: {shape}",
        "Turn these facts into JSON.\n{facts}\nThe object has this shape: {shape}",
        "Make a JSON object of this shape: {shape}\nTake its content from this text: {facts}",
    )
    answer_format = "Reply with the JSON object alone: these keys and no others, people in the order of the text."
    verifier = StructuredOutputVerifier()

    def draw(self, rng: KeyedRandom) -> FormatKey:
        """Draw people and fields."""
        people = tuple(draw_person(rng) for _ in range(self.config.num_people))
        others = rng.sample(PERSON_FIELDS[1:], self.config.num_fields - 1)
        return FormatKey(people=people, fields=(PERSON_FIELDS[0], *sorted(others, key=PERSON_FIELDS.index)))

    def composition(self, key: FormatKey) -> str:
        """The fields, where there are several."""
        return " ".join(key.fields) if len(key.fields) > 1 else ""

    def build(self, key: FormatKey, rng: KeyedRandom) -> Content | None:
        """Tell the facts; what is not asked for is told too."""
        names = [person.name for person in key.people]
        if len(set(names)) < len(names):
            return None
        records = [{field: value_of(person, field) for field in key.fields} for person in key.people]
        value: dict[str, object] = {"people": records}
        shape = f'"people" is an array with one object for each person, with the keys {shape_of(key.fields)}'
        if self.config.has_summary:
            value["count"] = len(names)
            value["total_age"] = sum(person.age for person in key.people)
            shape += '; "count" is the number of people, "total_age" the sum of their ages (whole numbers)'
        return Content(
            slots={"facts": " ".join(map(told, key.people)), "shape": f"{shape}."},
            reference=json.dumps({"value": value}),
            effort=len(records) * len(key.fields) + len(value),
            meta={"num_people": len(names), "num_fields": len(key.fields)},
        )

    def oracle(self, task: Task) -> str:
        """The object."""
        return json.dumps(json.loads(task.reference)["value"])

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """An object of the right keys about other people."""
        value = json.loads(task.reference)["value"]
        for record in value["people"]:
            other = draw_person(rng)
            record.update({field: value_of(other, field) for field in record})
        return json.dumps(value)
