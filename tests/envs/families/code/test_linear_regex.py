import re

import pytest

from palestra.envs import KeyedRandom
from palestra.envs.families.code.linear_regex import PatternError, compiled_pattern
from palestra.envs.families.code.regex_parts import draw_part

PATTERNS = (
    "", "a", "ab|c", "(ab|c)*", "a{2,3}b?", "[a-c]+x", "[^a-c]", r"\d+(?:-\d{2})?", "a.c", "^ab$", "(^a|b)c", "a$|b",
    r"[\d\-]+", "[]a]", "[a-]", "(a|b|)c", "(a*)*", "((a?){3})", "a*?b+?", r"\w\W", "x{0,2}", "(a+|b)+c{2,}", r"\.\*",
)  # fmt: skip
TEXTS = (
    "", "a", "b", "c", "ab", "abc", "aab", "aaab", "aaaab", "cab", "ababc", "x", "ax", "abx", "12", "12-34", "1-2",
    "a-", "-", "]", "axc", "bc", "ac", "a ", "aabcc", "abbcccc", ".*", "xx", "xxx", "\n", "a\n",
)  # fmt: skip


@pytest.mark.parametrize("pattern", PATTERNS)
def test_it_agrees_with_python(pattern: str) -> None:
    for text in TEXTS:
        if "$" in pattern and text.endswith("\n"):
            continue  # Python's `$` also matches ahead of a last line end
        assert compiled_pattern(pattern).matches(text) is bool(re.fullmatch(pattern, text)), (pattern, text)


def test_it_agrees_with_python_on_patterns_of_the_family() -> None:
    for index in range(150):
        rng = KeyedRandom("patterns", index)
        parts = [draw_part(rng, 1 + index % 4) for _ in range(1 + index % 5)]
        pattern = "".join(part.text for part in parts)
        right = "".join(part.draw(rng, index) for part in parts)
        assert compiled_pattern(pattern).matches(right)
        for _ in range(6):
            place = rng.below(len(right) + 1)
            text = right[:place] + rng.choice("abc1-") + right[place + rng.below(3) :]
            assert compiled_pattern(pattern).matches(text) is bool(re.fullmatch(pattern, text)), (pattern, text)


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|a)*b", "((a*)*)*b", "(.*)*x", "(a?){30}a{30}"])
def test_patterns_that_freeze_other_matchers_are_answered_at_once(pattern: str) -> None:
    assert not compiled_pattern(pattern).matches("a" * 5000 + "!")


@pytest.mark.parametrize(
    "pattern",
    [
        "(", ")", "a)", "[", "[z-a]", "*a", "a**", "a{2}{3}", "{", "a{x}", "a{3,2}", "a{999999999}", "(a{99}){99}",
        r"(a)\1", "(?=a)", "(?!a)", "(?<=a)", "(?i)a", "(?P<n>a)", r"\q", "\\", "(" * 200 + ")" * 200, "a" * 500,
    ],
)  # fmt: skip
def test_what_is_not_of_these_patterns_is_refused(pattern: str) -> None:
    with pytest.raises(PatternError):
        compiled_pattern(pattern)
