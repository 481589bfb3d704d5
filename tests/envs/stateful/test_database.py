from __future__ import annotations

import pickle
from contextlib import suppress
from dataclasses import dataclass
from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from palestra.envs.stateful import Database, Record, Schema, difference
from palestra.envs.stateful.difference import written
from palestra.envs.tools import ToolError


@dataclass(frozen=True, slots=True)
class Shelf(Record):
    id: str
    label: str
    size: int


@dataclass(frozen=True, slots=True)
class LogEntry(Record):
    free: ClassVar[frozenset[str]] = frozenset({"id", "at"})

    id: str
    shelf: str
    at: int


@dataclass(frozen=True, slots=True)
class Visit(Record):
    is_tracked: ClassVar[bool] = False

    who: str


SCHEMA = Schema.of(Shelf, LogEntry, Visit)
START = SCHEMA.filled([Shelf("a", "tea", 1), Shelf("b", "rice", 2), LogEntry("e1", "a", 5)])


def test_records_come_back_as_they_went_in_and_in_the_order_of_their_keys() -> None:
    database = Database(SCHEMA, START)
    assert database.get(Shelf, "b") == Shelf("b", "rice", 2)
    assert database.get(Shelf, "c") is None
    assert database.all(Shelf) == (Shelf("a", "tea", 1), Shelf("b", "rice", 2))
    assert database.where(LogEntry, "shelf", "a") == (LogEntry("e1", "a", 5),)
    assert database.snapshot() == START


def test_a_snapshot_goes_on_elsewhere() -> None:
    database = Database(SCHEMA, START)
    database.change(Shelf("a", "salt", 1))
    other = Database(SCHEMA, *pickle.loads(pickle.dumps((database.snapshot(), dict(database.touched)))))
    assert other.get(Shelf, "a") == Shelf("a", "salt", 1)
    assert difference(other) == difference(database)
    assert database.get(Shelf, "b") == Shelf("b", "rice", 2)


def test_what_raises_within_a_transaction_leaves_nothing_behind() -> None:
    database = Database(SCHEMA, START)
    with pytest.raises(ToolError, match="taken"), database.transaction():
        database.change(Shelf("a", "salt", 1))
        database.add(Shelf("b", "again", 3))
    assert database.snapshot() == START
    assert not database.touched


def test_a_change_that_is_taken_back_is_no_difference_but_was_written() -> None:
    database = Database(SCHEMA, START)
    database.change(Shelf("a", "salt", 1))
    assert [(change.before, change.after) for change in difference(database)] == [
        ("('a', 'tea', 1)", "('a', 'salt', 1)")
    ]
    database.change(Shelf("a", "tea", 1))
    database.add(Shelf("c", "oil", 1))
    database.remove(Shelf("c", "oil", 1))
    assert difference(database) == ()
    assert written(database) == {("shelf", "a"), ("shelf", "c")}


def test_free_columns_do_not_count_but_the_number_of_new_rows_does() -> None:
    one, other, two = (Database(SCHEMA, START) for _ in range(3))
    one.add(LogEntry("e2", "b", 7))
    other.add(LogEntry("x9", "b", 8))
    two.add(LogEntry("e2", "b", 7))
    two.add(LogEntry("e3", "b", 7))
    assert difference(one) == difference(other) != difference(two)
    assert written(one) == written(other) < written(two)
    other.change(LogEntry("e1", "a", 99))
    assert difference(one) == difference(other)


def test_tables_of_the_session_are_not_compared() -> None:
    database = Database(SCHEMA, START)
    database.add(Visit("ada"))
    assert difference(database) == ()


@pytest.mark.parametrize("value", ["\ud800", 2**70, "\0"])
def test_values_that_cannot_be_stored_are_refused_and_found_nowhere(value: str | int) -> None:
    database = Database(SCHEMA, START)
    assert database.get(Shelf, value) is None
    with suppress(ToolError):
        database.add(Shelf("z", value, 1))  # type: ignore[arg-type]
        assert database.get(Shelf, "z") is not None


def test_changing_or_removing_what_is_not_there_is_an_error_of_the_domain() -> None:
    database = Database(SCHEMA, START)
    with pytest.raises(KeyError):
        database.change(Shelf("z", "", 0))
    with pytest.raises(KeyError):
        database.remove(Shelf("z", "", 0))


WRITES = st.tuples(
    st.sampled_from(["add", "change", "remove"]), st.sampled_from("abcd"), st.sampled_from("xy"), st.integers(0, 2)
)


@given(writes=st.lists(WRITES, max_size=12))
def test_the_difference_is_that_of_all_rows_whatever_was_written(writes: list[tuple[str, str, str, int]]) -> None:
    database = Database(SCHEMA, START)
    for name, key, label, size in writes:
        with suppress(KeyError, ToolError):
            getattr(database, name)(Shelf(key, label, size))
    old, new = ({row.id: row for row in one.all(Shelf)} for one in (Database(SCHEMA, START), database))
    changed = {key for key in old | new if old.get(key) != new.get(key)}
    assert {change.key for change in difference(database)} == {repr(key) for key in changed}
    assert {("shelf", key) for key in changed} <= written(database)
