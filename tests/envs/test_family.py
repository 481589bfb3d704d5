from collections import Counter

import pytest

from palestra.envs import EmptySplitError, KeyedRandom, TaskIdError
from palestra.envs.families.arithmetic.chain_sum import ChainSum
from palestra.envs.families.arithmetic.random_calculation import RandomCalculation, RandomCalculationContinuous


def test_splits_have_their_shares() -> None:
    family, rng = ChainSum.configured({"difficulty": 0.5}), KeyedRandom("shares")
    shares = Counter(family.split_of(family.draw(rng)) for _ in range(3000))
    assert [round(shares[split] / 3000, 1) for split in ("train", "validation", "test")] == [0.8, 0.1, 0.1]


def test_a_configuration_without_a_task_in_the_split_says_so() -> None:
    with pytest.raises(EmptySplitError, match="has no task in the split"):
        for split in ("train", "validation", "test"):
            ChainSum.configured({"low": 5, "high": 5, "operators": "+"}).task(split, 0, 0)


def test_families_of_the_same_puzzles_split_them_alike() -> None:
    one, other, rng = RandomCalculation(), RandomCalculationContinuous(), KeyedRandom("alike")
    for _ in range(100):
        key = one.draw(rng)
        assert one.split_of(key) == other.split_of(key)


def test_an_id_of_another_family_is_refused() -> None:
    with pytest.raises(TaskIdError, match="given to"):
        ChainSum().regenerate(RandomCalculation().task("test", 0, 0).id)


def test_ids_carry_what_was_chosen_and_not_the_defaults() -> None:
    assert ChainSum().task("test", 0, 0).id.config == {"difficulty": 0.2}
    chosen = ChainSum.configured({"difficulty": 0.0, "high": 12, "low": 1})
    assert chosen.task("test", 0, 0).id.config == {"difficulty": 0.0, "high": 12}
