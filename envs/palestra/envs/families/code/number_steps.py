"""Steps that take a list of numbers."""

from __future__ import annotations

from palestra.envs.families.code.shapes import Shape
from palestra.envs.families.code.steps import StepSet, Texts
from palestra.verifiers.keyed_random import KeyedRandom

STEPS_OF_NUMBERS = StepSet(Shape.NUMBERS)


def _number_test(rng: KeyedRandom) -> Texts:
    """A condition on `n`, and its words after `that`."""
    low = rng.between(-5, 15)
    high = low + rng.between(5, 20)
    divisor = rng.between(2, 6)
    return rng.choice(
        (
            (f"are divisible by {divisor}", f"n % {divisor} == 0"),
            (f"are not divisible by {divisor}", f"n % {divisor} != 0"),
            (f"are greater than {low}", f"n > {low}"),
            (f"are at most {high}", f"n <= {high}"),
            (f"lie between {low} and {high}, both included", f"{low} <= n <= {high}"),
            (f"are less than {low} or greater than {high}", f"n < {low} or n > {high}"),
        )
    )


@STEPS_OF_NUMBERS.drawn(Shape.NUMBERS)
def _keep(rng: KeyedRandom) -> Texts:
    words, test = _number_test(rng)
    return f"Keep only the numbers that {words}.", (f"OUT = []\nfor n in IN:\n    if {test}:\n        OUT.append(n)")


@STEPS_OF_NUMBERS.drawn(Shape.NUMBERS)
def _change(rng: KeyedRandom) -> Texts:
    factor, shift, modulus = rng.between(2, 5), rng.between(1, 9), rng.between(5, 11)
    words, term = rng.choice(
        (
            (f"{factor} times itself plus {shift}", f"{factor} * n + {shift}"),
            (f"{factor} times itself minus {shift}", f"{factor} * n - {shift}"),
            (f"its remainder when divided by {modulus} (from 0 to {modulus - 1})", f"n % {modulus}"),
            (f"its distance from {shift}", f"abs(n - {shift})"),
        )
    )
    return f"Replace every number by {words}.", f"OUT = []\nfor n in IN:\n    OUT.append({term})"


@STEPS_OF_NUMBERS.drawn(Shape.NUMBERS)
def _change_some(rng: KeyedRandom) -> Texts:
    words, test = _number_test(rng)
    factor, shift = rng.between(2, 4), rng.between(1, 9)
    return (
        f"Multiply by {factor} the numbers that {words}; add {shift} to the others.",
        f"OUT = []\nfor n in IN:\n    if {test}:\n        OUT.append(n * {factor})\n"
        f"    else:\n        OUT.append(n + {shift})",
    )


@STEPS_OF_NUMBERS.drawn(Shape.NUMBERS)
def _weight(rng: KeyedRandom) -> Texts:
    start = rng.between(0, 2)
    return (
        f"Multiply each number by its position, where the first position is {start}.",
        f"OUT = []\nposition = {start}\nfor n in IN:\n    OUT.append(n * position)\n    position += 1",
    )


@STEPS_OF_NUMBERS.drawn(Shape.NUMBERS)
def _every(rng: KeyedRandom) -> Texts:
    stride = rng.between(2, 3)
    start = rng.below(2)
    nth = ("first", "second")[start]
    return (
        f"Keep every {('second', 'third')[stride - 2]} number, beginning with the {nth} one.",
        f"OUT = []\nfor i in range(len(IN)):\n    if i % {stride} == {start}:\n        OUT.append(IN[i])",
    )


@STEPS_OF_NUMBERS.drawn(Shape.NUMBERS)
def _cap(rng: KeyedRandom) -> Texts:
    low = rng.between(-5, 5)
    high = low + rng.between(10, 25)
    return (
        f"Raise numbers below {low} to {low}, and lower numbers above {high} to {high}.",
        f"OUT = []\nfor n in IN:\n    if n < {low}:\n        OUT.append({low})\n    elif n > {high}:\n"
        f"        OUT.append({high})\n    else:\n        OUT.append(n)",
    )


