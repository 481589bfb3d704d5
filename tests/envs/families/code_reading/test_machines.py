import json
import sqlite3

import pytest

from palestra.envs import KeyedRandom
from palestra.envs.families.code_reading.assembly_output import AssemblyOutput, run_assembly
from palestra.envs.families.code_reading.brainfuck_output import BrainfuckOutput, run_brainfuck
from palestra.envs.families.code_reading.sql_result import SqlResult


def test_brainfuck_programs_run() -> None:
    assert run_brainfuck("+++++++[>+++++++++++<-]>-.+.")[0] == "LM"
    assert run_brainfuck("++++++++[>++++[>++>+++>+++>+<<<<-]>+>+>->>+[<]<-]>>.")[0] == "H"
    for wrong in ("[", "]", "<", "+[>+<]", "-."):
        with pytest.raises(ValueError):
            run_brainfuck(wrong)


def test_brainfuck_programs_print_capital_letters() -> None:
    for difficulty in (0.0, 0.5, 1.0):
        family = BrainfuckOutput.configured({"difficulty": difficulty})
        for index in range(40):
            task = family.task("train", 0, index)
            assert task.reference.isalpha() and task.reference.isupper()
            assert len(task.reference) == family.config.num_letters


def test_registers_are_set_added_exchanged_and_looped_over() -> None:
    program = (
        ("set", "ra", "5"), ("set", "rb", "2"), ("set", "rx", "3"), ("add", "ra", "rb"), ("mul", "rb", "2"),
        ("dec", "rx"), ("jnz", "rx", "4"), ("swp", "ra", "rb"), ("inc", "ra", "1"), ("sub", "ra", "rb"),
    )  # fmt: skip
    ended = run_assembly(program)
    assert ended is not None
    assert ended[0] == {"ra": -2, "rb": 19, "rx": 0}
    assert run_assembly((("set", "ra", "1"), ("jnz", "ra", "2"))) is None


def test_loops_nest_and_end() -> None:
    family, rng = AssemblyOutput.configured({"num_loops": 2, "num_instructions": 5}), KeyedRandom("loops")
    for _ in range(60):
        key = family.draw(rng)
        jumps = [(int(k) - 1, at) for at, (kind, *rest) in enumerate(key) if kind == "jnz" for k in rest[1:]]
        (one, two) = sorted(jumps)
        assert one[0] < two[0] and two[1] < one[1] and all(start < end for start, end in jumps)
        ended = run_assembly(key)
        assert ended is None or (ended[0]["rx"], ended[0]["ry"]) == (0, 0)


def test_queries_return_what_sqlite_returns() -> None:
    for difficulty in (0.0, 0.3, 0.6, 1.0):
        family, rng = SqlResult.configured({"difficulty": difficulty}), KeyedRandom("sql", str(difficulty))
        checked = 0
        while checked < 25:
            key = family.draw(rng)
            content = family.build(key, rng)
            if content is None:
                continue
            checked += 1
            query = key.query
            database = sqlite3.connect(":memory:")
            database.execute(f"CREATE TABLE {query.table} ({', '.join(query.columns)})")
            database.executemany(f"INSERT INTO {query.table} VALUES (?, ?, ?, ?)", key.rows)
            rows = database.execute(query.text()).fetchall()
            database.close()
            assert content.reference == "\n".join(" ".join(map(str, row)) for row in rows)


def test_assembly_references_have_a_value_for_each_asked_register() -> None:
    family = AssemblyOutput.configured({"difficulty": 0.8})
    for index in range(30):
        task = family.task("train", 0, index)
        assert len(json.loads(task.reference)) == family.config.num_registers
