"""Rubik's cube of any size: stickers, and what a turn of a face does to them."""

from __future__ import annotations

from functools import cache

FACES = "URFDLB"
_AXES: dict[str, tuple[int, int]] = {"U": (1, 1), "D": (1, -1), "R": (0, 1), "L": (0, -1), "F": (2, 1), "B": (2, -1)}
"""For each face its axis (x to the right, y up, z to the viewer), and on which side of it the face is."""
_TURNS = {"": 1, "2": 2, "'": 3}
MOVES = tuple(face + turn for face in FACES for turn in _TURNS)
"""Quarter turns clockwise, half turns, quarter turns back; as seen when looking at the face."""

Vector = tuple[int, int, int]
Sticker = tuple[Vector, Vector]
"""Place of its small cube, and the direction in which it looks."""


def apply_moves(state: str, moves: tuple[str, ...], size: int) -> str:
    """The stickers after the moves; a state is the stickers of the faces U R F D L B, row by row."""
    for move in moves:
        state = "".join(state[i] for i in _sources(move, size))
    return state


def solved(size: int) -> str:
    """Every face in one letter, its name."""
    return "".join(face * size * size for face in FACES)


def is_solved(state: str, size: int) -> bool:
    """Whether each face has one letter."""
    area = size * size
    return all(len(set(state[i * area : (i + 1) * area])) == 1 for i in range(6))


@cache
def _stickers(size: int) -> tuple[Sticker, ...]:
    """All stickers in the order of a state; coordinates are odd or even numbers around 0."""
    span = range(-(size - 1), size, 2)
    down, up = tuple(span), tuple(reversed(span))
    edge = size - 1
    rows: dict[str, list[Vector]] = {
        "U": [(x, edge, z) for z in down for x in down],
        "R": [(edge, y, z) for y in up for z in up],
        "F": [(x, y, edge) for y in up for x in down],
        "D": [(x, -edge, z) for z in up for x in down],
        "L": [(-edge, y, z) for y in up for z in down],
        "B": [(x, y, -edge) for y in up for x in up],
    }
    return tuple((place, _normal(face)) for face in FACES for place in rows[face])


def _normal(face: str) -> Vector:
    axis, side = _AXES[face]
    x, y, z = (side if i == axis else 0 for i in range(3))
    return x, y, z


def _rotated(vector: Vector, axis: int, side: int) -> Vector:
    """A quarter turn clockwise, seen from the positive end of the axis, or from its negative one."""
    one, two = (axis + 1) % 3, (axis + 2) % 3
    turned = list(vector)
    turned[one], turned[two] = side * vector[two], -side * vector[one]
    return turned[0], turned[1], turned[2]


@cache
def _sources(move: str, size: int) -> tuple[int, ...]:
    """For each sticker's place, the place that its letter comes from."""
    axis, side = _AXES[move[0]]
    stickers = _stickers(size)
    where = {sticker: i for i, sticker in enumerate(stickers)}
    sources = list(range(len(stickers)))
    for i, (place, look) in enumerate(stickers):
        if place[axis] != side * (size - 1):
            continue
        at, to = place, look
        for _ in range(_TURNS[move[1:]]):
            at, to = _rotated(at, axis, side), _rotated(to, axis, side)
        sources[where[at, to]] = i
    return tuple(sources)
