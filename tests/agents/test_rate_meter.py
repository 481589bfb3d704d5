from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from palestra.agents.rate_meter import RateLimits, RateMeter


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


asked = st.lists(st.tuples(st.floats(0, 5), st.integers(1, 500)), min_size=1, max_size=60)


@given(asked, st.integers(1, 120), st.integers(100, 5000))
def test_no_minute_holds_more_than_the_limits_allow_and_one(
    requests: list[tuple[float, int]], per_minute: int, tokens: int
) -> None:
    clock = Clock()
    meter = RateMeter(RateLimits(requests_per_minute=per_minute, tokens_per_minute=tokens), clock)
    sent: list[tuple[float, int]] = []
    for pause, size in requests:
        clock.now += pause
        sent.append((clock.now + meter.reserve(size), size))
    assert sent == sorted(sent, key=lambda each: each[0]), "first come, first served"
    for begin, _ in sent:
        inside = [size for at, size in sent if begin <= at < begin + 60 - 1e-6]
        assert len(inside) <= per_minute + 1
        assert sum(inside[:-1]) <= tokens * (1 + 1e-9)


def test_tokens_that_were_not_taken_are_given_back_and_a_refusal_holds_everybody() -> None:
    clock = Clock()
    meter = RateMeter(RateLimits(tokens_per_minute=60), clock)
    assert meter.reserve(60) == 0.0
    meter.settle(60, 10)
    assert meter.reserve(1) == pytest.approx(10.0)
    meter.hold(30.0)
    assert meter.reserve(1) == pytest.approx(30.0)


def test_without_limits_nobody_waits() -> None:
    meter = RateMeter(RateLimits(), Clock())
    assert [meter.reserve(10**6) for _ in range(5)] == [0.0] * 5


@pytest.mark.parametrize("limit", [0.0, -1.0, float("inf"), float("nan")])
def test_a_rate_is_positive(limit: float) -> None:
    with pytest.raises(ValueError, match="positive"):
        RateLimits(requests_per_minute=limit)
