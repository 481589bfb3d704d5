from __future__ import annotations

from typing import Any

import pytest

from palestra.envs.families.graphs.graph_coloring import GraphColoring
from palestra.envs.families.number_theory.diophantine import Diophantine
from palestra.envs.operators.impossible_twin import CLAIM, ImpossibleTwin, TwinReference
from palestra.envs.question import Question
from palestra.envs.record import decode
from palestra.verifiers import Outcome


@pytest.mark.parametrize("family", [Diophantine(), GraphColoring()])
def test_saying_so_is_right_for_half_of_the_tasks_and_only_there(family: Question[Any, Any]) -> None:
    operator = ImpossibleTwin(inner=family)
    num_twins = 0
    for index in range(30):
        task = operator.task("train", 2, index)
        is_twin = decode(TwinReference, task.reference).reference is None
        num_twins += is_twin
        assert operator.verifier.verify(f"Let me see.\nAnswer: **{CLAIM.title()}**.", task.reference).score == is_twin
        assert operator.verifier.verify(operator.oracle(task), task.reference).score == 1.0
        assert operator.verifier.verify(f"It may be {CLAIM} but 7", task.reference).score == 0.0
    assert num_twins == 15


def test_any_answer_to_a_twin_is_wrong_even_one_that_its_family_would_take() -> None:
    operator = ImpossibleTwin(inner=Diophantine())
    twins = [
        task
        for i in range(10)
        if decode(TwinReference, (task := operator.task("test", 0, i)).reference).reference is None
    ]
    for task in twins:
        verdict = operator.verifier.verify("x = 1, y = 2", task.reference)
        assert verdict.outcome is Outcome.FAIL
        assert operator.verifier.verify("", task.reference).outcome is Outcome.UNPARSED


def test_twins_look_like_the_other_tasks() -> None:
    operator = ImpossibleTwin(inner=Diophantine())
    tasks = [operator.task("train", 0, index) for index in range(20)]
    assert {tuple(task.meta) for task in tasks} == {("effort",)}
    assert {task.prompt.splitlines()[-1] for task in tasks} == {tasks[0].prompt.splitlines()[-1]}


def test_twins_of_different_splits_never_read_alike() -> None:
    operator = ImpossibleTwin(inner=Diophantine()).with_difficulty(0.0)
    train, test = ({operator.task(split, 0, i).prompt for i in range(200)} for split in ("train", "test"))
    assert not train & test
