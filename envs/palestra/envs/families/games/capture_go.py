"""Go stones: the move that captures most. All captures of the position are computed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import ClassVar

from palestra.envs.config import FamilyConfig, ramp, stages
from palestra.envs.families.games.alignment_move import BestMoves, BestMoveVerifier
from palestra.envs.families.games.cells import board_text, canonical_board, cell_name
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.record import decode, encode
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom

_BLACK, _WHITE, _FREE = "XO."
_RULES = (
    "Stones of one colour that touch along lines (not diagonally) form a group. A group is captured when the last "
    "free point beside it is filled by the other colour. "
)


@dataclass(frozen=True, kw_only=True, slots=True)
class CaptureGoConfig(FamilyConfig):
    """Which boards are asked."""

    size: int = stages(4, 5, 5, 6, 6, 7, 8, 9, 9, 11, choices=tuple(range(4, 20)))
    """Rows and columns of the board, 4..19."""
    percent_stones: int = ramp(70, 76, low=30, high=80)
    """How much of the board has stones at first, before those without a free point are taken away."""
    num_lesser: int = stages(0, 0, 1, 1, 1, 1, 2, 2, 2, 3, choices=(0, 1, 2, 3, 4))
    """Points, at least, where Black captures something, but less than elsewhere."""


class CaptureGo(Question[CaptureGoConfig, str]):
    """Boards of 4 x 4 to 11 x 11; the key is the board, row by row."""

    id: ClassVar[str] = "palestra/CaptureGo-v1"
    Config: ClassVar[type[CaptureGoConfig]] = CaptureGoConfig
    templates = (
        "A Go position, black X, white O, free points `.`:\n{board}\n" + _RULES + "Black plays one stone: where does "
        "it capture the most white stones?",
        "{board}\nBlack is X, White is O. " + _RULES + "Find the free point `.` where a black stone captures as many "
        "white stones as one move can.",
        "You play black (X) against white (O) on this board.\n{board}\n" + _RULES + "Which one move captures most "
        "white stones?",
    )
    answer_format = (
        "If several are equally good, give any of them. The last line of your reply must be the point alone, "
        "such as `B3`."
    )
    verifier = BestMoveVerifier()

    def draw(self, rng: KeyedRandom) -> str:
        """Scatter stones and take those away that have no free point."""
        size, percent = self.config.size, self.config.percent_stones
        marks = "".join("XO"[rng.below(2)] if rng.below(100) < percent else _FREE for _ in range(size * size))
        for colour in (_WHITE, _BLACK):
            dead = {cell for group, free in groups(marks, size, colour) if not free for cell in group}
            marks = "".join(_FREE if i in dead else mark for i, mark in enumerate(marks))
        return marks

    def canonical(self, key: str) -> str:
        """The board, however it is turned."""
        return canonical_board(key, round(len(key) ** 0.5))

    def build(self, key: str, rng: KeyedRandom) -> Content | None:
        """Ask for the largest capture, where one point in a few is best."""
        size = round(len(key) ** 0.5)
        gains = captures(key, size)
        most = [cell for cell, gain in gains.items() if gain == max(gains.values())]
        num_free = key.count(_FREE)
        if not most or len(gains) - len(most) < self.config.num_lesser or 4 * len(most) > num_free or len(most) > 2:
            return None
        reference = BestMoves(
            moves=tuple(cell_name(*divmod(i, size)) for i, mark in enumerate(key) if mark == _FREE),
            best=tuple(cell_name(*divmod(cell, size)) for cell in most),
            result=f"capture of {max(gains.values())}",
        )
        return Content(
            slots={"board": board_text(key, size)},
            reference=encode(reference),
            effort=len(key),
            meta={"size": size},
        )

    def oracle(self, task: Task) -> str:
        """The point that captures most."""
        return decode(BestMoves, task.reference).best[0]

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """Any free point."""
        return rng.choice(decode(BestMoves, task.reference).moves)


@cache
def _around(size: int) -> tuple[tuple[int, ...], ...]:
    return tuple(
        tuple(
            r * size + c
            for r, c in ((row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1))
            if 0 <= r < size and 0 <= c < size
        )
        for row in range(size)
        for column in range(size)
    )


def groups(marks: str, size: int, colour: str) -> list[tuple[list[int], set[int]]]:
    """The groups of a colour: their stones and the free points beside them."""
    around, seen, found = _around(size), set[int](), []
    for start, mark in enumerate(marks):
        if mark != colour or start in seen:
            continue
        seen.add(start)
        group, free = [start], set[int]()
        for stone in group:
            for cell in around[stone]:
                if marks[cell] == _FREE:
                    free.add(cell)
                elif marks[cell] == colour and cell not in seen:
                    seen.add(cell)
                    group.append(cell)
        found.append((group, free))
    return found


def captures(marks: str, size: int) -> dict[int, int]:
    """How many white stones a black stone captures, for each point where it captures some."""
    gains: dict[int, int] = {}
    for group, free in groups(marks, size, _WHITE):
        if len(free) == 1:
            (point,) = free
            gains[point] = gains.get(point, 0) + len(group)
    return gains
