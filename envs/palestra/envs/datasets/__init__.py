"""Data sets as task sources: any table with a verifier, and public ones with their maps of columns.

Nothing is read, and no package is loaded, before a task is asked for.
"""

from palestra.envs.row import Kind, Row


def _row(name: str, licence: str, summary: str) -> Row:
    return Row(
        id=f"palestra/{name}-v1",
        group="datasets",
        source=f"palestra.envs.datasets.ready:{name}",
        summary=summary,
        difficulty="none: rows are as hard as they are",
        kind=Kind.DATASET,
        licence=licence,
    )


ROWS = (
    _row("Dataset", "that of the data", "Answer the questions of any file or hub data set, judged by any verifier."),
    _row("GSM8K", "MIT", "Solve word problems of grade school; the answer is a number."),
    _row("MATH", "MIT", "Solve problems of mathematics competitions, of five levels."),
    _row("MATH500", "MIT", "Solve the 500 problems of MATH that are kept for evaluation."),
    _row("AIME", "see the data card", "Solve problems of the AIME, whose answers are whole numbers up to 999."),
    _row("GPQA", "CC-BY-4.0", "Choose the right one of four answers to a graduate-level question of science."),
    _row(
        "DAPO17k", "Apache-2.0", "Solve competition mathematics with whole numbers as answers; duplicates are left out."
    ),
    _row("DeepScaleR", "MIT", "Solve problems of AIME, AMC, Omni-MATH and STILL."),
    _row("BigMath", "see the data card", "Solve mathematics with closed-form answers, filtered for training."),
    _row("SCP116K", "CC-BY-NC-SA-4.0", "Solve problems of science in higher education; long solutions are no golds."),
    _row("Tulu3RLVR", "ODC-BY-1.0", "Tulu 3's mixture of GSM8K, MATH and instructions; each row names its verifier."),
    _row("IFEval", "Apache-2.0", "Follow every verifiable instruction of a prompt."),
    _row("HumanEval", "MIT", "Complete a Python function by its docstring; hidden tests call it."),
    _row("MBPP", "CC-BY-4.0", "Write a small Python function that passes the shown assertions."),
    _row("APPS", "MIT", "Write Python programs for problems of coding competitions."),
    _row("TACO", "Apache-2.0", "Write Python programs for algorithmic problems with many tests each."),
    _row(
        "CodeRows",
        "that of the data",
        "Write the programs of any rows in the columns of APPS, TACO, LiveCodeBench, CodeContests, HumanEval or MBPP.",
    ),
    _row("LiveCodeBench", "see the data card", "Write Python programs for problems of recent coding contests."),
)
