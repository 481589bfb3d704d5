"""What lies behind a table: columns, the terms of the outcome, and noise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from palestra.envs.config import ramp, stages
from palestra.envs.errors import ConfigError
from palestra.envs.tool_game import ToolConfig
from palestra.verifiers.keyed_random import KeyedRandom

REGRESSION: Final = "regression"
CLASSIFICATION: Final = "classification"
NUMBER: Final = "number"
CATEGORY: Final = "category"
AFTERWARDS: Final = "afterwards"
"""A column that is written down after the outcome: of no use for rows whose outcome is not known."""
LINEAR: Final = "linear"
SQUARE: Final = "square"
STEP: Final = "step"
PRODUCT: Final = "product"
LEVEL: Final = "level"
GAP: Final = "gap"
"""What a missing value of a column adds."""

NUM_HELD_OUT: Final = 500
_LEVELS = ("amber", "birch", "coral", "delta", "ember")
_MEANS, _SCALES = (0, 5, 20, 50, 100), (1, 2, 5, 10, 20)
_CUTS = (-600, 0, 600)
_NAMES = tuple(
    "age load height dose span depth flow pitch gain phase drift mass torque wear glare haze".split()  # noqa: SIM905
)


@dataclass(frozen=True, kw_only=True, slots=True)
class MleConfig(ToolConfig):
    """Which tables are to be learned."""

    aim: str = stages(REGRESSION, CLASSIFICATION, "mixed", "mixed")
    """`regression`, `classification` or `mixed`: one of the two for each task."""
    num_columns: int = ramp(3, 10, low=2, high=14)
    """Columns besides the outcome and traps, 2..14."""
    num_terms: int = ramp(2, 8, low=1, high=12)
    """Terms that the outcome is the sum of, 1..12."""
    num_rows: int = ramp(400, 400, low=200, high=2000)
    """Rows of the training table."""
    missing: int = stages(0, 0, 5, 5, 10, 15, choices=())
    """Per cent of a column's values that are missing, in about half of the columns; up to 30."""
    noise: int = ramp(10, 40, low=0, high=60)
    """Standard deviation of the noise, in per cent of that of the terms' sum."""
    traps: int = stages(0, 0, 1, 1, choices=(0, 1))
    """Columns that are only known once the outcome is."""

    def check(self) -> None:
        """The aim is known and the values that are missing leave something to learn."""
        ToolConfig.check(self)
        if not 0 <= self.missing <= 30:
            raise ConfigError(f"`missing` must lie in 0..30, got {self.missing}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Column:
    """A column of the table."""

    name: str
    kind: str
    mean: int = 0
    """Of a number: its values are `mean + scale * z` with z between -1.732 and 1.732."""
    scale: int = 1
    levels: tuple[str, ...] = ()
    """Of a category."""
    missing: int = 0
    """Per cent of its values that are missing."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Term:
    """A summand of the outcome; 0 where a value that it needs is missing, but for `gap`."""

    kind: str
    columns: tuple[int, ...]
    weight: int
    """In tenths."""
    cut: int = 0
    """Of a step: thousandths of z."""
    effects: tuple[int, ...] = ()
    """Of a category's levels."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TableSpec:
    """All that decides a table."""

    aim: str
    outcome: str
    columns: tuple[Column, ...]
    terms: tuple[Term, ...]
    num_rows: int
    noise: int
    stream: int
    """Key of the stream that the values are drawn from."""


def draw_spec(config: MleConfig, rng: KeyedRandom) -> TableSpec:
    """Draw what lies behind a table."""
    aim = rng.choice((REGRESSION, CLASSIFICATION)) if config.aim == "mixed" else config.aim
    names = rng.sample(_NAMES, config.num_columns + 1 + config.traps)
    columns = [_column(name, config.missing, rng) for name in names[1 : config.num_columns + 1]]
    if all(column.kind == CATEGORY for column in columns):
        columns[0] = Column(name=columns[0].name, kind=NUMBER, mean=5, scale=2)
    terms: list[Term] = []
    while len(terms) < config.num_terms:
        term = _term(columns, rng)
        if term is not None and (term.kind, term.columns) not in {(other.kind, other.columns) for other in terms}:
            terms.append(term)
    late = [Column(name=name, kind=AFTERWARDS) for name in names[config.num_columns + 1 :]]
    return TableSpec(
        aim=aim,
        outcome=names[0],
        columns=(*columns, *late),
        terms=tuple(terms),
        num_rows=config.num_rows,
        noise=config.noise,
        stream=rng.below(2**53),
    )


def _column(name: str, missing: int, rng: KeyedRandom) -> Column:
    share = missing if rng.below(2) else 0
    if rng.below(4) == 0:
        return Column(name=name, kind=CATEGORY, levels=tuple(_LEVELS[: rng.between(2, 5)]), missing=share)
    return Column(name=name, kind=NUMBER, mean=rng.choice(_MEANS), scale=rng.choice(_SCALES), missing=share)


def _term(columns: list[Column], rng: KeyedRandom) -> Term | None:
    """A term drawn at random; None where the columns drawn do not fit its kind."""
    weight = rng.between(8, 16) * rng.choice((-1, 1))
    place = rng.below(len(columns))
    column = columns[place]
    if column.missing and rng.below(4) == 0:
        return Term(kind=GAP, columns=(place,), weight=2 * weight)
    if column.kind == CATEGORY:
        effects = tuple(rng.between(-2, 2) for _ in column.levels)
        return Term(kind=LEVEL, columns=(place,), weight=weight, effects=effects) if len(set(effects)) > 1 else None
    kind = rng.choice((LINEAR, LINEAR, SQUARE, STEP, PRODUCT, PRODUCT))
    if kind != PRODUCT:
        return Term(kind=kind, columns=(place,), weight=weight, cut=rng.choice(_CUTS) if kind == STEP else 0)
    other = rng.below(len(columns))
    if other == place or columns[other].kind == CATEGORY:
        return None
    return Term(kind=PRODUCT, columns=(min(place, other), max(place, other)), weight=weight)
