from __future__ import annotations

import json

import pytest

from eval_cases import graded, rollout, task
from palestra.agents.evaluation import InsightOptions, Prices, gain_insight, rescore_rollouts, summarise
from palestra.verifiers import VERIFIERS, Verdict
from palestra.verifiers.text.exact import ExactVerifier

OPTIONS = InsightOptions(verifier_of=lambda task: VERIFIERS.make("math"))


def answers(*texts: str, right: str = "2") -> list:  # type: ignore[type-arg]
    verdicts = [Verdict.passed() if text in (right, "4/2") else Verdict.failed() for text in texts]
    return [rollout(task(1), verdict, sample=i, text=text) for i, (text, verdict) in enumerate(zip(texts, verdicts))]  # noqa: B905


def test_equal_values_are_one_answer_and_win_the_vote() -> None:
    found = gain_insight(summarise(answers("2", "3", "4/2", "7"), "m", [1, 4]), OPTIONS)
    assert found.maj_at_k[4].value == 1.0
    assert found.best_of_n == {}, "nobody gave log-probabilities"
    assert found.diversity is not None
    assert (found.diversity.distinct_answers, found.diversity.agreement) == (3.0, 0.5)
    assert found.diversity.answer_entropy == pytest.approx(1.5)
    json.dumps(found.to_json(), allow_nan=False)


def test_what_the_best_is_chosen_by_can_be_given() -> None:
    longest = InsightOptions(verifier_of=OPTIONS.verifier_of, reward_of=lambda r: float(len(r.responses[0])), alpha=0.5)
    found = gain_insight(summarise(answers("2", "300", "4/2", "7"), "m", [4]), longest)
    assert (found.best_of_n[4].value, found.best_of_majority[4].value, found.maj_at_k[4].value) == (0.5, 1.0, 1.0)


def test_costs_add_up_and_have_a_price_for_each_right_sample() -> None:
    options = InsightOptions(verifier_of=OPTIONS.verifier_of, prices=Prices(prompt=1e6, completion=2e6))
    cost = gain_insight(summarise(answers("2", "3"), "m"), options).cost
    assert (cost.prompt_tokens, cost.completion_tokens, cost.model_s) == (20, 6, 1.0)
    assert (cost.price, cost.price_per_right) == (32.0, 32.0)
    assert gain_insight(summarise(answers("3"), "m"), options).cost.price_per_right is None


def test_results_are_broken_down_and_lengths_told_by_outcome() -> None:
    rollouts = graded([[1.0]] * 3, difficulty=0.0) + graded([[0.0]] * 5, difficulty=1.0)
    found = gain_insight(summarise(rollouts, "m"), OPTIONS)
    assert [(each.value, each.n, each.mean_reward.value) for each in found.strata] == [("0.0", 3, 1.0), ("1.0", 5, 0.0)]
    assert {name: lengths.samples for name, lengths in found.lengths.items()} == {"all": 8, "PASS": 3, "FAIL": 5}
    assert found.diversity is None
    assert gain_insight(summarise(rollouts[:3], "m"), OPTIONS).strata == ()


def test_an_evaluation_without_any_valid_verdict_has_insight_all_the_same() -> None:
    lost = [rollout(task(0), Verdict.error("lost"), sample=i) for i in range(2)]
    row = gain_insight(summarise(lost, "m"), OPTIONS).to_json()
    assert (row["maj_at_k"], row["diversity"], row["bootstrap_ci95"]) == ({}, None, None)


def test_verdicts_that_another_verifier_changes_are_told_with_both_reasons() -> None:
    stored = answers("2", "4/2", "3")
    found = rescore_rollouts([*stored, rollout(task(2), Verdict.passed(), text="3")], lambda task: ExactVerifier())
    assert (found.judged, len(found.changes), found.transitions["PASS", "FAIL"]) == (4, 1, 1)
    [change] = found.changes
    row = change.to_json()
    assert (row["excerpt"], row["reference"]) == ("4/2", "2")
    assert [each.verdict.outcome for each in found.rollouts] == ["PASS", "FAIL", "FAIL", "PASS"]
    json.dumps(found.to_json(), allow_nan=False)


def test_what_cannot_be_judged_again_is_counted_by_the_reason_and_kept() -> None:
    stored = answers("2", "3")
    unread = rescore_rollouts(stored, lambda task: VERIFIERS.make("json-schema"))
    assert (unread.judged, sum(unread.skipped.values())) == (0, 2)
    assert unread.rollouts == tuple(stored)
    assert sum(rescore_rollouts(stored, lambda task: None).skipped.values()) == 2
