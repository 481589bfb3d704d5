"""The environments of this package: one row each, kept with their group."""

from palestra.envs.families import arithmetic, games, logic
from palestra.envs.row import Row

GROUPS = (arithmetic, logic, games)

ROWS: tuple[Row, ...] = tuple(row for group in GROUPS for row in group.ROWS)
