"""Positions in which a move is asked for: what is called best is best by a second computation."""

import itertools
from collections import Counter
from functools import cache

import pytest

from palestra.envs import KeyedRandom
from palestra.envs.families.games.alignment import alignment, bits_of
from palestra.envs.families.games.alignment_duel import Duel
from palestra.envs.families.games.alignment_move import BestMoves
from palestra.envs.families.games.capture_go import CaptureGo, captures
from palestra.envs.families.games.connect_four import ConnectFour
from palestra.envs.families.games.connect_four_move import ConnectFourMove
from palestra.envs.families.games.mahjong_hand import MahjongHand, Waits, WaitsVerifier, completing
from palestra.envs.families.games.nim_heaps import taken, winning_takes
from palestra.envs.families.games.nim_move import NimMove, NimMoveVerifier, NimPosition
from palestra.envs.families.games.puzzle24 import Puzzle24, can_make
from palestra.envs.families.games.tic_tac_toe_move import TicTacToeMove
from palestra.envs.record import decode, encode
from palestra.verifiers import Outcome


def _lines(rows: int, columns: int, length: int) -> list[tuple[int, ...]]:
    return [
        tuple((r + i * dr) * columns + c + i * dc for i in range(length))
        for r, c, (dr, dc) in itertools.product(range(rows), range(columns), ((0, 1), (1, 0), (1, 1), (1, -1)))
        if 0 <= r + (length - 1) * dr < rows and 0 <= c + (length - 1) * dc < columns
    ]


def _moves(marks: str, columns: int, falls: bool) -> list[int]:
    free = [i for i, mark in enumerate(marks) if mark == "."]
    return [i for i in free if not falls or i + columns >= len(marks) or marks[i + columns] != "."]


def _value(marks: str, rows: int, columns: int, length: int, falls: bool) -> int:
    """Plain minimax on text; X moves."""
    lines = _lines(rows, columns, length)

    @cache
    def value(marks: str) -> int:
        if any(all(marks[i] == "O" for i in line) for line in lines):
            return -1
        moves = _moves(marks, columns, falls)
        swapped = str.maketrans("XO", "OX")
        return max((-value((marks[:i] + "X" + marks[i + 1 :]).translate(swapped)) for i in moves), default=0)

    return value(marks)


@pytest.mark.parametrize(("rows", "columns", "length", "falls"), [(3, 3, 3, False), (4, 4, 4, True), (4, 4, 4, False)])
def test_values_are_those_of_plain_minimax(rows: int, columns: int, length: int, falls: bool) -> None:
    rules, rng = alignment(rows, columns, length, falls=falls), KeyedRandom("values")
    for _ in range(25):
        mine, theirs = rules.scattered(6, 0, rng)
        marks = rules.marks(mine, theirs)
        if "X" not in marks:
            continue
        for bit, value in rules.values(mine, theirs).items():
            after = rules.marks(mine | bit, theirs).translate(str.maketrans("XO", "OX"))
            assert value == -_value(after, rows, columns, length, falls), marks
        assert (bits_of(marks, "X", columns), bits_of(marks, "O", columns)) == (mine, theirs)


def test_tic_tac_toe_is_a_draw() -> None:
    assert set(alignment(3, 3, 3, falls=False).values(0, 0).values()) == {0}


@pytest.mark.parametrize("family_type", [TicTacToeMove, ConnectFourMove])
def test_few_moves_are_best(family_type: type[TicTacToeMove] | type[ConnectFourMove]) -> None:
    family = family_type.configured({"difficulty": 0.4})
    for index in range(20):
        task = family.task("train", 0, index)
        best = decode(BestMoves, task.reference)
        assert 3 * len(best.best) <= max(3, len(best.moves))
        for move in best.moves:
            expected = Outcome.PASS if move in best.best else Outcome.FAIL
            assert family.verifier.verify(f"I think.\n**{move.lower()}**", task.reference).outcome is expected
        assert family.verifier.verify(" ".join(best.moves), task.reference).outcome is Outcome.UNPARSED


def test_no_duel_with_many_free_cells_is_won_by_the_first_move() -> None:
    family = ConnectFour.configured({"difficulty": 0.7})
    for index in range(20):
        duel = decode(Duel, family.task("train", 0, index).reference)
        assert not duel.rules().is_tactical(*duel.stones())
        values = duel.rules().values(*duel.stones())
        assert max(values.values()) == duel.value >= 0


def test_winning_takes_of_nim_are_those_of_plain_search() -> None:
    @cache
    def wins(heaps: tuple[int, ...]) -> bool:
        return any(not wins(taken(heaps, (i, n))) for i, size in enumerate(heaps) for n in range(1, size + 1))

    for heaps in itertools.product(range(1, 6), repeat=3):
        good = {(i, n) for i, size in enumerate(heaps) for n in range(1, size + 1) if not wins(taken(heaps, (i, n)))}
        assert set(winning_takes(heaps)) == good


