"""Steps that take a list of records, or a table."""

from __future__ import annotations

from palestra.envs.families.code.shapes import Shape
from palestra.envs.families.code.steps import StepSet, Texts
from palestra.verifiers.keyed_random import KeyedRandom

STEPS_OF_RECORDS, STEPS_OF_TABLES = StepSet(Shape.RECORDS), StepSet(Shape.TABLE)


@STEPS_OF_RECORDS.drawn(Shape.RECORDS)
def _keep_records(rng: KeyedRandom) -> Texts:
    bound, group = rng.between(0, 30), rng.choice(("blue", "green", "red", "gold"))
    words, test = rng.choice(
        (
            (f"whose score is at least {bound}", f'record["score"] >= {bound}'),
            (f"whose score is below {bound + 15}", f'record["score"] < {bound + 15}'),
            (f'whose group is not "{group}"', f'record["group"] != "{group}"'),
            (
                f'whose group is "{group}" or whose score is above {bound}',
                f'record["group"] == "{group}" or record["score"] > {bound}',
            ),
        )
    )
    return f"Keep only the records {words}.", (
        f"OUT = []\nfor record in IN:\n    if {test}:\n        OUT.append(record)"
    )


@STEPS_OF_RECORDS.drawn(Shape.RECORDS)
def _sort_records(rng: KeyedRandom) -> Texts:
    is_down = rng.below(2) == 1
    return (
        f"Sort the records by score, {'highest' if is_down else 'lowest'} first; equal scores by name in alphabetical "
        "order, then as they were.",
        f'OUT = sorted(IN, key=lambda record: ({"-" if is_down else ""}record["score"], record["name"]))',
    )


@STEPS_OF_RECORDS.drawn(Shape.TABLE)
def _group_scores(rng: KeyedRandom) -> Texts:
    words, term = rng.choice(
        (
            ("the sum of its scores", 'OUT.get(group, 0) + record["score"]'),
            ("the number of its records", "OUT.get(group, 0) + 1"),
            ("its highest score", 'max(OUT.get(group, record["score"]), record["score"])'),
        )
    )
    return (
        f"Make a dict from each group to {words}.",
        f'OUT = {{}}\nfor record in IN:\n    group = record["group"]\n    OUT[group] = {term}',
    )


STEPS_OF_RECORDS.add(
    Shape.NUMBERS,
    {"scores": ("Make the list of the scores.", 'OUT = []\nfor record in IN:\n    OUT.append(record["score"])')},
)
STEPS_OF_RECORDS.add(
    Shape.WORDS,
    {"names": ("Make the list of the names.", 'OUT = []\nfor record in IN:\n    OUT.append(record["name"])')},
)


@STEPS_OF_TABLES.drawn(Shape.NUMBERS)
def _table_values(rng: KeyedRandom) -> Texts:
    del rng
    return (
        "Take the integers of the dict, in the alphabetical order of their keys.",
        "OUT = []\nfor key in sorted(IN.keys()):\n    OUT.append(IN[key])",
    )


@STEPS_OF_TABLES.drawn(Shape.WORDS)
def _table_keys(rng: KeyedRandom) -> Texts:
    bound = rng.between(1, 3)
    return (
        f"Take the keys whose integer is at least {bound}, largest integer first; keys with equal ones from a to z.",
        f"OUT = []\nfor key in sorted(IN.keys(), key=lambda key: (-IN[key], key)):\n    if IN[key] >= {bound}:\n"
        "        OUT.append(key)",
    )
