from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from palestra.agents.vllm.breaker import BreakerLimits, BreakerState, CircuitBreaker


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def closed(clock: Clock, failures: int = 3) -> CircuitBreaker:
    breaker = CircuitBreaker(BreakerLimits(failures=failures, first_wait_s=1.0, max_wait_s=4.0), clock=clock)
    assert breaker.state is BreakerState.OPEN and breaker.wait_s == 0.0
    breaker.begin_trial()
    breaker.end_trial()
    return breaker


def test_it_opens_after_so_many_failures_in_a_row_and_a_success_forgets_them() -> None:
    breaker = closed(Clock())
    for _ in range(2):
        breaker.note_failure("no")
    breaker.note_success()
    for _ in range(2):
        breaker.note_failure("no")
    states = [breaker.state]
    breaker.note_failure("gone")
    states.append(breaker.state)
    assert states == [BreakerState.CLOSED, BreakerState.OPEN] and breaker.last_failure == "gone"


def test_the_wait_doubles_with_each_trial_that_fails_up_to_its_bound_and_begins_anew() -> None:
    clock = Clock()
    breaker = closed(clock)
    breaker.trip("no weights")
    waits = []
    for _ in range(5):
        waits.append(breaker.wait_s)
        clock.now += breaker.wait_s
        breaker.begin_trial()
        breaker.end_trial("still not")
    assert waits == [1.0, 1.0, 2.0, 4.0, 4.0]
    breaker.begin_trial()
    breaker.end_trial()
    breaker.trip("again")
    assert breaker.wait_s == 1.0


def test_a_trial_whose_caller_is_gone_is_due_at_once() -> None:
    breaker = closed(Clock())
    breaker.trip("no")
    breaker.begin_trial()
    breaker.give_up_trial()
    assert breaker.state is BreakerState.OPEN and breaker.wait_s == 0.0


@given(st.lists(st.sampled_from(["success", "failure", "trip", "trial", "failed trial"]), max_size=60))
def test_it_is_never_open_without_a_moment_when_it_is_tried_again(events: list[str]) -> None:
    breaker = closed(Clock())
    for event in events:
        if event == "success":
            breaker.note_success()
        elif event == "failure":
            breaker.note_failure("x")
        elif event == "trip":
            breaker.trip("x")
        elif breaker.state is BreakerState.OPEN:
            breaker.begin_trial()
            breaker.end_trial("" if event == "trial" else "x")
        assert 0.0 <= breaker.wait_s <= 4.0
        assert breaker.state is not BreakerState.HALF_OPEN


@pytest.mark.parametrize("limits", [{"failures": 0}, {"first_wait_s": 5.0, "max_wait_s": 1.0}])
def test_limits_that_make_no_sense_are_refused(limits: dict[str, float]) -> None:
    with pytest.raises(ValueError):
        BreakerLimits(**limits)  # type: ignore[arg-type]
