"""Probability and counting: exact fractions and whole numbers."""

from palestra.envs.row import row

ROWS = (
    row("probability.coin_flips:CoinFlips", "Find the exact probability of an event of coin flips.", "flips, events"),
    row("probability.dice_sums:DiceSums", "Find the exact probability of an event of dice.", "dice, sides, events"),
    row("probability.urn_draws:UrnDraws", "Find the exact probability of drawn colors.", "colors, draws, events"),
    row(
        "probability.conditional_probability:ConditionalProbability",
        "Find a probability given what was seen.",
        "table, boxes and draws",
    ),
    row("probability.expected_value:ExpectedValue", "Find what a game of chance is worth on average.", "size, kinds"),
    row("probability.counting:Counting", "Count arrangements, choices, paths or numbers exactly.", "size and kinds"),
    row("probability.markov_steps:MarkovSteps", "Find where a random walker is after some moves.", "states, moves"),
)
