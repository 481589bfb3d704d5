import decimal
import re
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import pytest

from palestra.envs import Family, Task
from palestra.envs.answers import NumberAnswer
from palestra.envs.families.arithmetic.base_conversion import BaseConversion
from palestra.envs.families.arithmetic.basic_arithmetic import BasicArithmetic
from palestra.envs.families.arithmetic.bitwise_arithmetic import BitwiseArithmetic
from palestra.envs.families.arithmetic.count_bits import CountBits
from palestra.envs.families.arithmetic.decimal_arithmetic import DecimalArithmetic
from palestra.envs.families.arithmetic.decimal_chain_sum import DecimalChainSum
from palestra.envs.families.arithmetic.expression import decimal_text
from palestra.envs.families.arithmetic.fraction_arithmetic import FractionArithmetic
from palestra.envs.families.arithmetic.fraction_simplification import FractionSimplification
from palestra.envs.families.arithmetic.number_format import NumberFormat
from palestra.envs.families.arithmetic.positional import PositionalAnswer, numeral_reference
from palestra.envs.families.arithmetic.power_function import PowerFunction
from palestra.envs.families.arithmetic.products import Products
from palestra.envs.families.arithmetic.roman_numerals import RomanNumerals, roman
from palestra.envs.families.arithmetic.rounding import Rounding
from palestra.verifiers import Outcome


def tasks(family: Any, count: int = 40) -> Iterator[Task]:
    """At three difficulties, worded by the first template."""
    for difficulty in (0.0, 0.5, 1.0):
        source = family.configured({"difficulty": difficulty})
        assert isinstance(source, Family)
        for index in range(count):
            yield source.task("train", 9, index)


def question(task: Task) -> str:
    return task.prompt.rpartition("\n")[0]


def exact(expression: str) -> Fraction:
    wrapped = re.sub(r"\d+(?:\.\d+)?", r"Fraction('\g<0>')", expression)
    return Fraction(eval(wrapped, {"Fraction": Fraction}))


def expression_in(text: str) -> str:
    """The longest stretch of a question that is a calculation."""
    return str(max(re.findall(r"[(\d][-+*/()., \d]*[)\d]", text), key=len))


@pytest.mark.parametrize("family", [BasicArithmetic, DecimalArithmetic, DecimalChainSum, FractionArithmetic, Products])
def test_references_are_the_values_of_the_written_expressions(family: Any) -> None:
    for task in tasks(family):
        assert exact(expression_in(question(task))) == Fraction(task.reference)


def test_every_step_of_basic_arithmetic_is_whole() -> None:
    for task in tasks(BasicArithmetic):
        assert Fraction(task.reference).denominator == 1


def test_fractions_are_shown_with_a_common_factor_and_asked_without() -> None:
    for task in tasks(FractionSimplification):
        found = re.search(r"(\d+)/(\d+)", question(task))
        assert found is not None
        assert Fraction(int(found[1]), int(found[2])) == Fraction(task.reference)
        assert found[0] != task.reference
        assert FractionSimplification.verifier.verify(found[0], task.reference).score == 0


def test_powers_and_roots_fit_together() -> None:
    for task in tasks(PowerFunction):
        text = question(task)
        if power := re.search(r"(\d+)\^(\d+)", text):
            assert int(power[1]) ** int(power[2]) == int(task.reference)
        else:
            root = re.search(r"the (\w+) root of (\d+)", text)
            assert root is not None
            degree = {"square": 2, "cube": 3}.get(root[1]) or int(root[1].removesuffix("th"))
            assert int(task.reference) ** degree == int(root[2])


def test_bitwise_references_are_those_of_python() -> None:
    for task in tasks(BitwiseArithmetic):
        found = max(re.findall(r"[(0][0-9a-fxb&|^<>() ]*[0-9a-f)]", question(task)), key=len)
        answer = BitwiseArithmetic().oracle(task)
        assert eval(found) == int(answer, 0) > 0


def test_conversions_keep_the_number() -> None:
    for task in tasks(BaseConversion):
        numbers = re.search(
            r"(?:Convert|number|is) (\w+) (?:from base |is written in base |\(base )(\d+)\D*(\d+)", question(task)
        )
        assert numbers is not None
        shown, source, target = numbers.groups()
        assert int(shown, int(source)) == int(BaseConversion().oracle(task), int(target))


def test_a_number_in_a_base_may_be_written_in_the_usual_ways() -> None:
    verifier, reference = PositionalAnswer(), numeral_reference(255, 16)
    for right in ("ff", "0xFF", "00ff", "FF.", "ff_16", "ff (base 16)", "255 = 0xff", "**0xff**", "f f"):
        assert verifier.verify(right, reference).score == 1, right
    for wrong in ("255", "0b11111111", "fe", "ff fe", "ff_17", "it is ff or fe", "f"):
        assert verifier.verify(wrong, reference).score == 0, wrong


