import json
import re
from fractions import Fraction
from math import gcd, prod
from typing import Any

import pytest
import sympy
from sympy.ntheory.modular import crt

from palestra.envs import KeyedRandom, Task
from palestra.envs.families.number_theory.chinese_remainder import ChineseRemainder
from palestra.envs.families.number_theory.continued_fraction import ContinuedFraction
from palestra.envs.families.number_theory.diophantine import Diophantine, DiophantineKey
from palestra.envs.families.number_theory.divisors import Divisors
from palestra.envs.families.number_theory.gcd import Gcd
from palestra.envs.families.number_theory.lcm import Lcm
from palestra.envs.families.number_theory.modular_inverse import ModularInverse
from palestra.envs.families.number_theory.modular_power import ModularPower
from palestra.envs.families.number_theory.prime_factorization import Factors, FactorsAnswer, PrimeFactorization
from palestra.envs.families.number_theory.primes import primes_between, primes_up_to
from palestra.envs.families.number_theory.primes_in_interval import PrimesInInterval
from palestra.envs.record import decode, encode


def tasks(family: Any) -> list[Task]:
    levels = (family.configured({"difficulty": difficulty}) for difficulty in (0.0, 0.5, 1.0))
    return [level.task("train", 4, index) for level in levels for index in range(40)]


def numbers(task: Task) -> list[int]:
    return [int(digits) for digits in re.findall(r"\d+", task.prompt.rpartition("\n")[0])]


def test_divisors_and_multiples_are_those_of_sympy() -> None:
    for task in tasks(Gcd):
        assert int(task.reference) == sympy.igcd(*numbers(task)) not in numbers(task)
    for task in tasks(Lcm):
        assert int(task.reference) == sympy.ilcm(*numbers(task)) not in numbers(task)
    for task in tasks(Divisors):
        n = max(numbers(task))
        assert json.loads(task.reference) == [sympy.divisor_count(n), sympy.divisor_sigma(n)]


def test_factorizations_are_into_primes() -> None:
    for task in tasks(PrimeFactorization):
        primes = decode(Factors, task.reference).primes
        assert all(sympy.isprime(p) for p in primes)
        assert prod(primes) == numbers(task)[0]


def test_factors_may_be_written_in_the_usual_ways() -> None:
    verifier, reference = FactorsAnswer(), encode(Factors(primes=(2, 2, 3)))
    for right in ("2 * 2 * 3", "12 = 2^2 * 3", "3, 2, 2", "2 x 2 x 3", "2^{2} \\cdot 3", "2**2*3", "[2, 2, 3]"):
        assert verifier.verify(right, reference).score == 1, right
    for wrong in ("12", "4 * 3", "2 * 3", "2 * 2 * 3 * 1", "2^999 * 3", "2 * 2 * 3 or 12", "2^2 * 3 * 3^0 * 5", ""):
        assert verifier.verify(wrong, reference).score == 0, wrong


def test_sieves_find_the_primes_of_sympy() -> None:
    assert primes_up_to(1000) == tuple(sympy.primerange(1001))
    for low, high in ((2, 2), (2, 3), (4, 4), (24, 28), (9_950, 10_010), (10**6, 10**6 + 100), (8, 10)):
        assert primes_between(low, high) == list(sympy.primerange(low, high + 1))
    for task in tasks(PrimesInInterval):
        low, high = numbers(task)[:2]
        assert json.loads(task.reference) == list(sympy.primerange(low, high + 1))


def test_powers_and_inverses_hold_modulo() -> None:
    for task in tasks(ModularPower):
        base, exponent, modulus = numbers(task)
        assert int(task.reference) == pow(base, exponent, modulus)
        assert base**exponent >= modulus
    for task in tasks(ModularInverse):
        modulus = max(numbers(task))
        number = next(n for n in numbers(task) if n not in (modulus, 0, 1))
        assert int(task.reference) * number % modulus == 1
        assert 0 < int(task.reference) < modulus


def test_remainders_lead_back_to_the_least_number() -> None:
    for task in tasks(ChineseRemainder):
        pairs = re.findall(r"x = (\d+) \(mod (\d+)\)", task.prompt)
        found = crt([int(modulus) for _, modulus in pairs], [int(remainder) for remainder, _ in pairs])
        assert found is not None
        assert int(task.reference) == found[0]


def test_quotients_make_the_fraction_again() -> None:
    for task in tasks(ContinuedFraction):
        p, q = re.findall(r"(\d\d*)/(\d+)", task.prompt)[0]
        quotients = json.loads(task.reference)
        value = Fraction(quotients[-1])
        for quotient in reversed(quotients[:-1]):
            value = quotient + 1 / value
        assert value == Fraction(int(p), int(q))
        assert quotients[-1] > 1


def test_no_solution_of_an_equation_has_a_smaller_x() -> None:
    for task in tasks(Diophantine):
        a, b, c = map(int, re.findall(r"(\d+)x \+ (\d+)y = (\d+)", task.prompt)[0])
        x, y = json.loads(task.reference)
        assert a * x + b * y == c
        assert min(x, y) > 0
        assert not any((c - a * smaller) % b == 0 for smaller in range(1, x))


@pytest.mark.parametrize("difficulty", [0.0, 0.5, 1.0])
def test_twins_have_no_solution(difficulty: float) -> None:
    rng = KeyedRandom("twins")
    options = {"difficulty": difficulty}
    inverse, diophantine = ModularInverse.configured(options), Diophantine.configured(options)
    remainders = ChineseRemainder.configured(options)
    for _ in range(40):
        if twin := inverse.unsolvable(inverse.draw(rng), rng):
            assert gcd(int(twin.slots["number"]), int(twin.slots["modulus"])) > 1
        if twin := diophantine.unsolvable(diophantine.draw(rng), rng):
            a, b, c = map(int, re.findall(r"\d+", twin.slots["equation"]))
            assert c % gcd(a, b) != 0
        if twin := remainders.unsolvable(remainders.draw(rng), rng):
            pairs = re.findall(r"x = (\d+) \(mod (\d+)\)", twin.slots["conditions"])
            assert crt([int(modulus) for _, modulus in pairs], [int(remainder) for remainder, _ in pairs]) is None


def test_mirrored_equations_are_one_puzzle() -> None:
    family = Diophantine()
    one, other = DiophantineKey(a=3, b=5, c=31), DiophantineKey(a=5, b=3, c=31)
    assert family.canonical(one) == family.canonical(other)