@pytest.mark.parametrize(
    ("response", "outcome"),
    [
        ("take 2 from B", Outcome.PASS),
        ("The answer is: take 2 from heap B.", Outcome.PASS),
        ("2 objects from b", Outcome.PASS),
        ("take 1 from B", Outcome.FAIL),
        ("take 3 from A", Outcome.UNPARSED),
        ("take 2 from B or take 1 from A", Outcome.UNPARSED),
        ("B", Outcome.UNPARSED),
    ],
)
def test_moves_of_nim_are_read_strictly(response: str, outcome: Outcome) -> None:
    assert NimMoveVerifier().verify(response, encode(NimPosition(heaps=(1, 3)))).outcome is outcome


def test_the_order_of_heaps_makes_no_new_puzzle() -> None:
    assert NimMove().canonical((3, 1, 2)) == NimMove().canonical((1, 2, 3))


def _is_complete(tiles: tuple[int, ...]) -> bool:
    """By trying every set with the first tile, after every pair."""

    def are_sets(rest: tuple[int, ...]) -> bool:
        if not rest:
            return True
        first = rest[0]
        ways = [(first, first, first)]
        if first % 9 <= 6:
            ways.append((first, first + 1, first + 2))
        for way in ways:
            if not Counter(way) - Counter(rest) and are_sets(tuple(sorted((Counter(rest) - Counter(way)).elements()))):
                return True
        return False

    for pair in sorted(set(tiles)):
        if tiles.count(pair) >= 2:
            left = list(tiles)
            left.remove(pair)
            left.remove(pair)
            if are_sets(tuple(left)):
                return True
    return False


@pytest.mark.parametrize("difficulty", [0.0, 0.5, 0.65, 1.0])
def test_the_tiles_that_complete_a_hand_are_all_there_are(difficulty: float) -> None:
    family, rng = MahjongHand.configured({"difficulty": difficulty}), KeyedRandom("hands")
    for _ in range(60):
        counts = family.draw(rng)
        hand = [kind for kind, count in enumerate(counts) for _ in range(count)]
        wanted = [k for k in range(len(counts)) if counts[k] < 4 and _is_complete(tuple(sorted([*hand, k])))]
        assert completing(counts) == wanted
        assert wanted


def test_tiles_may_come_in_any_order_but_none_may_be_missing() -> None:
    reference, verifier = encode(Waits(suits="AB", tiles=("A1", "A4", "B2"))), WaitsVerifier()
    assert verifier.verify("b2, A1 and a4", reference).outcome is Outcome.PASS
    assert verifier.verify("A1 A4", reference).outcome is Outcome.FAIL
    assert verifier.verify("A1 A4 B2 B3", reference).outcome is Outcome.FAIL
    assert verifier.verify("A1 A4 B2 C3", reference).outcome is Outcome.UNPARSED


def test_captures_are_what_playing_the_stone_takes_away() -> None:
    family, rng = CaptureGo.configured({"difficulty": 0.5}), KeyedRandom("go")
    for _ in range(30):
        marks = family.draw(rng)
        size = round(len(marks) ** 0.5)
        gains = captures(marks, size)
        for cell in (i for i, mark in enumerate(marks) if mark == "."):
            assert gains.get(cell, 0) == _num_taken(marks[:cell] + "X" + marks[cell + 1 :], size)


def _num_taken(marks: str, size: int) -> int:
    """White stones from which no free point is reached over white stones."""
    alive = {i for i, mark in enumerate(marks) if mark == "."}
    while True:
        more = {
            i
            for i, mark in enumerate(marks)
            if mark == "O"
            and i not in alive
            and any(abs(i // size - j // size) + abs(i % size - j % size) == 1 for j in alive)
        }
        if not more:
            return sum(mark == "O" and i not in alive for i, mark in enumerate(marks))
        alive |= more


def test_what_cannot_make_24_is_proven() -> None:
    assert can_make(24, (3, 3, 8, 8))
    assert can_make(24, (1, 5, 5, 5))
    assert not can_make(24, (1, 1, 1, 1))
    family, rng = Puzzle24.configured({"difficulty": 0.4}), KeyedRandom("24")
    for _ in range(5):
        key = family.draw(rng)
        assert can_make(24, key.numbers)
        twin = family.unsolvable(key, rng)
        assert twin is not None
        numbers = tuple(map(int, twin.slots["numbers"].split(", ")))
        assert not can_make(24, numbers)
