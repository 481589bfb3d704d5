"""Games of placing stones until some stand in a line: solved exactly, for positions with few free cells."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property

from palestra.envs.families.games.cells import Cell, board_text, canonical_board, cell_name
from palestra.verifiers.keyed_random import KeyedRandom

MINE, THEIRS, FREE = "XO."
_MAX_CALMING = 4


@dataclass(frozen=True, kw_only=True)
class Alignment:
    """The rules: the size of the board, the length of a winning line (3 or 4), and whether stones fall down.

    Sets of cells are bits of a number; an unused column at the end of each row keeps lines from running on.
    """

    rows: int
    columns: int
    length: int
    falls: bool

    @cached_property
    def _bits(self) -> tuple[int, ...]:
        return tuple(
            1 << row * (self.columns + 1) + column for row in range(self.rows) for column in range(self.columns)
        )

    def bit(self, cell: Cell) -> int:
        """The cell as a bit."""
        return 1 << cell[0] * (self.columns + 1) + cell[1]

    def cell(self, bit: int) -> Cell:
        """The cell of a bit."""
        return divmod(bit.bit_length() - 1, self.columns + 1)

    @cached_property
    def board(self) -> int:
        """All cells."""
        return sum(self._bits)

    def free(self, taken: int) -> list[int]:
        """The cells that may be played, as bits."""
        open_cells = self.board & ~taken
        if self.falls:
            below = self.columns + 1
            open_cells &= taken >> below | self.board >> (self.rows - 1) * below << (self.rows - 1) * below
        moves = []
        while open_cells:
            moves.append(open_cells & -open_cells)
            open_cells &= open_cells - 1
        return moves

    @cached_property
    def _folds(self) -> tuple[tuple[int, int], ...]:
        """For each direction two shifts that leave a bit where three or four stones stand in a line."""
        return tuple((step, (self.length - 2) * step) for step in (1, self.columns, self.columns + 1, self.columns + 2))

    def has_line(self, stones: int) -> bool:
        """Whether the stones hold a winning line."""
        for one, more in self._folds:
            pairs = stones & stones >> one
            if pairs & pairs >> more:
                return True
        return False

    def has_line_at_once(self, mine: int, theirs: int) -> bool:
        """Whether the side to move completes a line with its next stone."""
        return bool(self._completing(mine) & sum(self.free(mine | theirs)))

    def _completing(self, stones: int) -> int:
        """The cells, free or not, that alone are missing in a line of the stones."""
        found, missing = 0, ~stones
        for line in self.lines:
            rest = line & missing
            if not rest & (rest - 1):
                found |= rest
        return found

    def is_tactical(self, mine: int, theirs: int) -> bool:
        """Whether either side completes a line with its next stone, so that a look at the lines tells what to play."""
        return self.has_line_at_once(mine, theirs) or self.has_line_at_once(theirs, mine)

    def careful(self, mine: int, theirs: int) -> list[int]:
        """The moves after which the other side completes no line with its next stone."""
        moves = self.free(mine | theirs)
        return [bit for bit in moves if not self.has_line_at_once(theirs, mine | bit)]

    def values(self, mine: int, theirs: int) -> dict[int, int]:
        """What each move, by its bit, leads to by best play: 1 for a win, 0 for a draw, -1 for a loss."""
        search = _Search(self, mine, theirs)
        return {bit: 1 if self.has_line(mine | bit) else -search.value(0, bit) for bit in self.free(mine | theirs)}

    @cached_property
    def lines(self) -> tuple[int, ...]:
        """Every winning line."""
        return tuple(
            sum(bit << i * step for i in range(self.length))
            for bit in self._bits
            for step in (1, self.columns, self.columns + 1, self.columns + 2)
            if not sum(bit << i * step for i in range(self.length)) & ~self.board
        )

    def scattered(self, num_free: int, num_careful: int, rng: KeyedRandom) -> tuple[int, int]:
        """Stones of both sides without a line, the first side to move; none where a few draws gave none.

        The last `num_careful` stones block lines that the other side could complete.
        """
        above = self.columns + 1 if self.falls else self.board.bit_length()  # shifts to the next move, or to none
        for _ in range(16):
            stones, moves = [0, 0], self.free(0)
            for num_left in range(self.rows * self.columns - num_free, 0, -1):
                side = num_left % 2  # so that side 0 has the next move
                options = moves
                if num_left <= num_careful:
                    threats = self._completing(stones[1 - side])
                    options = [bit for bit in moves if bit & threats] or moves
                bit = rng.choice(options)
                if self.has_line(stones[side] | bit):
                    bit = rng.choice(options)
                    if self.has_line(stones[side] | bit):
                        break
                stones[side] |= bit
                place = moves.index(bit)
                moves[place : place + 1] = [bit >> above] if bit >> above else []
            else:
                return (
                    self._calmed(stones[0], stones[1], rng)
                    if num_careful and not self.falls
                    else (stones[0], stones[1])
                )
        return 0, 0

    def _calmed(self, mine: int, theirs: int, rng: KeyedRandom) -> tuple[int, int]:
        """The stones, some of them moved to where the other side could complete a line; none where that made a line."""
        stones = [mine, theirs]
        for _ in range(_MAX_CALMING):
            free = self.board & ~(stones[0] | stones[1])
            threats = [self._completing(own) & free for own in stones]
            side = 0 if threats[0] else 1
            if not threats[side]:
                break
            own = [bit for bit in self._bits if stones[1 - side] & bit]
            stones[1 - side] ^= (threats[side] & -threats[side]) | rng.choice(own)
        return (0, 0) if any(map(self.has_line, stones)) else (stones[0], stones[1])

    def marks(self, mine: int, theirs: int) -> str:
        """The board as text, row by row."""
        return "".join(MINE if mine & bit else THEIRS if theirs & bit else FREE for bit in self._bits)

    def shown(self, mine: int, theirs: int) -> str:
        """The board with the names of its cells."""
        return board_text(self.marks(mine, theirs), self.columns)

    def canonical(self, mine: int, theirs: int) -> str:
        """The same text for the same position, turned or mirrored."""
        marks = self.marks(mine, theirs)
        if not self.falls:
            return f"{self.length} {canonical_board(marks, self.columns)}"
        rows = [marks[i : i + self.columns] for i in range(0, len(marks), self.columns)]
        return f"{self.length} falling {self.columns} {min(''.join(rows), ''.join(row[::-1] for row in rows))}"

    def move_name(self, bit: int) -> str:
        """How a move is written: the column where stones fall, else the cell."""
        name = cell_name(*self.cell(bit))
        return name[0] if self.falls else name


@cache
def alignment(rows: int, columns: int, length: int, *, falls: bool) -> Alignment:
    """The rules of a board; made once, since they list its lines."""
    return Alignment(rows=rows, columns=columns, length=length, falls=falls)


class _Search:
    """The values of what can come of a position.

    Lines that are blocked at the start are forgotten; of the others, only the cells that are still free count.
    Stones that were placed since are given as those of the side to move (`own`) and of the other side.
    """

    def __init__(self, rules: Alignment, mine: int, theirs: int) -> None:
        taken = mine | theirs
        below = rules.columns + 1 if rules.falls else 0
        free = [bit for bit in rules._bits if not taken & bit]
        self._cells = [(bit, bit << below if below and bit << below in free else 0) for bit in free]
        self._needs = [
            [line & ~own for line in rules.lines if not line & other] for own, other in ((mine, theirs), (theirs, mine))
        ]
        self._through = [{bit: [need & ~bit for need in needs if need & bit] for bit in free} for needs in self._needs]
        self._known: dict[tuple[int, int], int] = {}

    def value(self, own: int, other: int) -> int:
        """What the side to move reaches: 1, 0 or -1."""
        known = self._known.get((own, other))
        if known is None:
            known = self._known[own, other] = self._searched(own, other)
        return known

    def _searched(self, own: int, other: int) -> int:
        side = (own.bit_count() + other.bit_count()) % 2
        taken = own | other
        moves = [bit for bit, below in self._cells if not taken & bit and (not below or taken & below)]
        if _completing(moves, self._through[side], own):
            return 1
        threats = _completing(moves, self._through[1 - side], other)
        if len(threats) > 1:
            return -1
        can_win = any([not need & other for need in self._needs[side]])
        if not moves or not (can_win or any([not need & own for need in self._needs[1 - side]])):
            return 0
        best = -1
        for bit in threats or moves:
            best = max(best, -self.value(other, own | bit))
            if best == can_win:
                break
        return best


def _completing(moves: list[int], through: dict[int, list[int]], stones: int) -> list[int]:
    """The moves that complete a line of which all other cells are among the stones."""
    found, missing = [], ~stones
    for bit in moves:
        for need in through[bit]:
            if not need & missing:
                found.append(bit)
                break
    return found


def bits_of(marks: str, mark: str, columns: int) -> int:
    """The cells of a board that hold a mark."""
    return sum(1 << i // columns * (columns + 1) + i % columns for i, cell in enumerate(marks) if cell == mark)
