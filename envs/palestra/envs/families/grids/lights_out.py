"""Lights out: presses that switch off all lamps; any set of presses that does it is right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.answers import RecordVerifier
from palestra.envs.config import FamilyConfig, ramp
from palestra.envs.families.grids.board import Board, show
from palestra.envs.families.grids.moves import final_cells
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.record import decode, encode
from palestra.envs.task import Task
from palestra.verifiers import Verdict
from palestra.verifiers.keyed_random import KeyedRandom

_MAX_PRESSES = 1000


@dataclass(frozen=True, kw_only=True, slots=True)
class LightsOutConfig(FamilyConfig):
    """Which panels are switched off."""

    height: int = ramp(3, 6, low=2, high=12)
    """How many rows of lamps there are."""
    width: int = ramp(3, 6, low=2, high=12)
    """How many columns of lamps there are."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LightsOutKey:
    """Masks of the lamps that are on, and of presses that switch them off."""

    lit: int
    presses: int


@dataclass(frozen=True, kw_only=True, slots=True)
class LightsOutPuzzle:
    """What an answer is checked against."""

    rows: tuple[str, ...]
    presses: tuple[int, ...]
    """Row, column, row, column, ... of a right answer, from 1."""


class LightsOutVerifier(RecordVerifier[LightsOutPuzzle]):
    """PASS when the presses leave no lamp on; their order and number are free."""

    name: ClassVar[str] = "lights-out"
    record_type = LightsOutPuzzle

    def judge(self, response: str, reference: LightsOutPuzzle) -> Verdict:
        """Press, then look."""
        cells, rows = final_cells(response), reference.rows
        board = Board(height=len(rows), width=len(rows[0]))
        if len(cells) > _MAX_PRESSES:
            return Verdict.failed(f"{len(cells)} presses; each lamp is needed once at most")
        lit = sum(board.bit(r, c) for r, row in enumerate(rows) for c, lamp in enumerate(row) if lamp == "1")
        everything = board.everything
        for row, column in cells:
            if not (1 <= row <= board.height and 1 <= column <= board.width):
                return Verdict.failed(f"there is no lamp {row},{column}")
            cell = board.bit(row - 1, column - 1)
            lit ^= (cell | board.beside(cell)) & everything
        detail = f"{lit.bit_count()} lamps are on after {len(cells)} presses"
        return Verdict.failed(detail) if lit else Verdict.passed(detail)


class LightsOut(Question[LightsOutConfig, LightsOutKey]):
    """Panels that random presses have lit."""

    id: ClassVar[str] = "palestra/LightsOut-v1"
    Config: ClassVar[type[LightsOutConfig]] = LightsOutConfig
    templates = (
        "{lamps}\n1 is a lamp that is on. Pressing a lamp switches it and the lamps above, below, left and right "
        "of it. Switch all lamps off.",
        "Each press on a cell flips that cell and its neighbours up, down, left and right, 0 to 1 and 1 to 0.\n"
        "{lamps}\nWhich cells must be pressed so that only 0 is left?",
        "A panel of lamps, 1 for on and 0 for off:\n{lamps}\nA button on each lamp changes that lamp and those next "
        "to it in its row and column. Darken the panel.",
    )
    answer_format = (
        "The last line of your reply must be the presses alone, each as row,column, separated by semicolons; "
        "rows and columns are counted from 1, from the top and from the left."
    )
    verifier = LightsOutVerifier()

    def draw(self, rng: KeyedRandom) -> LightsOutKey:
        """Press at random on a dark panel."""
        board = self._board()
        presses = board.draw_cells(3, rng)
        return LightsOutKey(lit=_lit(board, presses), presses=presses)

    def canonical(self, key: LightsOutKey) -> str:
        """The panel."""
        return f"{self.config.height} {self.config.width} {key.lit:x}"

    def build(self, key: LightsOutKey, rng: KeyedRandom) -> Content | None:
        """Show the panel; None where it is dark."""
        return self._content(key.lit, key.presses) if key.lit else None

    def unsolvable(self, key: LightsOutKey, rng: KeyedRandom) -> Content | None:
        """One more lamp is switched, so that elimination over GF(2) shows that no presses are left."""
        board = self._board()
        effects = [_lit(board, board.bit(r, c)) for r in range(board.height) for c in range(board.width)]
        lamps = [board.bit(r, c) for r in range(board.height) for c in range(board.width)]
        for lamp in rng.sample(lamps, len(lamps)):
            if not in_span(key.lit ^ lamp, effects):
                return self._content(key.lit ^ lamp, key.presses)
        return None

    def oracle(self, task: Task) -> str:
        """The presses that lit the panel."""
        numbers = decode(LightsOutPuzzle, task.reference).presses
        return "; ".join(f"{numbers[i]},{numbers[i + 1]}" for i in range(0, len(numbers), 2))

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """Each lamp by the toss of a coin, the first one at least."""
        board = self._board()
        cells = [(r + 1, c + 1) for r in range(board.height) for c in range(board.width)]
        chosen = [cell for cell in cells if rng.below(2)] or cells[:1]
        return "; ".join(f"{row},{column}" for row, column in chosen)

    def _board(self) -> Board:
        return Board(height=self.config.height, width=self.config.width)

    def _content(self, lit: int, presses: int) -> Content:
        board = self._board()
        rows = board.rows({"1": lit}, blank="0")
        numbers: list[int] = []
        while presses:
            numbers += (number + 1 for number in board.place(presses))
            presses &= presses - 1
        return Content(
            slots={"lamps": show(rows)},
            reference=encode(LightsOutPuzzle(rows=rows, presses=tuple(numbers))),
            effort=board.height * board.width,
            meta={"height": board.height, "width": board.width},
        )


def in_span(target: int, vectors: Sequence[int]) -> bool:
    """Whether the target is a sum of some of the vectors over GF(2)."""
    basis: dict[int, int] = {}
    for vector in vectors:
        if rest := _reduced(vector, basis):
            basis[rest.bit_length()] = rest
    return _reduced(target, basis) == 0


def _reduced(vector: int, basis: dict[int, int]) -> int:
    while vector and (top := vector.bit_length()) in basis:
        vector ^= basis[top]
    return vector


def _lit(board: Board, presses: int) -> int:
    """The lamps that presses on a dark panel leave on."""
    stride = board.width + 1
    spread = presses ^ presses << 1 ^ presses >> 1 ^ presses << stride ^ presses >> stride
    return spread & board.everything
