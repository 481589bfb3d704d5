"""A tiny part of SQL, and what it means."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass

Cell = str | int
Row = tuple[Cell, ...]

_COMPARE: dict[str, Callable[[object, object], bool]] = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,  # type: ignore[dict-item]
    ">": operator.gt,  # type: ignore[dict-item]
    "<=": operator.le,  # type: ignore[dict-item]
    ">=": operator.ge,  # type: ignore[dict-item]
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Query:
    """A query of one table."""

    table: str
    columns: tuple[str, ...]
    """Those of the table."""
    selected: tuple[str, ...]
    """Columns; or, with groups, the column of the group and an aggregate such as `SUM(pay)`."""
    conditions: tuple[tuple[str, str, Cell], ...]
    """Column, comparison and value; all of them hold."""
    group: str | None
    order: str
    is_descending: bool
    limit: int | None

    def text(self) -> str:
        """The query in SQL."""
        parts = [f"SELECT {', '.join(self.selected)} FROM {self.table}"]
        tests = (f"{column} {test} {_literal(value)}" for column, test, value in self.conditions)
        if self.conditions:
            parts.append(f"WHERE {' AND '.join(tests)}")
        if self.group:
            parts.append(f"GROUP BY {self.group}")
        parts.append(f"ORDER BY {self.order}{' DESC' if self.is_descending else ''}")
        if self.limit:
            parts.append(f"LIMIT {self.limit}")
        return " ".join(parts) + ";"


def run_query(query: Query, rows: Sequence[Row]) -> list[Row] | None:
    """The rows of the result; None where their order is not decided by the query."""
    at = {column: i for i, column in enumerate(query.columns)}
    kept = [row for row in rows if all(_COMPARE[test](row[at[c]], value) for c, test, value in query.conditions)]
    if query.group:
        groups: dict[Cell, list[Row]] = {}
        for row in kept:
            groups.setdefault(row[at[query.group]], []).append(row)
        made: list[Row] = [(name, _aggregate(query.selected[1], members, at)) for name, members in groups.items()]
        keyed = [(row[query.selected.index(query.order)], row) for row in made]
    else:
        keyed = [(row[at[query.order]], tuple(row[at[column]] for column in query.selected)) for row in kept]
    if len({key for key, _ in keyed}) < len(keyed):
        return None
    keyed.sort(reverse=query.is_descending)
    return [row for _, row in keyed][: query.limit]


def _aggregate(what: str, rows: list[Row], at: dict[str, int]) -> int:
    name, _, column = what.rstrip(")").partition("(")
    if name == "COUNT":
        return len(rows)
    values = [value for row in rows if isinstance(value := row[at[column]], int)]
    if name == "SUM":
        return sum(values)
    return max(values) if name == "MAX" else min(values)


def _literal(value: Cell) -> str:
    return f"'{value}'" if isinstance(value, str) else str(value)
