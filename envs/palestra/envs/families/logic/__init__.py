"""Logic: what follows, who lies, which worlds are possible."""

from palestra.envs.row import row

ROWS = (
    row(
        "logic.knights_and_knaves:KnightsAndKnaves",
        "Find out who always tells the truth and who always lies.",
        "people and kinds of statements",
    ),
)
