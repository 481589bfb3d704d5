"""What the desks of tau2's domains share: records that are changed in copies, arithmetic, and handing over."""

from __future__ import annotations

import ast
import copy
import json
import math
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from palestra.envs.bridges.tau2_rows import Tables
from palestra.envs.ending import EndReason
from palestra.envs.tools.tool import Effect, ToolError, tool

_OPERATORS: Mapping[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_MAX_EXPRESSION_CHARS = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """A record that is no longer as the database has it."""

    table: str
    key: str
    record: str
    """JSON, with its keys in order."""


class Tau2Desk:
    """Works on the records of a database; what it changes is its own. A call that is refused changes nothing."""

    def __init__(self, tables: Tables, changes: tuple[Change, ...] = ()) -> None:
        self._tables = tables
        self._changed: dict[tuple[str, str], Any] = {(c.table, c.key): json.loads(c.record) for c in changes}
        self.end: EndReason | None = None

    def changes(self) -> tuple[Change, ...]:
        """All records that differ from the database, in order: the same for equal worlds."""
        found = []
        for (table, key), record in sorted(self._changed.items(), key=lambda item: item[0]):
            if self._tables[table].get(key) != record:
                found.append(Change(table=table, key=key, record=json.dumps(record, sort_keys=True)))
        return tuple(found)

    @tool(Effect.READ)
    def calculate(self, expression: str) -> str:
        """Work out an arithmetic expression.

        Args:
            expression: Numbers, `+ - * /` and parentheses.
        """
        try:
            if len(expression) > _MAX_EXPRESSION_CHARS:
                raise ValueError("it is too long")
            value = _value(ast.parse(expression.strip(), mode="eval").body)
            if not math.isfinite(value):
                raise ValueError("it is not finite")
            return f"{round(value, 2):.2f}".rstrip("0").rstrip(".")
        except (ValueError, SyntaxError, ZeroDivisionError, OverflowError, RecursionError, MemoryError) as error:
            raise ToolError(f"this cannot be worked out: {error}") from None

    @tool(Effect.WRITE)
    def transfer_to_human_agents(self, summary: str) -> str:
        """Hand the user over to a colleague; this ends the work.

        Args:
            summary: What the user wants.
        """
        del summary
        self.end = EndReason.SUBMITTED
        return "The user is handed over."

    @tool(Effect.WRITE)
    def done(self) -> str:
        """Close the ticket: all that could be done is done, and the user has been told."""
        self.end = EndReason.SUBMITTED
        return "The ticket is closed."

    def record(self, table: str, key: str) -> Any:
        """A record to be read.

        Raises:
            ToolError: There is none.
        """
        if (table, key) in self._changed:
            return self._changed[table, key]
        if key not in self._tables[table]:
            raise ToolError(f"there is no `{key[:60]}` among the {table}")
        return self._tables[table][key]

    def keys(self, table: str) -> list[str]:
        """The keys of a table, new ones last."""
        known = self._tables[table]
        return [*known, *(key for name, key in self._changed if name == table and key not in known)]

    def change(self, table: str, key: str) -> Any:
        """A copy of a record to be changed; `keep` puts it in its place."""
        return copy.deepcopy(self.record(table, key))

    def keep(self, table: str, key: str, record: Any) -> None:
        """Put a record into its place."""
        self._changed[table, key] = record


def _value(node: ast.expr) -> float:
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float) and not isinstance(node.value, bool):
        return float(node.value)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return -_value(node.operand)
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
        return _OPERATORS[type(node.op)](_value(node.left), _value(node.right))
    raise ValueError("there are numbers, `+ - * /` and parentheses")
