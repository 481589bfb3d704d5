"""Small puzzles solved again by brute force, from the text of the prompt alone where it is a grid."""

import itertools
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from palestra.envs import KeyedRandom
from palestra.envs.families.constraints.binairo import Binairo
from palestra.envs.families.constraints.futoshiki import Futoshiki
from palestra.envs.families.constraints.kakurasu import Kakurasu
from palestra.envs.families.constraints.kakuro import Kakuro
from palestra.envs.families.constraints.ken_ken import KenKen
from palestra.envs.families.constraints.lines import latin_square
from palestra.envs.families.constraints.mine_deduction import deduced
from palestra.envs.families.constraints.mini_sudoku import MiniSudoku
from palestra.envs.families.constraints.nonogram import Nonogram
from palestra.envs.families.constraints.skyscrapers import Skyscrapers
from palestra.envs.families.constraints.sudoku import Sudoku
from palestra.envs.families.constraints.survo import Survo, num_solutions
from palestra.envs.families.constraints.zebra_puzzle import ZebraPuzzle

Square = tuple[tuple[int, ...], ...]


def latin_squares(size: int) -> Iterator[Square]:
    rows = list(itertools.permutations(range(1, size + 1)))
    for square in itertools.product(rows, repeat=size):
        if all(len(set(column)) == size for column in zip(*square, strict=True)):
            yield square


LATIN_4 = list(latin_squares(4))


def tasks(family: Any, count: int = 12) -> Iterator[tuple[str, Square]]:
    """Prompts, and the one solution that the verifier accepts."""
    for index in range(count):
        task = family.task("train", 3, index)
        rows = [line.split() for line in family.oracle(task).splitlines()]
        numbers = {"#": 1, ".": 0}
        yield task.prompt, tuple(tuple(numbers[c] if c in numbers else int(c) for c in row) for row in rows)


def grid_lines(prompt: str, pattern: str) -> list[str]:
    return [line for line in prompt.splitlines() if re.fullmatch(pattern, line)]


def agrees(square: Square, shown: list[list[str]]) -> bool:
    pairs = itertools.chain.from_iterable(zip(row, line, strict=True) for row, line in zip(shown, square, strict=True))
    return all(cell in (".", str(value)) for cell, value in pairs)


def agrees_with_shading(square: Square, shown: list[list[str]]) -> bool:
    """As `agrees`, for `#`, `.` and `?`; nothing may be shown at all."""
    pairs = itertools.chain.from_iterable(zip(row, line, strict=True) for row, line in zip(shown, square, strict=False))
    return all(cell in ("?", ".#"[value]) for cell, value in pairs)


def sudoku_solutions(rows: list[list[int]], height: int, width: int) -> int:
    """Plain backtracking at the cell with the fewest digits."""
    size = height * width
    best: tuple[int, int, list[int]] | None = None
    for i, j in itertools.product(range(size), repeat=2):
        if rows[i][j]:
            continue
        top, left = i - i % height, j - j % width
        seen = {
            *rows[i],
            *(row[j] for row in rows),
            *(rows[a][b] for a in range(top, top + height) for b in range(left, left + width)),
        }
        digits = [digit for digit in range(1, size + 1) if digit not in seen]
        if best is None or len(digits) < len(best[2]):
            best = (i, j, digits)
    if best is None:
        return 1
    i, j, digits = best
    count = 0
    for digit in digits:
        rows[i][j] = digit
        count += sudoku_solutions(rows, height, width)
    rows[i][j] = 0
    return count


@pytest.mark.parametrize(("difficulty", "height", "width"), [(0.0, 2, 2), (0.3, 2, 2), (0.6, 2, 3), (1.0, 2, 3)])
def test_small_sudokus_have_one_solution(difficulty: float, height: int, width: int) -> None:
    for prompt, square in tasks(MiniSudoku.configured({"difficulty": difficulty})):
        shown = [line.split() for line in grid_lines(prompt, r"[\d.]( [\d.])+")]
        assert agrees(square, shown)
        assert sudoku_solutions([[int(c) if c != "." else 0 for c in row] for row in shown], height, width) == 1


@pytest.mark.parametrize("difficulty", [0.0, 0.5, 1.0])
def test_sudokus_have_one_solution(difficulty: float) -> None:
    for prompt, square in tasks(Sudoku.configured({"difficulty": difficulty}), 5):
        shown = [line.split() for line in grid_lines(prompt, r"[\d.]( [\d.])+")]
        assert agrees(square, shown)
        assert sudoku_solutions([[int(c) if c != "." else 0 for c in row] for row in shown], 3, 3) == 1


