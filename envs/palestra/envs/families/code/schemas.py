"""Worlds of two tables for questions about databases, and rows for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from palestra.verifiers.keyed_random import KeyedRandom

Cell = str | int
Row = tuple[Cell, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Schema:
    """Owners, and things of which each belongs to one owner."""

    owners: str
    """Table with the columns `id`, `name` and `place`."""
    things: str
    """Table with the columns `id`, `owner`, `label`, `number` and `year`."""
    place: str
    owner: str
    label: str
    number: str
    places: tuple[str, ...]
    labels: tuple[str, ...]
    high: int
    """Largest value of `number`."""

    def tables(self) -> str:
        """The statements that make the tables."""
        return (
            f"CREATE TABLE {self.owners} (id INTEGER PRIMARY KEY, name TEXT, {self.place} TEXT);\n"
            f"CREATE TABLE {self.things} (id INTEGER PRIMARY KEY, {self.owner} INTEGER REFERENCES {self.owners}(id), "
            f"{self.label} TEXT, {self.number} INTEGER, year INTEGER);"
        )


_NAMES = (
    "Ada", "Bo", "Cleo", "Dan", "Eva", "Finn", "Gus", "Hal", "Ida", "Jo", "Kai", "Lea", "Max", "Nia", "Otto", "Pam",
    "Rita", "Sam", "Tom", "Una", "Vic", "Wes", "Yan", "Zoe",
)  # fmt: skip
_TOWNS = ("Bern", "Cork", "Graz", "Lyon", "Oslo", "Riga")
FIRST_YEAR, LAST_YEAR = 2018, 2023

SCHEMAS = (
    Schema(
        owners="customers", things="orders", place="town", owner="customer", label="product", number="amount",
        places=_TOWNS, labels=("lamp", "desk", "chair", "shelf"), high=90,
    ),
    Schema(
        owners="students", things="exams", place="town", owner="student", label="subject", number="points",
        places=_TOWNS, labels=("algebra", "biology", "history", "music"), high=100,
    ),
    Schema(
        owners="readers", things="loans", place="district", owner="reader", label="genre", number="days",
        places=("north", "south", "east", "west", "harbour"), labels=("crime", "poetry", "travel", "science"), high=60,
    ),
    Schema(
        owners="farms", things="harvests", place="county", owner="farm", label="crop", number="tons",
        places=("Alder", "Birch", "Cedar", "Elm", "Fir"), labels=("barley", "maize", "oats", "rye"), high=80,
    ),
)  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class Rows:
    """The rows of a database."""

    owners: tuple[Row, ...]
    things: tuple[Row, ...]

    def script(self, schema: Schema) -> str:
        """The statements that make the database."""
        return "\n".join((schema.tables(), _insert(schema.owners, self.owners), _insert(schema.things, self.things)))


def draw_rows(schema: Schema, num_owners: int, num_things: int, rng: KeyedRandom) -> Rows:
    """Rows of which some owners have no thing and some values occur several times."""
    names = rng.sample(_NAMES, num_owners)
    owners = tuple((number, name, rng.choice(schema.places)) for number, name in enumerate(names, 1))
    active = rng.sample(range(1, num_owners + 1), num_owners - rng.between(1, 3))
    things = tuple(
        (
            number,
            rng.choice(active),
            rng.choice(schema.labels),
            rng.between(1, schema.high),
            rng.between(FIRST_YEAR, LAST_YEAR),
        )
        for number in range(1, num_things + 1)
    )
    return Rows(owners=owners, things=things)


def _insert(table: str, rows: Sequence[Row]) -> str:
    lines = ",\n".join(f"({', '.join(map(literal, row))})" for row in rows)
    return f"INSERT INTO {table} VALUES\n{lines};"


def literal(cell: Cell) -> str:
    """A value in SQL; our texts hold no quotes."""
    return f"'{cell}'" if isinstance(cell, str) else str(cell)
