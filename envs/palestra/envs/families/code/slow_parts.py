"""Computations that are easy to write slowly and possible to write fast, as Python source of both kinds.

`K` stands for a number that each task draws. Every slow function needs more than 10 times its task's CPU limit on the
large inputs, every fast one less than a tenth; `tests/envs/families/code/test_optimise.py` measures both.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class SlowPart:
    """One computation on the list `xs`."""

    words: str
    slow: str
    """The body of a function of `xs`."""
    fast: str
    low: int
    """Of `K`."""
    high: int
    weight: int
    """How much thought it takes, from 1."""


_PAIRS = """
total = 0
for i in range(len(xs)):
    for j in range(i + 1, len(xs)):
        if {test}:
            total += 1
return total
"""

PARTS = (
    SlowPart(
        words="the number of pairs of places whose values are equal",
        slow=_PAIRS.format(test="xs[i] == xs[j]"),
        fast="""
seen = {}
total = 0
for x in xs:
    total += seen.get(x, 0)
    seen[x] = seen.get(x, 0) + 1
return total
""",
        low=1,
        high=1,
        weight=1,
    ),
    SlowPart(
        words="the number of pairs of places whose values add up to a multiple of K",
        slow=_PAIRS.format(test="(xs[i] + xs[j]) % K == 0"),
        fast="""
seen = [0] * K
total = 0
for x in xs:
    total += seen[-x % K]
    seen[x % K] += 1
return total
""",
        low=7,
        high=99,
        weight=1,
    ),
    SlowPart(
        words="the sum of the distances of the values of all pairs of places",
        slow="""
total = 0
for i in range(len(xs)):
    for j in range(i + 1, len(xs)):
        total += abs(xs[i] - xs[j])
return total
""",
        fast="""
total = 0
before = 0
for place, x in enumerate(sorted(xs)):
    total += place * x - before
    before += x
return total
""",
        low=1,
        high=1,
        weight=2,
    ),
    SlowPart(
        words="the number of stretches (one or more values in a row) whose sum is a multiple of K",
        slow="""
total = 0
for i in range(len(xs)):
    run = 0
    for j in range(i, len(xs)):
        run += xs[j]
        if run % K == 0:
            total += 1
return total
""",
        fast="""
seen = [0] * K
seen[0] = 1
total = run = 0
for x in xs:
    run = (run + x) % K
    total += seen[run]
    seen[run] += 1
return total
""",
        low=3,
        high=60,
        weight=3,
    ),
    SlowPart(
        words="the sum, over all beginnings of the list, of their greatest value less K times their least",
        slow="""
total = 0
for end in range(1, len(xs) + 1):
    greatest = least = xs[0]
    for i in range(end):
        if xs[i] > greatest:
            greatest = xs[i]
        if xs[i] < least:
            least = xs[i]
    total += greatest - K * least
return total
""",
        fast="""
total = 0
greatest = least = xs[0] if xs else 0
for x in xs:
    if x > greatest:
        greatest = x
    if x < least:
        least = x
    total += greatest - K * least
return total
""",
        low=2,
        high=9,
        weight=1,
    ),
    SlowPart(
        words="the largest sum of a stretch whose length is that of the list divided by K, rounded down (at least 1)",
        slow="""
size = max(1, len(xs) // K)
best = 0
for i in range(len(xs) - size + 1):
    total = 0
    for j in range(i, i + size):
        total += xs[j]
    if total > best:
        best = total
return best
""",
        fast="""
size = max(1, len(xs) // K)
total = best = sum(xs[:size])
for i in range(size, len(xs)):
    total += xs[i] - xs[i - size]
    if total > best:
        best = total
return best
""",
        low=2,
        high=3,
        weight=2,
    ),
    SlowPart(
        words="the sum, over all places counted from 0, of the sum of the values between there and the place that is K "
        "times the value modulo the length of the list, both included",
        slow="""
total = 0
for i in range(len(xs)):
    j = (xs[i] * K) % len(xs)
    for place in range(min(i, j), max(i, j) + 1):
        total += xs[place]
return total
""",
        fast="""
sums = [0]
for x in xs:
    sums.append(sums[-1] + x)
total = 0
for i in range(len(xs)):
    j = (xs[i] * K) % len(xs)
    total += sums[max(i, j) + 1] - sums[min(i, j)]
return total
""",
        low=1001,
        high=9999,
        weight=3,
    ),
    SlowPart(
        words="a number of a table modulo 1000003, with 1 at its edges, elsewhere the number above plus K times the "
        "one to the left: half as far down as the list is long (at most 20), and to the right 0 to 2 places further",
        slow="""
def ways(row, column):
    if row == 0 or column == 0:
        return 1
    return (ways(row - 1, column) + K * ways(row, column - 1)) % 1000003
return ways(min(len(xs), 40) // 2, min(len(xs), 40) // 2 + xs[0] % 3)
""",
        fast="""
rows = min(len(xs), 40) // 2
columns = rows + xs[0] % 3
line = [1] * (columns + 1)
for _ in range(rows):
    fresh = [1]
    for column in range(1, columns + 1):
        fresh.append((line[column] + K * fresh[-1]) % 1000003)
    line = fresh
return line[columns]
""",
        low=2,
        high=99,
        weight=1,
    ),
)
