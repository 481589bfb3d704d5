"""Hand-made right and wrong answers, alternative solutions, and references re-computed in another way."""

import json
from itertools import chain, pairwise, product
from typing import Any

import pytest

from palestra.envs.families.grids.board import MOVES, Board
from palestra.envs.families.grids.flood_fill import FloodFill
from palestra.envs.families.grids.grid_path_count import GridPathCount
from palestra.envs.families.grids.island_sizes import IslandSizes
from palestra.envs.families.grids.knight_moves import KnightMoves, KnightMovesPuzzle
from palestra.envs.families.grids.lights_out import LightsOut, LightsOutPuzzle
from palestra.envs.families.grids.maze import Maze, MazePuzzle
from palestra.envs.families.grids.mirror_laser import follow_beam
from palestra.envs.families.grids.modulo_grid import ModuloGrid
from palestra.envs.families.grids.rectangle_count import RectangleCount, count_rectangles
from palestra.envs.families.grids.robot_walk import RobotWalk
from palestra.envs.families.grids.shape_bounding_box import ShapeBoundingBox
from palestra.envs.families.grids.spatial_relations import Offset, SpatialRelations
from palestra.envs.families.grids.visit_all import VisitAll, VisitAllPuzzle
from palestra.envs.families.grids.word_search import WordSearch, WordSearchPuzzle
from palestra.envs.record import decode, encode
from palestra.verifiers import Outcome
from palestra.verifiers.keyed_random import KeyedRandom


def outcome(family: Any, response: str, puzzle: object) -> Outcome:
    outcome: Outcome = family.verifier.verify(response, encode(puzzle)).outcome
    return outcome


def tasks(family: Any, difficulty: float, count: int = 100) -> list[Any]:
    source = family.configured({"difficulty": difficulty})
    return [source.task("train", 5, index) for index in range(count)]


def grid_of(prompt: str) -> list[list[str]]:
    """The lines of a prompt that are rows of single characters; the longest run of equal width."""
    rows = [line.split(" ") for line in prompt.splitlines()]
    return [row for row in rows if len(row) > 2 and all(len(cell) == 1 for cell in row)]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("RRDD", Outcome.PASS),
        ("Answer: ddrr.", Outcome.PASS),
        ("<answer>D, D, R, R</answer>", Outcome.PASS),
        ("**D -> D -> R -> R**", Outcome.PASS),
        ("RRDDUD", Outcome.FAIL),
        ("RDDR", Outcome.FAIL),
        ("RRRDD", Outcome.FAIL),
        ("RRD", Outcome.FAIL),
        ("RRDD or DDRR", Outcome.UNPARSED),
        ("go right", Outcome.UNPARSED),
    ],
)
def test_mazes(answer: str, expected: Outcome) -> None:
    assert outcome(Maze, answer, MazePuzzle(rows=("S..", ".#.", "..G"), moves="RRDD")) is expected


def test_shortest_ways_agree_with_a_plain_search() -> None:
    for task in tasks(Maze, 0.5):
        puzzle = decode(MazePuzzle, task.reference)
        cells = {(r, c): cell for r, row in enumerate(puzzle.rows) for c, cell in enumerate(row) if cell != "#"}
        reached = {place for place, cell in cells.items() if cell == "S"}
        steps = 0
        while not any(cells[place] == "G" for place in reached):
            reached |= {(r + d, c + e) for r, c in reached for d, e in MOVES.values() if (r + d, c + e) in cells}
            steps += 1
        assert steps == len(puzzle.moves)


