"""How grids are read, and what the verifiers of puzzles with many solutions accept."""

import pytest

from palestra.envs import KeyedRandom
from palestra.envs.families.constraints.exact_cover import Cover, CoverVerifier
from palestra.envs.families.constraints.grid_question import GridPuzzle, GridVerifier, read_grid
from palestra.envs.families.constraints.magic_square import MagicPuzzle, MagicSquare
from palestra.envs.families.constraints.n_queens import NQueens, QueensPuzzle
from palestra.envs.families.constraints.seating_order import Seating, SeatingVerifier
from palestra.envs.families.logic.order_clues import OrderClue
from palestra.envs.record import encode
from palestra.verifiers import Outcome

SQUARE = encode(GridPuzzle(solution=((1, 2), (2, 1))))


@pytest.mark.parametrize(
    "response",
    [
        "1 2\n2 1",
        "So the square is:\n\n1 2\n2 1\n",
        "```\n1 2\n2 1\n```",
        "1, 2\n2, 1",
        "| 1 | 2 |\n|---|---|\n| 2 | 1 |",
        "12\n21",
        "Row 1: 1 2\nRow 2: 2 1",
        "[[1, 2], [2, 1]]",
        "[1, 2]\n[2, 1]",
        "<answer>\n1 2\n2 1\n</answer>\nThat is it.",
        "<think>2 1\n1 2</think>\n1 2\n2 1",
    ],
)
def test_honest_layouts_of_a_grid_are_read(response: str) -> None:
    assert GridVerifier(GridPuzzle).verify(response, SQUARE).score == 1


@pytest.mark.parametrize(
    ("response", "outcome"),
    [
        ("2 1\n1 2", Outcome.FAIL),
        ("1 2\n2 1\n\n2 1\n1 2", Outcome.FAIL),
        ("1 2\n2 1 is the square", Outcome.UNPARSED),
        ("1 2\n2 1\nI am sure.", Outcome.UNPARSED),
        ("1 2 2 1", Outcome.UNPARSED),
        ("1 2", Outcome.UNPARSED),
        ("1 2\n2 x", Outcome.UNPARSED),
        ("1 2\n2 1.0", Outcome.UNPARSED),
        ("1 2\n2 \u0661", Outcome.UNPARSED),
        ("[[1, 2], [2, [1]]]", Outcome.UNPARSED),
        ("[[1, 2]]", Outcome.UNPARSED),
        ("1 2\n2 " + "9" * 4000, Outcome.UNPARSED),
        ("", Outcome.UNPARSED),
    ],
)
def test_other_texts_earn_nothing(response: str, outcome: Outcome) -> None:
    assert GridVerifier(GridPuzzle).verify(response, SQUARE).outcome is outcome


def test_cells_are_words_of_an_alphabet_without_regard_to_case() -> None:
    assert read_grid("House 1: ada TEA\nHouse 2: Bo milk", 2, 2, ("Ada", "Bo", "tea", "milk")) == ((0, 2), (1, 3))


def test_every_completion_of_a_board_is_right_and_no_other_board() -> None:
    puzzle = encode(
        QueensPuzzle(
            solution=((0, 1, 0, 0), (0, 0, 0, 1), (1, 0, 0, 0), (0, 0, 1, 0)),
            alphabet=(".", "Q"),
            placed=(-1, -1, -1, -1),
        )
    )
    assert NQueens.verifier.verify(". Q . .\n. . . Q\nQ . . .\n. . Q .", puzzle).score == 1
    assert NQueens.verifier.verify(". . Q .\nQ . . .\n. . . Q\n. Q . .", puzzle).score == 1
    assert NQueens.verifier.verify("Q . . .\n. . . Q\n. Q . .\n. . Q .", puzzle).detail.endswith("share a diagonal")
    assert NQueens.verifier.verify("Q . . .\n. . Q .\nQ . . .\n. . . Q", puzzle).detail.endswith("share a column")
    assert NQueens.verifier.verify("Q Q Q Q\n. . . Q\n. Q . .\n. . Q .", puzzle).score == 0


