from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from palestra.agents.vllm.routing import Load, PrefixRouter

PROMPTS = st.lists(st.integers(0, 3), min_size=1, max_size=200).map(tuple)
LOADS = st.lists(st.integers(0, 40), min_size=1, max_size=5).map(
    lambda counts: [Load(worker, count) for worker, count in enumerate(counts)]
)


@given(st.lists(st.tuples(PROMPTS, LOADS), max_size=20), st.integers(0, 8))
def test_the_chosen_worker_can_take_it_and_has_at_most_the_slack_more_than_the_least(
    calls: list[tuple[tuple[int, ...], list[Load]]], slack: int
) -> None:
    router = PrefixRouter(slack=slack, max_entries=50)
    for prompt, loads in calls:
        chosen = router.choose(prompt, loads)
        [count] = [load.in_flight for load in loads if load.worker == chosen]
        assert count <= min(load.in_flight for load in loads) + slack


@given(PROMPTS, st.integers(1, 4))
def test_equal_prompts_go_to_one_worker_while_it_is_not_overloaded(prompt: tuple[int, ...], workers: int) -> None:
    router = PrefixRouter(slack=4)
    counts = [0] * workers
    chosen = set()
    for _ in range(4):
        worker = router.choose(prompt, [Load(index, count) for index, count in enumerate(counts)])
        counts[worker] += 1
        chosen.add(worker)
    assert len(chosen) == 1


@given(st.lists(st.integers(0, 9), min_size=96, max_size=200).map(tuple), st.integers(0, 20))
def test_a_prompt_that_goes_on_follows_its_beginning(prompt: tuple[int, ...], more: int) -> None:
    router = PrefixRouter(slack=0)
    first = router.choose(prompt, [Load(0, 1), Load(1, 0), Load(2, 1)])
    assert router.choose((*prompt, *range(10, 10 + more)), [Load(0, 0), Load(1, 0), Load(2, 0)]) == first == 1


def test_a_system_prompt_that_all_share_ties_nobody() -> None:
    router = PrefixRouter(slack=100)
    shared = tuple(range(64))
    assert router.choose((*shared, *(1,) * 100), [Load(0, 0), Load(1, 5)]) == 0
    assert router.choose((*shared, *(2,) * 100), [Load(0, 1), Load(1, 0)]) == 1


def test_new_weights_make_all_beginnings_unread() -> None:
    router = PrefixRouter(slack=100)
    assert router.choose((1, 2), [Load(0, 0), Load(1, 5)]) == 0
    router.forget()
    assert router.choose((1, 2), [Load(0, 5), Load(1, 0)]) == 1
