from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from palestra.trainer.credit import Gae, TokenAdvantages

NAN = math.nan


def gae(
    estimator: Gae, rewards: list[float], values: list[float], mask: list[int], after: float = 0.0
) -> TokenAdvantages:
    return estimator(torch.tensor(rewards).double(), torch.tensor(values).double(), torch.tensor(mask), after)


def test_a_sequence_of_three_tokens_has_the_advantages_of_the_formula() -> None:
    # METHODS 15. delta = .9 * .5 - .4, .9 * .8 - .5, 1 - .8 = .05, .22, .2; gamma * lam = .45
    found = gae(Gae(gamma=0.9, lam=0.5), [0, 0, 1], [0.4, 0.5, 0.8], [1, 1, 1])
    assert found.advantages_T.tolist() == pytest.approx([0.05 + 0.45 * 0.31, 0.22 + 0.45 * 0.2, 0.2])
    assert found.returns_T.tolist() == pytest.approx([0.5895, 0.81, 1.0])
    assert found.advantages_T.dtype is torch.float64


def test_observation_tokens_are_skipped_and_cost_no_discount() -> None:
    alone = gae(Gae(gamma=0.9, lam=0.5), [0, 0, 1], [0.4, 0.5, 0.8], [1, 1, 1])
    mixed = gae(Gae(gamma=0.9, lam=0.5), [0, 0, 0, 0, 1], [0.4, NAN, NAN, 0.5, 0.8], [1, 0, 0, 1, 1])
    for name in ("advantages_T", "returns_T"):
        found, expected = getattr(mixed, name).tolist(), getattr(alone, name).tolist()
        assert [found[i] for i in (0, 3, 4)] == expected
        assert found[1] == found[2] == 0.0


def test_an_episode_that_was_cut_off_goes_on_with_the_value_behind_it() -> None:
    # As if a fourth token with the value .6 came and were left out.
    cut = gae(Gae(gamma=0.9, lam=0.5), [0, 0, 0], [0.4, 0.5, 0.8], [1, 1, 1], after=0.6)
    assert cut.advantages_T.tolist()[2] == pytest.approx(0.9 * 0.6 - 0.8)
    terminal = gae(Gae(gamma=0.9, lam=0.5), [0, 0, 0], [0.4, 0.5, 0.8], [1, 1, 1])
    assert terminal.advantages_T.tolist()[2] == pytest.approx(-0.8)


def test_gamma_and_lam_of_1_leave_the_reward_less_the_value() -> None:
    found = gae(Gae(), [0, 0.5, 0, 1], [0.1, 0.2, 0.3, 0.4], [1, 1, 1, 1])
    assert found.advantages_T.tolist() == pytest.approx([1.4, 1.3, 0.7, 0.6])
    assert found.returns_T.tolist() == pytest.approx([1.5, 1.5, 1.0, 1.0])


def test_a_paid_observation_is_refused() -> None:
    with pytest.raises(ValueError, match="hint: pay the last token"):
        gae(Gae(), [0, 1], [0, 0], [1, 0])


@pytest.mark.parametrize("options", [{"gamma": 1.1}, {"lam": -0.1}, {"lam": NAN}])
def test_discounts_outside_of_0_to_1_are_refused(options: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(options))):
        Gae(**options)


tokens = st.lists(
    st.tuples(st.floats(-1, 1, width=16), st.floats(-1, 1, width=16), st.booleans()), min_size=1, max_size=9
)


@settings(deadline=None, max_examples=50)
@given(tokens=tokens, gamma=st.floats(0, 1), lam=st.floats(0, 1), after=st.floats(-1, 1))
def test_the_recursion_is_the_sum_of_the_definition(
    tokens: list[tuple[float, float, bool]], gamma: float, lam: float, after: float
) -> None:
    rewards = [reward if is_policy else 0.0 for reward, _, is_policy in tokens]
    found = gae(Gae(gamma=gamma, lam=lam), rewards, [v for _, v, _ in tokens], [m for *_, m in tokens], after)
    steps = [(reward, value) for reward, value, is_policy in tokens if is_policy]
    values = [value for _, value in steps] + [after]
    deltas = [reward + gamma * values[t + 1] - value for t, (reward, value) in enumerate(steps)]
    expected = [sum((gamma * lam) ** k * delta for k, delta in enumerate(deltas[t:])) for t in range(len(steps))]
    mask_T = torch.tensor([m for *_, m in tokens])
    assert found.advantages_T[mask_T].tolist() == pytest.approx(expected, abs=1e-6)
    assert not found.advantages_T[~mask_T].any()
    assert not found.returns_T[~mask_T].any()