def test_given_queens_stay() -> None:
    family = NQueens.configured({"size": 8, "missing": 8, "difficulty": 0.0})
    free = family.task("train", 0, 0)
    fixed = NQueens.configured({"size": 8, "missing": 2, "difficulty": 0.0}).task("train", 0, 0)
    assert NQueens.verifier.verify(family.oracle(free), fixed.reference).detail.startswith("the queen of row")


def test_magic_squares_need_different_positive_numbers_and_all_sums() -> None:
    puzzle = encode(
        MagicPuzzle(solution=((2, 7, 6), (9, 5, 1), (4, 3, 8)), shown=(0, 0, 0, 0, 5, 0, 0, 0, 0), total=15)
    )
    verify = MagicSquare.verifier.verify
    assert verify("2 7 6\n9 5 1\n4 3 8", puzzle).score == 1
    assert verify("8 1 6\n3 5 7\n4 9 2", puzzle).score == 1
    assert verify("5 5 5\n5 5 5\n5 5 5", puzzle).detail == "5 occurs twice"
    assert verify("7 2 6\n9 5 1\n4 3 8", puzzle).detail == "column 1 adds up to 20, wanted is 15"
    assert verify("2 7 6\n9 4 1\n4 3 8", puzzle).detail == "row 2, column 2 may not be 4"
    assert verify("0 7 8\n13 5 -3\n2 3 10", puzzle).score == 0


def test_any_order_that_grants_all_wishes_is_right() -> None:
    clues = (OrderClue(kind="before", a=0, b=1), OrderClue(kind="apart", a=0, b=1))
    seating = encode(Seating(names=("Ada", "Bo", "Chen"), clues=clues, solution=("Ada", "Chen", "Bo")))
    verify = SeatingVerifier().verify
    assert verify("Answer: **Ada, Chen, Bo**.", seating).score == 1
    assert verify("ada chen bo", seating).score == 1
    assert verify("Ada, Bo, Chen", seating).detail == "it is not so that: Ada does not sit next to Bo."
    assert verify("Ada, Chen", seating).score == 0
    assert verify("Ada, Chen, Bo, Ada", seating).score == 0


def test_any_exact_cover_is_right() -> None:
    sets = {"A": (1, 2), "B": (3,), "C": (1,), "D": (2, 3), "E": (2,)}
    cover = encode(Cover(size=3, sets=sets, solution="AB"))
    verify = CoverVerifier().verify
    assert verify("A, B", cover).score == verify("c, d", cover).score == 1
    assert verify("[C, E, B]", cover).score == 1
    assert verify("A, B, C", cover).detail == "1 is covered 2 times"
    assert verify("A, A, B", cover).score == verify("C", cover).score == verify("A B C D E", cover).score == 0
    assert verify("A, Z", cover).outcome is Outcome.UNPARSED


@pytest.mark.parametrize("kind", ["before", "beside", "apart", "end", "gap", "at", "off"])
def test_clues_of_an_order_mean_what_they_say(kind: str) -> None:
    rng = KeyedRandom("clues", kind)
    for _ in range(50):
        order = rng.sample("abcde", 5)
        a, b = rng.sample("abcde", 2)
        count = rng.between(1, 3)
        clue = OrderClue(kind=kind, a="abcde".index(a), b="abcde".index(b), count=count)
        text = "".join(order)
        wanted = {
            "before": text.find(a) < text.find(b),
            "beside": a + b in text or b + a in text,
            "apart": a + b not in text and b + a not in text,
            "end": text[0] == a or text[-1] == a,
            "gap": len(text.partition(a)[2].partition(b)[0]) == count
            if text.find(a) < text.find(b)
            else len(text.partition(b)[2].partition(a)[0]) == count,
            "at": text[count - 1] == a,
            "off": text[count - 1] != a,
        }[kind]
        assert clue.holds([text.find(c) for c in "abcde"]) == wanted
