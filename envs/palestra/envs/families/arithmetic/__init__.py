"""Arithmetic: numbers, digits, dates and their operations."""

from palestra.envs.row import row

ROWS = (
    row("arithmetic.chain_sum:ChainSum", "Add and subtract a chain of whole numbers.", "terms and digits"),
    row("arithmetic.random_calculation:RandomCalculation", "Calculate a random expression exactly.", "steps and kinds"),
    row(
        "arithmetic.random_calculation:RandomCalculationContinuous",
        "Calculate a random expression; near answers earn a share.",
        "steps and kinds of numbers",
    ),
)
