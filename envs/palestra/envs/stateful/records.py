"""Rows of a domain's database as frozen dataclasses, and the schema that they make."""

from __future__ import annotations

import dataclasses
import re
import sqlite3
from collections.abc import Callable, Hashable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property, lru_cache
from operator import attrgetter, itemgetter
from typing import Any, ClassVar, TypeVar, cast

Cell = str | int | None
"""What a column holds."""
Row = tuple[Cell, ...]
"""The cells of a row in the order of the columns."""

_PAGE_BYTES = 512  # the smallest: a world of a hundred rows is one copy of some ten kilobytes
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


class Record:
    """Base of the frozen dataclasses that are rows; the first field is the key, all fields hold cells."""

    __slots__ = ()

    free: ClassVar[frozenset[str]] = frozenset()
    """Columns that no judgement compares: ids that are given, times."""
    is_tracked: ClassVar[bool] = True
    """Whether changes of the table count; a table of the session, e.g. who is verified, does not."""


RecordT = TypeVar("RecordT", bound=Record)


@dataclass(frozen=True, kw_only=True)
class Table:
    """The table of a type of records."""

    name: str
    """The type's name in lower case with underscores."""
    columns: tuple[str, ...]
    free: frozenset[str]
    is_tracked: bool

    @classmethod
    def of(cls, record_type: type[Record]) -> Table:
        """The table of a dataclass."""
        return _table(cast(Hashable, record_type))

    @property
    def key(self) -> str:
        """The column that names a row."""
        return self.columns[0]

    @cached_property
    def free_places(self) -> tuple[int, ...]:
        """Where the free columns are."""
        return tuple(place for place, column in enumerate(self.columns) if column in self.free)

    @cached_property
    def cells(self) -> Callable[[Record], Row]:
        """Reads the cells of a record."""
        if len(self.columns) == 1:
            return lambda record: (getattr(record, self.key),)
        return attrgetter(*self.columns)

    def compared(self, row: Row) -> Row:
        """The row without what is free."""
        if not self.free_places:
            return row
        return tuple(None if place in self.free_places else cell for place, cell in enumerate(row))


@dataclass(frozen=True)
class Schema:
    """The tables of a domain."""

    record_types: tuple[type[Record], ...]

    @classmethod
    def of(cls, *record_types: type[Record]) -> Schema:
        """The schema of these records."""
        return cls(record_types)

    @cached_property
    def tables(self) -> tuple[Table, ...]:
        """One for each type of records."""
        return tuple(map(Table.of, self.record_types))

    @cached_property
    def empty(self) -> bytes:
        """A database without rows, as SQLite writes it."""
        with closing(sqlite3.connect(":memory:")) as connection:
            connection.execute(f"PRAGMA page_size = {_PAGE_BYTES}")
            for table in self.tables:
                columns = ", ".join(f'"{column}"' for column in table.columns)
                connection.execute(
                    f'CREATE TABLE "{table.name}" ({columns}, PRIMARY KEY ("{table.key}")) WITHOUT ROWID'
                )
            return connection.serialize()

    def filled(self, records: Iterable[Record]) -> bytes:
        """A database with these rows.

        Raises:
            sqlite3.IntegrityError: Two rows have one key.
        """
        by_type: dict[type[Record], list[Row]] = {}
        for record in records:
            by_type.setdefault(type(record), []).append(row_of(record))
        with closing(sqlite3.connect(":memory:")) as connection:
            connection.deserialize(self.empty)
            with connection:
                for record_type, rows in by_type.items():
                    table = Table.of(record_type)
                    places = ", ".join("?" * len(table.columns))
                    rows.sort(key=itemgetter(0))  # pages fill in order, whatever the order of drawing
                    connection.executemany(f'INSERT INTO "{table.name}" VALUES ({places})', rows)
            return connection.serialize()


def row_of(record: Record) -> Row:
    """The cells of a record."""
    return Table.of(type(record)).cells(record)


def record_of(record_type: type[RecordT], cells: Sequence[Cell]) -> RecordT:
    """The record of a row."""
    return record_type(*cells)


@lru_cache(maxsize=4096)
def _table(record_type: Any) -> Table:
    fields = dataclasses.fields(record_type)
    return Table(
        name=_HUMP.sub("_", record_type.__name__).lower(),
        columns=tuple(field.name for field in fields),
        free=record_type.free,
        is_tracked=record_type.is_tracked,
    )
