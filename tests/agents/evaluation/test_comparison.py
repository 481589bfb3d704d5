from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval_cases import graded, rollout, task
from palestra.agents import EvaluationError
from palestra.agents.evaluation import compare_rollouts
from palestra.agents.statistics import bootstrap_mean, mean_of_groups, mean_of_strata, sign_test
from palestra.verifiers import Verdict


def test_pairs_that_flipped_are_listed_and_tested_exactly() -> None:
    first = graded([[1.0]] * 3 + [[0.0]] * 12)
    second = graded([[0.0]] + [[1.0]] * 10 + [[0.0]] * 4)
    found = compare_rollouts(first, second)
    total = found.total
    assert (total.better, total.worse, total.n, total.test) == (8, 1, 15, "mcnemar")
    assert total.p_value == pytest.approx(0.0390625)
    assert total.gain.value == pytest.approx(7 / 15)
    assert 0 < total.gain.low < total.gain.value < total.gain.high
    assert found.changes[0].task_id == "test/Sums-v1/test/0/0", "losses come first"
    assert all(change.flipped for change in found.changes)
    json.dumps(found.to_json(), allow_nan=False)


def test_samples_of_a_task_are_one_pair() -> None:
    first, second = graded([[1.0, 0.0, 0.0]] * 4), graded([[1.0, 1.0, 0.0]] * 3 + [[1.0, 0.0, 0.0]])
    found = compare_rollouts(first, second)
    assert (found.total.test, found.total.better, found.total.worse, found.total.n) == ("sign", 3, 0, 4)
    assert found.total.p_value == 0.25
    assert sum(change.flipped for change in found.changes) == 3


def test_other_tasks_are_refused_unless_the_common_ones_are_asked_for() -> None:
    first, second = graded([[1.0]] * 3), graded([[1.0]] * 5)
    with pytest.raises(EvaluationError, match="3 in both, 0 only in the first, 2 only in the second") as refused:
        compare_rollouts(first, second)
    assert "--common" in str(refused.value)
    found = compare_rollouts(first, second, common=True)
    assert (found.total.n, found.only_first, found.only_second) == (3, 0, 2)
    elsewhere = [rollout(task(0, source="test/Other-v1"), Verdict.passed())]
    with pytest.raises(EvaluationError, match="no task in common"):
        compare_rollouts(first, elsewhere, common=True)
    changed = [replace(first[0], task=task(0, prompt="What is 0 + 2?")), *first[1:]]
    with pytest.raises(EvaluationError, match="asks different things"):
        compare_rollouts(first, changed)


def test_invalid_verdicts_enter_no_pair() -> None:
    first = graded([[1.0]] * 2)
    second = [first[0], rollout(task(1), Verdict.error("lost"))]
    found = compare_rollouts(first, second)
    assert (found.total.n, found.only_first, found.only_second) == (1, 1, 1)
    with pytest.raises(EvaluationError, match="no task has a valid verdict"):
        compare_rollouts(first[1:], second[1:])


def test_differences_are_told_apart_by_difficulty_and_no_difference_is_not_certain() -> None:
    first = graded([[0.0]] * 6, difficulty=0.0) + graded([[0.0]] * 6, difficulty=1.0)
    second = graded([[1.0]] * 6, difficulty=0.0) + graded([[0.0]] * 6, difficulty=1.0)
    easy, hard = compare_rollouts(first, second).strata
    assert (easy.value, easy.gain.value, hard.value, hard.gain.value) == ("0.0", 1.0, "1.0", 0.0)
    assert hard.gain.low < -0.2 and hard.gain.high > 0.2, "six tasks without a change leave room for one"


scores = st.lists(st.sampled_from([0.0, 0.5, 1.0]), min_size=1, max_size=4)


@given(st.lists(st.tuples(scores, scores), min_size=1, max_size=12))
def test_a_comparison_the_other_way_around_has_the_opposite_sign(pairs: list[tuple[list[float], list[float]]]) -> None:
    first, second = graded([a for a, _ in pairs]), graded([b for _, b in pairs])
    there, back = compare_rollouts(first, second).total, compare_rollouts(second, first).total
    assert there.gain.value == pytest.approx(-back.gain.value)
    assert there.gain.low == pytest.approx(-back.gain.high, abs=1e-9)
    assert (there.better, there.worse, there.p_value) == (back.worse, back.better, back.p_value)
    assert -1.0 <= there.gain.low <= there.gain.value <= there.gain.high <= 1.0


@given(st.integers(0, 300), st.integers(0, 300))
def test_the_sign_test_is_a_symmetric_probability(more: int, less: int) -> None:
    p = sign_test(more, less)
    assert 0.0 < p <= 1.0
    assert p == sign_test(less, more)
    assert abs(more - less) > 1 or p == 1.0


def test_the_sign_test_refuses_negative_counts() -> None:
    with pytest.raises(EvaluationError):
        sign_test(-1, 2)


@given(st.lists(st.lists(scores, min_size=1, max_size=6), min_size=1, max_size=4))
def test_strata_count_alike_and_both_intervals_hold_the_mean(strata: list[list[list[float]]]) -> None:
    found, drawn = mean_of_strata(strata), bootstrap_mean(strata, resamples=50)
    means = [mean_of_groups(groups).value for groups in strata]
    assert found.value == pytest.approx(sum(means) / len(means)) == pytest.approx(drawn.value)
    for each in (found, drawn):
        assert -1e-9 <= each.low <= each.value + 1e-9
        assert each.value - 1e-9 <= each.high <= 1.0 + 1e-9
    assert drawn == bootstrap_mean(strata, resamples=50), "the same numbers each time"
