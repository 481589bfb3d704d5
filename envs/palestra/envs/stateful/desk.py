"""The desk of a domain: tools over its database, with the rules of the house checked after each write."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import wraps
from typing import ClassVar, Concatenate, ParamSpec, TypeVar

from palestra.envs.ending import EndReason
from palestra.envs.stateful.database import Database
from palestra.envs.stateful.records import Cell, RecordT, Schema
from palestra.envs.stateful.scenario import Answer, Refusal, Sitting, call_key
from palestra.envs.tool_game import Desk
from palestra.envs.tools import Effect, ToolError, tool

_MOST_OF_A_KIND = 64  # values told, and wishes declined: more are no service
_MOST_CHARS = 200  # of what they are about
_MOST_DIGITS = 18
_MOST_KEY_CHARS, _MOST_READS = 500, 500


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """A rule of the house: whoever breaks it by a write has failed, whatever follows."""

    name: str
    text: str
    """What the policy is told."""
    broken_by: str = ""
    """A SELECT that finds a row where the rule is broken; empty where the tools enforce it."""


class DomainDesk(Desk[Sitting]):
    """The base of the desks of all domains.

    A domain's tools are methods marked with `@read` and `@write`. The wording of `tell` and `decline` is the
    domain's: they take its own choices and call `note_answer` and `note_refusal`.
    """

    schema: ClassVar[Schema]
    rules: ClassVar[tuple[Rule, ...]] = ()
    is_rehearsal: bool = False
    """Set where calls are made to find the gold: the rules are checked once then, behind the last."""

    def __init__(self, sitting: Sitting) -> None:
        self._sitting = sitting
        self.database = Database(self.schema, sitting.snapshot, sitting.touched)
        self._num_checked = 0

    def world(self) -> Sitting:
        """The episode as it is now."""
        return replace(self._sitting, snapshot=self.database.snapshot(), touched=dict(self.database.touched))

    @tool(Effect.READ)
    def done(self) -> str:
        """End your work, when everything is done, told or declined."""
        self.end = EndReason.SUBMITTED
        return "The case is closed."

    def need(self, record_type: type[RecordT], key: str) -> RecordT:
        """The record of a key that a call names.

        Raises:
            ToolError: There is none.
        """
        found = self.database.get(record_type, key)
        if found is None:
            raise ToolError(f"there is no `{key[:80]}`")
        return found

    def note_answer(self, what: str, subject: str, value: Cell) -> None:
        """Keep a value that the customer is told.

        Raises:
            ToolError: Another value was told before: what is said is said.
        """
        _check_length(subject)
        told = {(answer.what, answer.subject): answer.value for answer in self._sitting.answers}
        if told.get((what, subject), value) != value:
            raise ToolError("the customer was told another value before")
        if len(told) >= _MOST_OF_A_KIND:
            raise ToolError("the customer was told too much")
        answer = Answer(what=what, subject=subject, value=value)
        self._sitting = replace(self._sitting, answers=self._sitting.answers | {answer})

    def note_refusal(self, subject: str, reason: str) -> None:
        """Keep that a wish is declined.

        Raises:
            ToolError: It was declined for another reason before.
        """
        _check_length(subject)
        reasons = {refusal.subject: refusal.reason for refusal in self._sitting.refusals}
        if reasons.get(subject, reason) != reason:
            raise ToolError("this was declined for another reason before")
        if len(reasons) >= _MOST_OF_A_KIND:
            raise ToolError("too much was declined")
        refusal = Refusal(subject=subject, reason=reason)
        self._sitting = replace(self._sitting, refusals=self._sitting.refusals | {refusal})

    def _notes(self) -> tuple[int, int, int]:
        """Grows with everything that a call leaves behind."""
        return self.database.num_writes, len(self._sitting.answers), len(self._sitting.refusals)

    def clues(self, key: str) -> tuple[str, ...]:
        """What somebody could ask by who looks for a row: the other texts in it."""
        rows = [row for table in self.schema.tables if (row := self.database.row(table, key)) is not None]
        return tuple(cell for row in rows for cell in row[1:] if isinstance(cell, str) and cell)

    def note_read(self, name: str, arguments: dict[str, object]) -> None:
        """Keep that a reading call was made."""
        key = call_key(name, arguments)
        if len(key) <= _MOST_KEY_CHARS and len(self._sitting.reads) < _MOST_READS:
            self._sitting = replace(self._sitting, reads=self._sitting.reads | {key})

    def note_write(self, name: str, arguments: dict[str, object]) -> None:
        """Keep that a writing call was made, and which rules are broken after it."""
        self._sitting = replace(self._sitting, calls=(*self._sitting.calls, call_key(name, arguments)))
        if not self.is_rehearsal:
            self.check_rules()

    def check_rules(self) -> None:
        """Keep which rules are broken, if something was written since they were checked."""
        if self.database.num_writes > self._num_checked:
            self._num_checked = self.database.num_writes
            left = [rule for rule in self.rules if rule.broken_by and rule.name not in self._sitting.broken]
            found = tuple(rule.name for rule in left if self.database.query(rule.broken_by))
            self._sitting = replace(self._sitting, broken=self._sitting.broken + found)


def plain(value: int | str) -> int | str:
    """A value as it is compared: a text of digits is a number, and spaces around a text do not count."""
    text = value.strip() if isinstance(value, str) else ""
    if text.isdecimal() and len(text) <= _MOST_DIGITS:
        return int(text)
    return text if isinstance(value, str) else value


def _check_length(subject: str) -> None:
    if len(subject) > _MOST_CHARS:
        raise ToolError(f"there is no `{subject[:80]}`")


DeskT = TypeVar("DeskT", bound=DomainDesk)
ResultT = TypeVar("ResultT")
ArgumentsT = ParamSpec("ArgumentsT")


def read(
    method: Callable[Concatenate[DeskT, ArgumentsT], ResultT],
) -> Callable[Concatenate[DeskT, ArgumentsT], ResultT]:
    """Mark a method as a tool that changes nothing."""

    @wraps(method)
    def noted(self: DeskT, /, *args: ArgumentsT.args, **kwargs: ArgumentsT.kwargs) -> ResultT:
        result = method(self, *args, **kwargs)
        self.note_read(method.__name__, dict(kwargs))
        return result

    return tool(Effect.READ)(noted)


def write(
    method: Callable[Concatenate[DeskT, ArgumentsT], ResultT],
) -> Callable[Concatenate[DeskT, ArgumentsT], ResultT]:
    """Mark a method as a tool that changes the world: all of it or, where it raises `ToolError`, nothing.

    A call that would change nothing is refused.
    """

    @wraps(method)
    def whole(self: DeskT, /, *args: ArgumentsT.args, **kwargs: ArgumentsT.kwargs) -> ResultT:
        before = self._notes()
        with self.database.transaction():
            result = method(self, *args, **kwargs)
            if self._notes() == before:
                raise ToolError("this would change nothing")
        self.note_write(method.__name__, dict(kwargs))
        return result

    return tool(Effect.WRITE)(whole)
