import torch
from hypothesis import given
from hypothesis import strategies as st

from palestra.trainer.packing.packs import Group, Pack, micro_batches, parts
from policy_cases import sample

CPU = torch.device("cpu")


def _group(prompt: int, *lengths: int) -> Group:
    return Group(
        prompt_ids=tuple(range(prompt)),
        samples=tuple(sample(range(100 * (i + 1), 100 * (i + 1) + n), float(i + 1)) for i, n in enumerate(lengths)),
    )


def _shapes(batches: list[list[Group]]) -> list[list[tuple[int, ...]]]:
    return [[tuple(len(s.token_ids) for s in group.samples) for group in batch] for batch in batches]


def test_the_last_token_of_a_sample_is_not_read() -> None:
    assert _group(5, 3, 1, 4).packed_tokens == 5 + 2 + 0 + 3


def test_batches_stay_below_the_budget() -> None:
    batches = micro_batches([_group(4, 3, 3), _group(4, 3), _group(4, 3)], 15)
    assert _shapes(batches) == [[(3, 3)], [(3,), (3,)]]
    assert all(sum(group.packed_tokens for group in batch) <= 15 for batch in batches)


def test_a_large_group_is_split_and_reads_its_prompt_again() -> None:
    batches = micro_batches([_group(10, 5, 5, 5, 5, 5)], 18)
    assert _shapes(batches) == [[(5, 5)], [(5, 5)], [(5,)]]
    assert all(batch[0].prompt_ids == tuple(range(10)) for batch in batches)


def test_a_large_group_is_split_where_its_samples_differ() -> None:
    ids = [(1, 1, 1, 1, 5), (2, 2, 2, 2, 5), (1, 1, 1, 1, 6), (2, 2, 2, 2, 6)]
    group = Group(prompt_ids=(0,), samples=tuple(sample(each, 1.0) for each in ids))
    batches = parts([group], 6)
    assert [[part.places for part in batch] for batch in batches] == [[(0, 2)], [(1, 3)]]


def test_a_sample_over_the_budget_is_alone() -> None:
    found = _shapes(micro_batches([_group(10, 30, 1, 30), _group(2, 1)], 8))
    assert sorted(found) == [[(1,)], [(1,)], [(30,)], [(30,)]]


def test_nothing_makes_no_batch() -> None:
    assert list(micro_batches([], 8)) == []


def test_each_row_stands_behind_what_it_shares_with_others() -> None:
    pack = Pack.of([_group(3, 3, 2), _group(2, 1, 4)], CPU)
    assert pack.token_ids_N.tolist() == [0, 1, 2, 100, 101, 200, 200, 201, 202]
    assert pack.plan.position_ids_N.tolist() == [0, 1, 2, 3, 4, 3, 2, 3, 4]


def test_tokens_are_predicted_where_the_token_before_them_stands() -> None:
    pack = Pack.of([_group(3, 3, 2), _group(2, 1, 4)], CPU)
    predicted = pack.predicting_U[pack.tokens.row_M].tolist()
    assert predicted == sorted(predicted), "the head walks through positions in order"
    # The prompts end at 1 and 2; 100 and 200 occur in both groups.
    assert sorted(zip(pack.tokens.target_M.tolist(), predicted, strict=True)) == [
        (100, 1), (100, 2), (101, 3), (102, 4), (200, 1), (200, 2), (201, 5), (201, 6), (202, 7), (203, 8),
    ]  # fmt: skip
    assert len(pack.predicting_U) == 8, "the first tokens of a group's samples share a position"


def test_observations_are_read_and_never_predicted() -> None:
    turns = sample([7, 8, 9, 10, 11], 1.0, mask=[1, 1, 0, 0, 1])
    pack = Pack.of([Group(prompt_ids=(1, 2), samples=(turns,))], CPU)
    assert pack.token_ids_N.tolist() == [1, 2, 7, 8, 9, 10]
    assert pack.predicting_U.tolist() == [1, 2, 5], "positions before 7, 8 and 11"
    assert pack.tokens.target_M.tolist() == [7, 8, 11]


def test_what_samples_begin_with_alike_is_packed_once() -> None:
    samples = [sample(ids, 1.0) for ids in ([7, 8, 9, 1], [7, 8, 5, 2], [7, 8, 9, 3], [7, 8, 9, 1])]
    pack = Pack.of([Group(prompt_ids=(1, 2), samples=tuple(samples))], CPU)
    assert pack.token_ids_N.tolist() == [1, 2, 7, 8, 5, 9]
    assert pack.plan.position_ids_N.tolist() == [0, 1, 2, 3, 4, 4]
    assert pack.predicting_U.tolist() == [1, 2, 3, 4, 5]
    # Each sample keeps tokens of its own, also where the same token is drawn at the same place.
    assert pack.tokens.row_M.tolist() == [0] * 4 + [1] * 4 + [2] * 4 + [3] + [4] * 3
    assert pack.tokens.target_M.tolist() == [7] * 4 + [8] * 4 + [9, 5, 9, 9] + [2] + [1, 3, 1]


def test_groups_share_what_their_prompts_begin_with() -> None:
    groups = [Group(prompt_ids=(1, 2, 3, last), samples=(sample([7, 8], 1.0),)) for last in (4, 5)]
    assert Pack.of(groups, CPU).token_ids_N.tolist() == [1, 2, 3, 4, 7, 5, 7]


lengths = st.lists(st.lists(st.integers(1, 30), min_size=1, max_size=6), min_size=1, max_size=8)


@given(lengths, st.integers(1, 80))
def test_batches_hold_every_sample_once_and_keep_to_the_budget(shapes: list[list[int]], budget: int) -> None:
    groups = [_group(4, *shape) for shape in shapes]
    batches = parts(groups, budget)
    places = [(part.index, place) for batch in batches for part in batch for place in part.places]
    assert sorted(places) == [(i, place) for i, shape in enumerate(shapes) for place in range(len(shape))]
    for batch in batches:
        used = sum(part.group.packed_tokens for part in batch)
        assert used <= budget or (len(batch) == 1 and len(batch[0].group.samples) == 1)
        for part in batch:
            assert part.group.samples == tuple(groups[part.index].samples[place] for place in part.places)


@given(lengths, st.integers(40, 120))
def test_batches_are_few_and_even(shapes: list[list[int]], budget: int) -> None:
    groups = [_group(4, *shape) for shape in shapes]
    loads = [sum(group.packed_tokens for group in batch) for batch in micro_batches(groups, budget)]
    in_order: list[int] = []  # batches filled one after the other
    for size in [part.group.packed_tokens for batch in parts(groups, budget) for part in batch]:
        if in_order and in_order[-1] + size <= budget:
            in_order[-1] += size
        else:
            in_order.append(size)
    assert len(loads) <= len(in_order)
    assert len(loads) < 2 * -(-sum(loads) // budget)


def test_batches_of_equal_groups_are_equal() -> None:
    batches = micro_batches([_group(4, 7) for _ in range(6)], 45)  # 4 fit into a batch, but 3 and 3 are as few
    assert [len(batch) for batch in batches] == [3, 3]


def test_batches_do_not_depend_on_the_run() -> None:
    groups = [_group(4, *shape) for shape in ([3, 9, 9], [20], [5, 5], [1], [12, 2])]
    assert parts(groups, 30) == parts(list(groups), 30)