def test_walks_over_all_stars_are_shortest() -> None:
    for task in tasks(VisitAll, 0.0, 60):
        puzzle = decode(VisitAllPuzzle, task.reference)
        cells = {(r, c): cell for r, row in enumerate(puzzle.rows) for c, cell in enumerate(row) if cell != "#"}
        stars = frozenset(place for place, cell in cells.items() if cell == "*")
        states = {(place, stars) for place, cell in cells.items() if cell == "S"}
        steps = 0
        while not any(not left for _, left in states):
            ways = (((r + d, c + e), left) for (r, c), left in states for d, e in MOVES.values())
            states |= {(place, left - {place}) for place, left in ways if place in cells}
            steps += 1
        assert steps == len(puzzle.moves)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("a1, b3, c1", Outcome.PASS),
        ("A1 -> B3 -> C1.", Outcome.PASS),
        ("a1, b3, d2, b3, c1", Outcome.FAIL),
        ("a1, c2, c1", Outcome.FAIL),
        ("a1, c1", Outcome.FAIL),
        ("b3, c1", Outcome.FAIL),
        ("from a1 to c1 by b3", Outcome.UNPARSED),
    ],
)
def test_knights(answer: str, expected: Outcome) -> None:
    assert outcome(KnightMoves, answer, KnightMovesPuzzle(size=4, blocked=("d1",), path=("a1", "b3", "c1"))) is expected


def test_knights_do_not_land_on_blocked_squares() -> None:
    puzzle = KnightMovesPuzzle(size=4, blocked=("b3",), path=("a1", "c2", "d4"))
    assert outcome(KnightMoves, "a1, b3, d4", puzzle) is Outcome.FAIL
    assert outcome(KnightMoves, "a1, c2, d4", puzzle) is Outcome.PASS


def test_panels_accept_every_set_of_presses_that_works() -> None:
    for task in tasks(LightsOut, 0.0, 8):
        lit = decode(LightsOutPuzzle, task.reference).rows
        works = 0
        for pressed in product((0, 1), repeat=9):
            presses = [divmod(i, 3) for i in range(9) if pressed[i]]
            touched = [(r + d, c + e) for r, c in presses for d, e in ((0, 0), *MOVES.values())]
            dark = all((touched.count((r, c)) + int(lit[r][c])) % 2 == 0 for r in range(3) for c in range(3))
            answer = "; ".join(f"{r + 1},{c + 1}" for r, c in presses)
            assert LightsOut.verifier.verify(answer or "none", task.reference).score == dark
            works += dark
        assert works == 1


def test_presses_may_be_written_in_brackets_and_repeated() -> None:
    puzzle = LightsOutPuzzle(rows=("11", "10"), presses=(1, 1))
    for answer in ("(1, 1)", "1,1", "[(1,1), (2,2), (2,2)]"):
        assert outcome(LightsOut, answer, puzzle) is Outcome.PASS
    assert outcome(LightsOut, "3,1", puzzle) is Outcome.FAIL
    assert outcome(LightsOut, "1,1; 2", puzzle) is Outcome.UNPARSED


def test_twins_of_panels_have_no_solution() -> None:
    family, rng, found = LightsOut.configured({"height": 3, "width": 2}), KeyedRandom("twins"), 0
    for _ in range(30):
        content = family.unsolvable(family.draw(rng), rng)
        if content is None:
            continue
        found += 1
        lit = decode(LightsOutPuzzle, content.reference).rows
        for pressed in product((0, 1), repeat=6):
            presses = [divmod(i, 2) for i in range(6) if pressed[i]]
            touched = [(r + d, c + e) for r, c in presses for d, e in ((0, 0), *MOVES.values())]
            assert not all((touched.count((r, c)) + int(lit[r][c])) % 2 == 0 for r in range(3) for c in range(2))
    assert found > 0


def test_islands_and_fills_agree_with_a_plain_search() -> None:
    for task in tasks(IslandSizes, 0.5):
        land = {(r, c) for r, row in enumerate(grid_of(task.prompt)) for c, cell in enumerate(row) if cell == "#"}
        sizes = []
        while land:
            size = len(land)
            _spread(land, land.pop())
            sizes.append(size - len(land))
        assert json.loads(task.reference) == sorted(sizes, reverse=True)
    for task in tasks(FloodFill, 0.5):
        before, after = grid_of(task.prompt), [line.split() for line in task.reference.splitlines()]
        painted = {(r, c) for r, row in enumerate(after) for c, cell in enumerate(row) if cell == "X"}
        (letter,) = {before[r][c] for r, c in painted}
        rest = {(r, c) for r, row in enumerate(before) for c, cell in enumerate(row) if cell == letter}
        start = next(iter(sorted(painted)))
        rest.remove(start)
        _spread(rest, start)
        assert not rest & painted
        assert all(a == b for x, y in zip(before, after, strict=True) for a, b in zip(x, y, strict=True) if b != "X")


