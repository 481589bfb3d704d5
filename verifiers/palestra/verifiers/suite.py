"""The verifiers of this package, one row each."""

from palestra.verifiers.row import Row

ROWS: tuple[Row, ...] = (
    Row(
        name="number",
        verifier="palestra.verifiers.number:NumberVerifier",
        summary="The last number of the response equals an exact rational.",
        reference="an exact rational: `n` or `p/q`",
    ),
    Row(
        name="calculation",
        verifier="palestra.verifiers.calculation:CalculationVerifier",
        summary="The last number equals an exact rational, or is a right rounding of it to four decimals or more.",
        reference="an exact rational: `n` or `p/q`",
    ),
    Row(
        name="calculation-continuous",
        verifier="palestra.verifiers.calculation:ContinuousCalculationVerifier",
        summary="How near the last number is to an exact rational, by absolute and relative distance.",
        reference="an exact rational: `n` or `p/q`",
    ),
    Row(
        name="countdown",
        verifier="palestra.verifiers.countdown:CountdownVerifier",
        summary="An expression uses each given number exactly once and equals the target.",
        reference='JSON: {"numbers": [whole numbers], "target": whole number}; a `solution` is ignored',
    ),
    Row(
        name="knights-and-knaves",
        verifier="palestra.verifiers.knights:KnightsAndKnavesVerifier",
        summary="The role of every person is right; all or nothing.",
        reference='JSON: {"roles": {name: "knight" or "knave"}}',
    ),
)
