"""Questions about the databases of `schemas.py`: in words, and as queries."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from palestra.envs.families.code.schemas import FIRST_YEAR, LAST_YEAR, Schema
from palestra.verifiers.keyed_random import KeyedRandom


@dataclass(frozen=True, kw_only=True, slots=True)
class Filter:
    """A condition on things, or on owners."""

    words: str
    test: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Inquiry:
    """A question and its query."""

    kind: str
    words: str
    query: str
    is_ordered: bool = False


def draw_filters(schema: Schema, count: int, rng: KeyedRandom) -> tuple[Filter, ...]:
    """Conditions on different columns of the things."""
    low, year = rng.between(schema.high // 5, schema.high // 2), rng.between(FIRST_YEAR + 1, LAST_YEAR - 1)
    label = rng.choice(schema.labels)
    pool = (
        rng.choice(
            (
                Filter(words=f"{schema.number} above {low}", test=f"t.{schema.number} > {low}"),
                Filter(words=f"{schema.number} of at most {2 * low}", test=f"t.{schema.number} <= {2 * low}"),
            )
        ),
        rng.choice(
            (
                Filter(words=f"a year from {year} on", test=f"t.year >= {year}"),
                Filter(words=f"a year before {year + 1}", test=f"t.year < {year + 1}"),
            )
        ),
        Filter(words=f"a {schema.label} other than {label}", test=f"t.{schema.label} <> '{label}'"),
    )
    return tuple(rng.sample(pool, count))


def draw_inquiry(schema: Schema, filters: tuple[Filter, ...], tier: int, rng: KeyedRandom) -> Inquiry:
    """A question of a kind of the first `tier` tiers."""
    kinds = [make for tier_kinds in _KINDS[:tier] for make in tier_kinds]
    return rng.choice(kinds)(_Phrases.of(schema, filters, rng))


@dataclass(frozen=True, kw_only=True, slots=True)
class _Phrases:
    """What the kinds of questions put together."""

    schema: Schema
    tests: str
    """The conditions, after `WHERE` or `AND`."""
    things: str
    """The things that fulfil the conditions, in words."""
    bound: int

    @classmethod
    def of(cls, schema: Schema, filters: tuple[Filter, ...], rng: KeyedRandom) -> _Phrases:
        words = " and ".join(each.words for each in filters)
        return cls(
            schema=schema,
            tests=" AND ".join(each.test for each in filters) or "1",
            things=f"{schema.things} with {words}" if words else schema.things,
            bound=rng.between(2, 3),
        )

    @property
    def joined(self) -> str:
        s = self.schema
        return f"{s.owners} o JOIN {s.things} t ON t.{s.owner} = o.id WHERE {self.tests}"


def _listed(p: _Phrases) -> Inquiry:
    s = p.schema
    return Inquiry(
        kind="listed",
        words=f"For all {p.things}: the name of the {s.owner}, the {s.label} and the {s.number}, in any order.",
        query=f"SELECT o.name, t.{s.label}, t.{s.number} FROM {p.joined}",
    )


# Orders are downwards where SQLite's own order would be upwards: a query without `ORDER BY` must show.


def _totals(p: _Phrases) -> Inquiry:
    s = p.schema
    return Inquiry(
        kind="totals",
        words=f"For each {s.place} whose {s.owners} have any {p.things}: the {s.place} and the sum of {s.number} of "
        f"all of these, by {s.place} from z to a.",
        query=f"SELECT o.{s.place}, SUM(t.{s.number}) FROM {p.joined} GROUP BY o.{s.place} ORDER BY o.{s.place} DESC",
        is_ordered=True,
    )


def _greatest(p: _Phrases) -> Inquiry:
    s = p.schema
    return Inquiry(
        kind="greatest",
        words=f"For each {s.label} that occurs among the {p.things}: the {s.label} and the largest {s.number} among "
        f"those of them with it, in any order.",
        query=f"SELECT t.{s.label}, MAX(t.{s.number}) FROM {s.things} t WHERE {p.tests} GROUP BY t.{s.label}",
    )


def _counts_with_zero(p: _Phrases) -> Inquiry:
    s = p.schema
    return Inquiry(
        kind="counts_with_zero",
        words=f"For every one of the {s.owners}, also those without any: the name and the number of {p.things}; "
        "the largest number first, equal numbers by name.",
        query=f"SELECT o.name, COUNT(t.id) AS n FROM {s.owners} o LEFT JOIN {s.things} t ON t.{s.owner} = o.id "
        f"AND {p.tests} GROUP BY o.id ORDER BY n DESC, o.name",
        is_ordered=True,
    )


def _without(p: _Phrases) -> Inquiry:
    s = p.schema
    return Inquiry(
        kind="without",
        words=f"The names of those {s.owners} that have no {p.things}, in alphabetical order.",
        query=f"SELECT o.name FROM {s.owners} o WHERE NOT EXISTS (SELECT 1 FROM {s.things} t WHERE t.{s.owner} = o.id "
        f"AND {p.tests}) ORDER BY o.name",
        is_ordered=True,
    )


def _having(p: _Phrases) -> Inquiry:
    s = p.schema
    return Inquiry(
        kind="having",
        words=f"The names of the {s.owners} with at least {p.bound} {p.things}, each with the average {s.number} of "
        "these (name and average), in any order.",
        query=f"SELECT o.name, AVG(t.{s.number}) FROM {p.joined} GROUP BY o.id HAVING COUNT(*) >= {p.bound}",
    )


def _top(p: _Phrases) -> Inquiry:
    s = p.schema
    return Inquiry(
        kind="top",
        words=f"The {p.bound} {s.owners} with the largest sum of {s.number} over their {p.things} (equal sums by "
        "name): name and sum, largest first.",
        query=f"SELECT o.name, SUM(t.{s.number}) AS total FROM {p.joined} GROUP BY o.id "
        f"ORDER BY total DESC, o.name LIMIT {p.bound}",
        is_ordered=True,
    )


def _above_average(p: _Phrases) -> Inquiry:
    s = p.schema
    return Inquiry(
        kind="above_average",
        words=f"Of the {p.things} those whose {s.number} is above the average {s.number} of all {s.things}: the id of "
        f"each and the name of its {s.owner}, largest id first.",
        query=f"SELECT t.id, o.name FROM {p.joined} AND t.{s.number} > (SELECT AVG({s.number}) FROM {s.things}) "
        "ORDER BY t.id DESC",
        is_ordered=True,
    )


def _best_of_each(p: _Phrases) -> Inquiry:
    s = p.schema
    return Inquiry(
        kind="best_of_each",
        words=f"Look at {p.things} alone. For each {s.label} among them: the {s.label}, and the name of the {s.owner} "
        f"of the one with the largest {s.number}; where several share it, a row for each of them. In any order.",
        query=f"WITH kept AS (SELECT * FROM {s.things} t WHERE {p.tests}) SELECT k.{s.label}, o.name FROM kept k JOIN "
        f"{s.owners} o ON k.{s.owner} = o.id WHERE k.{s.number} = (SELECT MAX(m.{s.number}) FROM kept m "
        f"WHERE m.{s.label} = k.{s.label})",
    )


def _shares(p: _Phrases) -> Inquiry:
    s = p.schema
    return Inquiry(
        kind="shares",
        words=f"For each year with any {p.things}: the year, how many different {s.owners} had these, and the sum of "
        f"{s.number} of these divided by the sum of {s.number} of all {s.things} of all years; latest year first.",
        query=f"SELECT t.year, COUNT(DISTINCT t.{s.owner}), SUM(t.{s.number}) * 1.0 / (SELECT SUM({s.number}) FROM "
        f"{s.things}) FROM {s.things} t WHERE {p.tests} GROUP BY t.year ORDER BY t.year DESC",
        is_ordered=True,
    )


_KINDS: tuple[tuple[Callable[[_Phrases], Inquiry], ...], ...] = (
    (_listed, _greatest),
    (_totals, _counts_with_zero),
    (_without, _having, _top),
    (_above_average, _best_of_each, _shares),
)
