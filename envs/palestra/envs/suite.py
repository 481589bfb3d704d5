"""The environments of this package: one row each, kept with their group."""

from palestra.envs import bridges, datasets, operators
from palestra.envs.families import (
    algebra,
    algorithms,
    arithmetic,
    calculus,
    code_reading,
    cognition,
    constraints,
    games,
    geometry,
    graphs,
    grids,
    induction,
    instructions,
    logic,
    number_theory,
    probability,
    science,
    strings,
    word_problems,
)
from palestra.envs.row import Row

GROUPS = (
    arithmetic,
    number_theory,
    algebra,
    calculus,
    logic,
    constraints,
    games,
    algorithms,
    strings,
    induction,
    code_reading,
    cognition,
    instructions,
    probability,
    geometry,
    word_problems,
    science,
    graphs,
    grids,
    bridges,
    datasets,
    operators,
)

ROWS: tuple[Row, ...] = tuple(row for group in GROUPS for row in group.ROWS)
