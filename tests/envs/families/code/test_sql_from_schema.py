import json
import sqlite3

from palestra.envs import KeyedRandom
from palestra.envs.families.code.cheats import fenced
from palestra.envs.families.code.inquiries import draw_filters, draw_inquiry
from palestra.envs.families.code.schemas import SCHEMAS, draw_rows
from palestra.envs.families.code.sql_from_schema import SqlFromSchema
from palestra.verifiers import Outcome


def test_every_kind_of_question_has_a_query_that_runs() -> None:
    kinds = set()
    for index in range(200):
        rng = KeyedRandom("questions", index)
        schema = SCHEMAS[index % len(SCHEMAS)]
        inquiry = draw_inquiry(schema, draw_filters(schema, index % 4, rng), 4, rng)
        connection = sqlite3.connect(":memory:")
        connection.executescript(draw_rows(schema, 9, 40, rng).script(schema))
        connection.execute(inquiry.query).fetchall()
        connection.close()
        kinds.add(inquiry.kind)
    assert len(kinds) == 10


def test_a_query_without_one_of_the_conditions_is_wrong() -> None:
    for difficulty in (0.25, 1.0):
        family = SqlFromSchema.configured({"difficulty": difficulty})
        for index in range(3):
            task = family.task("train", 8, index)
            key = family.drawn("train", 8, index).key
            for query in key.relaxed:
                assert family.verifier.verify(fenced(query, "sql"), task.reference).outcome is Outcome.FAIL


def test_references_have_no_doubts() -> None:
    family = SqlFromSchema()
    for index in range(4):
        reference = family.task("train", 2, index).reference
        assert family.verifier.lint_reference(reference) == ()
        assert len(json.loads(reference)["databases"]) == 1


def test_a_query_that_leaves_its_order_to_chance_is_wrong() -> None:
    family = SqlFromSchema.configured({"difficulty": 1.0})
    num_ordered = 0
    for index in range(12):
        task = family.task("train", 3, index)
        query, _, order = json.loads(task.reference)["query"].rpartition(" ORDER BY ")
        if not query or "LIMIT" in order:
            continue
        num_ordered += 1
        assert family.verifier.verify(fenced(query, "sql"), task.reference).outcome is Outcome.FAIL, query
    assert num_ordered > 4