def _spread(cells: set[tuple[int, int]], start: tuple[int, int]) -> None:
    """Remove from the cells those that are connected with the start."""
    queue = [start]
    while queue:
        row, column = queue.pop()
        for down, right in MOVES.values():
            if (there := (row + down, column + right)) in cells:
                cells.remove(there)
                queue.append(there)


def test_counts_agree_with_brute_force() -> None:
    for task in tasks(RectangleCount, 0.3):
        grid = grid_of(task.prompt)
        height, width = len(grid), len(grid[0])
        count = sum(
            all(grid[r][c] == "#" for r in range(top, bottom) for c in range(left, right))
            for top in range(height)
            for bottom in range(top + 1, height + 1)
            for left in range(width)
            for right in range(left + 1, width + 1)
        )
        assert json.loads(task.reference) == [count]
    assert count_rectangles(["##", "##"]) == 9
    for task in tasks(GridPathCount, 0.2):
        grid = grid_of(task.prompt)
        last = len(grid) - 1

        def paths(row: int, column: int, grid: list[list[str]] = grid, last: int = last) -> int:
            if row > last or column > last or grid[row][column] == "#":
                return 0
            return 1 if row == column == last else paths(row + 1, column) + paths(row, column + 1)

        assert json.loads(task.reference) == [paths(0, 0)]


def test_boxes_are_tight() -> None:
    for task in tasks(ShapeBoundingBox, 0.5):
        grid = grid_of(task.prompt)
        words = task.prompt.replace("?", " ").replace(".", " ").split()
        letter = next(b for a, b in pairwise(words) if a in ("letter", "every", "with") and b in "ABCDEFGH")
        cells = [(r + 1, c + 1) for r, row in enumerate(grid) for c, cell in enumerate(row) if cell == letter]
        rows, columns = [r for r, _ in cells], [c for _, c in cells]
        assert json.loads(task.reference) == [min(rows), min(columns), max(rows), max(columns)]


def test_robots_turn_and_stop_at_walls() -> None:
    for task in tasks(RobotWalk, 0.6):
        grid = grid_of(task.prompt)
        place = next(complex(c, r) for r, row in enumerate(grid) for c, cell in enumerate(row) if cell == "S")
        grid_size = len(grid)
        commands = next(run for run in _runs(task.prompt) if len(run) == task.meta["num_commands"])
        heading = next(
            {"north": -1j, "south": 1j, "east": 1 + 0j, "west": -1 + 0j}[word]
            for word in task.prompt.replace(".", " ").replace(":", " ").replace(",", " ").split()
            if word in ("north", "south", "east", "west")
        )
        for command in commands:
            heading *= {"L": -1j, "R": 1j, "F": 1}[command]
            there = place + heading
            row, column = int(there.imag), int(there.real)
            if command == "F" and 0 <= row < grid_size and 0 <= column < grid_size and grid[row][column] != "#":
                place = there
        name = {-1j: "north", 1j: "south", 1: "east", -1: "west"}[heading]
        assert json.loads(task.reference) == [str(int(place.imag) + 1), str(int(place.real) + 1), name]


def _runs(prompt: str) -> list[list[str]]:
    """Runs of the single letters F, L and R."""
    runs: list[list[str]] = [[]]
    for word in prompt.replace("\n", " | ").split(" "):
        if word in ("F", "L", "R"):
            runs[-1].append(word)
        else:
            runs.append([])
    return runs


