"""Rules of number sequences: how each makes terms, and how each would go on from given ones.

A rule solves for its own numbers (steps, factors) from the first terms and checks them on the rest, so
that asking every rule is a search through all numbers, not through a range of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from palestra.verifiers.keyed_random import KeyedRandom

Terms = tuple[int, ...]
MAX_COMPLEXITY = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class SequenceRule:
    """A kind of sequence; `complexity` tells how many numbers decide a sequence of it, and 1 more where it is odd."""

    name: str
    complexity: int
    terms: Callable[[int, int, KeyedRandom], Terms]
    """So many terms with random numbers up to a given size."""
    next: Callable[[Sequence[int]], int | None]
    """The term that follows; None where the rule does not explain the terms."""


Step = Callable[[Terms, Terms], int]
"""The next term by the numbers of a rule and the terms before."""
Solution = Callable[[Sequence[int]], Terms | None]
"""The numbers of a rule by its first terms; None where there are none that are whole."""


def _recurrence(
    name: str, ranges: tuple[str, ...], num_starts: int, step: Step, solve: Solution, oddity: int = 0
) -> SequenceRule:
    """A rule whose terms follow from those before; `ranges` tells what its numbers are: steps or factors."""

    def extend(numbers: Terms, starts: Terms, count: int) -> Terms:
        found = starts
        while len(found) < count:
            found += (step(numbers, found),)
        return found

    def terms(count: int, high: int, rng: KeyedRandom) -> Terms:
        starts = tuple(rng.between(1, high) for _ in range(num_starts))
        numbers = tuple(_step(high, rng) if what == "step" else rng.between(2, 4) for what in ranges)
        return extend(numbers, starts, count)

    def following(shown: Sequence[int]) -> int | None:
        numbers = solve(shown)
        if numbers is None:
            return None
        given = tuple(shown)
        for i in range(num_starts, len(given)):
            if step(numbers, given[:i]) != given[i]:
                return None
        return step(numbers, given)

    return SequenceRule(name=name, complexity=num_starts + len(ranges) + oddity, terms=terms, next=following)


def _step(high: int, rng: KeyedRandom) -> int:
    return rng.between(1, high) * (1 if rng.below(3) else -1)


def _quotient(a: int, b: int) -> int | None:
    return a // b if b and a % b == 0 else None


def _one(number: int | None) -> Terms | None:
    return None if number is None else (number,)


def _affine(t: Sequence[int]) -> Terms | None:
    factor = _quotient(t[2] - t[1], t[1] - t[0])
    return None if factor is None else (factor, t[1] - factor * t[0])


def _add_then_multiply(t: Sequence[int]) -> Terms | None:
    factor = _quotient(t[2], t[1])
    return None if factor is None else (t[1] - t[0], factor)


def _multiply_then_add(t: Sequence[int]) -> Terms | None:
    factor = _quotient(t[1], t[0])
    return None if factor is None else (factor, t[2] - t[1])


def _second_order(t: Sequence[int]) -> Terms | None:
    determinant = t[1] * t[1] - t[0] * t[2]
    p = _quotient(t[2] * t[1] - t[0] * t[3], determinant)
    q = _quotient(t[1] * t[3] - t[2] * t[2], determinant)
    return None if p is None or q is None else (p, q)


def _digit_sum(number: int) -> int:
    return sum(map(int, str(abs(number))))


_PLAIN: tuple[SequenceRule, ...] = (
    _recurrence("add", ("step",), 1, lambda n, t: t[-1] + n[0], lambda t: (t[1] - t[0],)),
    _recurrence("multiply", ("factor",), 1, lambda n, t: t[-1] * n[0], lambda t: _one(_quotient(t[1], t[0]))),
    _recurrence("add-last-two", (), 2, lambda n, t: t[-1] + t[-2], lambda t: ()),
    _recurrence(
        "add-digit-sum", ("step",), 1, lambda n, t: t[-1] + _digit_sum(t[-1]) + n[0],
        lambda t: (t[1] - t[0] - _digit_sum(t[0]),), oddity=1,
    ),
    _recurrence(
        "growing-factor", ("factor",), 1, lambda n, t: t[-1] * (n[0] + len(t) - 1),
        lambda t: _one(_quotient(t[1], t[0])), oddity=1,
    ),
    _recurrence("multiply-and-add", ("factor", "step"), 1, lambda n, t: t[-1] * n[0] + n[1], _affine),
    _recurrence(
        "add-last-two-and-step", ("step",), 2, lambda n, t: t[-1] + t[-2] + n[0], lambda t: (t[2] - t[1] - t[0],)
    ),
    _recurrence(
        "two-steps", ("step", "step"), 1, lambda n, t: t[-1] + n[(len(t) + 1) % 2],
        lambda t: (t[1] - t[0], t[2] - t[1]),
    ),
    _recurrence(
        "add-then-multiply", ("step", "factor"), 1,
        lambda n, t: t[-1] + n[0] if len(t) % 2 else t[-1] * n[1], _add_then_multiply,
    ),
    _recurrence(
        "multiply-then-add", ("factor", "step"), 1,
        lambda n, t: t[-1] * n[0] if len(t) % 2 else t[-1] + n[1], _multiply_then_add,
    ),
    _recurrence(
        "three-steps", ("step", "step", "step"), 1, lambda n, t: t[-1] + n[(len(t) - 1) % 3],
        lambda t: (t[1] - t[0], t[2] - t[1], t[3] - t[2]),
    ),
    _recurrence(
        "sum-of-multiples-of-last-two", ("factor", "step"), 2, lambda n, t: n[0] * t[-1] + n[1] * t[-2], _second_order
    ),
)  # fmt: skip


def _by_differences(inner: SequenceRule) -> SequenceRule:
    def terms(count: int, high: int, rng: KeyedRandom) -> Terms:
        found = [rng.between(1, high)]
        for difference in inner.terms(count - 1, high, rng):
            found.append(found[-1] + difference)
        return tuple(found)

    def following(shown: Sequence[int]) -> int | None:
        difference = inner.next([b - a for a, b in pairwise(shown)])
        return None if difference is None else shown[-1] + difference

    return SequenceRule(name=f"differences({inner.name})", complexity=inner.complexity + 1, terms=terms, next=following)


def _with_signs(inner: SequenceRule) -> SequenceRule:
    def signed(numbers: Sequence[int]) -> Terms:
        return tuple(-n if i % 2 else n for i, n in enumerate(numbers))

    def following(shown: Sequence[int]) -> int | None:
        term = inner.next(signed(shown))
        return -term if term is not None and len(shown) % 2 else term

    return SequenceRule(
        name=f"signs({inner.name})",
        complexity=inner.complexity + 1,
        terms=lambda count, high, rng: signed(inner.terms(count, high, rng)),
        next=following,
    )


def _by_turns(one: SequenceRule, two: SequenceRule) -> SequenceRule:
    def terms(count: int, high: int, rng: KeyedRandom) -> Terms:
        half = (count + 1) // 2
        pairs = zip(one.terms(half, high, rng), two.terms(half, high, rng), strict=True)
        return tuple(term for pair in pairs for term in pair)[:count]

    def following(shown: Sequence[int]) -> int | None:
        first = one.next(shown[::2])
        second = None if first is None else two.next(shown[1::2])
        return None if second is None else second if len(shown) % 2 else first

    return SequenceRule(
        name=f"turns({one.name}, {two.name})", complexity=one.complexity + two.complexity, terms=terms, next=following
    )


def _all_rules() -> Iterator[SequenceRule]:
    yield from _PLAIN
    once = [wrap(rule) for wrap in (_by_differences, _with_signs) for rule in _PLAIN]
    yield from once
    yield from (_by_differences(rule) for rule in once if rule.complexity < MAX_COMPLEXITY)
    for one in _PLAIN:
        for two in _PLAIN:
            if one.complexity + two.complexity <= MAX_COMPLEXITY:
                yield _by_turns(one, two)


RULES: tuple[SequenceRule, ...] = tuple(_all_rules())


def num_rules(complexity: int) -> int:
    """How many rules have at most this complexity."""
    return sum(rule.complexity <= complexity for rule in RULES)
