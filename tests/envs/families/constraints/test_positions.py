"""Squares that differ in their position alone are one puzzle; and what sets of a cover tell."""

from typing import Any

import pytest

from palestra.envs import KeyedRandom
from palestra.envs.families.constraints.exact_cover import ExactCover
from palestra.envs.families.constraints.futoshiki import Futoshiki
from palestra.envs.families.constraints.grid_question import oriented
from palestra.envs.families.constraints.kakurasu import Kakurasu
from palestra.envs.families.constraints.kakuro import Kakuro
from palestra.envs.families.constraints.nonogram import Nonogram
from palestra.envs.families.constraints.skyscrapers import Skyscrapers

Cells = tuple[int, ...]


def transposed(cells: Cells) -> Cells:
    size = round(len(cells) ** 0.5)
    return tuple(cells[size * column + row] for row in range(size) for column in range(size))


def test_a_square_has_eight_positions() -> None:
    square = tuple(range(16))
    mirrored = tuple(cell for row in range(4) for cell in square[4 * row : 4 * row + 4][::-1])
    for other in (square[::-1], transposed(square), mirrored, transposed(mirrored)):
        assert oriented(other) == oriented(square) == square
    assert oriented((1, 0, *square[2:])) != square


@pytest.mark.parametrize("family_type", [Futoshiki, Skyscrapers, Nonogram, Kakuro])
def test_turned_and_mirrored_squares_are_kept_in_one_split(family_type: Any) -> None:
    family = family_type.configured({"difficulty": 0.2})
    rng = KeyedRandom("positions")
    for _ in range(10):
        key = family.draw(rng)
        assert len({family.canonical(form) for form in (key, key[::-1], transposed(key))}) == 1


def test_a_shading_keeps_its_sums_at_the_diagonal_alone() -> None:
    family = Kakurasu.configured({"difficulty": 0.2})
    key = tuple(int(cell in (1, 2, 5)) for cell in range(family.config.size**2))
    assert family.canonical(key) == family.canonical(transposed(key)) != family.canonical(key[::-1])


def test_no_set_of_one_element_gives_a_cover_away() -> None:
    for difficulty in (0.0, 0.3, 0.7, 1.0):
        family = ExactCover.configured({"difficulty": difficulty})
        rng = KeyedRandom("cover")
        for _ in range(40):
            assert min(map(len, family.draw(rng).cover)) > 1