def test_beams_go_back_the_way_they_came() -> None:
    for seed in range(200):
        rng = KeyedRandom("beam", seed)
        rows = ["".join(rng.choice("../\\") for _ in range(6)) for _ in range(6)]
        side, place = rng.choice(("left", "right", "top", "bottom")), rng.between(1, 6)
        out_side, out_place, hits = follow_beam(rows, side, place)
        assert follow_beam(rows, out_side, out_place) == (side, place, hits)
    assert follow_beam(["..\\", "...", "..."], "left", 1) == ("bottom", 3, 1)
    assert follow_beam(["../", "...", "..."], "bottom", 3) == ("right", 1, 1)


@pytest.mark.parametrize("difficulty", [0.0, 0.6])
def test_tables_have_one_completion(difficulty: float) -> None:
    for task in tasks(ModuloGrid, difficulty, 15):
        table = [line.split() for line in task.prompt.splitlines()]
        table = [row for row in table if len(row) > 2 and all(cell == "?" or cell.isdigit() for cell in row)]
        size, m = task.meta["size"], task.meta["modulus"]
        has_product = "row * column" in task.prompt
        completions = set()
        for a, b, e in product(range(m), range(m), range(m) if has_product else (0,)):
            values = [[(a * r + b * c + e * r * c) % m for c in range(1, size + 1)] for r in range(1, size + 1)]
            cells = list(zip(chain(*table), chain(*values), strict=True))
            shifts = {(int(shown) - value) % m for shown, value in cells if shown != "?"}
            if len(shifts) == 1:
                (d,) = shifts
                completions.add(tuple((value + d) % m for shown, value in cells if shown == "?"))
        assert completions == {tuple(json.loads(task.reference))}


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("3 north, 2 west", Outcome.PASS),
        ("Answer: 2 steps west and 3 steps north.", Outcome.PASS),
        ("2 to the west, 3 to the north", Outcome.PASS),
        ("3 north, 2 east", Outcome.FAIL),
        ("3 north", Outcome.FAIL),
        ("3 north, 2 west, 1 north", Outcome.UNPARSED),
        ("3 north, 2 west or 3 north, 2 east", Outcome.UNPARSED),
        ("north-west", Outcome.UNPARSED),
    ],
)
def test_offsets(answer: str, expected: Outcome) -> None:
    assert outcome(SpatialRelations, answer, Offset(north=3, east=-2)) is expected


def test_an_axis_without_distance_may_be_named_or_not() -> None:
    for answer in ("4 south", "4 south, 0 east", "0 west; 4 south"):
        assert outcome(SpatialRelations, answer, Offset(north=-4, east=0)) is Outcome.PASS


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("AB 1 1 E; CA 2 1 E", Outcome.PASS),
        ("ca: (2, 1), e; ab: (1, 1), s.", Outcome.FAIL),
        ("AB = 2,2 W; CA 2 1 E", Outcome.FAIL),
        ("AB 1 1 E", Outcome.FAIL),
        ("AB 1 1 E; AB 1 1 E; CA 2 1 E", Outcome.FAIL),
        ("AB 1 1 E; CA 2 1 E; XY 1 1 E", Outcome.FAIL),
        ("AB 2 2 NE; CA 2 1 E", Outcome.FAIL),
        ("(2, 1)", Outcome.UNPARSED),
    ],
)
def test_words_in_grids(answer: str, expected: Outcome) -> None:
    puzzle = WordSearchPuzzle(rows=("ABA", "CAB"), words=("AB", "CA"), places=("1 1 E", "2 1 E"))
    assert outcome(WordSearch, answer, puzzle) is expected


def test_a_word_may_be_found_elsewhere() -> None:
    puzzle = WordSearchPuzzle(rows=("ABA", "CAB"), words=("AB",), places=("1 1 E",))
    for answer in ("AB 1 1 E", "AB 2 2 E", "AB 1 3 W", "AB 1 3 S", "AB 2 2 N"):
        assert outcome(WordSearch, answer, puzzle) is Outcome.PASS


def test_cells_are_drawn_as_often_as_asked() -> None:
    board = Board(height=20, width=20)
    for eighths in range(1, 8):
        drawn = sum(board.draw_cells(eighths, KeyedRandom("board", eighths, i)).bit_count() for i in range(50))
        assert abs(drawn / 50 / 400 - eighths / 8) < 0.02
