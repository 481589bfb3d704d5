"""What ranks send each other arrives as it was, whatever it is."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from palestra.trainer.crew.orders import ORDERS, Assemble, Finish, Learn, Save
from palestra.trainer.objective.agreement import Bound
from palestra.trainer.objective.update_stats import Sums
from palestra.trainer.packing.packs import Group, Sample
from palestra.trainer.parallel.wire import pack, unpack

_FLOATS = st.floats(allow_nan=True, allow_infinity=True)
_ROWS = st.lists(_FLOATS, max_size=4).map(tuple)
_SAMPLES = st.builds(
    Sample,
    token_ids=st.lists(st.integers(0, 2**40), max_size=4).map(tuple),
    mask=st.lists(st.integers(0, 1), max_size=4).map(tuple),
    behaviour=_ROWS,
    advantages=_ROWS,
    weight=_FLOATS,
    old=_ROWS,
    lags=st.lists(st.integers(0, 9), max_size=3).map(tuple),
)
_BOUNDS = st.none() | st.builds(Bound, remark_max=_FLOATS, remark_mean=_FLOATS, stop_mean=_FLOATS)
_GROUPS = st.builds(Group, prompt_ids=st.just((1, 2)), samples=st.lists(_SAMPLES, max_size=3).map(tuple))


@given(st.lists(st.lists(_GROUPS, max_size=2).map(tuple), max_size=2).map(tuple), _FLOATS, _BOUNDS)
def test_an_order_to_learn_arrives_to_the_last_bit(
    shares: tuple[tuple[Group, ...], ...], lr: float, bound: Bound | None
) -> None:
    order = Learn(shares=shares, lr=lr, progress=0.5, temperature=1.0, bound=bound)
    there = unpack(pack(order, Learn), Learn)
    assert repr(there) == repr(order)  # NaN is not equal to itself, but is written alike


@given(st.text(max_size=20))
def test_texts_arrive(text: str) -> None:
    order = Save(name="optimizer", folder=text)
    assert unpack(pack(order, Save), Save) == order


def test_sums_arrive_with_what_is_missing_and_with_tensors() -> None:
    sums = Sums(loss=math.pi, tokens=7, value_loss=0.0, values=[torch.tensor([0.1, 2.0])])
    there = unpack(pack(sums, Sums), Sums)
    assert (there.loss, there.tokens, there.value_loss, there.kl_reference) == (math.pi, 7, 0.0, None)
    assert torch.equal(there.values[0].float(), sums.values[0]) and there.returns == []


def test_every_order_can_be_sent() -> None:
    for order in (Assemble(stage=3), Finish(reason="why")):
        assert unpack(pack(order, type(order)), ORDERS[type(order).__name__]) == order


def test_a_value_of_a_type_that_nobody_knows_is_refused() -> None:
    @dataclass(frozen=True)
    class Odd:
        field: Any

    with pytest.raises(TypeError, match="cannot be sent"):
        pack(Odd(field=json), dict[str, int])


def test_sums_of_several_are_those_of_one() -> None:
    first, second = Sums(loss=1.0, tokens=2, mismatch_max=0.5), Sums(loss=2.0, tokens=3, mismatch_max=0.25)
    second.kl_reference = 0.75
    whole = Sums.of_all([first, second])
    assert (whole.loss, whole.tokens, whole.mismatch_max, whole.kl_reference) == (3.0, 5, 0.5, 0.75)
