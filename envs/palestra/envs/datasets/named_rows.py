"""Rows that name their verifier, list instructions, or have solutions in place of golds."""

from __future__ import annotations

import json

from palestra.envs.datasets.columns import BadRowError, Row, text_of, value_at

_MAX_GOLD_CHARS = 200
_TULU3_VERIFIERS = {"gsm8k": "last-number", "math": "math", "ifeval": "ifeval"}


def tulu3(row: Row) -> Row:
    """A row of Tulu 3's mixture for RLVR: `dataset` names its verifier."""
    dataset = str(value_at(row, "dataset"))
    name = _TULU3_VERIFIERS.get(dataset.lower())
    if name is None:
        raise BadRowError(f"no verifier for rows of `{dataset}`")
    return {**row, "verifier": name, "answer": None if name == "ifeval" else value_at(row, "ground_truth")}


def ifeval(row: Row) -> Row:
    """A row of IFEval: tables give every instruction the parameters of all others, as nulls, which go."""
    ids, given = value_at(row, "instruction_id_list"), value_at(row, "kwargs")
    if isinstance(given, str):
        given = json.loads(given)
    if not isinstance(given, list):
        raise BadRowError("`kwargs` is no list")
    kwargs = [{name: value for name, value in (one or {}).items() if value is not None} for one in given]
    demands = {"prompt": value_at(row, "prompt"), "instruction_id_list": ids, "kwargs": kwargs}
    return {**row, "demands": json.dumps(demands)}


def scp116k(row: Row) -> Row:
    """A row of SCP-116K, whose golds are solutions out of books: one that is no short answer cannot be compared."""
    gold = text_of(value_at(row, "answer|matched_solution"), "matched_solution")
    if len(gold) > _MAX_GOLD_CHARS and "\\boxed" not in gold:
        raise BadRowError(f"the gold is a solution of {len(gold)} characters, not an answer")
    return {**row, "gold": gold}