def test_skyscrapers_have_one_solution() -> None:
    def seen(line: tuple[int, ...]) -> int:
        return len(set(itertools.accumulate(line, max)))

    for prompt, square in tasks(Skyscrapers.configured({"size": 4, "shown": 0, "hidden": 20})):
        top, *inside, bottom = (
            [part.split() for part in line.split("|")] for line in grid_lines(prompt, r"[\d.] \|.*")
        )
        fits = []
        for candidate in LATIN_4:
            columns = tuple(zip(*candidate, strict=True))
            views = [(row[0][0], seen(line)) for row, line in zip(inside, candidate, strict=True)]
            views += [(row[2][0], seen(line[::-1])) for row, line in zip(inside, candidate, strict=True)]
            views += [(clue, seen(line)) for clue, line in zip(top[1], columns, strict=True)]
            views += [(clue, seen(line[::-1])) for clue, line in zip(bottom[1], columns, strict=True)]
            if all(clue in (".", str(view)) for clue, view in views) and agrees(candidate, [row[1] for row in inside]):
                fits.append(candidate)
        assert fits == [square]


def test_futoshikis_have_one_solution() -> None:
    for prompt, square in tasks(Futoshiki.configured({"size": 4, "shown": 0, "signs": 30})):
        lines = prompt.splitlines()
        start = next(i for i, line in enumerate(lines) if re.fullmatch(r"[\d.] [<> ] .*", line))
        lines = [line.ljust(13) for line in lines[start : start + 7]]
        fits = []
        for candidate in LATIN_4:
            across = [
                (lines[2 * i][4 * j + 2], candidate[i][j], candidate[i][j + 1]) for i in range(4) for j in range(3)
            ]
            down = [(lines[2 * i + 1][4 * j], candidate[i][j], candidate[i + 1][j]) for i in range(3) for j in range(4)]
            signs = all(a < b if sign in "<^" else a > b for sign, a, b in across + down if sign != " ")
            if signs and agrees(candidate, [[lines[2 * i][4 * j] for j in range(4)] for i in range(4)]):
                fits.append(candidate)
        assert fits == [square]


def test_kenkens_have_one_solution() -> None:
    def value(operator: str, numbers: list[int]) -> float:
        low, high = min(numbers), max(numbers)
        product = 1
        for number in numbers:
            product *= number
        return {"+": sum(numbers), "x": product, "-": high - low, "/": high / low, "": numbers[0]}[operator]

    for prompt, square in tasks(KenKen.configured({"size": 4, "shown": 0, "max_cage": 3, "operators": "+-x/"})):
        cages = []
        for line in grid_lines(prompt, r"[a-d]\d.* = \d+"):
            names, _, target = line.rpartition(" = ")
            operator = next((sign for sign in "+x-/" if f" {sign} " in names), "")
            cells = [("abcd".index(name[0]), int(name[1]) - 1) for name in re.findall(r"[a-d]\d", names)]
            cages.append((operator, cells, int(target)))
        fits = [c for c in LATIN_4 if all(value(o, [c[i][j] for i, j in cells]) == t for o, cells, t in cages)]
        assert fits == [square]


LINES_4 = list(itertools.product((0, 1), repeat=4))


def test_kakurasus_have_one_solution() -> None:
    def total(line: tuple[int, ...]) -> str:
        return str(sum(i + 1 for i, value in enumerate(line) if value))

    for prompt, square in tasks(Kakurasu.configured({"size": 4})):
        clues = grid_lines(prompt, r"[^?#]*(?:[Rr]ow|[Cc]olumn)[^:]*:[ \d]+")
        rows, columns = (line.split(":")[1].split() for line in clues)
        assert shadings(total, rows, columns, prompt) == [square]


def test_nonograms_have_one_solution() -> None:
    def runs(line: tuple[int, ...]) -> str:
        return " ".join(str(len(run)) for run in "".join(map(str, line)).split("0") if run) or "0"

    for prompt, square in tasks(Nonogram.configured({"size": 4})):
        rows, columns = (line.split(": ")[1].split(", ") for line in grid_lines(prompt, r"(?:Rows|Columns).*: [\d, ]+"))
        assert shadings(runs, rows, columns, prompt) == [square]


