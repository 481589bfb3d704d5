import bisect
import json
from collections.abc import Iterator
from typing import Any

from palestra.envs import KeyedRandom
from palestra.envs.families.algorithms.binary_search_trace import BinarySearchTrace
from palestra.envs.families.algorithms.hash_table_trace import HashTableTrace, HashTableTraceKey, filled
from palestra.envs.families.algorithms.sorting_trace import ALGORITHMS, SortingTrace
from palestra.envs.families.algorithms.stack_machine import StackMachine, run
from palestra.envs.family import Content


def drawn(family_type: Any, num_keys: int = 120) -> Iterator[tuple[Any, Content]]:
    for difficulty in (0.0, 0.5, 1.0):
        family, rng = family_type.configured({"difficulty": difficulty}), KeyedRandom("drawn", str(difficulty))
        for _ in range(num_keys // 3):
            key = family.draw(rng)
            if (content := family.build(key, rng)) is not None:
                yield key, content


def test_stacks_agree_with_a_recursive_reading() -> None:
    """A second machine: it keeps the stack as nested pairs."""

    def after(stack: Any, word: str) -> Any:
        if word.isdigit():
            return (int(word), stack)
        top, rest = stack
        if word == "dup":
            return (top, stack)
        if word == "drop":
            return rest
        second, below = rest
        results = {"swap": (second, (top, below)), "over": (second, stack)}
        if word in results:
            return results[word]
        if word == "rot":
            third, bottom = below
            return (third, (top, (second, bottom)))
        return ({"+": second + top, "-": second - top, "*": second * top}[word], below)

    for key, content in drawn(StackMachine):
        stack: Any = None
        for word in key:
            stack = after(stack, word)
        values = []
        while stack is not None:
            value, stack = stack
            values.append(value)
        assert content.reference == str(values[::-1])


def test_each_word_of_the_machine() -> None:
    assert run(("1", "2", "3", "rot")) == [2, 3, 1]
    assert run(("1", "2", "over", "drop", "swap", "dup", "-")) == [2, 0]


def test_every_algorithm_sorts_in_the_end() -> None:
    rng = KeyedRandom("sorts")
    for algorithm in ALGORITHMS:
        for _ in range(10):
            items = rng.sample(range(50), 8)
            states = [items[:]]
            for turn in range(60):
                algorithm.apply(items, turn)
                states.append(items[:])
            assert items == sorted(items)
            first = next(i for i, state in enumerate(states) if state == items)
            assert all(state == items for state in states[first:])


def test_first_passes() -> None:
    results = []
    for algorithm in ALGORITHMS:
        items = [4, 3, 5, 1, 2]
        algorithm.apply(items, 0)
        first = items[:]
        algorithm.apply(items, 1)
        results.append((first, items))
    assert results == [
        ([1, 3, 5, 4, 2], [1, 2, 5, 4, 3]),
        ([3, 4, 1, 2, 5], [3, 1, 2, 4, 5]),
        ([3, 4, 5, 1, 2], [3, 4, 5, 1, 2]),
        ([3, 4, 1, 2, 5], [1, 3, 4, 2, 5]),
        ([3, 4, 5, 1, 2], [3, 4, 1, 5, 2]),
    ]


def test_states_are_permutations_that_are_not_sorted() -> None:
    for key, content in drawn(SortingTrace):
        state = json.loads(content.reference)
        assert sorted(state) == sorted(key.numbers)
        assert state not in (sorted(state), list(key.numbers))


def test_searches_end_where_the_number_is_or_would_be() -> None:
    for key, content in drawn(BinarySearchTrace):
        seen = json.loads(content.reference)
        place = bisect.bisect_left(key.numbers, key.wanted)
        if place < len(key.numbers) and key.numbers[place] == key.wanted:
            assert seen[-1] == key.wanted
        else:
            around = key.numbers[max(0, place - 1) : place + 1]
            assert set(around) <= set(seen)
        assert seen[0] == key.numbers[(len(key.numbers) - 1) // 2]
        assert len(seen) <= len(key.numbers).bit_length()


def test_tables_are_filled_by_hand() -> None:
    assert filled(HashTableTraceKey((3, 8, 13), 5, 0)) == ["13", "-", "-", "3", "8"]
    assert filled(HashTableTraceKey((3, 8, 13), 5, 1)) == ["8", "-", "13", "3", "-"]
    assert filled(HashTableTraceKey((3, 8, 13), 5, 2)) == ["-", "13", "-", "3", "8"]
    assert filled(HashTableTraceKey((1, 3, 5), 4, 1)) is None


def test_cells_are_written_in_several_ways() -> None:
    verify = HashTableTrace.verifier.verify
    reference = '["-", "5", "-", "3"]'
    assert all(
        verify(answer, reference).score == 1.0 for answer in ("-, 5, -, 3", "- 5 - 3", "[-, 5, -, 3]", "-,5,-,3.")
    )
    assert all(verify(answer, reference).score == 0.0 for answer in ("5, 3", "-, 5, 3, -", "-, 5, -, 3, -", "5"))
