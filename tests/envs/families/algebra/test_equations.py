import json
import re
from fractions import Fraction
from typing import Any

import pytest
import sympy
from sympy.parsing.sympy_parser import implicit_multiplication_application, parse_expr, standard_transformations

from palestra.envs import KeyedRandom, Task
from palestra.envs.families.algebra.determinant import Determinant
from palestra.envs.families.algebra.inequality import Inequality
from palestra.envs.families.algebra.linear_equation import LinearEquation
from palestra.envs.families.algebra.linear_system import LinearSystem, Values, ValuesAnswer
from palestra.envs.families.algebra.matrix_product import MatrixProduct
from palestra.envs.families.algebra.polynomial_roots import PolynomialRoots
from palestra.envs.families.algebra.quadratic_roots import QuadraticRoots
from palestra.envs.families.algebra.sequence_sum import SequenceSum
from palestra.envs.record import decode, encode

_RULES = (*standard_transformations, implicit_multiplication_application)


def tasks(family: Any, count: int = 35) -> list[Task]:
    levels = (family.configured({"difficulty": difficulty}) for difficulty in (0.0, 0.5, 1.0))
    return [level.task("train", 4, index) for level in levels for index in range(count)]


def read(text: str) -> Any:
    return parse_expr(text.replace("^", "**"), transformations=_RULES)


def test_the_solution_of_an_equation_makes_both_sides_equal() -> None:
    for task in tasks(LinearEquation):
        equation = re.search(r"[-(]*[\d(][^=:]* = [-+\d()xyztn ]*[\d)]", task.prompt.partition("\n")[0])
        assert equation is not None
        left, right = map(read, equation[0].split(" = "))
        (unknown,) = (left - right).free_symbols
        assert sympy.solve(left - right, unknown) == [sympy.Rational(task.reference)]


def test_systems_have_the_solution_and_no_other() -> None:
    for task in tasks(LinearSystem, 20):
        lines = [line for line in task.prompt.split("\n") if re.match(r"-?\d*[xyzuvw] .*= -?\d+$", line)]
        wanted = decode(Values, task.reference)
        unknowns = sympy.symbols(" ".join(wanted.names))
        equations = [sympy.Eq(*map(read, line.split(" = "))) for line in lines]
        assert sympy.linsolve(equations, unknowns) == sympy.FiniteSet(tuple(wanted.values))


def test_twins_of_systems_contradict_themselves() -> None:
    rng = KeyedRandom("twins")
    for difficulty in (0.0, 0.5, 1.0):
        family = LinearSystem.configured({"difficulty": difficulty})
        for _ in range(15):
            if twin := family.unsolvable(family.draw(rng), rng):
                unknowns = sympy.symbols(twin.slots["names"])
                equations = [sympy.Eq(*map(read, line.split(" = "))) for line in twin.slots["equations"].split("\n")]
                assert sympy.linsolve(equations, unknowns) == sympy.EmptySet


@pytest.mark.parametrize(
    ("response", "score"),
    [
        ("3, -9", 1),
        ("y = -9, x = 3", 1),
        ("(x, y) = (3, -9)", 1),
        ("x = 3 and y = -9.", 1),
        ("\\boxed{x=3, y=-9}", 1),
        ("-9, 3", 0),
        ("x = 3", 0),
        ("x = 3, x = 3", 0),
        ("x = 3, y = -9, x = 4", 0),
        ("x = 3, y = -9 or 9", 0),
        ("3, -9, 3, -9", 0),
    ],
)
def test_values_may_be_named_or_in_order(response: str, score: int) -> None:
    reference = encode(Values(names=("x", "y"), values=(3, -9)))
    assert ValuesAnswer().verify(response, reference).score == score


