import json
import random
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from palestra.envs.bridges.tagged_json import dump, load

VALUES: list[Any] = [
    None,
    [1, 2.5, "x", True],
    (1, (2, ())),
    {"a": (1, 2), "b": [(3,)]},
    {(0, 1): "x", 3: {4: None}},
    {1, 2, 3},
    frozenset({("a", 1)}),
    b"\x00\xff",
    date(2024, 2, 29),
    datetime(2024, 2, 29, 12, 30),
    {"__python__": "tuple", "items": [1]},
    "\ud800",
    10**40,
    Fraction(1, 3),
    Decimal("0.10"),
    1 + 2j,
]


@pytest.mark.parametrize("value", VALUES, ids=str)
def test_values_come_back_equal_and_of_the_same_types(value: Any) -> None:
    text = dump(value)
    again = load(json.dumps(json.loads(text)))
    assert (again, type(again), repr(again) == repr(value)) == (value, type(value), True)


def test_a_set_has_one_text_whatever_its_order() -> None:
    words = [f"word{i}" for i in range(50)]
    random.Random(0).shuffle(words)
    assert dump(set(words)) == dump(set(sorted(words)))


def test_a_number_of_numpy_becomes_a_plain_one() -> None:
    numpy = pytest.importorskip("numpy")
    again = load(dump([numpy.int64(3), numpy.float64(0.5), numpy.bool_(True)]))
    assert [(item, type(item)) for item in again] == [(3, int), (0.5, float), (True, bool)]


def test_what_cannot_be_kept_is_refused() -> None:
    with pytest.raises(TypeError, match="`object` cannot be kept"):
        dump({"a": object()})


@pytest.mark.parametrize("text", ["{", '{"__python__": "class", "items": []}', '{"__python__": "tuple"}'])
def test_a_text_of_others_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        load(text)
