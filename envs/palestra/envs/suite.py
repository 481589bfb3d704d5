"""The environments of this package, one row each."""

from palestra.envs.row import Row

ROWS: tuple[Row, ...] = (
    Row(
        id="palestra/ChainSum-v1",
        family="palestra.envs.families.chain_sum:ChainSum",
        verifier="number",
        summary="Add and subtract a chain of whole numbers.",
        difficulty="0..9: from 2 terms of one digit to 10 terms of six digits",
    ),
    Row(
        id="palestra/Countdown-v1",
        family="palestra.envs.families.countdown:Countdown",
        verifier="countdown",
        summary="Reach a target with all the given numbers and + - * /.",
        difficulty="0..9: from 2 numbers up to 10 with + - to 10 numbers up to 100 with + - * /",
    ),
    Row(
        id="palestra/KnightsAndKnaves-v1",
        family="palestra.envs.families.knights_and_knaves:KnightsAndKnaves",
        verifier="knights-and-knaves",
        summary="Find out who always tells the truth and who always lies.",
        difficulty="0..9: from 2 people with plain statements to 12 people with nested ones",
    ),
    Row(
        id="palestra/RandomCalculation-v1",
        family="palestra.envs.families.random_calculation:RandomCalculation",
        verifier="calculation",
        summary="Calculate a random expression exactly.",
        difficulty="0..9: from 1 step on whole numbers to 20 steps with fractions, squares and cubes",
    ),
    Row(
        id="palestra/RandomCalculationContinuous-v1",
        family="palestra.envs.families.random_calculation:RandomCalculationContinuous",
        verifier="calculation-continuous",
        summary="Calculate a random expression; near answers earn a share.",
        difficulty="0..9: from 1 step on whole numbers to 20 steps with fractions, squares and cubes",
    ),
)
