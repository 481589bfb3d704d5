from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest

from palestra.envs import KeyedRandom
from palestra.envs.families.algorithms.interval_merging import IntervalMerging, merge
from palestra.envs.families.algorithms.number_filtering import NumberFilteringKey
from palestra.envs.families.algorithms.number_sorting import NumberSorting
from palestra.envs.families.algorithms.pairs import read_pairs
from palestra.envs.family import Content
from palestra.verifiers.errors import NoAnswerError


def drawn(family_type: Any, num_keys: int = 120) -> Iterator[tuple[Any, Content]]:
    for difficulty in (0.0, 0.5, 1.0):
        family, rng = family_type.configured({"difficulty": difficulty}), KeyedRandom("drawn", str(difficulty))
        for _ in range(num_keys // 3):
            key = family.draw(rng)
            if (content := family.build(key, rng)) is not None:
                yield key, content


def test_sorted_lists_hold_the_numbers_and_obey_the_rule() -> None:
    measures = [
        lambda a: a,
        lambda a: -a,
        lambda a: a * a,
        lambda a: (int(str(a)[-1]), a),
        lambda a: (sum(int(digit) for digit in str(a)), a),
    ]
    for key, content in drawn(NumberSorting):
        answer = NumberSorting.verifier.parse_reference(content.reference)
        assert set(answer) == set(key.numbers) and len(answer) == len(key.numbers)
        marks = [measures[key.rule](number) for number in answer]
        assert all(a < b for a, b in pairwise(marks)), "the order leaves nothing open"


def test_conditions_are_joined_and_inverted_as_the_prompt_says() -> None:
    both = (("even", 0), ("above", 5))
    cases = {(False, False): [8], (True, False): [4, 7, 8], (False, True): [4, 7, 1], (True, True): [1]}
    for (is_any, is_removal), left in cases.items():
        key = NumberFilteringKey((4, 7, 8, 1), both, is_any, is_removal)
        assert key.survivors() == left


def test_merged_intervals_cover_the_same_points() -> None:
    for key, content in drawn(IntervalMerging):
        merged = sorted(read_pairs(content.reference))
        halves = {point for start, end in key for point in range(2 * start, 2 * end + 1)}
        assert {point for start, end in merged for point in range(2 * start, 2 * end + 1)} == halves
        assert all(end < start for (_, end), (start, _) in pairwise(merged))


def test_neighbouring_numbers_are_no_common_point() -> None:
    assert merge(((1, 3), (4, 6))) == ((1, 3), (4, 6))


def test_intervals_may_come_in_any_order_and_notation() -> None:
    verify = IntervalMerging.verifier.verify
    for answer in ("6-9, 1-4", "[1, 4], [6, 9]", "[[1,4],[6,9]]", "(1, 4); (6, 9)", "1-4 6-9", "Answer: 1 - 4, 6 - 9."):
        assert verify(answer, "1-4, 6-9").score == 1.0, answer
    for answer in ("1-4", "1-4, 6-9, 6-9", "1-9", "1-4, 6-8", "4-1, 6-9"):
        assert verify(answer, "1-4, 6-9").score == 0.0, answer


@pytest.mark.parametrize("text", ["", "1", "1-2-", "1-2 x", "a-b", "1--2", "[1, 2", "1-2, and 3-4"])
def test_other_text_is_no_list_of_pairs(text: str) -> None:
    if text == "[1, 2":
        assert read_pairs(text) == ((1, 2),)
        return
    with pytest.raises(NoAnswerError):
        read_pairs(text)
