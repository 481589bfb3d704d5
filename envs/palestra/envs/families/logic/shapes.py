"""Canonical texts of puzzles whose names mean nothing."""

from __future__ import annotations

from collections.abc import Sequence

Line = tuple[str, tuple[tuple[int, ...], ...]]
"""What a line of a puzzle says, and the numbers of the items in it, in groups whose order in themselves is open."""

_ROUNDS = 3


def canonical_text(lines: Sequence[Line], num_items: int) -> str:
    """A text that is the same for all puzzles that differ in names and in the order of their lines alone.

    Colour refinement: each round colours an item by the lines in which it stands, in the colours of the
    round before. It may hold two different puzzles for one, which merely puts both into the same split.

    >>> canonical_text([("likes", ((0,), (1,)))], 2) == canonical_text([("likes", ((1,), (0,)))], 2)
    True
    """
    colours = [0] * num_items
    for _ in range(_ROUNDS):
        marks: list[list[str]] = [[] for _ in colours]
        for label, groups in lines:
            shape = _shape(label, groups, colours)
            for place, group in enumerate(groups):
                for item in group:
                    marks[item].append(f"{place}@{shape}")
        keys = [(colours[i], tuple(sorted(own))) for i, own in enumerate(marks)]
        ranks = {key: rank for rank, key in enumerate(sorted(set(keys)))}
        if len(ranks) == len(set(colours)) and any(colours):
            break
        colours = [ranks[key] for key in keys]
    return "; ".join([str(num_items), *sorted(_shape(label, groups, colours) for label, groups in lines)])


def _shape(label: str, groups: tuple[tuple[int, ...], ...], colours: Sequence[int]) -> str:
    return label + repr([sorted([colours[item] for item in group]) for group in groups])
