from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from palestra.trainer.objective.entropy import EntropyBonus, EntropyControl


def test_a_bonus_stays_what_it_is() -> None:
    bonus = EntropyBonus(coefficient=0.01)
    assert bonus.start == bonus.after(bonus.start, 0.0) == bonus.after(bonus.start, 9.0) == 0.01


def test_control_pays_more_below_the_band_less_above_it_and_the_same_within() -> None:
    control = EntropyControl(low=0.2, high=0.4, step=0.01, maximum=0.05)
    assert control.start == 0.0
    assert [control.after(0.02, entropy) for entropy in (0.1, 0.3, 0.5)] == pytest.approx([0.03, 0.02, 0.01])


@given(entropies=st.lists(st.floats(0.0, 1.0), max_size=60))
def test_the_coefficient_of_control_never_leaves_its_range(entropies: list[float]) -> None:
    control, coefficient = EntropyControl(step=0.02), 0.0
    for entropy in entropies:
        coefficient = control.after(coefficient, entropy)
        assert 0.0 <= coefficient <= control.maximum


def test_settings_out_of_range_are_refused() -> None:
    with pytest.raises(ValueError, match="coefficient"):
        EntropyBonus(coefficient=math.nan)
    with pytest.raises(ValueError, match="low and high"):
        EntropyControl(low=0.5, high=0.4)
    with pytest.raises(ValueError, match="step"):
        EntropyControl(step=0.0)
