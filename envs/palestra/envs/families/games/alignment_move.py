"""One best move in a game of lines; what TicTacToeMove and ConnectFourMove share."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.answers import RecordVerifier, final_line
from palestra.envs.config import FamilyConfig
from palestra.envs.families.games.alignment import FREE, Alignment
from palestra.envs.families.games.cells import read_cell
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.record import decode, encode
from palestra.envs.task import Task
from palestra.verifiers import Verdict
from palestra.verifiers.answer import quote
from palestra.verifiers.errors import NoAnswerError
from palestra.verifiers.keyed_random import KeyedRandom

Stones = tuple[int, int]
"""The cells of the side to move and of the other side, as bits."""
_MANY_CELLS = 6
_CAREFUL_STONES = 4
_OPTIONS = 3  # so many moves, at least, that a look at the lines does not rule out, for each that is best
_RESULTS = {1: "win", 0: "draw"}


@dataclass(frozen=True, kw_only=True, slots=True)
class AlignmentConfig(FamilyConfig, ABC):
    """Base of the configurations of games of lines: what their boards are."""

    @abstractmethod
    def rules(self) -> Alignment:
        """The rules of these boards."""

    @abstractmethod
    def free_cells(self) -> int:
        """How many cells are free."""

    def is_quiet(self) -> bool:
        """Whether there are so many free cells that nobody may threaten to complete a line at once."""
        return self.free_cells() >= _MANY_CELLS

    def scattered(self, rng: KeyedRandom) -> Stones:
        """Stones of the side to move and of the other side."""
        return self.rules().scattered(self.free_cells(), _CAREFUL_STONES if self.is_quiet() else 0, rng)


@dataclass(frozen=True, kw_only=True, slots=True)
class BestMoves:
    """A reference: all moves of the position by name, and those of them that are best."""

    moves: tuple[str, ...]
    best: tuple[str, ...]
    result: str
    """What the best moves lead to: `win` or `draw`."""


class BestMoveVerifier(RecordVerifier[BestMoves]):
    """PASS when the move is one of the best: it forces the best result that can be forced.

    Reference: a `BestMoves`.
    """

    name: ClassVar[str] = "best-move"
    record_type = BestMoves

    def judge(self, response: str, reference: BestMoves) -> Verdict:
        """Look the move up."""
        move = final_line(response).strip("'\"`*() ").upper()
        move = move.removeprefix("COLUMN ").strip()
        if move not in reference.moves:
            raise NoAnswerError(f"`{quote(move)}` is none of the moves {', '.join(reference.moves)}")
        if move in reference.best:
            return Verdict.passed(f"`{move}` forces a {reference.result}")
        return Verdict.failed(f"`{move}` forces no {reference.result}, as {', '.join(reference.best)} would")


class AlignmentMove(Question[AlignmentConfig, Stones]):
    """Positions in which at most a third of the moves is best, proven by search.

    Where many cells are free, moves that lose at once are not counted, and no line can be completed at once.
    """

    verifier = BestMoveVerifier()

    def draw(self, rng: KeyedRandom) -> Stones:
        """Scatter stones."""
        return self.config.scattered(rng)

    def canonical(self, key: Stones) -> str:
        """The position, however it is turned."""
        return self.config.rules().canonical(*key)

    def build(self, key: Stones, rng: KeyedRandom) -> Content | None:
        """Ask for a best move, where few are."""
        rules = self.config.rules()
        if not key[1] or (self.config.is_quiet() and rules.is_tactical(*key)):
            return None
        num_options = len(rules.careful(*key) if self.config.is_quiet() else rules.free(key[0] | key[1]))
        if num_options < _OPTIONS:
            return None
        values = rules.values(*key)
        best = [bit for bit, value in values.items() if value == max(values.values())]
        if max(values.values()) < 0 or _OPTIONS * len(best) > num_options:
            return None
        moves = tuple(rules.move_name(bit) for bit in values)
        result = _RESULTS[max(values.values())]
        return Content(
            slots={"board": rules.shown(*key), "length": str(rules.length)},
            reference=encode(BestMoves(moves=moves, best=tuple(map(rules.move_name, best)), result=result)),
            effort=rules.marks(*key).count(FREE),
            meta={"num_moves": len(moves)},
        )

    def oracle(self, task: Task) -> str:
        """A best move."""
        return decode(BestMoves, task.reference).best[0]

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """Any move."""
        return rng.choice(decode(BestMoves, task.reference).moves)


def read_move(text: str, rules: Alignment, taken: int) -> int:
    """The bit of a move by its name.

    Raises:
        NoAnswerError: It is none, or the cell is taken.
    """
    line = final_line(text)
    name = line.strip("'\"`*() ").upper().removeprefix("COLUMN ").strip()
    if rules.falls:
        moves = {rules.move_name(bit): bit for bit in rules.free(taken)}
        if name not in moves:
            raise NoAnswerError(f"`{quote(line)}` is no free column; free are {', '.join(moves)}")
        return moves[name]
    bit = rules.bit(read_cell(name, rules.rows, rules.columns))
    if taken & bit:
        raise NoAnswerError(f"{name} is taken")
    return bit
