"""How answers about graphs are read: lists of nodes, groups of nodes, numbers for nodes."""

from __future__ import annotations

import re
from collections.abc import Sequence

from palestra.envs.answers import final_line
from palestra.verifiers.answer import quote
from palestra.verifiers.errors import NoAnswerError

_NODE = re.compile(r"[^\s,;\[\](){}'\"`*=|>\u2010-\u2015\u2192\u2212-]+")
_GROUP_END = re.compile(r"[;|/]|[\])}]\s*,")
_PAIR = re.compile(r"\s*[\"'`]?(\w{1,20})[\"'`]?\s*(?:=|:|->)\s*[\"'`]?([0-9]{1,6})[\"'`]?\s*")


def read_nodes(text: str, names: Sequence[str]) -> tuple[int, ...]:
    """Names of nodes, whatever separates them, as numbers of nodes.

    Raises:
        NoAnswerError: Something that is no name stands in the text.
    """
    numbers = {name.casefold(): number for number, name in enumerate(names)}
    words = [word.casefold() for word in _NODE.findall(text)]
    if words and all(word in numbers for word in words):
        return tuple(numbers[word] for word in words)
    raise NoAnswerError(f"`{quote(text)}` is no list of the given names")


def final_nodes(response: str, names: Sequence[str]) -> tuple[int, ...]:
    """The final line as a list of nodes.

    Raises:
        NoAnswerError: It is none.
    """
    return read_nodes(final_line(response), names)


def final_pairs(response: str, names: Sequence[str]) -> tuple[tuple[int, int], ...]:
    """The final line as a list of edges, the smaller number first.

    Raises:
        NoAnswerError: It is none.
    """
    nodes = final_nodes(response, names)
    if len(nodes) % 2:
        raise NoAnswerError(f"{len(nodes)} names are no list of pairs")
    return tuple((min(pair), max(pair)) for pair in zip(nodes[::2], nodes[1::2], strict=True))


def final_groups(response: str, names: Sequence[str]) -> tuple[tuple[int, ...], ...]:
    """The final line as groups of nodes that semicolons separate, in their order.

    Raises:
        NoAnswerError: It is none, or a node is named twice.
    """
    pieces = [piece for piece in _GROUP_END.split(final_line(response)) if _NODE.search(piece)]
    groups = tuple(read_nodes(piece, names) for piece in pieces)
    nodes = [node for group in groups for node in group]
    if not nodes or len(nodes) > len(set(nodes)):
        raise NoAnswerError("no groups of different names")
    return groups


def final_numbers(response: str, names: Sequence[str]) -> dict[int, int]:
    """The final line as a number for each of some nodes, such as `X=2, Y=1`.

    Raises:
        NoAnswerError: It is something else, or a node has two numbers.
    """
    line = final_line(response).strip("{}[]() ")
    numbers = {name.casefold(): number for number, name in enumerate(names)}
    values: dict[int, int] = {}
    for piece in line.rstrip(",; ").replace(";", ",").split(","):
        pair = _PAIR.fullmatch(piece)
        node = numbers.get(pair[1].casefold()) if pair else None
        if pair is None or node is None or node in values:
            raise NoAnswerError(f"`{quote(piece)}` gives no number to a further node")
        values[node] = int(pair[2])
    return values
