from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from palestra.trainer.objective.aggregation import Aggregation, ConstantNorm, SequenceMean, SequenceSum, TokenMean

AGGREGATIONS: list[Aggregation] = [TokenMean(), SequenceMean(), SequenceSum(), ConstantNorm(horizon=7)]


def aggregate(aggregation: Aggregation, losses: list[list[float]]) -> float:
    weights = aggregation([len(sequence) for sequence in losses])
    return sum(weight * loss for weight, sequence in zip(weights, losses, strict=True) for loss in sequence)


@pytest.mark.parametrize(
    ("aggregation", "expected"),
    [(TokenMean(), 2.5), (SequenceMean(), 2.0), (SequenceSum(), 10.0), (ConstantNorm(horizon=10), 1.0)],
    ids=repr,
)
def test_the_published_vectors(aggregation: Aggregation, expected: float) -> None:
    assert aggregate(aggregation, [[1.0, 1.0], [3.0] * 6]) == pytest.approx(expected)


@pytest.mark.parametrize("aggregation", AGGREGATIONS, ids=repr)
def test_sequences_without_tokens_are_not_counted(aggregation: Aggregation) -> None:
    assert aggregation([3, 0, 5]) == [aggregation([3, 5])[0], 0.0, aggregation([3, 5])[1]]
    assert aggregation([0, 0]) == [0.0, 0.0]
    assert aggregation([]) == []


counts = st.lists(st.integers(0, 50), max_size=12)


@settings(deadline=None)
@given(token_counts=counts)
def test_the_means_weigh_the_tokens_to_one(token_counts: list[int]) -> None:
    if any(token_counts):
        for aggregation in (TokenMean(), SequenceMean()):
            weights = aggregation(token_counts)
            assert sum(w * n for w, n in zip(weights, token_counts, strict=True)) == pytest.approx(1.0)


@pytest.mark.parametrize("aggregation", AGGREGATIONS, ids=repr)
@settings(deadline=None)
@given(token_counts=counts, value=st.floats(-5, 5))
def test_equal_sequences_agree_with_the_constant_norm_up_to_a_factor(
    aggregation: Aggregation, token_counts: list[int], value: float
) -> None:
    losses = [[value] * 4 for _ in token_counts]
    factor = {TokenMean: 1.0, SequenceMean: 1.0, SequenceSum: 4.0, ConstantNorm: 4.0 / 7.0}[type(aggregation)]
    if losses:
        assert aggregate(aggregation, losses) == pytest.approx(factor * value)


def test_a_horizon_must_be_positive() -> None:
    with pytest.raises(ValueError, match="horizon"):
        ConstantNorm(horizon=0)
