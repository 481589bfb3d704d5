"""Peg solitaire: any list of jumps that leaves one peg. Made by jumps backwards from a single peg."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import ClassVar

from palestra.envs.answers import RecordVerifier, final_line
from palestra.envs.config import FamilyConfig, ramp, stages
from palestra.envs.families.games.cells import Cell, board_text, canonical_board, cell_name, read_cells
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.record import decode, encode
from palestra.envs.task import Task
from palestra.verifiers import Verdict
from palestra.verifiers.errors import NoAnswerError
from palestra.verifiers.keyed_random import KeyedRandom

_PEG, _HOLE = "o."
Jump = tuple[int, int, int]
"""Numbers of the cells that a peg leaves, jumps over, and reaches."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PegSolitaireConfig(FamilyConfig):
    """Which boards are asked."""

    rows: int = stages(3, 4, 4, 4, 5, 5, 5, 6, 6, 6, choices=tuple(range(3, 10)))
    """Rows of the board, 3..9."""
    columns: int = stages(5, 5, 5, 5, 5, 5, 6, 6, 6, 7, choices=tuple(range(3, 10)))
    """Columns of the board, 3..9."""
    num_jumps: int = ramp(3, 16, low=1, high=40)
    """How many jumps the solution has at most."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PegBoard:
    """A board, row by row, `o` for a peg and `.` for a hole, and one solution."""

    columns: int
    cells: str
    jumps: tuple[tuple[int, int], ...]


class PegSolitaireVerifier(RecordVerifier[PegBoard]):
    """PASS when every jump is legal and one peg is left.

    Reference: a `PegBoard`.
    """

    name: ClassVar[str] = "peg-solitaire"
    record_type = PegBoard

    def judge(self, response: str, reference: PegBoard) -> Verdict:
        """Jump."""
        columns, cells = reference.columns, list(reference.cells)
        rows = len(cells) // columns
        ends = read_cells(final_line(response), rows, columns)
        if len(ends) % 2:
            raise NoAnswerError(f"{len(ends)} cells are no list of jumps from cell to cell")
        for i in range(0, len(ends), 2):
            start, end = (row * columns + column for row, column in ends[i : i + 2])
            over = _between(ends[i], ends[i + 1], columns)
            if over is None or (cells[start], cells[over], cells[end]) != (_PEG, _PEG, _HOLE):
                return Verdict.failed(f"jump {i // 2 + 1} from {cell_name(*ends[i])} to {cell_name(*ends[i + 1])}")
            cells[start], cells[over], cells[end] = _HOLE, _HOLE, _PEG
        left = cells.count(_PEG)
        if left == 1:
            return Verdict.passed(f"one peg is left after {len(ends) // 2} jumps")
        return Verdict.failed(f"{left} pegs are left after {len(ends) // 2} jumps")


class PegSolitaire(Question[PegSolitaireConfig, PegBoard]):
    """Boards of 3 x 5 to 6 x 7 holes that one peg can be left on."""

    id: ClassVar[str] = "palestra/PegSolitaire-v1"
    Config: ClassVar[type[PegSolitaireConfig]] = PegSolitaireConfig
    templates = (
        "Pegs `o` and holes `.`:\n{board}\nA peg jumps along its row or column over a neighbouring peg into the hole "
        "behind it, and the peg jumped over is removed. Jump until one peg is left.",
        "Peg solitaire. A move: a peg `o` jumps, left, right, up or down, over one peg right beside it into the hole "
        "`.` behind, which removes that peg.\n{board}\nFind moves that leave exactly one peg.",
        "{board}\nIn peg solitaire a peg `o` jumps straight (not diagonally) over an adjacent peg into an empty hole "
        "`.`, and the jumped peg is taken away. How is a single peg left?",
    )
    answer_format = (
        "The last line of your reply must be the jumps in order, each as the cells it goes from and to: `A1-C1 B3-B1`."
    )
    verifier = PegSolitaireVerifier()

    def draw(self, rng: KeyedRandom) -> PegBoard:
        """Jump backwards from one peg."""
        rows, columns = self.config.rows, self.config.columns
        pegs, jumps = 1 << rng.below(rows * columns), []
        for _ in range(self.config.num_jumps):
            options = [jump for jump in _jumps(rows, columns) if pegs >> jump[2] & 1 and not pegs & _two(jump)]
            if not options:
                break
            start, over, end = rng.choice(options)
            pegs ^= 1 << start | 1 << over | 1 << end
            jumps.append((start, end))
        cells = "".join(_PEG if pegs >> cell & 1 else _HOLE for cell in range(rows * columns))
        return PegBoard(columns=columns, cells=cells, jumps=tuple(jumps[::-1]))

    def canonical(self, key: PegBoard) -> str:
        """The board, however it is turned."""
        return canonical_board(key.cells, key.columns)

    def build(self, key: PegBoard, rng: KeyedRandom) -> Content | None:
        """Ask for jumps, of which there are none backwards from some places of the smallest boards."""
        if key.cells.count(_PEG) == 1:
            return None
        return Content(
            slots={"board": board_text(key.cells, key.columns)},
            reference=encode(key),
            effort=key.cells.count(_PEG),
            meta={"num_pegs": key.cells.count(_PEG)},
        )

    def unsolvable(self, key: PegBoard, rng: KeyedRandom) -> Content | None:
        """As many pegs, one of them elsewhere, so that no jumps can leave one.

        The diagonals take three colours in turn. Each jump changes the parity of the pegs of all three
        colours, so boards with three equal parities stay so, and a single peg is no such board.
        Source: https://en.wikipedia.org/wiki/Peg_solitaire#Solutions_to_the_English_game
        """
        pegs = [i for i, cell in enumerate(key.cells) if cell == _PEG]
        holes = [i for i, cell in enumerate(key.cells) if cell == _HOLE]
        pairs = [(peg, hole) for peg in pegs for hole in holes]
        rng.shuffle(pairs)
        for peg, hole in pairs:
            moved = [hole if i == peg else i for i in pegs]
            if any(_has_equal_parities(moved, key.columns, sign) for sign in (1, -1)):
                cells = "".join(_PEG if i in moved else _HOLE for i in range(len(key.cells)))
                return self.build(PegBoard(columns=key.columns, cells=cells, jumps=()), rng)
        return None

    def oracle(self, task: Task) -> str:
        """The jumps that the board was made from."""
        board = decode(PegBoard, task.reference)
        return _written(board.jumps, board.columns)

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """Legal jumps until there is none."""
        board = decode(PegBoard, task.reference)
        jumps = _jumps(len(board.cells) // board.columns, board.columns)
        pegs, made = sum(1 << i for i, cell in enumerate(board.cells) if cell == _PEG), []
        while options := [jump for jump in jumps if pegs & _two(jump) == _two(jump) and not pegs >> jump[2] & 1]:
            start, over, end = rng.choice(options)
            pegs ^= 1 << start | 1 << over | 1 << end
            made.append((start, end))
        return _written(made, board.columns)


@cache
def _jumps(rows: int, columns: int) -> tuple[Jump, ...]:
    jumps = []
    for row in range(rows):
        for column in range(columns):
            for down, right in ((0, 1), (1, 0), (0, -1), (-1, 0)):
                if 0 <= row + 2 * down < rows and 0 <= column + 2 * right < columns:
                    start, step = row * columns + column, down * columns + right
                    jumps.append((start, start + step, start + 2 * step))
    return tuple(jumps)


def _two(jump: Jump) -> int:
    """The cells that hold pegs before the jump, as bits."""
    return 1 << jump[0] | 1 << jump[1]


def _between(start: Cell, end: Cell, columns: int) -> int | None:
    """The number of the cell jumped over; None where the cells are no jump apart."""
    if sorted((abs(start[0] - end[0]), abs(start[1] - end[1]))) != [0, 2]:
        return None
    return (start[0] + end[0]) // 2 * columns + (start[1] + end[1]) // 2


def _has_equal_parities(pegs: list[int], columns: int, sign: int) -> bool:
    counts = [0, 0, 0]
    for peg in pegs:
        row, column = divmod(peg, columns)
        counts[(column + sign * row) % 3] += 1
    return len({count % 2 for count in counts}) == 1


def _written(jumps: tuple[tuple[int, int], ...] | list[tuple[int, int]], columns: int) -> str:
    return " ".join("-".join(cell_name(*divmod(cell, columns)) for cell in jump) for jump in jumps)
