"""What a customer wants: the parts of which tasks are composed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from palestra.envs.stateful.records import Cell
from palestra.verifiers.text.json_value import Json
from palestra.verifiers.tools.call import ToolCall

_WORD = re.compile(r"[a-z]+")
_NAME = re.compile(r"'[^']+'|`[^`]+`|/[\w./-]*\w|(?!^)\b[A-Z][\w-]+(?: [A-Z][\w-]+)*")


@dataclass(frozen=True, kw_only=True, slots=True)
class Fact:
    """Something that the customer knows and may keep back until asked, or say wrong at first."""

    name: str
    """The slot of the request where it stands."""
    value: str
    """As the customer says it."""
    words: tuple[str, ...]
    """Words in lower case: a message with one of them asks for the fact."""
    vague: str
    """What stands in the request while the fact is kept back; empty where it is always told at once."""
    about: str
    """Says, when the value is told later, what it is the value of, e.g. `The new address for order 12 is`."""
    mistake: str = ""
    """Another value that could be meant as well; empty where the customer never mixes them up."""

    @property
    def told(self) -> str:
        """The sentence that tells it."""
        return f"{self.about} {self.value}."

    def is_asked_in(self, message: str) -> bool:
        """Whether a message in lower case has one of the words, or names the object that the fact is about."""
        if not set(self.words).isdisjoint(_WORD.findall(message)):
            return True
        return any(name.strip("'`").lower() in message for name in _NAME.findall(self.about))


@dataclass(frozen=True, kw_only=True, slots=True)
class Lookup:
    """A SELECT over the world."""

    sql: str
    values: tuple[Cell, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """A value that the customer wants to be told."""

    what: str
    """As the domain's tool `tell` names it."""
    subject: str
    """The object that it is a value of."""
    answer: Lookup
    """Finds the value: one row of one cell, the same before and after all that the task changes."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Goal:
    """One wish. What it means for the database is found by making its calls."""

    request: str
    """What the customer says, with the facts as slots."""
    facts: tuple[Fact, ...] = ()
    ways: tuple[tuple[ToolCall, ...], ...] = ((),)
    """The calls that fulfil it, several where the customer leaves a choice; the first is the oracle's."""
    asked: tuple[Asked, ...] = ()
    names: tuple[Lookup, ...] = ()
    """Each finds exactly one row in the world at the start: the request can mean one object only."""
    tempting: tuple[ToolCall, ...] = ()
    """Where the right thing is to decline: the calls that must not be made."""


def called(tool: str, /, **arguments: Json) -> ToolCall:
    """A call of a tool by the names of its parameters; choices may be given as members."""
    plain = {name: str(value) if isinstance(value, StrEnum) else value for name, value in arguments.items()}
    return ToolCall(name=tool, arguments=plain)
