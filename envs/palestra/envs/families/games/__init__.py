"""Games: a position and its rules, in one answer or move by move."""

from palestra.envs.row import row

ROWS = (
    row("games.countdown:Countdown", "Reach a target with all the given numbers and + - * /.", "numbers and operators"),
)
