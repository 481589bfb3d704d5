import itertools
import json
from collections import Counter

import pytest

from palestra.envs import KeyedRandom
from palestra.envs.families.strings.group_anagrams import GroupAnagrams
from palestra.envs.families.strings.isomorphic_strings import IsomorphicStrings, shape
from palestra.envs.families.strings.letter_counting import LetterCounting
from palestra.envs.families.strings.letter_unscrambling import Jumble, LetterUnscrambling
from palestra.envs.families.strings.palindrome_generation import PalindromeGeneration
from palestra.envs.families.strings.palindrome_partitioning import (
    PalindromePartitioning,
    Parts,
    fewest_parts,
    num_greedy_parts,
    num_longest_parts,
)
from palestra.envs.families.strings.ransom_note import RansomNote
from palestra.envs.families.strings.run_length_coding import encoded
from palestra.envs.families.strings.selection import Selection
from palestra.envs.families.strings.subsequence_count import num_occurrences
from palestra.envs.families.words import word_set, words
from palestra.envs.record import decode, encode


def test_the_dictionary_has_plain_words_of_every_length_in_order() -> None:
    assert list(words()) == sorted(set(words())) and word_set() == set(words())
    assert all(word.isascii() and word.isalpha() and word.islower() and 3 <= len(word) <= 8 for word in words())
    assert [len(words(length)) > 300 for length in range(3, 9)] == [True] * 6
    assert words(2) == ()


def test_palindromes_are_cut_into_the_fewest_parts() -> None:
    rng = KeyedRandom("parts")
    for _ in range(120):
        text = "".join(rng.choice("abc") for _ in range(rng.between(1, 8)))
        cuttings = (
            [text[a:b] for a, b in itertools.pairwise((0, *cuts, len(text)))]
            for n in range(len(text))
            for cuts in itertools.combinations(range(1, len(text)), n)
        )
        fewest = min(len(parts) for parts in cuttings if all(part == part[::-1] for part in parts))
        parts = fewest_parts(text)
        assert len(parts) == fewest and "".join(parts) == text and all(part == part[::-1] for part in parts)


def test_every_cutting_into_the_fewest_parts_is_right() -> None:
    reference = encode(Parts(("aa", "baab")))
    verify = PalindromePartitioning.verifier.verify
    right = ("aa | baab", "aa, baab", "['aa', 'baab']", "AA baab", "aa|baab.")
    assert all(verify(answer, reference).score == 1.0 for answer in right)
    assert verify("aabaa | b", encode(Parts(("aa", "baab")))).score == 1.0
    wrong = ("aabaab", "aab | aab", "aa | b | aa | b", "aa", "baab | aa", "")
    assert all(verify(answer, reference).score == 0.0 for answer in wrong)


def test_any_palindrome_of_the_letters_is_right() -> None:
    verify = PalindromeGeneration.verifier.verify
    assert all(verify(answer, "abcba").score == 1.0 for answer in ("abcba", "bacab", "B A C A B", "**bacab**"))
    assert all(verify(answer, "abcba").score == 0.0 for answer in ("aabbc", "abba", "abcbaabcba", "xyzyx", "bacab!"))


def test_letters_of_a_twin_make_no_palindrome() -> None:
    family = PalindromeGeneration.configured({"difficulty": 0.5})
    for index in range(60):
        rng = KeyedRandom("twin", index)
        twin = family.unsolvable(family.draw(rng), rng)
        assert twin is not None
        letters = twin.slots["letters"].split(", ")
        assert sum(letters.count(letter) % 2 for letter in set(letters)) >= 2


def test_letters_come_in_any_order_but_as_often() -> None:
    verify = RansomNote.verifier.verify
    assert all(
        verify(answer, "eet").score == 1.0 for answer in ("e, e, t", "t e e", "TEE", "[e, t, e]", "Answer: e, t, e.")
    )
    assert all(verify(answer, "eet").score == 0.0 for answer in ("e, t", "e, e, t, t", "a, e, t", "e=2, t=1"))


def test_missing_letters_are_those_that_run_out() -> None:
    for index in range(100):
        key = RansomNote.configured({"difficulty": 0.4}).draw(KeyedRandom("note", index))
        left, missing = list(key.letters), []
        for letter in key.note.replace(" ", ""):
            if letter in left:
                left.remove(letter)
            else:
                missing.append(letter)
        assert "".join(sorted(missing)) == key.missing()


