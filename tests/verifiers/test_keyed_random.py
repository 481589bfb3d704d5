from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from palestra.verifiers.keyed_random import KeyedRandom, key_start, stable_hash


def test_the_stream_of_a_key_never_changes() -> None:
    rng = KeyedRandom("golden", 1)
    assert [rng.below(100) for _ in range(10)] == [9, 34, 82, 59, 27, 3, 61, 35, 94, 89]
    assert stable_hash("golden", 1) == 16151083103139399436


def test_one_stream_holds_integers_and_shares() -> None:
    draws = KeyedRandom("a", 1)
    assert [draws.below(1000) for _ in range(9)] == [745, 914, 612, 528, 150, 427, 53, 827, 40]
    shares = [draws.share() for _ in range(4000)]
    assert all(0.0 <= share < 1.0 for share in shares)
    assert abs(sum(shares) / 4000 - 0.5) < 0.02


def test_draws_of_large_bounds_and_orders_never_change() -> None:
    rng = KeyedRandom("large")
    assert [rng.below(3 << 62) % 1000 for _ in range(6)] == [25, 686, 81, 99, 336, 879]
    rng = KeyedRandom("order")
    items = list(range(12))
    rng.shuffle(items)
    assert items == [11, 9, 10, 7, 1, 4, 6, 3, 8, 5, 2, 0]
    assert rng.sample("abcdefgh", 8) == ["h", "e", "f", "g", "c", "b", "a", "d"]


def test_a_key_goes_on_where_its_start_ends() -> None:
    start = key_start("b", 2, start=key_start("a", -1, "\ud800"))
    assert KeyedRandom("c", 3, start=start).word() == KeyedRandom("a", -1, "\ud800", "b", 2, "c", 3).word()
    assert stable_hash("c", start=start) == stable_hash("a", -1, "\ud800", "b", 2, "c")


def test_no_more_items_than_there_are() -> None:
    with pytest.raises(ValueError, match="3 items wanted of 2"):
        KeyedRandom("x").sample("ab", 3)


def test_keys_that_read_alike_are_different() -> None:
    keys = [("ab", "c"), ("a", "bc"), ("abc",), (1, 2), (12,), ("1", "2"), ("12",), ("s1:a",), (-1, 2), ()]
    assert len({stable_hash(*key) for key in keys}) == len(keys)
    assert len({KeyedRandom(*key).word() for key in keys}) == len(keys)


@given(st.integers(1, 2**64), st.integers())
def test_below_stays_below(bound: int, key: int) -> None:
    assert 0 <= KeyedRandom(key).below(bound) < bound


@given(st.lists(st.integers()), st.integers())
def test_shuffle_and_sample_keep_the_items(items: list[int], key: int) -> None:
    shuffled = list(items)
    KeyedRandom(key).shuffle(shuffled)
    assert sorted(shuffled) == sorted(items) == sorted(KeyedRandom(key).sample(items, len(items)))


def test_draws_are_even() -> None:
    rng = KeyedRandom("even")
    counts = Counter(rng.below(6) for _ in range(6000))
    assert max(abs(count - 1000) for count in counts.values()) < 120
    firsts = Counter("".join(KeyedRandom("shuffle", i).sample("abc", 3))[:1] for i in range(3000))
    assert max(abs(count - 1000) for count in firsts.values()) < 120


@pytest.mark.parametrize("bound", [0, -1])
def test_a_bound_must_be_positive(bound: int) -> None:
    with pytest.raises(ValueError, match="must be positive"):
        KeyedRandom("x").below(bound)
