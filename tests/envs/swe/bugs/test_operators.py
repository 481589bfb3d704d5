from __future__ import annotations

import ast

import pytest

from palestra.envs.swe.bugs.operators import OPERATORS, Operator
from palestra.envs.swe.bugs.source_text import SourceText

SOURCE = '''"""A module with umlauts: \u00e4\u00f6\u00fc."""


def clamp(value, low=0, high=10):
    """Keep a value between two borders."""
    if low > high or not value:  # \u00e4 comment that stays
        raise ValueError("borders")
    try:
        value += shift[value]
    except (KeyError, IndexError):
        value = abs(value)
    for place in range(high):
        seen.append(place)
    return min(max(value, low), high), len(seen) - 1


class Box:
    def is_empty(self):
        return self.items[1:] == []
'''

EXPECTED = {
    "negate-if": {"not (low > high or not value)"},
    "compare": {">=", "<", "!="},
    "arithmetic": {"-=", "+"},
    "constant": {"''", "2", "1 + 1", "0"},
    "off-by-one": {"high + 1", "high - 1"},
    "boolean": {"and", "low > high", "not value"},
    "drop-statement": {"pass"},
    "except": {"KeyError", "IndexError"},
    "return": {"(len(seen) - 1, min(max(value, low), high))", "not (self.items[1:] == [])"},
    "swap-arguments": {"low, value", "high, max(value, low)"},
    "drop-call": {"value", "seen", "high"},
    "remove-function": {"raise NotImplementedError"},
}


def edits(operator: Operator, text: str = SOURCE) -> list[tuple[str, bytes]]:
    content = text.encode()
    source = SourceText("box.py", content)
    found = []
    for spot in source.spots():
        for splice in operator.splices(source, spot):
            end = splice.offset + len(splice.old.encode())
            assert content[splice.offset : end].decode() == splice.old
            found.append((splice.new, content[: splice.offset] + splice.new.encode() + content[end:]))
    return found


@pytest.mark.parametrize("operator", OPERATORS, ids=lambda operator: operator.name)
def test_each_operator_makes_the_edits_that_its_name_says(operator: Operator) -> None:
    found = {new for new, _ in edits(operator)}
    expected = EXPECTED[operator.name]
    assert found and found <= expected | {"-2", "3", "1"}, found
    assert len(found & expected) >= min(len(expected), 2) - (operator.name in ("negate-if", "constant"))


@pytest.mark.parametrize("operator", OPERATORS, ids=lambda operator: operator.name)
def test_edited_files_are_other_programs_that_still_read(operator: Operator) -> None:
    before = ast.dump(ast.parse(SOURCE))
    for _, content in edits(operator):
        assert ast.dump(ast.parse(content)) != before


def test_docstrings_signatures_and_comments_are_left_alone() -> None:
    for operator in OPERATORS:
        for _, content in edits(operator):
            text = content.decode()
            assert '"""Keep a value between two borders."""' in text
            assert "def clamp(value, low=0, high=10):" in text
            if operator.name != "remove-function":
                assert "# \u00e4 comment that stays" in text


def test_module_level_code_is_not_broken() -> None:
    for operator in OPERATORS:
        assert edits(operator, "LIMIT = 1 + 2\nif LIMIT > 2:\n    print(LIMIT, len([1]))\n") == []


def test_methods_are_named_with_their_classes() -> None:
    names = {spot.qualname for spot in SourceText("box.py", SOURCE.encode()).spots()}
    assert names == {"clamp", "Box.is_empty"}


@pytest.mark.parametrize("content", [b"x = 1\r\ny = 2\r\n", b"x = '\x0c'\n", b"\xff\xfe", b"def f(:\n", b"x\0"])
def test_files_whose_lines_are_counted_in_several_ways_are_refused(content: bytes) -> None:
    with pytest.raises(SyntaxError):
        SourceText("odd.py", content)
