"""What became other in a database, row by row."""

from __future__ import annotations

from dataclasses import dataclass

from palestra.envs.stateful.database import Database, Place


@dataclass(frozen=True, slots=True, order=True)
class Change:
    """One row that came, went or became another; free columns are None."""

    table: str
    key: str
    """Empty where the key is free."""
    before: str
    """The cells as Python writes them; empty for a new row."""
    after: str
    """Likewise; empty for a row that is gone."""


Difference = tuple[Change, ...]
"""All changes in a fixed order: equal differences are equal values."""


def difference(database: Database) -> Difference:
    """The rows of tracked tables that are not as they were at the start."""
    tables = {table.name: table for table in database.schema.tables if table.is_tracked}
    changes = []
    for (name, key), old in database.touched.items():
        if (table := tables.get(name)) is None:
            continue
        new = database.row(table, key)
        before = None if old is None else table.compared(old)
        after = None if new is None else table.compared(new)
        if before != after:
            changes.append(
                Change(
                    table=name,
                    key="" if table.key in table.free else repr(key),
                    before="" if before is None else repr(before),
                    after="" if after is None else repr(after),
                )
            )
    return tuple(sorted(changes))


def written(database: Database) -> frozenset[Place]:
    """The rows that were ever written; the n-th new row of a table with free keys counts as `+n`."""
    free = {table.name for table in database.schema.tables if table.key in table.free}
    places: set[Place] = set()
    new: dict[str, int] = {}
    for (name, key), old in database.touched.items():
        if name in free and old is None:
            new[name] = new.get(name, 0) + 1
            places.add((name, f"+{new[name]}"))
        else:
            places.add((name, key))
    return frozenset(places)
