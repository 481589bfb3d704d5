"""Small tables and a query: which rows come out, in which order?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.answers import RowsAnswer
from palestra.envs.config import FamilyConfig, ramp, stages
from palestra.envs.families.code_reading.query import Query, Row, run_query
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom

_NAMES = (
    "ada", "bo", "cleo", "dan", "eva", "finn", "gus", "hal", "ida", "jo", "kai", "lea", "max", "nia", "otto", "pam",
    "quin", "rita", "sam", "tom", "una", "vic", "wes", "xena", "yan", "zoe",
)  # fmt: skip
_TOWNS = ("bern", "cork", "graz", "lyon", "oslo", "pisa", "riga", "york")
_TABLES = (
    ("staff", "name", "town", "age", "pay"),
    ("pets", "name", "kind", "age", "weight"),
    ("shops", "name", "town", "size", "rent"),
)
_KINDS = ("cat", "dog", "fish", "hen", "horse", "mouse", "parrot", "snake")


@dataclass(frozen=True, kw_only=True, slots=True)
class SqlResultConfig(FamilyConfig):
    """Which queries are asked."""

    num_rows: int = ramp(4, 14, low=2, high=24)
    """How many rows the table has, 2..24."""
    num_conditions: int = stages(0, 1, 1, 2, 3, choices=(0, 1, 2, 3))
    """How many conditions the query has, 0..3."""
    is_grouped: str = stages("no", "no", "maybe", "maybe", "yes")
    """Whether queries have groups: no, maybe or yes."""
    num_limited: str = stages("no", "maybe")
    """Whether queries have a limit: no or maybe."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SqlKey:
    """A table and a query."""

    rows: tuple[Row, ...]
    query: Query


class SqlResult(Question[SqlResultConfig, SqlKey]):
    """Queries of one table with conditions, groups, an order and a limit; the order is always unique."""

    id: ClassVar[str] = "palestra/SqlResult-v1"
    Config: ClassVar[type[SqlResultConfig]] = SqlResultConfig
    templates = (
        "Table {table}:\n{rows}\n\nWhat does this SQL query return?\n{query}",
        "{query}\n\nRun this SQL query on the table {table}:\n{rows}",
        "The table {table} holds these rows below its heading:\n{rows}\n\nGive the result of\n{query}",
    )
    answer_format = (
        "Reply with the rows of the result in order, one on each line, values separated by blanks; no heading."
    )
    verifier = RowsAnswer()

    def draw(self, rng: KeyedRandom) -> SqlKey:
        """Draw a table and a query."""
        config = self.config
        table, *columns = rng.choice(_TABLES)
        texts = _KINDS if "kind" in columns else _TOWNS
        some = rng.sample(texts, rng.between(2, 4))
        names = rng.sample(_NAMES, config.num_rows)
        rows = tuple((name, rng.choice(some), rng.between(1, 60), rng.between(1, 99)) for name in names)
        is_grouped = config.is_grouped == "yes" or (config.is_grouped == "maybe" and rng.below(2) == 1)
        conditions = tuple(_condition(columns, some, rng) for _ in range(config.num_conditions))
        limit = rng.between(2, 3) if config.num_limited == "maybe" and rng.below(3) == 0 else None
        if is_grouped:
            what = rng.choice(("COUNT(*)", *(f"{f}({c})" for f in ("SUM", "MAX", "MIN") for c in columns[2:])))
            selected, order = [columns[1], what], rng.choice((columns[1], what))
        else:
            selected, order = rng.sample(columns, rng.between(1, 3)), rng.choice(columns)
        query = Query(
            table=table,
            columns=tuple(columns),
            selected=tuple(selected),
            conditions=conditions,
            group=columns[1] if is_grouped else None,
            order=order,
            is_descending=rng.below(2) == 1,
            limit=limit,
        )
        return SqlKey(rows=rows, query=query)

    def build(self, key: SqlKey, rng: KeyedRandom) -> Content | None:
        """Run the query."""
        result = run_query(key.query, key.rows)
        if result is None or not result or (len(result) == 1 and len(result[0]) == 1):
            return None
        lines = [" ".join(map(str, row)) for row in (key.query.columns, *key.rows)]
        return Content(
            slots={"table": key.query.table, "rows": "\n".join(lines), "query": key.query.text()},
            reference="\n".join(" ".join(map(str, row)) for row in result),
            effort=len(key.rows) * (2 + len(key.query.conditions) + 2 * (key.query.group is not None)),
            meta={"num_rows": len(key.rows), "num_conditions": len(key.query.conditions)},
        )

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """Rows of one name or of a town and a number."""
        return "\n".join(rng.choice(_NAMES) for _ in range(rng.between(1, self.config.num_rows)))


def _condition(columns: list[str], texts: list[str], rng: KeyedRandom) -> tuple[str, str, str | int]:
    if rng.below(3) == 0:
        return columns[1], rng.choice(("=", "<>")), rng.choice(texts)
    column, high = rng.choice(((columns[2], 60), (columns[3], 99)))
    return column, rng.choice(("<", ">", "<=", ">=")), rng.between(high // 5, high * 4 // 5)