def test_counts_come_in_any_order_and_notation() -> None:
    verify, reference = LetterCounting.verifier.verify, '{"a": 2, "b": 0}'
    assert all(
        verify(answer, reference).score == 1.0 for answer in ("a=2, b=0", "B: 0; A: 2", "{a: 2, b: 0}", "a = 2 b = 0")
    )
    assert all(
        verify(answer, reference).score == 0.0
        for answer in ("a=2", "a=2, b=1", "a=2, a=3, b=0", "2, 0", "a=2, b=0, c=1")
    )
    for index in range(100):
        task = LetterCounting.configured({"num_words": 12}).task("train", 0, index)
        counts = json.loads(task.reference)
        assert all(task.prompt.count(letter) >= count for letter, count in counts.items())


def test_any_word_of_the_dictionary_with_the_letters_is_right() -> None:
    verify = LetterUnscrambling.verifier.verify
    free, kept = encode(Jumble(("listen", "trail"), False)), encode(Jumble(("listen", "trail"), True))
    assert verify("silent, trial", free).score == 1.0
    assert verify("Listen trial", kept).score == 1.0
    assert verify("silent, trail", kept).score == 0.0
    assert all(
        verify(answer, free).score == 0.0 for answer in ("listen", "netsil, trail", "listen, train", "trail, listen")
    )


def test_groups_come_in_any_order_and_notation() -> None:
    verify, reference = GroupAnagrams.verifier.verify, '[["tea", "eat"], ["cup"]]'
    right = ("tea, eat; cup", "cup; eat tea", "[['eat', 'tea'], ['cup']]", "(cup), (tea, eat)", "tea eat | cup")
    assert [verify(answer, reference).score for answer in right] == [1.0] * len(right)
    wrong = ("tea, eat, cup", "tea; eat; cup", "tea, eat", "tea, eat; cup; cup", "tea, tea; cup", ";;;")
    assert [verify(answer, reference).score for answer in wrong] == [0.0] * len(wrong)


def test_selections_are_sets() -> None:
    verify, reference = IsomorphicStrings.verifier.verify, encode(Selection(("egg", "add", "dog"), ("egg", "add")))
    assert all(verify(answer, reference).score == 1.0 for answer in ("egg, add", "add egg", "['add', 'egg']"))
    assert all(
        verify(answer, reference).score == 0.0 for answer in ("egg", "egg, add, dog", "egg, egg, add", "odd, egg")
    )


def test_isomorphic_strings_have_a_one_to_one_mapping() -> None:
    for index in range(100):
        family, rng = IsomorphicStrings.configured({"difficulty": 0.6}), KeyedRandom("isomorphic", index)
        key = family.draw(rng)
        if (content := family.build(key, rng)) is None:
            continue
        right = decode(Selection, content.reference).right
        for text in key.strings:
            pairs = set(zip(key.given, text, strict=True))
            assert (text in right) == (len(pairs) == len({a for a, _ in pairs}) == len({b for _, b in pairs}))


@pytest.mark.parametrize("pattern", ["ab", "aab", "ba", "abab"])
def test_subsequences_are_counted_one_by_one(pattern: str) -> None:
    for text in ("aabbab", "bbaa", "abababab", "aaab"):
        found = sum("".join(choice) == pattern for choice in itertools.combinations(text, len(pattern)))
        assert num_occurrences(text, pattern) == found


def test_codes_tell_runs() -> None:
    assert encoded("a" * 12 + "b") == "12a1b"


def test_equal_counts_of_letters_are_seldom_enough_for_a_pattern() -> None:
    family = IsomorphicStrings.configured({"difficulty": 0.5})
    num_easy = 0
    for index in range(60):
        key = family.drawn("train", 8, index).key
        given, *others = (sorted(Counter(text).values()) for text in (key.given, *key.strings))
        alike = [text for text, counts in zip(key.strings, others, strict=True) if counts == given]
        num_easy += all(shape(text) == shape(key.given) for text in alike)
    assert num_easy < 12


def test_hasty_cuts_are_seldom_the_fewest() -> None:
    assert (num_greedy_parts("aabaac"), num_longest_parts("caabaac"), num_greedy_parts("aab")) == (2, 1, 2)
    family = PalindromePartitioning.configured({"difficulty": 0.7})
    num_easy = 0
    for index in range(60):
        text = family.drawn("train", 8, index).key
        hasty = min(num_greedy_parts(text), num_greedy_parts(text[::-1]), num_longest_parts(text))
        num_easy += hasty == len(fewest_parts(text))
    assert num_easy < 30


def test_letters_are_read_with_any_blank_between_them() -> None:
    assert RansomNote.verifier.verify("e,\u00a0s", "es").score == 1
