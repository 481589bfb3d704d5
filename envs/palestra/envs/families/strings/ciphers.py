"""Letters that are moved along the alphabet."""

from __future__ import annotations

import string

_LETTERS = string.ascii_lowercase
_TABLES = [str.maketrans(_LETTERS, _LETTERS[by:] + _LETTERS[:by]) for by in range(len(_LETTERS))]


def shifted(text: str, by: int) -> str:
    """Lower-case letters moved along the alphabet, from z on to a.

    >>> shifted("lazy dog", 3)
    'odcb grj'
    """
    return text.translate(_TABLES[by % len(_LETTERS)])


def shifted_by_key(text: str, key: str, sign: int) -> str:
    """Each letter moved by the place (a = 0) of the next letter of a key word; blanks use up no letter.

    >>> shifted_by_key("see you", "ab", 1)
    'sfe zov'
    """
    moves = [sign * _LETTERS.index(letter) for letter in key]
    moved, turn = list[str](), 0
    for letter in text:
        if letter == " ":
            moved.append(letter)
            continue
        moved.append(_LETTERS[(_LETTERS.index(letter) + moves[turn % len(moves)]) % len(_LETTERS)])
        turn += 1
    return "".join(moved)
