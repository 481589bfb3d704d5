from __future__ import annotations

import pytest
import torch

from lab_cases import observed, small_world
from palestra.trainer.lab.noise_kinds import (
    ByStyle,
    ClassConditional,
    Coin,
    Inverted,
    NoiseKind,
    Rates,
    Strata,
    StrataOf,
    Together,
    WeakVerifier,
    uniform_rates,
)
from palestra.trainer.lab.texts import Kind

RATES = ClassConditional(small=Rates(fpr=0.4, fnr=0.3), large=Rates(fpr=0.0, fnr=0.0), fraction=Rates(fpr=0.1, fnr=0.2))


def test_rates_are_those_of_the_kind() -> None:
    world = small_world()
    accept_PK = RATES(world, "s").accept_PK
    for row, problem in enumerate(world.problems):
        rates = {Kind.SMALL: RATES.small, Kind.LARGE: RATES.large, Kind.FRACTION: RATES.fraction}[problem.kind]
        for place in range(len(problem.pool)):
            expected = 1.0 - rates.fnr if world.right_PK[row, place] else rates.fpr
            assert accept_PK[row, place] == pytest.approx(expected)


def test_errors_of_an_item_come_back_for_ever_and_have_the_rate() -> None:
    world = small_world()
    accept_PK = uniform_rates(0.3, 0.3, Together.ITEM)(world, "s").accept_PK
    assert set(accept_PK.unique().tolist()) == {0.0, 1.0}
    flipped = (accept_PK.bool() != world.right_PK).double().mean()
    assert abs(float(flipped) - 0.3) < 0.06


def test_errors_of_a_group_come_together() -> None:
    seen = observed(uniform_rates(0.5, 0.0, Together.GROUP), samples=16)
    wrong_BG = ~seen.right_BG
    for accepted_G, wrong_G in zip(seen.accepted_BG, wrong_BG, strict=True):
        assert len(set(accepted_G[wrong_G].tolist())) <= 1
    assert len(set(seen.accepted_BG[wrong_BG].tolist())) == 2


@pytest.mark.parametrize("noise", [RATES, ByStyle(), WeakVerifier(), Coin(), Inverted()])
def test_verdicts_repeat_with_the_key_and_follow_their_probability(noise: NoiseKind) -> None:
    seen = observed(noise, samples=400)
    assert torch.equal(seen.accepted_BG, seen.channel.observe(seen.world, seen.batch))
    expected_BG = seen.channel.accept_PK[seen.batch.rows_B].gather(1, seen.batch.picks_BG)
    assert float((seen.accepted_BG.double() - expected_BG).mean().abs()) < 0.03


def test_the_mirror_accepts_exactly_what_is_wrong() -> None:
    seen = observed(Inverted())
    assert torch.equal(seen.accepted_BG, ~seen.right_BG)


def test_strata_nest_from_the_kind_to_the_shape() -> None:
    world = small_world()
    assert Strata.of(world, StrataOf.NOTHING).names == ("",)
    assert set(Strata.of(world, StrataOf.PROMPT).names) == set(Kind)
    assert all(name.split("/")[0] in set(Kind) for name in Strata.of(world, StrataOf.RESPONSE).names)
