"""Samples are dealt out whole, evenly, and as many micro-batches to each rank."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from palestra.trainer.crew.crew import IDLE, deal
from palestra.trainer.packing.packs import Group, Sample

_LENGTHS = st.lists(st.lists(st.integers(1, 30), min_size=1, max_size=5), min_size=1, max_size=6)


def _groups(lengths: list[list[int]]) -> list[Group]:
    return [
        Group(
            prompt_ids=(number, 1, 2),
            samples=tuple(
                Sample(
                    token_ids=tuple(range(100 * place, 100 * place + length)),
                    mask=(1,) * length,
                    behaviour=(-1.0,) * length,
                    advantages=(1.0,) * length,
                    weight=1.0,
                )
                for place, length in enumerate(row)
            ),
        )
        for number, row in enumerate(lengths)
    ]


@given(_LENGTHS, st.integers(1, 5), st.integers(1, 200))
def test_every_sample_has_one_rank_and_every_rank_as_many_batches(
    lengths: list[list[int]], ranks: int, budget: int
) -> None:
    groups = _groups(lengths)
    hands = deal(groups, budget, ranks)
    assert len(hands) == ranks and len({len(hand) for hand in hands}) == 1
    dealt = [part for hand in hands for batch in hand if batch is not IDLE for part in batch]
    places = [(part.index, place) for part in dealt for place in part.places]
    expected = [(number, place) for number, row in enumerate(lengths) for place in range(len(row))]
    assert sorted(places) == expected
    for part in dealt:
        for place, sample in zip(part.places, part.group.samples, strict=True):
            assert sample == groups[part.index].samples[place]


@given(_LENGTHS, st.integers(1, 4), st.integers(1, 200))
def test_no_micro_batch_is_larger_than_allowed_unless_it_is_one_sample(
    lengths: list[list[int]], ranks: int, budget: int
) -> None:
    for hand in deal(_groups(lengths), budget, ranks):
        for batch in hand:
            tokens = sum(part.group.packed_tokens for part in batch)
            assert tokens <= budget or (len(batch) == 1 and len(batch[0].places) == 1)


def test_equal_groups_are_shared_equally() -> None:
    hands = deal(_groups([[10, 10]] * 8), 4096, 4)
    assert [sum(len(batch) for batch in hand) for hand in hands] == [2, 2, 2, 2]
    assert all(batch is not IDLE for hand in hands for batch in hand)


def test_nothing_is_dealt_of_nothing() -> None:
    assert deal([], 10, 3) == [[], [], []]