def test_roots_are_those_of_sympy() -> None:
    x = sympy.Symbol("x")
    for task in tasks(QuadraticRoots, 12):
        polynomial = re.search(r"-?\d*x\^2[^=.?]*", task.prompt.partition("\n")[0])
        assert polynomial is not None
        polynomial_text = polynomial[0].removesuffix(", complex numbers included")
        roots = sympy.solve(read(polynomial_text.strip()), x)
        assert len(roots) == 2
        for response in (f"x = {roots[0]} or x = {roots[1]}", f"{roots[1]}, {roots[0]}"):
            assert QuadraticRoots.verifier.verify(response.replace("I", "i"), task.reference).score == 1
        for wrong in (str(roots[0]), f"{roots[0]}, {roots[1]} + 1", polynomial_text, f"{polynomial_text} = 0"):
            assert QuadraticRoots.verifier.verify(wrong.replace("I", "i"), task.reference).score == 0


def test_integer_roots_are_all_of_them() -> None:
    x = sympy.Symbol("x")
    for task in tasks(PolynomialRoots):
        polynomial = re.search(r"x\^\d[-+\dx^ ]*|x [-+] \d+", task.prompt.partition("\n")[0])
        assert polynomial is not None
        roots = sympy.Poly(read(polynomial[0].strip()), x).ground_roots()
        assert sorted(int(root) for root in roots if root.is_integer) == json.loads(task.reference)


def test_no_integer_outside_the_ends_satisfies_an_inequality() -> None:
    for task in tasks(Inequality, 40):
        content = re.search(r"(?:with|satisfy|solutions of) (.*?)(?:\.|\?)", task.prompt)
        assert content is not None
        source = re.sub(r"\|(.*?)\|", r"abs(\1)", content[1].replace("^", "**"))
        holds = eval("lambda x: " + re.sub(r"(\d)x", r"\1*x", source))
        low, high = json.loads(task.reference)
        reach = range(low - 60, high + 61)
        assert [x for x in reach if holds(x)] == list(range(low, high + 1))


def test_products_and_determinants_are_those_of_sympy() -> None:
    for task in tasks(MatrixProduct, 15):
        result = sympy.eye(1)
        shown = [sympy.Matrix(json.loads(text)) for text in re.findall(r"\[\[.*?\]\]", task.prompt)]
        result = shown[0]
        for matrix in shown[1:]:
            result = result * matrix
        assert json.loads(MatrixProduct().oracle(task)) == result.tolist()
        assert MatrixProduct.verifier.verify(f"Work.\nAB = {result.tolist()}", task.reference).score == 1
        assert MatrixProduct.verifier.verify(task.reference, task.reference).score == 1
        assert MatrixProduct.verifier.verify(str((2 * result).tolist()), task.reference).score == 0
    for task in tasks(Determinant, 20):
        matrix = re.search(r"\[\[.*\]\]", task.prompt)
        assert matrix is not None
        assert int(task.reference) == sympy.Matrix(json.loads(matrix[0])).det()


def test_sums_are_those_of_the_terms() -> None:
    for task in tasks(SequenceSum):
        text = task.prompt.partition("\n")[0]
        if found := re.search(r"first (\d+) terms of the (\w+) sequence that starts (-?\d+), (-?\d+)", text):
            count, kind, first, second = int(found[1]), found[2], int(found[3]), int(found[4])
            terms = [Fraction(first)]
            for _ in range(count - 1):
                step = second - first if kind == "arithmetic" else Fraction(second, first)
                terms.append(terms[-1] + step if kind == "arithmetic" else terms[-1] * step)
            assert sum(terms) == Fraction(task.reference)
        elif found := re.search(r"first term (\d+) and ratio (-?\d+/\d+)", text):
            assert Fraction(task.reference) * (1 - Fraction(found[2])) == int(found[1])
        else:
            found = re.search(r"([-\d]*k\^.*) over all integers k from (\d+) to (\d+)", text)
            assert found is not None
            k = sympy.Symbol("k")
            assert sympy.summation(read(found[1]), (k, int(found[2]), int(found[3]))) == int(task.reference)
