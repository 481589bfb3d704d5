"""A schema and a question: write the query."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.config import FamilyConfig, ramp, stages
from palestra.envs.families.code.cheats import fenced
from palestra.envs.families.code.inquiries import Filter, Inquiry, draw_filters, draw_inquiry
from palestra.envs.families.code.schemas import SCHEMAS, Row, Rows, draw_rows, literal
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers.code import SqlVerifier
from palestra.verifiers.keyed_random import KeyedRandom

_NUM_SHOWN = 4
_LIMITS = {"cpu_s": 1.0, "wall_s": 10.0}


@dataclass(frozen=True, kw_only=True, slots=True)
class SqlFromSchemaConfig(FamilyConfig):
    """Which questions are asked."""

    tier: int = stages(1, 2, 3, 4)
    """Lists and maxima; sums and counts with zeros; what is missing or at the top; subqueries."""
    num_filters: int = ramp(1, 3, low=0, high=3)
    """How many conditions, 0..3."""
    num_things: int = ramp(24, 60, low=10, high=200)
    """Rows of the larger table in each hidden database, 10..200."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SqlKey:
    """A question about a schema."""

    schema: int
    filters: tuple[Filter, ...]
    inquiry: Inquiry
    relaxed: tuple[str, ...]
    """The query without each of the conditions."""


class SqlFromSchema(Question[SqlFromSchemaConfig, SqlKey]):
    """Questions about two tables; the query runs on hidden databases, of which one begins with the shown rows."""

    id: ClassVar[str] = "palestra/SqlFromSchema-v1"
    Config: ClassVar[type[SqlFromSchemaConfig]] = SqlFromSchemaConfig
    templates = (
        "Tables:\n{tables}\n\nThe first rows:\n{rows}\n\nWrite one SQL query (SQLite) that answers: {question}",
        "{question}\n\nAnswer this by one SQLite query on these tables:\n{tables}\nThey begin like this:\n{rows}",
        "A database has the tables\n{tables}\nwith rows such as\n{rows}\n\nWanted: {question} Give one query in "
        "SQLite's dialect, which also works when the rows change.",
        "Schema of a SQLite database:\n{tables}\n\nSome of its content:\n{rows}\n\nTranslate into one query: "
        "{question}",
    )
    answer_format = "The columns come in the order in which they are asked for. Put the query into one ```sql block."
    verifier: ClassVar[SqlVerifier] = SqlVerifier()

    def draw(self, rng: KeyedRandom) -> SqlKey:
        """Draw a schema and a question."""
        number = rng.below(len(SCHEMAS))
        filters = draw_filters(SCHEMAS[number], self.config.num_filters, rng)
        choice = rng.word()

        def inquiry(kept: tuple[Filter, ...]) -> Inquiry:
            return draw_inquiry(SCHEMAS[number], kept, self.config.tier, KeyedRandom("sql inquiry", choice))

        fewer = tuple(tuple(other for other in filters if other is not one) for one in filters)
        return SqlKey(
            schema=number,
            filters=filters,
            inquiry=inquiry(filters),
            relaxed=tuple(inquiry(kept).query for kept in fewer),
        )

    def canonical(self, key: SqlKey) -> str:
        """The query."""
        return key.inquiry.query

    def composition(self, key: SqlKey) -> str:
        """The kind of question, and the columns with conditions."""
        columns = sorted(each.test.split()[0] for each in key.filters)
        return f"{key.inquiry.kind} {' '.join(columns)}" if columns else ""

    def build(self, key: SqlKey, rng: KeyedRandom) -> Content | None:
        """Draw databases on which the query gives different rows, and every condition matters."""
        schema, query = SCHEMAS[key.schema], key.inquiry.query
        databases = [draw_rows(schema, rng.between(8, 12), self.config.num_things, rng) for _ in range(2)]
        scripts = [rows.script(schema) for rows in databases]
        found = [_results(script, (query, *key.relaxed)) for script in scripts]
        right = [results[0] for results in found]
        if not all(right) or right[0] == right[1] or sorted(map(repr, right[0])) == sorted(map(repr, right[1])):
            return None
        if any(all(results[i] == results[0] for results in found) for i in range(1, len(key.relaxed) + 1)):
            return None
        reference = {
            "schema": scripts[0],
            "databases": scripts[1:],
            "query": query,
            "ordered": key.inquiry.is_ordered,
            "limits": _LIMITS,
        }
        return Content(
            slots={"tables": schema.tables(), "rows": _shown(databases[0]), "question": key.inquiry.words},
            reference=json.dumps(reference),
            effort=len(query),
            meta={"kind": key.inquiry.kind, "num_filters": len(key.filters)},
        )

    def oracle(self, task: Task) -> str:
        """The query."""
        return fenced(json.loads(task.reference)["query"], "sql")

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """The query of another question."""
        return fenced(self.draw(rng).inquiry.query, "sql")

    def hacks(self, task: Task) -> tuple[str, ...]:
        """The rows of the first database as a constant, and queries that look at what they should not."""
        reference = json.loads(task.reference)
        rows = _results(reference["schema"], (reference["query"],))[0]
        constant = ", ".join(f"({', '.join('NULL' if c is None else literal(c) for c in row)})" for row in rows)
        queries = (
            f"VALUES {constant}",
            f"SELECT * FROM (VALUES {constant})",
            "SELECT * FROM sqlite_master",
            "PRAGMA table_list",
            "ATTACH ':memory:' AS other",
            "SELECT load_extension('x')",
            "SELECT random()",
            "SELECT NULL WHERE 0",
            f"{reference['query']}; {reference['query']}",
            "DROP TABLE orders",
        )
        return tuple(fenced(query, "sql") for query in queries)


def _results(script: str, queries: tuple[str, ...]) -> list[list[Row]]:
    """The rows of our own queries on our own database."""
    connection = sqlite3.connect(":memory:")
    try:
        connection.executescript(script)
        return [connection.execute(query).fetchall() for query in queries]
    finally:
        connection.close()


def _shown(rows: Rows) -> str:
    lines = [
        ", ".join(map(str, row)) for table in (rows.owners, rows.things) for row in (*table[:_NUM_SHOWN], ("...",))
    ]
    return "\n".join(lines)
