from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from palestra.envs.curriculum import Evidence, signal_probability


@given(alpha=st.floats(0.5, 200), beta=st.floats(0.5, 200), group_size=st.integers(2, 16))
def test_signal_is_the_mean_of_the_formula_over_the_posterior(alpha: float, beta: float, group_size: int) -> None:
    # E[p^G] of Beta(a, b) = B(a + G, b) / B(a, b), here by the recurrence in exact arithmetic.
    def moment(a: Fraction, b: Fraction) -> Fraction:
        product = Fraction(1)
        for i in range(group_size):
            product *= (a + i) / (a + b + i)
        return product

    a, b = Fraction(alpha), Fraction(beta)
    assert signal_probability(alpha, beta, group_size) == pytest.approx(
        float(1 - moment(a, b) - moment(b, a)), abs=1e-12
    )


def test_much_evidence_gives_the_plain_formula() -> None:
    evidence = Evidence()
    for _ in range(20_000):
        evidence = evidence.with_group((1.0, 0.0, 0.0, 0.0), tokens=40)
    assert evidence.signal(8) == pytest.approx(1 - 0.25**8 - 0.75**8, abs=1e-3)
    assert evidence.pass_rate == pytest.approx(0.25, abs=1e-3)
    assert evidence.cost(usual=1000.0) == pytest.approx(40.0, abs=0.1)


def test_hopeless_and_mastered_cells_have_little_signal_and_unknown_ones_much() -> None:
    hopeless, mastered = Evidence(fails=80.0, groups=10.0), Evidence(passes=80.0, groups=10.0)
    assert hopeless.signal(8) == pytest.approx(mastered.signal(8))
    assert mastered.signal(8) < 0.1
    assert Evidence().signal(8) == pytest.approx(1 - 2 / 9)


def test_faded_evidence_keeps_its_mean_cost_and_loses_its_certainty() -> None:
    seen = Evidence(fails=80.0, groups=10.0, tokens=500.0)
    assert seen.faded(0.1).signal(8) > seen.signal(8)
    assert seen.faded(0.5).tokens / seen.faded(0.5).groups == 50.0
