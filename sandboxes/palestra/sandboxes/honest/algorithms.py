"""A family of small programs as verifiers see them, each with an answer that is known by another way."""

from __future__ import annotations

import math
from collections.abc import Iterator

from palestra.sandboxes.honest.programs import HonestProgram, python

_SIEVE = """
n = int(input())
s = [True] * (n + 1)
for i in range(2, int(n ** 0.5) + 1):
    if s[i]: s[i * i :: i] = [False] * len(s[i * i :: i])
print(sum(s[2:]))
"""
_FIBONACCI = "a, b = 0, 1\nfor _ in range(int(input())): a, b = b, a + b\nprint(a)"
_GCD = "a, b = map(int, input().split())\nwhile b: a, b = b, a % b\nprint(a)"
_PATHS = """
import functools
@functools.cache
def f(x, y): return 1 if x == 0 or y == 0 else f(x - 1, y) + f(x, y - 1)
n = int(input()); print(f(n, n))
"""
_QUEENS = """
def f(n, row=0, c=0, d=0, e=0):
    if row == n: return 1
    return sum(f(n, row + 1, c | 1 << i, d | 1 << row + i, e | 1 << row - i + n)
               for i in range(n) if not (c >> i & 1 or d >> row + i & 1 or e >> row - i + n & 1))
print(f(int(input())))
"""
_SORT = """
xs = list(map(int, input().split()))
for i in range(len(xs)):
    for j in range(len(xs) - 1 - i):
        if xs[j] > xs[j + 1]: xs[j], xs[j + 1] = xs[j + 1], xs[j]
print(*xs)
"""
_COLLATZ = "n, k = int(input()), 0\nwhile n != 1: n, k = (n // 2 if n % 2 == 0 else 3 * n + 1), k + 1\nprint(k)"
_MATRIX = """
n = int(input())
a = [[i + j for j in range(n)] for i in range(n)]
print(sum(sum(x * y for x, y in zip(row, column)) for row in a for column in zip(*a)))
"""
_PRIMES = {10: 4, 100: 25, 1000: 168, 10000: 1229, 100000: 9592}
_SOLUTIONS = {4: 2, 5: 10, 6: 4, 7: 40}
_STEPS = {1: 0, 6: 8, 27: 111, 97: 118, 871: 178}


def _family() -> Iterator[HonestProgram]:
    for n, count in _PRIMES.items():
        yield _case("primes", n, _SIEVE, count)
    for n in (0, 1, 10, 90, 300):
        yield _case("Fibonacci", n, _FIBONACCI, _fibonacci(n))
    for a, b in ((12, 18), (17, 5), (0, 9), (10**30, 6**20)):
        yield python(f"greatest divisor of {a} and {b}", _GCD, str(math.gcd(a, b)), stdin=f"{a} {b}".encode())
    for n in (0, 1, 5, 12):
        yield _case("paths", n, _PATHS, math.comb(2 * n, n))
    for n, count in _SOLUTIONS.items():
        yield _case("queens", n, _QUEENS, count)
    for n, count in _STEPS.items():
        yield _case("Collatz", n, _COLLATZ, count)
    for n in (1, 4, 16, 40):
        yield _case("matrix", n, _MATRIX, sum((n * k + n * (n - 1) // 2) ** 2 for k in range(n)))
    for numbers in ((1,), (3, 1, 2), (-5, 5, 0, -5), tuple(range(60, 0, -1))):
        text = " ".join(map(str, numbers))
        yield python(f"sorted {text:.20}", _SORT, " ".join(map(str, sorted(numbers))), stdin=text.encode())
    for text in ("a", "level", "Palestra", "\u00e4\u00f6\u00fc"):
        yield python(f"reversed {text}", "print(input()[::-1])", text[::-1], stdin=text.encode() + b"\n")


def _case(name: str, n: int, source: str, answer: int) -> HonestProgram:
    return python(f"{name} {n}", source, str(answer), stdin=f"{n}\n".encode())


def _fibonacci(n: int) -> int:
    # By squaring: (F(k), F(k + 1)) -> (F(2k), F(2k + 1)).
    a, b = 0, 1
    for bit in bin(n)[2:]:
        a, b = a * (2 * b - a), a * a + b * b
        if bit == "1":
            a, b = b, a + b
    return a


ALGORITHMS: tuple[HonestProgram, ...] = tuple(_family())
