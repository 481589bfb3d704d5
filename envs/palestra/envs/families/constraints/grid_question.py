"""What puzzles with a grid as their answer share: how the grid is read, judged and guessed."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Generic, TypeVar

from palestra.envs.family import ConfigT, KeyT
from palestra.envs.question import Question
from palestra.envs.record import decode
from palestra.envs.task import Task
from palestra.verifiers.answer import find_answer, quote
from palestra.verifiers.errors import NoAnswerError
from palestra.verifiers.keyed_random import KeyedRandom
from palestra.verifiers.verdict import Verdict
from palestra.verifiers.verifier import Verifier

Grid = tuple[tuple[int, ...], ...]

_MAX_LINE_CHARS = 400
_RULE = re.compile(r"[-+=|\s]*|`{3}\w*")
_EDGES = " \t\r|,;[]()*`$"
_SEPARATOR = re.compile(r"\s*[,;|\s]\s*")
_LABEL = re.compile(r"[^:]{0,40}:")
_MAX_DIGITS = 6


@dataclass(frozen=True, kw_only=True, slots=True)
class GridPuzzle:
    """The reference of a puzzle whose answer is a grid. Its solution is the only one, unless `fault` says otherwise."""

    solution: Grid
    alphabet: tuple[str, ...] = ()
    """What cells show: cell value 2 is `alphabet[2]`; empty where cells are whole numbers."""

    def fault(self, grid: Grid) -> str | None:
        """What is wrong with a grid of the right size; None for a solution."""
        return difference(self.solution, grid, self.alphabet)

    def text(self) -> str:
        """The solution as an answer."""
        return grid_text(self.solution, self.alphabet)


PuzzleT = TypeVar("PuzzleT", bound=GridPuzzle)


class GridVerifier(Verifier[PuzzleT], Generic[PuzzleT]):
    """PASS when the last lines of the response are a grid without fault.

    Reference: the record of the puzzle's type, as `palestra.envs.record.encode` writes it.
    """

    name: ClassVar[str] = "grid-puzzle"

    def __init__(self, puzzle: type[PuzzleT]) -> None:
        """For references of the type `puzzle`."""
        self._puzzle = puzzle

    def parse_reference(self, reference: str) -> PuzzleT:
        """Read the puzzle."""
        return decode(self._puzzle, reference)

    def judge(self, response: str, reference: PuzzleT) -> Verdict:
        """Read the grid and look for its first fault."""
        height, width = len(reference.solution), len(reference.solution[0])
        grid = read_grid(response, height, width, reference.alphabet)
        fault = reference.fault(grid)
        return Verdict.failed(fault) if fault else Verdict.passed(f"all {height} rows of {width} fit")


class GridQuestion(Question[ConfigT, KeyT]):
    """A question whose reference is a `GridPuzzle`; lists its type as `puzzle`."""

    puzzle: ClassVar[type[GridPuzzle]] = GridPuzzle
    verifier: ClassVar[Verifier[GridPuzzle]] = GridVerifier(GridPuzzle)

    def oracle(self, task: Task) -> str:
        """The solution."""
        return decode(self.puzzle, task.reference).text()

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """A grid of the right size, each cell by chance from the solution's values."""
        puzzle = decode(self.puzzle, task.reference)
        values = sorted({value for row in puzzle.solution for value in row})
        return grid_text([[rng.choice(values) for _ in row] for row in puzzle.solution], puzzle.alphabet)


def grid_text(grid: Iterable[Iterable[int]], alphabet: Sequence[str] = (), blank: str = ".") -> str:
    """One line for each row, cells separated by blanks; negative cells are shown as `blank`."""
    return "\n".join(" ".join(blank if v < 0 else alphabet[v] if alphabet else str(v) for v in row) for row in grid)


def rows_of(cells: Sequence[int], width: int) -> Grid:
    """A flat list of cells as rows."""
    return tuple(tuple(cells[i : i + width]) for i in range(0, len(cells), width))


