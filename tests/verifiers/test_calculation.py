from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from palestra.verifiers import CalculationVerifier, ContinuousCalculationVerifier, Outcome

EXACT = CalculationVerifier()
CONTINUOUS = ContinuousCalculationVerifier()


@pytest.mark.parametrize(
    ("response", "reference", "is_right"),
    [
        ("2/3", "2/3", True),
        ("0.6667", "2/3", True),
        ("0.666667", "2/3", True),
        ("-0.6667", "-2/3", True),
        ("0.667", "2/3", False),
        ("0.6666", "2/3", False),
        ("0.6668", "2/3", False),
        ("0.66667777", "2/3", False),
        ("0.12346", "246913/2000000", True),
        ("0.12345", "246913/2000000", False),
        ("12345.6789", "123456789/10000", True),
        ("0.0000", "1/100000", False),
        ("0.0000", "0", True),
        ("0.000012", "1/83333", False),
        ("0.00001200", "12/1000001", True),
        ("4/6", "2/3", False),
        ("0.5", "1/2", True),
        ("22", "22", True),
        ("22.0001", "22", False),
    ],
)
def test_exact_values_and_right_roundings_pass(response: str, reference: str, is_right: bool) -> None:
    assert EXACT.verify(response, reference).outcome is (Outcome.PASS if is_right else Outcome.FAIL)


@pytest.mark.parametrize(
    ("answer", "reference", "score"),
    [
        ("10", "10", 1),
        ("9.5", "10", 0.725),
        ("11", "10", 0.45),
        ("100", "10", 0),
        ("0.5", "1/4", 0.375002),
        ("0", "0", 1),
    ],
)
def test_the_continuous_reward_has_the_published_values(answer: str, reference: str, score: float) -> None:
    assert CONTINUOUS.verify(answer, reference).score == pytest.approx(score, abs=1e-6)


def test_a_wrong_answer_never_reaches_the_score_of_the_right_one() -> None:
    verdict = CONTINUOUS.verify(f"0.{'3' * 60}", "1/3")
    assert verdict.outcome is Outcome.PARTIAL
    assert verdict.score < 1.0


def test_no_answer_scores_nothing() -> None:
    assert CONTINUOUS.verify("I do not know", "1/3").outcome is Outcome.UNPARSED


@given(st.fractions(max_denominator=10**6), st.fractions(max_denominator=10**6))
def test_only_the_exact_value_passes(answer: Fraction, reference: Fraction) -> None:
    verdict = CONTINUOUS.verify(str(answer), str(reference))
    assert (verdict.outcome is Outcome.PASS) == (answer == reference)


@given(st.fractions(-100, 100, max_denominator=100), st.integers(0, 200), st.integers(0, 200))
def test_a_nearer_answer_on_the_same_side_scores_no_less(reference: Fraction, a: int, b: int) -> None:
    near, far = sorted((a, b))
    scores = [CONTINUOUS.verify(str(reference + Fraction(step, 100)), str(reference)).score for step in (near, far)]
    assert scores[0] >= scores[1]
