"""Small tables to be learned: programs are written, run and handed in as predictions."""

from palestra.envs.row import Kind, row

ROWS = (
    row(
        "machine_learning.tabular_mle:TabularMLE",
        "Train a model on a small table in a sandbox, and predict rows whose outcome is held back.",
        "columns, terms, missing values, noise and traps",
        kind=Kind.CODE,
    ),
)
