"""The table of a specification: its rows as text, and what is kept back."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from palestra.envs.families.machine_learning.structure import (
    AFTERWARDS,
    CATEGORY,
    CLASSIFICATION,
    GAP,
    LEVEL,
    LINEAR,
    NUM_HELD_OUT,
    NUMBER,
    PRODUCT,
    SQUARE,
    Column,
    TableSpec,
    Term,
)
from palestra.envs.record import decode
from palestra.verifiers.keyed_random import KeyedRandom

TRAIN_FILE = "train.csv"
HELD_OUT_FILE = "held_out.csv"
_LIMIT = 1732  # thousandths: the ends of a uniform distribution of unit variance
_NOISE_DRAWS = 4
YES, NO = "yes", "no"
Value = int | str | None
"""Thousandths of z, the name of a level, or a missing value."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """What the policy is given, and what it is judged by."""

    spec: TableSpec
    train: str
    """The training rows as comma-separated values."""
    held_out: str
    """The rows to be predicted, without their outcomes."""
    ids: tuple[str, ...]
    """Of the held-out rows."""
    outcomes: tuple[str, ...]
    """Of the held-out rows; never handed to a sandbox."""
    true_outcomes: tuple[str, ...]
    """What somebody predicts who knows the terms and not the noise."""
    train_outcomes: tuple[str, ...]


def table_of(reference: str) -> Table:
    """The table of a task's reference; the same everywhere.

    Raises:
        ValueError: The reference is no specification.
    """
    return _table_of(reference)


@lru_cache(maxsize=64)
def _table_of(reference: str) -> Table:
    spec = decode(TableSpec, reference)
    rng = KeyedRandom("tabular", spec.stream)
    count = spec.num_rows + NUM_HELD_OUT
    rows = [[_value(column, rng) for column in spec.columns] for _ in range(count)]
    signal = [sum(_summand(term, row, spec.columns) for term in spec.terms) for row in rows]
    noise_size = _deviation(signal) * spec.noise / 100
    noisy = [value + noise_size * _noise(rng) for value in signal]
    outcomes, true_outcomes = _named(spec, noisy, signal)
    cut = spec.num_rows
    late = _late_columns(spec, outcomes, rng)
    ids = [f"r{number:04d}" for number in range(count)]
    cells = [_cells(spec.columns, row, late, place) for place, row in enumerate(rows)]
    header = ["id", *(column.name for column in spec.columns)]
    train = [[ids[i], *cells[i], outcomes[i]] for i in range(cut)]
    held_out = [[ids[i], *cells[i]] for i in range(cut, count)]
    return Table(
        spec=spec,
        train=_csv([[*header, spec.outcome], *train]),
        held_out=_csv([header, *held_out]),
        ids=tuple(ids[cut:]),
        outcomes=tuple(outcomes[cut:]),
        true_outcomes=tuple(true_outcomes[cut:]),
        train_outcomes=tuple(outcomes[:cut]),
    )


def _value(column: Column, rng: KeyedRandom) -> Value:
    if column.missing and rng.below(100) < column.missing:
        return None
    if column.kind == CATEGORY:
        return rng.choice(column.levels)
    return rng.between(-_LIMIT, _LIMIT) if column.kind == NUMBER else None


def _summand(term: Term, row: Sequence[Value], columns: Sequence[Column]) -> float:
    values = [row[place] for place in term.columns]
    weight = term.weight / 10
    if term.kind == GAP:
        return weight if values[0] is None else 0.0
    if None in values:
        return 0.0
    if term.kind == LEVEL:
        return weight * term.effects[columns[term.columns[0]].levels.index(str(values[0]))]
    numbers = [value / 1000 for value in values if isinstance(value, int)]
    match term.kind:
        case "linear":
            return weight * numbers[0]
        case "square":
            return weight * (numbers[0] * numbers[0] - 1)
        case "product":
            return weight * numbers[0] * numbers[1]
        case _:
            return weight if numbers[0] > term.cut / 1000 else -weight


def _noise(rng: KeyedRandom) -> float:
    """Nearly normal, of unit variance, by additions alone: the same on every machine."""
    total = sum(rng.between(-_LIMIT, _LIMIT) for _ in range(_NOISE_DRAWS))
    return total / 1000 / math.sqrt(_NOISE_DRAWS)


def _deviation(values: Sequence[float]) -> float:
    mean = sum(values) / len(values)
    return math.sqrt(sum((value - mean) * (value - mean) for value in values) / len(values))


def _named(spec: TableSpec, noisy: Sequence[float], signal: Sequence[float]) -> tuple[list[str], list[str]]:
    if spec.aim != CLASSIFICATION:
        return [f"{value:.4f}" for value in noisy], [f"{value:.4f}" for value in signal]
    cut = sorted(noisy)[len(noisy) // 2]
    return [YES if value > cut else NO for value in noisy], [YES if value > cut else NO for value in signal]


def _late_columns(spec: TableSpec, outcomes: Sequence[str], rng: KeyedRandom) -> Mapping[int, list[str]]:
    """Columns that repeat the outcome in the training rows, and outcomes of other rows in those held out."""
    found = {}
    for place, column in enumerate(spec.columns):
        if column.kind == AFTERWARDS:
            others = list(outcomes[spec.num_rows :])
            rng.shuffle(others)
            told = [*outcomes[: spec.num_rows], *others]
            found[place] = [_code(outcome, rng) for outcome in told]
    return found


def _code(outcome: str, rng: KeyedRandom) -> str:
    if outcome in (YES, NO):
        return f"{(1 if outcome == YES else 0) + rng.between(-300, 300) / 1000:.3f}"
    return f"{float(outcome) + rng.between(-50, 50) / 1000:.3f}"


def _cells(columns: Sequence[Column], row: Sequence[Value], late: Mapping[int, list[str]], number: int) -> list[str]:
    shown = []
    for place, (column, value) in enumerate(zip(columns, row, strict=True)):
        if place in late:
            shown.append(late[place][number])
        elif isinstance(value, int):
            shown.append(f"{(1000 * column.mean + column.scale * value) / 1000:.3f}")
        else:
            shown.append(value or "")
    return shown


def _csv(rows: Sequence[Sequence[str]]) -> str:
    return "".join(f"{','.join(row)}\n" for row in rows)


def features(spec: TableSpec) -> str:
    """Python source of a function `features(row)`: the terms of a row of the table, without their weights."""
    names = [column.name for column in spec.columns]
    lines = ["def features(row):", "    found = [1.0]"]
    for column in spec.columns:
        if column.kind == NUMBER:
            lines.append(f"    {column.name} = z(row[{column.name!r}], {column.mean}, {column.scale})")
    for term in spec.terms:
        first = names[term.columns[0]]
        last = names[term.columns[-1]]
        match term.kind:
            case kind if kind == GAP:
                lines.append(f"    found.append(float(row[{first!r}] == ''))")
            case kind if kind == LEVEL:
                levels = spec.columns[term.columns[0]].levels
                lines.append(f"    found += [float(row[{first!r}] == level) for level in {list(levels)!r}]")
            case kind if kind == LINEAR:
                lines.append(f"    found.append({first} or 0.0)")
            case kind if kind == SQUARE:
                lines.append(f"    found.append(0.0 if {first} is None else {first} * {first} - 1)")
            case kind if kind == PRODUCT:
                lines.append(f"    found.append(({first} or 0.0) * ({last} or 0.0))")
            case _:
                lines.append(
                    f"    found.append(0.0 if {first} is None else 1.0 if {first} > {term.cut / 1000} else -1.0)"
                )
    return "\n".join([*lines, "    return found"])
