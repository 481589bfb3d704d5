"""Constraint puzzles: grids, orders and choices that must fit all rules at once."""

from palestra.envs.row import row

ROWS = (
    row("constraints.sudoku:Sudoku", "Complete a sudoku of nine digits.", "empty cells"),
    row("constraints.mini_sudoku:MiniSudoku", "Complete a sudoku of four or six digits.", "size and empty cells"),
    row(
        "constraints.futoshiki:Futoshiki",
        "Complete a Latin square with signs between its cells.",
        "size, fewer numbers and signs",
    ),
    row("constraints.ken_ken:KenKen", "Fill a Latin square by the arithmetic of its cages.", "size, cages, operators"),
    row("constraints.skyscrapers:Skyscrapers", "Find heights by what is seen from the edges.", "size, fewer clues"),
    row("constraints.kakuro:Kakuro", "Fill runs of different digits by their sums.", "size of the square"),
    row("constraints.kakurasu:Kakurasu", "Shade cells whose positions add up.", "size of the square"),
    row("constraints.nonogram:Nonogram", "Find a picture by the lengths of its runs.", "size of the picture"),
    row("constraints.binairo:Binairo", "Balance zeros and ones without three alike in a row.", "size, fewer digits"),
    row("constraints.survo:Survo", "Place each number once so that sums fit.", "size and empty cells"),
    row("constraints.magic_square:MagicSquare", "Complete a magic square.", "size and empty cells"),
    row("constraints.n_queens:NQueens", "Complete a board of queens without attacks.", "size and missing queens"),
    row(
        "constraints.mine_deduction:MineDeduction",
        "Tell which covered cells of a minesweeper board are certainly safe or mined.",
        "size and covered cells",
    ),
    row("constraints.zebra_puzzle:ZebraPuzzle", "Find out who lives where with what.", "houses, items, kinds of clues"),
    row("constraints.seating_order:SeatingOrder", "Seat people as they wish.", "people and wishes"),
    row("constraints.exact_cover:ExactCover", "Choose sets that hold each element once.", "elements and sets"),
)
