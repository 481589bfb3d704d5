import pytest
import torch

from palestra.trainer.packing import Group, Pack, PackedPlan, micro_batches
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


def test_batches_stay_below_the_budget_in_order() -> None:
    batches = list(micro_batches([_group(4, 3, 3), _group(4, 3), _group(4, 3)], 15))
    assert _shapes(batches) == [[(3, 3), (3,)], [(3,)]]
    assert all(sum(group.packed_tokens for group in batch) <= 15 for batch in batches)


def test_a_large_group_is_split_and_reads_its_prompt_again() -> None:
    batches = list(micro_batches([_group(10, 5, 5, 5, 5, 5)], 18))
    assert _shapes(batches) == [[(5, 5)], [(5, 5)], [(5,)]]
    assert all(batch[0].prompt_ids == tuple(range(10)) for batch in batches)


def test_a_sample_over_the_budget_is_alone() -> None:
    assert _shapes(list(micro_batches([_group(10, 30, 1, 30), _group(2, 1)], 8))) == [[(30,)], [(1,)], [(30,)], [(1,)]]


def test_nothing_makes_no_batch() -> None:
    assert list(micro_batches([], 8)) == []


def test_prompts_come_first_and_each_row_goes_on_where_its_prompt_ends() -> None:
    pack = Pack.of([_group(3, 3, 2), _group(2, 1, 4)], CPU)
    assert pack.token_ids_N.tolist() == [0, 1, 2, 0, 1, 100, 101, 200, 200, 201, 202]
    assert pack.plan.position_ids_N.tolist() == [0, 1, 2, 0, 1, 3, 4, 3, 2, 3, 4]


def test_tokens_are_predicted_where_the_token_before_them_stands() -> None:
    pack = Pack.of([_group(3, 3, 2), _group(2, 1, 4)], CPU)
    predicted = pack.predicting_U[pack.tokens.row_M].tolist()
    by_token = dict(zip(pack.tokens.target_M.tolist(), predicted, strict=False))
    assert predicted == sorted(predicted), "the head walks through positions in order"
    # Ends of the prompts at 2 and 4; 100 and 200 occur in both groups.
    assert sorted(zip(pack.tokens.target_M.tolist(), predicted, strict=True)) == [
        (100, 2), (100, 4), (101, 5), (102, 6), (200, 2), (200, 4), (201, 7), (201, 8), (202, 9), (203, 10),
    ]  # fmt: skip
    assert by_token[102] == 6
    assert len(pack.predicting_U) == 8, "the first tokens of a group's samples share a position"


def test_observations_are_read_and_never_predicted() -> None:
    turns = sample([7, 8, 9, 10, 11], 1.0, mask=[1, 1, 0, 0, 1])
    pack = Pack.of([Group(prompt_ids=(1, 2), samples=(turns,))], CPU)
    assert pack.token_ids_N.tolist() == [1, 2, 7, 8, 9, 10]
    assert pack.predicting_U.tolist() == [1, 2, 5], "positions before 7, 8 and 11"
    assert pack.tokens.target_M.tolist() == [7, 8, 11]


@pytest.mark.parametrize("lengths", [(2, 0, 3), (0, 0, 0)])
def test_unpacked_rows_are_prompt_and_own_tokens(lengths: tuple[int, ...]) -> None:
    plan = PackedPlan(torch.tensor([2, 1]), torch.tensor(lengths), torch.tensor([0, 1, 0]))
    ids = torch.arange(10, 13 + sum(lengths))
    rows, (row, column) = plan.unpacked(ids)
    assert [len(r) for r in rows] == [2 + lengths[0], 1 + lengths[1], 2 + lengths[2]]
    assert torch.equal(torch.stack([rows[r][c] for r, c in zip(row, column, strict=True)]), ids)
