from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from palestra.trainer.config import RolloutConfig
from palestra.trainer.settings.schedules import Constant, Cosine, Linear, Schedule, Stairs

SCHEDULES: list[Schedule] = [
    Constant(),
    Linear(final=0.2),
    Cosine(final=0.1),
    Stairs(factors=(0.5, 1.0), until=(0.9,)),
]


@given(progress=st.floats(0, 1), schedule=st.sampled_from(SCHEDULES))
def test_every_factor_lies_between_nothing_and_everything(progress: float, schedule: Schedule) -> None:
    assert 0.0 <= schedule(progress) <= 1.0


def test_stairs_change_where_they_say() -> None:
    stairs = Stairs(factors=(0.25, 0.5, 1.0), until=(0.2, 0.9))
    assert [stairs(share) for share in (0.0, 0.19, 0.2, 0.89, 0.9, 1.0)] == [0.25, 0.25, 0.5, 0.5, 1.0, 1.0]


@pytest.mark.parametrize(
    ("factors", "until", "message"),
    [
        ((1.0,), (0.5,), "1 factors need 0 ends, got 1"),
        ((0.5, 1.0, 1.0), (0.9, 0.2), "until must rise"),
        ((0.5, 1.0), (1.0,), "until must rise within"),
        ((0.5, 1.5), (0.5,), "factors must be in"),
    ],
)
def test_stairs_that_lead_nowhere_are_refused(
    factors: tuple[float, ...], until: tuple[float, ...], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        Stairs(factors=factors, until=until)


def test_context_and_temperature_follow_their_schedules() -> None:
    # METHODS 1: half of the context, all of it for the last tenth.
    rollout = RolloutConfig(
        max_new_tokens=16_000,
        temperature=1.2,
        length_schedule=Stairs(factors=(0.5, 1.0), until=(0.9,)),
        temperature_schedule=Linear(final=0.5),
    )
    assert [rollout.sampling_at(share).max_new_tokens for share in (0.0, 0.5, 0.95)] == [8000, 8000, 16_000]
    assert rollout.sampling_at(1.0).temperature == pytest.approx(0.6)
    assert RolloutConfig(max_new_tokens=3, length_schedule=Linear()).sampling_at(1.0).max_new_tokens == 1


def test_a_temperature_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="temperature_schedule falls to 0"):
        RolloutConfig(temperature_schedule=Linear())