def oriented(cells: Sequence[int]) -> tuple[int, ...]:
    """The least of the eight turned and mirrored forms of a square, its rows one after the other.

    >>> oriented((1, 0, 0, 2)), oriented((0, 2, 1, 0))
    ((0, 1, 2, 0), (0, 1, 2, 0))
    """
    size = math.isqrt(len(cells))
    rows = rows_of(cells, size)
    forms = []
    for _ in range(4):
        rows = tuple(zip(*rows[::-1], strict=True))
        forms += [rows, rows[::-1]]
    return tuple(cell for row in min(forms) for cell in row)


def difference(right: Grid, grid: Grid, alphabet: Sequence[str] = ()) -> str | None:
    """The first cell in which a grid of the same size differs from the right one; None where none does."""
    if grid == right:
        return None
    row, column = next((i, j) for i, line in enumerate(right) for j, value in enumerate(line) if grid[i][j] != value)
    shown = [alphabet[g[row][column]] if alphabet else str(g[row][column]) for g in (grid, right)]
    return f"row {row + 1}, column {column + 1} is {shown[0]}, right is {shown[1]}"


def read_grid(response: str, height: int, width: int, alphabet: Sequence[str] = ()) -> Grid:
    r"""The grid in the last `height` lines of the marked answer, or of the response.

    Cells stand apart (blanks, commas, `|`) or, where each is one character, together; a label such as
    `Row 1:` may stand before them. Fences and lines that only draw a frame do not count.

    >>> read_grid("Here it is:\n1 2\n3 4", 2, 2)
    ((1, 2), (3, 4))

    Raises:
        NoAnswerError: The lines are no grid of this size, or a cell is none of the alphabet.
    """
    text = find_answer(response).text.strip()
    if text.startswith("[["):
        return _numbered(_json_rows(text, height), width, alphabet)
    lines: list[str] = []
    end = len(text)
    while len(lines) < height and end > 0:
        start = text.rfind("\n", 0, end) + 1
        line = text[start:end]
        if len(line) > _MAX_LINE_CHARS:
            raise NoAnswerError(f"a line of {len(line)} characters")
        if not _RULE.fullmatch(line):
            lines.append(line)
        elif alphabet and width == 1:
            raise NoAnswerError(f"`{quote(line)}` is no row")
        end = start - 1
    if len(lines) < height:
        raise NoAnswerError(f"{len(lines)} lines where {height} rows are wanted")
    return _numbered([_cells(line, width) for line in reversed(lines)], width, alphabet)


def _cells(line: str, width: int) -> list[str]:
    bare = line.strip(_EDGES)
    if ":" in bare:
        bare = _LABEL.sub("", bare, count=1).strip(_EDGES)
    cells = _SEPARATOR.split(bare)
    return list(cells[0]) if len(cells) == 1 and len(cells[0]) == width else cells


def _numbered(rows: list[list[str]], width: int, alphabet: Sequence[str]) -> Grid:
    index = {symbol.casefold(): value for value, symbol in enumerate(alphabet)}
    grid = []
    for row in rows:
        if len(row) != width:
            raise NoAnswerError(f"`{quote(' '.join(row))}` is no row of {width} cells")
        values = [index.get(cell.casefold()) if index else _number(cell) for cell in row]
        if None in values:
            raise NoAnswerError(f"`{quote(row[values.index(None)])}` is no cell of the answer")
        grid.append(tuple(value for value in values if value is not None))
    return tuple(grid)


def _number(cell: str) -> int | None:
    return int(cell) if len(cell) <= _MAX_DIGITS and cell.isascii() and cell.isdigit() else None


def _json_rows(text: str, height: int) -> list[list[str]]:
    try:
        rows = json.loads(text)
    except (ValueError, RecursionError):
        rows = None
    if isinstance(rows, list) and len(rows) == height and all(isinstance(row, list) for row in rows):
        return [[str(cell) for cell in row if type(cell) in (int, str)] for row in rows]
    raise NoAnswerError(f"`{quote(text)}` is no grid of {height} rows")
