import itertools
import json

import pytest

from palestra.envs import KeyedRandom
from palestra.envs.families.algorithms.cryptarithm import Cryptarithm, LetterSum
from palestra.envs.families.algorithms.knapsack_items import Bag, KnapsackItems, hasty_value
from palestra.envs.families.algorithms.longest_increasing_subsequence import LongestIncreasingSubsequence, Sequence
from palestra.envs.families.algorithms.subset_sum import SubsetSum, Sum
from palestra.envs.record import decode, encode


@pytest.mark.parametrize("num_items", [3, 6, 9])
def test_no_packing_is_worth_more_than_the_best(num_items: int) -> None:
    family = KnapsackItems.configured({"num_items": num_items})
    for index in range(40):
        bag = decode(Bag, family.task("train", 0, index).reference)
        subsets = itertools.chain.from_iterable(itertools.combinations(bag.weights, n) for n in range(num_items + 1))
        fitting = (subset for subset in subsets if sum(bag.weights[item] for item in subset) <= bag.capacity)
        assert sum(bag.values[item] for item in bag.best) == max(sum(bag.values[i] for i in s) for s in fitting)


def test_another_packing_of_the_same_value_is_right() -> None:
    bag = encode(Bag(5, {"cup": 5, "pan": 2, "hat": 3, "pen": 1}, {"cup": 7, "pan": 3, "hat": 4, "pen": 1}, ("cup",)))
    verify = KnapsackItems.verifier.verify
    assert all(verify(answer, bag).score == 1.0 for answer in ("cup", "Hat, pan", "pan and hat", "[pan, hat]"))
    assert all(
        verify(answer, bag).score == 0.0 for answer in ("cup, pan", "hat", "pan, pan, pen", "sun", "cup, cup", "")
    )


def test_every_choice_with_the_sum_is_right() -> None:
    reference = encode(Sum((3, 5, 8, 13), 16, (3, 13)))
    verify = SubsetSum.verifier.verify
    assert all(verify(answer, reference).score == 1.0 for answer in ("3, 13", "8, 5, 3", "3 + 13", "[13, 3]"))
    assert all(verify(answer, reference).score == 0.0 for answer in ("16", "8, 8", "3, 5", "3, 5, 8, 13", "3, 13 = 16"))


def test_no_choice_reaches_the_target_of_a_twin() -> None:
    family = SubsetSum.configured({"num_numbers": 8, "high": 60})
    twins = 0
    for index in range(60):
        rng = KeyedRandom("twin", index)
        key = family.draw(rng)
        if (twin := family.unsolvable(key, rng)) is not None:
            twins += 1
            target = decode(Sum, twin.reference).target
            subsets = (s for n in range(9) for s in itertools.combinations(key.numbers, n))
            assert all(sum(subset) != target for subset in subsets)
    assert twins > 30


def test_no_increasing_subsequence_is_longer() -> None:
    family = LongestIncreasingSubsequence.configured({"length": 9, "high": 12})
    for index in range(60):
        sequence = decode(Sequence, family.task("train", 0, index).reference)
        longer = itertools.combinations(sequence.numbers, len(sequence.longest) + 1)
        assert not any(all(a < b for a, b in itertools.pairwise(s)) for s in longer)


def test_every_longest_subsequence_is_right() -> None:
    reference = encode(Sequence((4, 1, 6, 2, 5), (1, 2, 5)))
    verify = LongestIncreasingSubsequence.verifier.verify
    assert verify("1, 2, 5", reference).score == 1.0
    assert verify("[1, 2, 5]", encode(Sequence((4, 1, 6, 2, 5, 5), (1, 2, 5)))).score == 1.0
    assert verify("4, 6", encode(Sequence((4, 1, 6), (1, 6)))).score == 1.0
    assert all(
        verify(answer, reference).score == 0.0 for answer in ("4, 6", "1, 2, 6", "1, 5, 6", "4, 5, 6", "5, 2, 1")
    )


def test_every_true_assignment_is_right() -> None:
    reference = encode(LetterSum(("A", "B"), "C", {"A": 1, "B": 2, "C": 3}))
    verify = Cryptarithm.verifier.verify
    right = ("A=1, B=2, C=3", "C: 9; a = 4; b = 5", "B=8 A=1 C=9", "{A: 1, B: 2, C: 3}", "A=0, B=7, C=7")
    assert [verify(answer, reference).score for answer in right] == [1.0, 1.0, 1.0, 1.0, 0.0]
    wrong = ("A=1, B=2", "A=1, B=2, C=4", "A=0, B=7, C=7", "A=1, A=4, B=2, C=3", "A=1, B=2, C=3, D=4", "A=1; A+B=C")
    assert all(verify(answer, reference).score == 0.0 for answer in wrong)


def test_numbers_do_not_start_with_zero() -> None:
    reference = encode(LetterSum(("AB", "AC"), "AD", {"A": 0, "B": 1, "C": 2, "D": 3}))
    assert Cryptarithm.verifier.verify("A=0, B=1, C=2, D=3", reference).score == 0.0


def test_sums_are_one_puzzle_whatever_their_letters() -> None:
    family = Cryptarithm.configured({"difficulty": 0.5})
    for index in range(50):
        key = family.draw(KeyedRandom("sum", index))
        renamed = type(key)(key.addends[::-1], key.letters[::-1])
        assert family.canonical(renamed) == family.canonical(key)


def test_references_are_strict() -> None:
    bag = json.loads(KnapsackItems().task("train", 0, 0).reference)
    with pytest.raises(ValueError, match="capacity"):
        KnapsackItems.verifier.verify("x", json.dumps({**bag, "capacity": "5"}))


def test_packing_in_a_simple_order_is_seldom_the_best() -> None:
    family = KnapsackItems.configured({"difficulty": 0.7})
    num_easy = 0
    for index in range(60):
        drawn = family.drawn("train", 8, index)
        bag = decode(Bag, drawn.content.reference)
        num_easy += hasty_value(drawn.key, bag.capacity) == sum(bag.values[name] for name in bag.best)
    assert num_easy < 30


def test_haste_packs_what_fits() -> None:
    assert hasty_value((("a", 3, 5), ("b", 2, 3), ("c", 2, 3)), 4) == 6
    assert hasty_value((("a", 3, 9), ("b", 2, 3), ("c", 2, 3)), 4) == 9
