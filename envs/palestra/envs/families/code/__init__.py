"""Code: programs, tests, queries and patterns are written, mended and made fast; what they do decides."""

from palestra.envs.row import Kind, row

ROWS = (
    row("code.write_function:WriteFunction", "Write a function by its specification.", "steps", kind=Kind.CODE),
    row("code.fix_the_bug:FixTheBug", "Mend a function with seeded mistakes.", "steps and mistakes", kind=Kind.CODE),
    row(
        "code.predict_output:PredictOutput",
        "Tell what a function of lists, texts and records prints.",
        "steps; changed functions",
        kind=Kind.CODE,
    ),
    row(
        "code.complete_the_test:CompleteTheTest",
        "Write tests that a function passes and that its faulty versions fail.",
        "steps and faulty versions",
        kind=Kind.CODE,
    ),
    row(
        "code.optimise_under_limit:OptimiseUnderLimit",
        "Make a slow function fast enough for a CPU limit.",
        "slow computations",
        kind=Kind.CODE,
    ),
    row(
        "code.sql_from_schema:SqlFromSchema",
        "Write the query that answers a question about a database.",
        "kinds of questions and conditions",
        kind=Kind.CODE,
    ),
    row(
        "code.regex_synthesis:RegexSynthesis",
        "Find the regular expression behind examples.",
        "parts; examples without words",
        kind=Kind.CODE,
    ),
    row(
        "code.code_debug:CodeDebug",
        "Debug a function over several turns with a workspace and tests.",
        "steps and mistakes",
        kind=Kind.CODE,
    ),
)
