"""Knights that change places: any legal moves. Solvable positions are found by search from both ends."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import ClassVar

from palestra.envs.answers import RecordVerifier, final_line
from palestra.envs.config import FamilyConfig, ramp, stages
from palestra.envs.families.games.cells import board_text, canonical_board, cell_name, read_cells
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.record import decode, encode
from palestra.envs.task import Task
from palestra.verifiers import Verdict
from palestra.verifiers.errors import NoAnswerError
from palestra.verifiers.keyed_random import KeyedRandom

_WHITE, _BLACK, _FREE, _HOLE = "WB.#"
_MAX_STATES = 1_500
State = tuple[int, int]
"""The cells of the white and of the black knights, as bits."""
Hop = tuple[int, int]
"""Numbers of the cells that a knight leaves and reaches."""


@dataclass(frozen=True, kw_only=True, slots=True)
class KnightSwapConfig(FamilyConfig):
    """Which boards are asked."""

    rows: int = ramp(3, 3, low=3, high=5)
    """Rows of the board, 3..5."""
    columns: int = ramp(4, 4, low=3, high=5)
    """Columns of the board, 3..5."""
    num_knights: int = stages(1, 1, 2, 2, 2, choices=(1, 2, 3))
    """Knights of each colour, 1..3."""
    num_holes: int = ramp(2, 3, low=0, high=8)
    """Cells that do not exist."""
    min_hops: int = ramp(2, 18, low=1, high=40)
    """Fewest hops that a solution needs."""


@dataclass(frozen=True, kw_only=True, slots=True)
class KnightBoard:
    """A board, row by row: `W`, `B`, `.` and `#`; and one solution."""

    columns: int
    cells: str
    hops: tuple[tuple[int, int], ...]


class KnightSwapVerifier(RecordVerifier[KnightBoard]):
    """PASS when every hop is legal and the colours have changed places.

    Reference: a `KnightBoard`.
    """

    name: ClassVar[str] = "knight-swap"
    record_type = KnightBoard

    def judge(self, response: str, reference: KnightBoard) -> Verdict:
        """Hop."""
        columns, cells = reference.columns, list(reference.cells)
        ends = read_cells(final_line(response), len(cells) // columns, columns)
        if len(ends) % 2:
            raise NoAnswerError(f"{len(ends)} cells are no list of moves from cell to cell")
        for i in range(0, len(ends), 2):
            (a, b), (c, d) = ends[i : i + 2]
            start, end = a * columns + b, c * columns + d
            is_hop = sorted((abs(a - c), abs(b - d))) == [1, 2]
            if not is_hop or cells[start] not in (_WHITE, _BLACK) or cells[end] != _FREE:
                return Verdict.failed(f"move {i // 2 + 1} from {cell_name(a, b)} to {cell_name(c, d)} is not legal")
            cells[start], cells[end] = _FREE, cells[start]
        wanted = reference.cells.translate(str.maketrans("WB", "BW"))
        if "".join(cells) == wanted:
            return Verdict.passed(f"the knights have changed places after {len(ends) // 2} moves")
        away = sum(a != b for a, b in zip(cells, wanted, strict=True))
        return Verdict.failed(f"after {len(ends) // 2} moves {away} cells are not as they should be")


class KnightSwap(Question[KnightSwapConfig, KnightBoard]):
    """Boards of 3 x 4 with holes, and one or two knights of each colour."""

    id: ClassVar[str] = "palestra/KnightSwap-v1"
    Config: ClassVar[type[KnightSwapConfig]] = KnightSwapConfig
    templates = (
        "{board}\nW and B are knights, `.` is free, `#` is a hole. They move as in chess, any of them at any time, to "
        "free cells. Let the white and the black knights change places.",
        "White (W) and black (B) chess knights stand on a board with holes (#).\n{board}\nMove one knight at a time, "
        "in any order of colours, to a free cell (.), until every W stands where a B stood, and every B where a W did.",
        "Swap the white knights W with the black knights B by knight's moves onto free cells `.`; `#` is no cell, and "
        "the colours need not take turns.\n{board}",
    )
    answer_format = "The last line of your reply must be the moves in order, each as from-to: `A1-B3 C2-A1`."
    verifier = KnightSwapVerifier()

    def draw(self, rng: KeyedRandom) -> KnightBoard:
        """Draw holes and knights."""
        config = self.config
        marks = _HOLE * config.num_holes + _WHITE * config.num_knights + _BLACK * config.num_knights
        cells = list(marks.ljust(config.rows * config.columns, _FREE))
        rng.shuffle(cells)
        return KnightBoard(columns=config.columns, cells="".join(cells), hops=())

    def canonical(self, key: KnightBoard) -> str:
        """The board, however it is turned, and whichever colour is white."""
        other = key.cells.translate(str.maketrans("WB", "BW"))
        return min(canonical_board(cells, key.columns) for cells in (key.cells, other))

    def build(self, key: KnightBoard, rng: KeyedRandom) -> Content | None:
        """Search a solution and ask for one."""
        hops = shortest_swap(key.cells, key.columns)
        if hops is None or len(hops) < self.config.min_hops:
            return None
        solved = KnightBoard(columns=key.columns, cells=key.cells, hops=tuple(hops))
        return Content(
            slots={"board": board_text(key.cells, key.columns)},
            reference=encode(solved),
            effort=len(hops),
            meta={"num_knights": 2 * key.cells.count(_WHITE)},
        )

    def oracle(self, task: Task) -> str:
        """A shortest solution."""
        board = decode(KnightBoard, task.reference)
        return _written(board.hops, board.columns)

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """As many legal moves."""
        board = decode(KnightBoard, task.reference)
        cells, made = list(board.cells), []
        around = _around(len(cells) // board.columns, board.columns)
        for _ in board.hops:
            start, end = rng.choice(
                [(i, j) for i, cell in enumerate(cells) if cell in "WB" for j in around[i] if cells[j] == _FREE]
            )
            cells[start], cells[end] = _FREE, cells[start]
            made.append((start, end))
        return _written(made, board.columns)


@cache
def _around(rows: int, columns: int) -> tuple[tuple[int, ...], ...]:
    """The cells that a knight reaches from each cell."""
    hops = [(1, 2), (2, 1), (2, -1), (1, -2), (-1, -2), (-2, -1), (-2, 1), (-1, 2)]
    return tuple(
        tuple((r + a) * columns + c + b for a, b in hops if 0 <= r + a < rows and 0 <= c + b < columns)
        for r in range(rows)
        for c in range(columns)
    )


def shortest_swap(cells: str, columns: int) -> list[Hop] | None:
    """Fewest hops after which the colours have changed places; None where there are none, or too many states."""
    white, black, holes = (sum(1 << i for i, cell in enumerate(cells) if cell == mark) for mark in "WB#")
    around = _around(len(cells) // columns, columns)
    ends = ({(white, black): None}, {(black, white): None})
    sides: tuple[dict[State, tuple[State, Hop] | None], ...] = ends  # type: ignore[assignment]
    edges = [[(white, black)], [(black, white)]]
    while all(edges) and len(sides[0]) + len(sides[1]) < _MAX_STATES:
        near = 0 if len(edges[0]) <= len(edges[1]) else 1
        edge, edges[near] = edges[near], []
        for state in edge:
            for hop, there in _hops(state, holes, around):
                if there in sides[near]:
                    continue
                sides[near][there] = (state, hop)
                if there in sides[1 - near]:
                    return _joined(sides[0], sides[1], there)
                edges[near].append(there)
    return None


def _hops(state: State, holes: int, around: tuple[tuple[int, ...], ...]) -> list[tuple[Hop, State]]:
    taken = state[0] | state[1] | holes
    found = []
    for colour in (0, 1):
        rest = state[colour]
        while rest:
            low = rest & -rest
            rest ^= low
            start = low.bit_length() - 1
            for end in around[start]:
                if not taken >> end & 1:
                    after = state[colour] ^ low ^ 1 << end
                    found.append(((start, end), (after, state[1]) if colour == 0 else (state[0], after)))
    return found


def _joined(
    from_start: dict[State, tuple[State, Hop] | None], from_end: dict[State, tuple[State, Hop] | None], middle: State
) -> list[Hop]:
    hops: list[Hop] = []
    state = middle
    while (step := from_start[state]) is not None:
        state, hop = step
        hops.insert(0, hop)
    state = middle
    while (step := from_end[state]) is not None:
        state, hop = step
        hops.append(hop[::-1])
    return hops


def _written(hops: tuple[Hop, ...] | list[Hop], columns: int) -> str:
    return " ".join("-".join(cell_name(*divmod(cell, columns)) for cell in hop) for hop in hops)
