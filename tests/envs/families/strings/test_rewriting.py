import json
import re
from collections.abc import Iterator
from typing import Any

from palestra.envs import KeyedRandom
from palestra.envs.families.strings.ab_system import AbSystem, run
from palestra.envs.families.strings.patterns import Element, draw_match, draw_pattern, is_match
from palestra.envs.families.strings.string_insertion import Rule
from palestra.envs.families.strings.string_rewriting import StringRewriting, rewritten
from palestra.envs.families.strings.string_splitting import StringSplitting, StringSplittingKey
from palestra.envs.family import Content


def drawn(family_type: Any, num_keys: int = 150) -> Iterator[tuple[Any, Content]]:
    for difficulty in (0.0, 0.5, 1.0):
        family, rng = family_type.configured({"difficulty": difficulty}), KeyedRandom("drawn", str(difficulty))
        for _ in range(num_keys // 3):
            key = family.draw(rng)
            if (content := family.build(key, rng)) is not None:
                yield key, content


def test_tokens_come_to_the_same_rest_whatever_the_order_of_steps() -> None:
    rng = KeyedRandom("steps")
    for key, content in drawn(AbSystem):
        tokens, num_steps = list(key), 0
        while True:
            places = [i for i in range(len(tokens) - 1) if tokens[i][1] == "#" and tokens[i + 1][0] == "#"]
            if not places:
                break
            place = rng.choice(places)
            left, right = tokens[place : place + 2]
            tokens[place : place + 2] = [] if left[0] == right[1] else [right, left]
            num_steps += 1
        assert json.loads(content.reference) == tokens
        assert run(key) == (tokens, num_steps)


def test_patterns_agree_with_the_re_module() -> None:
    rng = KeyedRandom("patterns")
    for num_features in (1, 2, 3, 4):
        for _ in range(60):
            pattern = draw_pattern(rng.between(1, 6), "abcx", num_features, rng)
            compiled = re.compile("".join(element.text() for element in pattern))
            texts = ["", *("".join(rng.choice("abcx") for _ in range(rng.between(1, 7))) for _ in range(20))]
            assert all(is_match(pattern, text) == bool(compiled.fullmatch(text)) for text in texts)
            assert is_match(pattern, draw_match(pattern, "abcx", rng))


def test_a_star_may_take_more_than_was_drawn() -> None:
    assert is_match((Element("a", "*"),), "a" * 30)


def test_rules_are_used_in_order_at_the_leftmost_place() -> None:
    assert rewritten("abab", (("ba", "c"), ("ab", "d"))) == ("acb", 1)
    assert rewritten("abab", (("ab", "d"), ("ba", "c"))) == ("dd", 2)


def test_nothing_fits_a_result() -> None:
    for key, content in drawn(StringRewriting):
        assert not any(left in content.reference for left, _ in key.rules)


def test_insertions_by_hand() -> None:
    cases = {
        "after": "abxcabxc",
        "before": "axbcaxbc",
        "double": "abbcabbc",
        "between": "abcabc",
        "every": "abcxabcx",
        "ends": "xabcabcb",
    }
    assert {kind: Rule(kind, "b", "x").applied("abcabc") for kind in cases} == cases
    assert Rule("between", "", "x").applied("aaab") == "axaxab"


def test_pieces_by_hand() -> None:
    family, rng = StringSplitting(), KeyedRandom(0)
    cases = [
        (("lengths", "21"), (), ["ab", "c", "da", "b"]),
        (("before", "ad"), (), ["abc", "d", "ab"]),
        (("after", "b"), (), ["ab", "cdab"]),
        (("lengths", "2"), ("reverse", "rotate"), ["dc", "ba", "ba"]),
        (("lengths", "2"), ("reverse", "backward"), None),
        (("lengths", "1"), ("sort", "rotate"), None),
        (("after", "b"), ("rotate", "letters"), ["abcd", "ab"]),
        (("before", "ad"), ("long",), ["abc", "ab"]),
        (("before", "ad"), ("odd",), ["abc", "ab"]),
    ]
    for cut, steps, pieces in cases:
        content = family.build(StringSplittingKey("abcdab", cut, steps), rng)
        assert (json.loads(content.reference) if content else None) == pieces
