from palestra.envs import KeyedRandom
from palestra.envs.families.algorithms.elementary_automaton import BitsAnswer, next_row
from palestra.envs.families.algorithms.game_of_life import GameOfLife
from palestra.envs.families.algorithms.rotten_oranges import RottenOranges

Board = list[list[str]]


def near(board: Board, row: int, column: int, steps: list[tuple[int, int]]) -> list[str]:
    places = [(row + y, column + x) for y, x in steps]
    return [board[y][x] for y, x in places if 0 <= y < len(board) and 0 <= x < len(board[0])]


def shown(board: Board) -> str:
    return "\n".join(" ".join(row) for row in board)


def cut(cells: str, size: int) -> Board:
    return [list(cells[start : start + size]) for start in range(0, len(cells), size)]


def test_generations_agree_with_counting_cell_by_cell() -> None:
    around = [(y, x) for y in (-1, 0, 1) for x in (-1, 0, 1) if (y, x) != (0, 0)]
    for difficulty in (0.0, 0.5, 1.0):
        family, rng = GameOfLife.configured({"difficulty": difficulty}), KeyedRandom("life", str(difficulty))
        for _ in range(40):
            key = family.draw(rng)
            if (content := family.build(key, rng)) is None:
                continue
            board = cut(key.cells, key.size)
            for _ in range(key.num_generations):
                counts = [[near(board, r, c, around).count("1") for c in range(key.size)] for r in range(key.size)]
                board = [
                    ["1" if n == 3 or (n == 2 and cell == "1") else "0" for n, cell in zip(*rows, strict=True)]
                    for rows in zip(counts, board, strict=True)
                ]
            assert content.reference == shown(board)


def test_rot_agrees_with_looking_at_each_orange() -> None:
    beside = [(0, 1), (0, -1), (1, 0), (-1, 0)]
    for difficulty in (0.0, 0.5, 1.0):
        family, rng = RottenOranges.configured({"difficulty": difficulty}), KeyedRandom("rot", str(difficulty))
        for _ in range(40):
            key = family.draw(rng)
            if (content := family.build(key, rng)) is None:
                continue
            board = cut(key.cells, key.size)
            for _ in range(key.num_minutes):
                board = [
                    ["R" if cell == "F" and "R" in near(board, r, c, beside) else cell for c, cell in enumerate(row)]
                    for r, row in enumerate(board)
                ]
            assert content.reference == shown(board)


def test_rule_110_and_a_ring_that_closes() -> None:
    assert next_row("00010", 110) == "00110"
    assert next_row("10000", 2) == "00001"
    assert next_row("0110", 51) == "1001"


def test_bits_may_be_spaced_but_not_wrong() -> None:
    verify = BitsAnswer().verify
    assert all(
        verify(answer, "0110").score == 1.0 for answer in ("0110", "0 1 1 0", "0, 1, 1, 0", "[0,1,1,0]", "`0110`.")
    )
    assert all(verify(answer, "0110").score == 0.0 for answer in ("0111", "110", "01100", "the row 0110", "0110 0110"))