@STEPS_OF_NUMBERS.drawn(Shape.NUMBERS)
def _windows(rng: KeyedRandom) -> Texts:
    size = rng.between(2, 3)
    return (
        f"Make the list of the sums of every {size} consecutive numbers (empty if there are fewer than {size}).",
        f"OUT = []\nfor i in range(len(IN) - {size - 1}):\n    OUT.append(sum(IN[i:i + {size}]))",
    )


STEPS_OF_NUMBERS.add(
    Shape.NUMBERS,
    {
        "distinct": (
            "Keep only the first occurrence of every number.",
            "OUT = []\nfor n in IN:\n    if n not in OUT:\n        OUT.append(n)",
        ),
        "running": (
            "Replace each number by the sum of all numbers up to and including it.",
            "OUT = []\ntotal = 0\nfor n in IN:\n    total += n\n    OUT.append(total)",
        ),
        "record_high": (
            "Keep only the numbers that are greater than all numbers before them.",
            "OUT = []\nfor n in IN:\n    if not OUT or n > OUT[-1]:\n        OUT.append(n)",
        ),
        "differences": (
            "Make the list of the differences: for each number but the first, that number minus the one before it.",
            "OUT = []\nfor i in range(1, len(IN)):\n    OUT.append(IN[i] - IN[i - 1])",
        ),
        "sort_down": ("Sort the numbers from largest to smallest.", "OUT = sorted(IN, reverse=True)"),
        "sort_up": ("Sort the numbers from smallest to largest.", "OUT = sorted(IN)"),
        "backwards": ("Reverse the order.", "OUT = IN[::-1]"),
        "swap_halves": (
            "Move the first half (rounded down if the count is odd) behind the rest.",
            "half = len(IN) // 2\nOUT = IN[half:] + IN[:half]",
        ),
    },
)


@STEPS_OF_NUMBERS.drawn(Shape.NUMBER)
def _count(rng: KeyedRandom) -> Texts:
    words, test = _number_test(rng)
    return f"Count the numbers that {words}.", f"OUT = 0\nfor n in IN:\n    if {test}:\n        OUT += 1"


@STEPS_OF_NUMBERS.drawn(Shape.NUMBER)
def _hash(rng: KeyedRandom) -> Texts:
    factor, modulus = rng.between(3, 9), rng.between(50, 999)
    return (
        f"Begin with 0 and, for each number in order, multiply by {factor}, add the number, and take the remainder of "
        f"division by {modulus} (from 0 to {modulus - 1}); the last value counts.",
        f"OUT = 0\nfor n in IN:\n    OUT = (OUT * {factor} + n) % {modulus}",
    )


STEPS_OF_NUMBERS.add(
    Shape.NUMBER,
    {
        "sum": ("Take their sum (0 if there are none).", "OUT = 0\nfor n in IN:\n    OUT += n"),
        "alternating": (
            "Take the first number minus the second plus the third and so on, with alternating signs "
            "(0 if there are none).",
            "OUT = 0\nsign = 1\nfor n in IN:\n    OUT += sign * n\n    sign = -sign",
        ),
        "spread": (
            "Take the largest minus the smallest (0 if there are none).",
            "OUT = 0\nif IN:\n    OUT = max(IN) - min(IN)",
        ),
        "best_run": (
            "Take the largest sum of one or more consecutive numbers "
            "(0 if all those sums are negative or there are none).",
            "OUT = 0\nrun = 0\nfor n in IN:\n    run = max(0, run + n)\n    OUT = max(OUT, run)",
        ),
        "rises": (
            "Count the numbers that are greater than the number right before them.",
            "OUT = 0\nfor i in range(1, len(IN)):\n    if IN[i] > IN[i - 1]:\n        OUT += 1",
        ),
    },
)
