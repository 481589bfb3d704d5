from collections.abc import Iterator
from typing import Any

import numpy as np

from palestra.envs import KeyedRandom
from palestra.envs.families.algorithms.binary_matrix_distance import BinaryMatrixDistance
from palestra.envs.families.algorithms.matrix_manipulation import OPERATIONS, MatrixManipulation
from palestra.envs.families.algorithms.matrix_pooling import MatrixPooling
from palestra.envs.families.algorithms.matrix_rotation import MatrixRotation
from palestra.envs.families.algorithms.spiral_matrix import SpiralMatrix
from palestra.envs.family import Content


def drawn(family_type: Any, num_keys: int = 120) -> Iterator[tuple[Any, Content]]:
    for difficulty in (0.0, 0.5, 1.0):
        family, rng = family_type.configured({"difficulty": difficulty}), KeyedRandom("drawn", str(difficulty))
        for _ in range(num_keys // 3):
            key = family.draw(rng)
            if (content := family.build(key, rng)) is not None:
                yield key, content


def grid(reference: str) -> list[list[int]]:
    return [[int(cell) for cell in line.split()] for line in reference.splitlines()]


def test_turned_matrices_agree_with_numpy() -> None:
    for key, content in drawn(MatrixRotation):
        assert grid(content.reference) == np.rot90(np.array(key.matrix), -key.quarters).tolist()


def test_pooled_matrices_agree_with_numpy() -> None:
    pools: dict[str, Any] = {"largest number": np.max, "smallest number": np.min, "sum": np.sum}
    for key, content in drawn(MatrixPooling):
        cells, size = np.array(key.matrix), key.block
        blocks = cells.reshape(cells.shape[0] // size, size, cells.shape[1] // size, size)
        assert grid(content.reference) == pools[key.pool](blocks, axis=(1, 3)).tolist()


def test_spirals_follow_the_turtle() -> None:
    """A second way: walk, and turn where a cell has been seen."""
    corners = [(0, 0), (0, 1), (1, 1), (1, 0)]
    for key, content in drawn(SpiralMatrix):
        rows, columns = len(key.matrix), len(key.matrix[0])
        bottom, right = corners[key.corner]
        row, column = bottom * (rows - 1), right * (columns - 1)
        headings = [(0, 1), (1, 0), (0, -1), (-1, 0)]
        heading = key.corner if key.is_clockwise else (key.corner + 1) % 4
        seen, answer = set(), []
        while True:
            seen.add((row, column))
            answer.append(key.matrix[row][column])
            for turn in (0, 1 if key.is_clockwise else -1):
                step = headings[(heading + turn) % 4]
                place = (row + step[0], column + step[1])
                if place not in seen and 0 <= place[0] < rows and 0 <= place[1] < columns:
                    heading, (row, column) = (heading + turn) % 4, place
                    break
            else:
                break
        assert content.reference == str(answer)


def test_distances_are_those_of_the_nearest_zero() -> None:
    for key, content in drawn(BinaryMatrixDistance):
        places = [(r, c) for r, row in enumerate(key) for c in range(len(row))]
        zeros = [place for place in places if key[place[0]][place[1]] == 0]
        answer = grid(content.reference)
        assert all(answer[r][c] == min(abs(r - y) + abs(c - x) for y, x in zeros) for r, c in places)


def test_operations_do_what_their_names_say() -> None:
    m = ((1, 2, 3), (4, 5, 6))
    results = {
        "transpose": ((1, 4), (2, 5), (3, 6)),
        "clockwise": ((4, 1), (5, 2), (6, 3)),
        "counterclockwise": ((3, 6), (2, 5), (1, 4)),
        "half-turn": ((6, 5, 4), (3, 2, 1)),
        "mirror": ((3, 2, 1), (6, 5, 4)),
        "flip": ((4, 5, 6), (1, 2, 3)),
        "swap-rows": ((4, 5, 6), (1, 2, 3)),
        "swap-columns": ((2, 1, 3), (5, 4, 6)),
        "add-row": ((1, 2, 3), (5, 7, 9)),
        "add-column": ((1, 3, 3), (4, 9, 6)),
        "clear-row": ((0, 0, 0), (4, 5, 6)),
        "double": ((2, 4, 6), (8, 10, 12)),
        "shift": ((4, 5, 6), (1, 2, 3)),
    }
    assert {kind: operation.apply(m, 1, 2) for kind, operation in OPERATIONS.items()} == results


def test_compositions_are_the_first_two_kinds_in_any_order() -> None:
    family = MatrixManipulation.configured({"difficulty": 0.5})
    keys = [family.draw(KeyedRandom("composition", i)) for i in range(40)]
    assert all(set(family.composition(key).split()) == {kind for kind, _, _ in key.steps[:2]} for key in keys)
    assert family.composition(MatrixManipulation.configured({"num_operations": 1}).draw(KeyedRandom(0))) == ""


def test_a_grid_with_one_wrong_cell_earns_nothing() -> None:
    for family_type in (MatrixRotation, MatrixPooling, MatrixManipulation, BinaryMatrixDistance):
        task = family_type.configured({"difficulty": 0.3}).task("train", 0, 0)
        cells = task.reference.split()
        wrong = task.reference.replace(cells[0], cells[0] + "1", 1)
        verify = family_type.verifier.verify
        assert verify(wrong, task.reference).score == 0.0
        assert verify(task.reference.replace(" ", ", "), task.reference).score == 1.0
        assert verify(f"So:\n```\n{task.reference}\n```", task.reference).score == 1.0
