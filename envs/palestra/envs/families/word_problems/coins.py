"""Sets of coins: how few pay an amount, and in how many ways."""

from __future__ import annotations

from palestra.verifiers.keyed_random import KeyedRandom


def draw_coins(count: int, high: int, rng: KeyedRandom) -> tuple[int, ...]:
    """So many different coins up to `high`, the largest first; the smallest is 1, so that all can be paid."""
    return (*sorted(rng.sample(range(2, high + 1), count - 1), reverse=True), 1)


def fewest(coins: tuple[int, ...], amount: int) -> tuple[int, ...]:
    """A shortest list of coins with this sum, the largest first; the amount must be payable."""
    reached = [1]  # bit n of the k-th number: n can be paid with exactly k coins
    while not reached[-1] >> amount & 1:
        last, following = reached[-1], 0
        for coin in coins:
            following |= last << coin
        reached.append(following & (1 << amount + 1) - 1)
    paid = []
    for before in reversed(reached[:-1]):
        coin = next(coin for coin in coins if coin <= amount and before >> amount - coin & 1)
        paid.append(coin)
        amount -= coin
    return tuple(sorted(paid, reverse=True))


def num_ways(coins: tuple[int, ...], amount: int) -> int:
    """In how many ways coins have this sum; the order does not count."""
    ways = [1] + [0] * amount
    for coin in coins:
        for total in range(coin, amount + 1):
            ways[total] += ways[total - coin]
    return ways[amount]
