"""Requests of several parts, each for one tool or for none, and the tools that are there."""

from __future__ import annotations

import json
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, TypeVar

from palestra.envs.config import FamilyConfig, ramp, stages
from palestra.envs.families.tool_calls.blueprints import BLUEPRINTS, Blueprint
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom
from palestra.verifiers.text.json_value import Json, canonical_json
from palestra.verifiers.tools.call import ToolCall, ToolSpec

DECLINE = ToolSpec(
    name="decline",
    description="Tell which parts of the request no other tool can do.",
    parameters={
        "type": "object",
        "properties": {
            "parts": {"type": "array", "items": {"type": "integer"}, "description": "Their numbers, the smallest first"}
        },
        "required": ["parts"],
        "additionalProperties": False,
    },
)
"""Among the tools of every task: what cannot be done has a right answer of its own, and silence never is one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RequestConfig(FamilyConfig):
    """How much is asked for, and of how many tools."""

    num_parts: int = stages(1, 1, 2, 2, 3, 3, 4, choices=(1, 2, 3, 4))
    """How many things the request asks for, 1..4."""
    num_tools: int = ramp(4, 14, low=4, high=16)
    """How many tools there are, besides the one that declines."""
    level: int = stages(0, 1, 2)
    """0 for plain arguments, 1 also for codes and units to convert, 2 also for lists and objects."""
    impossible: float = ramp(0.1, 0.3, low=0.0, high=1.0)
    """The share of parts that no tool can do, in requests of more than one part."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """One thing that a request asks for."""

    blueprint: str
    values: Mapping[str, Json]
    """By the first name of each argument."""
    is_possible: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """What a task is made of."""

    parts: tuple[Part, ...]
    others: tuple[str, ...]
    """Blueprints of the tools that nothing is asked of."""


RequestConfigT = TypeVar("RequestConfigT", bound=RequestConfig)


class ToolRequest(Question[RequestConfigT, Request]):
    """A family that asks for calls; what a right response is, and how calls are written, is for subclasses to say."""

    puzzles: ClassVar[str] = "palestra/ToolRequest"
    templates = (
        "{tools}\n\nThe request:\n{request}",
        "{tools}\n\nSomebody asks you:\n{request}",
        "{tools}\n\nDo the following by calling tools.\n{request}",
        "{tools}\n\nThis has come in and waits for you:\n{request}",
    )

    @abstractmethod
    def told(self, specs: Sequence[ToolSpec]) -> str:
        """The tools as the prompt shows them; each is a line of JSON."""

    @abstractmethod
    def gold(self, calls: Sequence[ToolCall], specs: Sequence[ToolSpec]) -> str:
        """The reference for the right calls."""

    @abstractmethod
    def written(self, calls: Sequence[ToolCall]) -> str:
        """A response that makes the calls."""

    def draw(self, rng: KeyedRandom) -> Request:
        """Parts of different blueprints; those that are impossible have the tool that is most like theirs."""
        config = self.config
        allowed = [name for name, blueprint in BLUEPRINTS.items() if blueprint.level <= config.level]
        chosen = rng.sample(allowed, config.num_parts)
        parts = []
        for name in chosen:
            values = {argument.names[0]: argument.value.draw(rng) for argument in BLUEPRINTS[name].arguments}
            possible = config.num_parts == 1 or rng.share() >= config.impossible
            parts.append(Part(blueprint=name, values=values, is_possible=possible))
        impossible = {part.blueprint for part in parts if not part.is_possible}
        near = [BLUEPRINTS[part.blueprint].near for part in parts if BLUEPRINTS[part.blueprint].near not in chosen]
        rest = [name for name in BLUEPRINTS if name not in chosen and name not in near]
        rng.shuffle(rest)
        num_others = max(0, config.num_tools - (len(chosen) - len(impossible)))
        return Request(parts=tuple(parts), others=tuple([*near, *rest][:num_others]))

    def canonical(self, key: Request) -> str:
        """The parts in alphabetical order, whatever the tools are called."""
        rows = [canonical_json([part.blueprint, part.is_possible, part.values]) for part in key.parts]
        return "\n".join(sorted(rows))

    def composition(self, key: Request) -> str:
        """What is asked for together."""
        return "+".join(sorted(part.blueprint for part in key.parts)) if len(key.parts) > 1 else ""

    def build(self, key: Request, rng: KeyedRandom) -> Content | None:
        """Name the tools and word the request."""
        offered = [*(part.blueprint for part in key.parts if part.is_possible), *key.others]
        made = {name: _Made(BLUEPRINTS[name], rng.below(3)) for name in offered}
        specs = [one.spec() for one in made.values()]
        rng.shuffle(specs)
        specs.append(DECLINE)
        calls = [made[part.blueprint].call(part.values) for part in key.parts if part.is_possible]
        missing = [number for number, part in enumerate(key.parts, 1) if not part.is_possible]
        if missing:
            calls.append(ToolCall(name=DECLINE.name, arguments={"parts": missing}))
        sentences = [_worded(part, rng) for part in key.parts]
        shown = "\n".join(f"{number}. {sentence}" for number, sentence in enumerate(sentences, 1))
        return Content(
            slots={"tools": self.told(specs), "request": shown},
            reference=self.gold(calls, specs),
            effort=sum(1 + len(part.values) for part in key.parts) + 0.2 * len(specs),
            meta={"num_tools": len(specs)},
        )

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """Calls of tools of the prompt with texts and numbers of the request."""
        specs = tools_of(task.prompt)
        words = task.prompt.rpartition("\n1. ")[2].rpartition("\n")[0].replace(",", " ").replace(".", " ").split()
        chosen = rng.sample(specs, min(len(specs), rng.between(1, self.config.num_parts)))
        return self.written([_random_call(spec, words, rng) for spec in chosen])


def tools_of(prompt: str) -> list[ToolSpec]:
    """The tools that a prompt shows."""
    rows = [json.loads(line)["function"] for line in prompt.splitlines() if line.startswith('{"type": "function"')]
    return [
        ToolSpec(name=row["name"], description=row["description"], parameters=row["parameters"])
        for row in rows
        if row["name"] != "<name>"
    ]


@dataclass(frozen=True, slots=True)
class _Made:
    """A blueprint with the names that it has in one task."""

    blueprint: Blueprint
    style: int

    def spec(self) -> ToolSpec:
        """The tool."""
        properties: dict[str, Json] = {}
        for argument in self.blueprint.arguments:
            schema = argument.value.schema()
            notes = [argument.note, *([str(schema["description"])] if "description" in schema else [])]
            properties[argument.names[self.style]] = {**schema, "description": ", ".join(notes)}
        parameters: dict[str, Json] = {
            "type": "object",
            "properties": properties,
            "required": list(properties),
            "additionalProperties": False,
        }
        return ToolSpec(name=self.blueprint.names[self.style], description=self.blueprint.note, parameters=parameters)

    def call(self, values: Mapping[str, Json]) -> ToolCall:
        """The call with these values."""
        names = {argument.names[0]: argument.names[self.style] for argument in self.blueprint.arguments}
        return ToolCall(
            name=self.blueprint.names[self.style], arguments={names[name]: value for name, value in values.items()}
        )


def _worded(part: Part, rng: KeyedRandom) -> str:
    blueprint = BLUEPRINTS[part.blueprint]
    slots = {argument.names[0]: argument.value.said(part.values[argument.names[0]]) for argument in blueprint.arguments}
    return rng.choice(blueprint.wordings).format_map(slots)


def _random_call(spec: ToolSpec, words: Sequence[str], rng: KeyedRandom) -> ToolCall:
    properties = spec.parameters["properties"]
    assert isinstance(properties, Mapping), "our own schemas have properties"
    return ToolCall(
        name=spec.name, arguments={name: _random_value(schema, words, rng) for name, schema in properties.items()}
    )


def _random_value(schema: Json, words: Sequence[str], rng: KeyedRandom) -> Json:
    assert isinstance(schema, Mapping), "our own schemas are objects"
    choices, properties = schema.get("enum"), schema.get("properties")
    if isinstance(choices, list | tuple):
        code: Json = rng.choice(choices)
        return code
    if schema["type"] == "integer":
        return rng.choice([int(word) for word in words if word.isdigit()] or [1])
    if schema["type"] == "array":
        return [_random_value(schema["items"], words, rng)]
    if isinstance(properties, Mapping):
        return {name: _random_value(inner, words, rng) for name, inner in properties.items()}
    return rng.choice(words)
