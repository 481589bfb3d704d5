from __future__ import annotations

from collections import Counter

import pytest

from palestra.envs.datasets.permutation import permuted


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64, 65, 1000])
def test_every_place_is_taken_once(size: int) -> None:
    assert sorted(permuted(place, size, "key", 1) for place in range(size)) == list(range(size))


def test_keys_give_independent_orders() -> None:
    orders = [[permuted(place, 100, seed) for place in range(100)] for seed in range(200)]
    agreeing = [sum(a == b for a, b in zip(orders[i], orders[i + 1], strict=True)) for i in range(199)]
    assert 0.7 < sum(agreeing) / 199 < 1.3  # one place in a hundred agrees by chance


def test_small_orders_are_nearly_uniform() -> None:
    counts = Counter(tuple(permuted(place, 3, seed) for place in range(3)) for seed in range(1200))
    assert len(counts) == 6
    assert min(counts.values()) > 140