def shadings(
    clue: Callable[[tuple[int, ...]], str], rows: list[str], columns: list[str], prompt: str
) -> list[tuple[tuple[int, ...], ...]]:
    """All squares of side 4 that have these clues and what the prompt shows."""
    shown = [line.split() for line in grid_lines(prompt, r"[#.?]( [#.?]){3}")]
    candidates = itertools.product(*([line for line in LINES_4 if clue(line) == row] for row in rows))
    return [
        candidate
        for candidate in candidates
        if [clue(column) for column in zip(*candidate, strict=True)] == columns
        and agrees_with_shading(candidate, shown)
    ]


def test_binairos_have_one_solution() -> None:
    lines = [b for b in itertools.product((0, 1), repeat=4) if sum(b) == 2]
    for prompt, square in tasks(Binairo.configured({"size": 4, "shown": 0}), 8):
        shown = [line.split() for line in grid_lines(prompt, r"[\d.]( [\d.]){3}")]
        fits = [
            candidate
            for candidate in itertools.product(lines, repeat=4)
            if all(
                sum(c) == 2 and c[:3].count(c[1]) < 3 and c[1:].count(c[1]) < 3 for c in zip(*candidate, strict=True)
            )
            and agrees(candidate, shown)
        ]
        assert fits == [square]


def test_kakuros_have_one_solution() -> None:
    family = Kakuro.configured({"size": 2, "black": 0})
    for prompt, square in tasks(family):
        shown = [line.split() for line in grid_lines(prompt, r"[\d.] [\d.]")]
        totals = [int(line.rpartition(" = ")[2]) for line in grid_lines(prompt, r"(?:row|column) \d: .*")]
        fits = [
            ((a, b), (c, d))
            for a, b, c, d in itertools.product(range(1, 10), repeat=4)
            if [a + b, c + d, a + c, b + d] == totals and a not in (b, c) and d not in (b, c)
        ]
        assert [candidate for candidate in fits if agrees(candidate, shown)] == [square]


def test_survos_have_one_solution() -> None:
    rng = KeyedRandom("survo")
    for _ in range(60):
        table, missing = rng.sample(range(1, 10), 9), sorted(rng.sample(range(9), rng.between(2, 6)))
        count = 0
        for numbers in itertools.permutations([table[cell] for cell in missing]):
            filled = list(table)
            for cell, number in zip(missing, numbers, strict=True):
                filled[cell] = number
            count += all(
                sum(filled[3 * i : 3 * i + 3]) == sum(table[3 * i : 3 * i + 3])
                and sum(filled[i::3]) == sum(table[i::3])
                for i in range(3)
            )
        assert num_solutions(table, 3, missing, limit=10**6) == count
    for prompt, square in tasks(Survo.configured({"difficulty": 0.5})):
        assert all(str(sum(row)) in prompt for row in square)


def test_zebra_puzzles_have_one_solution() -> None:
    family = ZebraPuzzle.configured({"houses": 3, "categories": 3, "kinds": "at same left next before not off"})
    rng = KeyedRandom("zebra")
    for _ in range(20):
        clues = family.draw(rng).clues
        fits = []
        for columns in itertools.product(itertools.permutations(range(3)), repeat=3):
            at = [house for column in columns for house in column]
            if all(
                {
                    "at": at[c.a] == c.a % 3,
                    "off": at[c.a] != c.b % 3,
                    "same": at[c.a] == at[c.b],
                    "left": at[c.a] + 1 == at[c.b],
                    "next": abs(at[c.a] - at[c.b]) == 1,
                    "before": at[c.a] < at[c.b],
                    "not": at[c.a] != at[c.b],
                }[c.kind]
                for c in clues
            ):
                fits.append(at)
        assert fits == [[0, 1, 2] * 3]


def test_mines_are_deduced_as_by_listing_all_boards() -> None:
    rng = KeyedRandom("mines")
    around = {
        cell: [o for o in range(9) if o != cell and abs(o // 3 - cell // 3) < 2 and abs(o % 3 - cell % 3) < 2]
        for cell in range(9)
    }
    for _ in range(60):
        covered = rng.sample(range(9), rng.between(2, 6))
        mines = [cell for cell in covered if rng.below(2)]
        cells = [11 if c in covered else sum(o in mines for o in around[c]) for c in range(9)]
        boards = [
            board
            for count in range(len(covered) + 1)
            for board in itertools.combinations(covered, count)
            if all(cells[c] == sum(o in board for o in around[c]) for c in range(9) if c not in covered)
        ]
        for cell in covered:
            found = {cell in board for board in boards}
            assert deduced(cells, 3)[cell] == (11 if len(found) == 2 else 10 if found == {True} else 9)


def test_latin_squares_reach_all_squares() -> None:
    rng = KeyedRandom("latin")
    assert len({latin_square(3, rng) for _ in range(300)}) == 12
