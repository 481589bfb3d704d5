"""Operators: environments whose tasks are derived from those of other environments, and their verifiers with them."""

from palestra.envs.row import Kind, Row


def _row(source: str, summary: str, difficulty: str = "the tasks that it is made of") -> Row:
    return Row(
        id=f"palestra/{source.rpartition(':')[2]}-v1",
        group="operators",
        source=f"palestra.envs.operators.{source}",
        summary=summary,
        difficulty=difficulty,
        kind=Kind.OPERATOR,
    )


ROWS = (
    _row("chained:Chained", "Questions in which the answer to one is a number of the next."),
    _row("distracted:Distracted", "Tasks among true-sounding sentences that have nothing to do with them."),
    _row("encoded:Encoded", "Tasks that are written in a stated cipher."),
    _row("hinted:Hinted", "Tasks that may be tried again after a wrong answer, for a smaller share."),
    _row("impossible_twin:ImpossibleTwin", "Tasks of which half have no answer, where only saying so is right."),
    _row("paraphrased:Paraphrased", "The same tasks in other words."),
    _row("renamed:Renamed", "The same tasks with fresh names of people, variables and nodes."),
)