def test_a_prefix_counts_in_its_own_base_only() -> None:
    assert PositionalAnswer().verify("0b1", numeral_reference(0xB1, 16)).score == 1
    assert PositionalAnswer().verify("0b1", numeral_reference(1, 2)).score == 1
    assert PositionalAnswer().verify("0b1", numeral_reference(1, 16)).score == 0


def test_notations_are_read_alike() -> None:
    scales = {"thousand": 10**3, "million": 10**6, "billion": 10**9}
    for task in tasks(NumberFormat):
        listed = re.search(r"[\d][-\d.,; e]*(?:thousand|million|billion|[-\d.,; e])*", question(task))
        assert listed is not None
        values = []
        for piece in listed[0].replace(":", "").rstrip(".,; ").split(";"):
            number, _, scale = piece.replace(",", "").strip().partition(" ")
            values.append(Fraction(number) * scales.get(scale, 1))
        assert Fraction(task.reference) in (min(values), max(values))


def test_bits_are_counted_one_by_one() -> None:
    for task in tasks(CountBits):
        numbers = [int(number) for number in re.findall(r"\d{2,}|\b[2-9]\b|\b1\b(?! bits)(?!,? has)", question(task))]
        counts = [int(count) for count in task.reference.strip("[]").split(",")]
        assert [bin(number).count("1") for number in numbers][-len(counts) :] == counts


def roman_value(text: str) -> int:
    values = [{"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}[sign] for sign in text]
    following = [*values[1:], 0]
    return sum(-value if value < after else value for value, after in zip(values, following, strict=True))


def test_every_roman_numeral_has_its_value() -> None:
    assert [roman_value(roman(number)) for number in range(1, 4000)] == list(range(1, 4000))
    assert (roman(4), roman(1994), roman(3999)) == ("IV", "MCMXCIV", "MMMCMXCIX")


def test_sums_of_roman_numerals_are_right() -> None:
    for task in tasks(RomanNumerals):
        terms = re.findall(r"([-+]?) ?\b([IVXLCDM]+|\d+)\b", question(task))
        total = sum((-1 if s == "-" else 1) * (int(t) if t.isdigit() else roman_value(t)) for s, t in terms)
        assert roman_value(task.reference) == total


def test_rounding_agrees_with_the_decimal_module() -> None:
    context = decimal.Context(prec=60, rounding=decimal.ROUND_HALF_UP)
    for task in tasks(Rounding, 80):
        found = re.search(r"(-?\d+(?:\.\d+)?) (?:rounded )?(?:to|correct to) (.*?)(?:, rounded)?[.?]$", question(task))
        assert found is not None, question(task)
        number, place = decimal.Decimal(found[1]), found[2]
        if "significant" in place:
            rounded = decimal.Context(prec=int(place.split()[0]), rounding=decimal.ROUND_HALF_UP).plus(number)
        else:
            unit = place.split()[-1] if "multiple" in place else "1"
            exponent = decimal.Decimal(10) ** -int(place.split()[0]) if "decimal" in place else decimal.Decimal(unit)
            rounded = (number / exponent).quantize(decimal.Decimal(1), context=context) * exponent
        assert Fraction(rounded) == Fraction(task.reference)


def test_decimals_are_written_without_zeros_at_the_end() -> None:
    texts = [decimal_text(Fraction(n, 1000)) for n in (1, -20, 300, 4000, -1250, 0)]
    assert texts == ["0.001", "-0.02", "0.3", "4", "-1.25", "0"]


@pytest.mark.parametrize(
    "response",
    ["-3/4", "x = -3/4", "-0.75", "Work.\n**-3/4**", "$-\\frac{3}{4}$", "The result is -3/4.", "<answer>-3/4</answer>"],
)
def test_a_number_may_be_presented(response: str) -> None:
    assert NumberAnswer().verify(response, "-3/4").score == 1


@pytest.mark.parametrize(
    "response", ["-6/8", "3/4", "-3/4 or 1", "-3/4, 1", "3 - 15/4", "perhaps -3/4", "-3/4 of them", "-3/4\nor so", ""]
)
def test_a_number_is_not_picked_out_of_anything_else(response: str) -> None:
    verdict = NumberAnswer().verify(response, "-3/4")
    assert (verdict.score, verdict.outcome in (Outcome.FAIL, Outcome.UNPARSED)) == (0, True)
