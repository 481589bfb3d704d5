from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from palestra.agents import EvaluationError
from palestra.agents.evaluation.selection import (
    best_of_majority,
    best_of_majority_score,
    best_of_n,
    expected,
    majority,
)

ANSWERS = ["A"] * 5 + ["B"] * 3 + ["C"]
REWARDS = [0.6] * 5 + [0.9] * 3 + [0.99]


def test_the_selectors_part_as_in_the_vector_of_methods_28() -> None:
    assert best_of_majority(ANSWERS, REWARDS, alpha=2 / 9, k=1) == ["B"]
    for right, by_majority, by_best, by_both in (("A", 1, 0, 0), ("B", 0, 0, 1), ("C", 0, 1, 0)):
        scores = [float(answer == right) for answer in ANSWERS]
        assert majority(ANSWERS, scores) == by_majority
        assert best_of_n(REWARDS, scores) == by_best
        assert best_of_majority_score(ANSWERS, REWARDS, scores, alpha=2 / 9) == by_both


def test_best_of_majority_gives_k_answers_in_the_order_of_their_rewards() -> None:
    assert best_of_majority(ANSWERS, REWARDS, alpha=0.0, k=9) == ["C", "B", "A"]
    assert best_of_majority(ANSWERS, REWARDS, alpha=0.5, k=9) == ["A"]
    assert best_of_majority(["x", "y", None], [1.0, 2.0, 9.0], alpha=1.0) == ["y"], (
        "none is frequent: the most frequent"
    )
    assert best_of_majority([None], [1.0], alpha=0.1) == []


@pytest.mark.parametrize(("alpha", "k"), [(-0.1, 1), (1.1, 1), (0.5, 0)])
def test_best_of_majority_refuses_what_is_undefined(alpha: float, k: int) -> None:
    with pytest.raises(EvaluationError, match="alpha"):
        best_of_majority(["x"], [1.0], alpha=alpha, k=k)


def test_ties_are_decided_by_a_fair_coin() -> None:
    assert majority(["a", "b", None], [1.0, 0.0, 1.0]) == 0.5
    assert best_of_n([0.3, 0.3], [1.0, 0.0]) == 0.5
    assert majority([None, None], [1.0, 0.0]) == 0.5


samples = st.lists(st.tuples(st.sampled_from([None, 0, 1, 2]), st.integers(0, 3)), min_size=1, max_size=9)


@given(samples, st.floats(0, 1), st.data())
def test_all_selectors_stay_among_the_scores_and_do_not_mind_the_order(
    found: list[tuple[int | None, int]], alpha: float, data: st.DataObject
) -> None:
    right = data.draw(st.integers(0, 2))

    def scores_of(rows: list[tuple[int | None, int]]) -> tuple[float, float, float]:
        answers, rewards = [answer for answer, _ in rows], [float(reward) for _, reward in rows]
        scores = [float(answer == right) for answer in answers]
        return (
            majority(answers, scores),
            best_of_n(rewards, scores),
            # Ties of reward and frequency go to the earlier answer: only the first two do not mind the order.
            best_of_majority_score(answers, rewards, scores, alpha=alpha),
        )

    values = scores_of(found)
    assert all(0.0 <= value <= 1.0 for value in values)
    shuffled = data.draw(st.permutations(found))
    assert scores_of(shuffled)[:2] == pytest.approx(values[:2])


def test_an_expectation_over_all_subsets_is_exact_and_over_many_is_near_and_repeats() -> None:
    assert expected(max, 4, 2, "t") == pytest.approx((1 + 2 + 3 + 2 + 3 + 3) / 6)
    assert expected(lambda subset: sum(subset) / 5, 40, 5, "t") == pytest.approx(19.5, abs=1.0)
    assert expected(max, 40, 5, "t") == expected(max, 40, 5, "t")
    with pytest.raises(EvaluationError):
        expected(max, 3, 4, "t")
