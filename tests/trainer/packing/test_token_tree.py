from __future__ import annotations

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from palestra.trainer.packing.token_tree import TokenTree, TreePlan, tree_tokens

CPU = torch.device("cpu")
# Few tokens, so that sequences often begin alike, repeat, or are the beginning of another.
forests = st.lists(st.lists(st.integers(0, 2), min_size=1, max_size=9).map(tuple), min_size=1, max_size=8)


@given(forests)
def test_a_path_holds_its_sequence(sequences: list[tuple[int, ...]]) -> None:
    tree = TokenTree.of(sequences)
    for sequence, path in zip(sequences, tree.paths, strict=True):
        assert tuple(tree.token_ids[place] for place in path) == sequence
        assert [tree.positions[place] for place in path] == list(range(len(sequence)))
        assert path == sorted(path)


@given(forests)
def test_every_common_beginning_stands_once(sequences: list[tuple[int, ...]]) -> None:
    beginnings = {sequence[:length] for sequence in sequences for length in range(1, len(sequence) + 1)}
    assert len(TokenTree.of(sequences).token_ids) == tree_tokens(sequences) == len(beginnings)


@given(forests)
def test_a_token_sees_exactly_its_own_path(sequences: list[tuple[int, ...]]) -> None:
    tree = TokenTree.of(sequences)
    for path in tree.paths:
        for number, query in enumerate(path):
            seen = [key for key in range(len(tree.token_ids)) if key <= query < tree.until[key]]
            assert seen == path[: number + 1]


@given(forests, st.randoms(use_true_random=False))
def test_the_order_of_sequences_does_not_matter(sequences: list[tuple[int, ...]], random: object) -> None:
    shuffled = sorted(sequences, key=lambda _: random.random())  # type: ignore[attr-defined]
    one, other = TokenTree.of(sequences), TokenTree.of(shuffled)
    assert (one.token_ids, one.positions, one.until) == (other.token_ids, other.positions, other.until)


@settings(deadline=None)
@given(forests)
def test_plain_rows_are_the_sequences_that_no_other_goes_on_from(sequences: list[tuple[int, ...]]) -> None:
    tree = TokenTree.of(sequences)
    ids = torch.tensor(tree.token_ids)
    rows, (row_of_N, column_of_N) = tree.plan(CPU).unpacked(ids)
    ends = {s for s in sequences if not any(other != s and other[: len(s)] == s for other in sequences)}
    assert sorted(tuple(row.tolist()) for row in rows) == sorted(ends)
    found = [int(rows[row][column]) for row, column in zip(row_of_N.tolist(), column_of_N.tolist(), strict=True)]
    assert found == tree.token_ids


def test_rows_without_anything_in_common_see_themselves() -> None:
    plan = TreePlan.of_rows([2, 3], CPU)
    assert plan.position_ids_N.tolist() == [0, 1, 0, 1, 2]
    assert plan.visible_pairs == 3 + 6
