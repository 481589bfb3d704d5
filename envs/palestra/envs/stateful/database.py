"""A domain's database while tools work on it: SQLite in memory, made of a snapshot and turned into one again."""

from __future__ import annotations

import sqlite3
import weakref
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from palestra.envs.stateful.records import Cell, Record, RecordT, Row, Schema, Table, record_of, row_of
from palestra.envs.tools import ToolError

Place = tuple[str, Cell]
"""A row by the name of its table and its key."""
Touched = Mapping[Place, Row | None]
"""Rows that were written, and what they were before; None for new ones."""

_UNTOUCHED: Touched = {}
_MAX_CELL_CHARS = 10_000  # the world is copied at every turn


class Database:
    """Rows by type and key. Not for several threads at once.

    Args:
        schema: The tables.
        snapshot: What `Schema.filled` or `snapshot` returned.
        touched: What was written before.
    """

    def __init__(self, schema: Schema, snapshot: bytes, touched: Touched = _UNTOUCHED) -> None:
        self.schema = schema
        self.touched: dict[Place, Row | None] = dict(touched)
        """Every row that was ever written, also where it is now as it was, and what it was at the start."""
        self.num_writes = 0
        """How many statements changed something."""
        self._snapshot: bytes | None = snapshot
        self._connection = sqlite3.connect(":memory:", check_same_thread=False)
        self._connection.deserialize(snapshot)
        weakref.finalize(self, self._connection.close)

    def snapshot(self) -> bytes:
        """The database as it is now; not within a transaction."""
        if self._snapshot is None:
            self._connection.commit()
            self._snapshot = self._connection.serialize()
        return self._snapshot

    def get(self, record_type: type[RecordT], key: Cell) -> RecordT | None:
        """The record of a key."""
        found = self.row(Table.of(record_type), key)
        return None if found is None else record_of(record_type, found)

    def where(self, record_type: type[RecordT], column: str, value: Cell) -> tuple[RecordT, ...]:
        """The records with a value in a column, in the order of their keys."""
        table = Table.of(record_type)
        sql = f'SELECT * FROM "{table.name}" WHERE "{column}" = ? ORDER BY "{table.key}"'
        return tuple(record_of(record_type, row) for row in self.query(sql, value))

    def all(self, record_type: type[RecordT]) -> tuple[RecordT, ...]:
        """All records of a type, in the order of their keys."""
        table = Table.of(record_type)
        rows = self.query(f'SELECT * FROM "{table.name}" ORDER BY "{table.key}"')
        return tuple(record_of(record_type, row) for row in rows)

    def query(self, sql: str, *values: Cell) -> list[Row]:
        """What a SELECT finds; nothing for a value that no row can hold."""
        try:
            return self._connection.execute(sql, values).fetchall()
        except (UnicodeEncodeError, OverflowError):
            return []

    def row(self, table: Table, key: Cell) -> Row | None:
        """The cells of a key."""
        found = self.query(f'SELECT * FROM "{table.name}" WHERE "{table.key}" = ?', key)
        return found[0] if found else None

    def add(self, record: Record) -> None:
        """Put in a new record.

        Raises:
            ToolError: Its key is taken, or a cell cannot be stored.
        """
        table, row = Table.of(type(record)), row_of(record)
        self._run(f'INSERT INTO "{table.name}" VALUES ({", ".join("?" * len(row))})', row)
        self.touched.setdefault((table.name, row[0]), None)

    def change(self, record: Record) -> None:
        """Replace the record of the same key; one that is equal already is not written.

        Raises:
            KeyError: There is none.
            ToolError: A cell cannot be stored.
        """
        table, row = Table.of(type(record)), row_of(record)
        before = self._before(table, row[0])
        if before == row:
            return
        columns = ", ".join([f'"{column}" = ?' for column in table.columns])
        self._run(f'UPDATE "{table.name}" SET {columns} WHERE "{table.key}" = ?', (*row, row[0]))
        self.touched.setdefault((table.name, row[0]), before)

    def remove(self, record: Record) -> None:
        """Take out the record of the same key.

        Raises:
            KeyError: There is none.
        """
        table, key = Table.of(type(record)), row_of(record)[0]
        before = self._before(table, key)
        self._run(f'DELETE FROM "{table.name}" WHERE "{table.key}" = ?', (key,))
        self.touched.setdefault((table.name, key), before)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All the changes within, or none where an exception comes out."""
        snapshot, touched = self._snapshot, dict(self.touched)
        try:
            with self._connection:
                yield
        except BaseException:
            self._snapshot, self.touched = snapshot, touched
            raise

    def _before(self, table: Table, key: Cell) -> Row:
        found = self.row(table, key)
        if found is None:
            raise KeyError(key)
        return found

    def _run(self, sql: str, values: Row) -> None:
        if any(isinstance(cell, str) and len(cell) > _MAX_CELL_CHARS for cell in values):
            raise ToolError(f"a value is longer than {_MAX_CELL_CHARS} characters")
        self._snapshot = None
        self.num_writes += 1
        try:
            self._connection.execute(sql, values)
        except sqlite3.IntegrityError:
            raise ToolError(f"`{str(values[0])[:80]}` is taken") from None
        except (UnicodeEncodeError, OverflowError):
            raise ToolError("a value cannot be stored: it is no text of Unicode, or too large") from None
