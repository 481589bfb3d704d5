"""Puzzles whose answer is a list of moves: any list that works is right."""

import itertools
from collections import deque
from dataclasses import replace
from typing import Any

import pytest

from palestra.envs import ENVS, KeyedRandom
from palestra.envs.families.games.fifteen_plan import FifteenPlan, SlidingVerifier
from palestra.envs.families.games.knight_swap import KnightBoard, KnightSwapVerifier, shortest_swap
from palestra.envs.families.games.peg_solitaire import PegBoard, PegSolitaire, PegSolitaireVerifier
from palestra.envs.families.games.rush_hour import Car, RushHour, RushHourVerifier, Traffic
from palestra.envs.families.games.sliding import SlidingPuzzle, movable, slid
from palestra.envs.families.games.sokoban_level import SokobanLevel, solve, stepped
from palestra.envs.families.games.sokoban_plan import SokobanPlan, SokobanVerifier
from palestra.envs.record import decode, encode
from palestra.verifiers import Outcome, Verifier

SLIDING = encode(SlidingPuzzle(columns=3, board=(1, 2, 3, 4, 0, 5), goal=(1, 2, 3, 4, 5, 0), way=(5,)))
LEVEL = encode(SokobanLevel(columns=6, walls="#######....##....#######", goals=(10,), boxes=(8,), player=7, way="RR"))
PEGS = encode(PegBoard(columns=4, cells="oo...oo.", jumps=()))
PEG_ROW = encode(PegBoard(columns=4, cells="oo.o", jumps=()))
KNIGHTS = encode(KnightBoard(columns=3, cells="W.....B..", hops=()))
TRAFFIC = encode(
    Traffic(
        cars=(
            Car(is_flat=True, lane=2, start=0, length=2),
            Car(is_flat=False, lane=3, start=1, length=2),
        ),
        way=(),
    )
)


@pytest.mark.parametrize(
    ("verifier", "reference", "response", "outcome"),
    [
        (SlidingVerifier(), SLIDING, "5", Outcome.PASS),
        (SlidingVerifier(), SLIDING, "Answer: [5].", Outcome.PASS),
        (SlidingVerifier(), SLIDING, "5, 3, 2, 5, 5, 2, 3", Outcome.PASS),
        (SlidingVerifier(), SLIDING, "5 3", Outcome.FAIL),
        (SlidingVerifier(), SLIDING, "2 2 5", Outcome.PASS),
        (SlidingVerifier(), SLIDING, "1", Outcome.FAIL),
        (SlidingVerifier(), SLIDING, "slide 5", Outcome.UNPARSED),
        (SokobanVerifier(), LEVEL, "RR", Outcome.PASS),
        (SokobanVerifier(), LEVEL, "D, U, right, right", Outcome.PASS),
        (SokobanVerifier(), LEVEL, "RRR", Outcome.FAIL),
        (SokobanVerifier(), LEVEL, "URR", Outcome.FAIL),
        (SokobanVerifier(), LEVEL, "R then R", Outcome.UNPARSED),
        (PegSolitaireVerifier(), PEG_ROW, "A1-C1 D1-B1", Outcome.PASS),
        (PegSolitaireVerifier(), PEG_ROW, "a1 -> c1, d1 -> b1", Outcome.PASS),
        (PegSolitaireVerifier(), PEG_ROW, "D1-B1", Outcome.FAIL),
        (PegSolitaireVerifier(), PEGS, "A1-C1 C2-C0", Outcome.UNPARSED),
        (PegSolitaireVerifier(), PEGS, "A1-C1 B2", Outcome.UNPARSED),
        (PegSolitaireVerifier(), PEGS, "A1-C1", Outcome.FAIL),
        (PegSolitaireVerifier(), PEGS, "A1-B1", Outcome.FAIL),
        (KnightSwapVerifier(), KNIGHTS, "A1-B3 A3-C2", Outcome.FAIL),
        (KnightSwapVerifier(), KNIGHTS, "A1-C2 A3-B1 C2-A3 B1-C3 C3-A2 A2-C1 C1-B3 B3-A1", Outcome.PASS),
        (KnightSwapVerifier(), KNIGHTS, "A1-A3", Outcome.FAIL),
        (RushHourVerifier(), TRAFFIC, "AD2 XR4", Outcome.PASS),
        (RushHourVerifier(), TRAFFIC, "au1, xr1, xr3", Outcome.PASS),
        (RushHourVerifier(), TRAFFIC, "XR4", Outcome.FAIL),
        (RushHourVerifier(), TRAFFIC, "AD1 XR4", Outcome.FAIL),
        (RushHourVerifier(), TRAFFIC, "AL1", Outcome.FAIL),
        (RushHourVerifier(), TRAFFIC, "CU1", Outcome.FAIL),
        (RushHourVerifier(), TRAFFIC, "AD2 XR4 XL1", Outcome.FAIL),
        (RushHourVerifier(), TRAFFIC, "move A up", Outcome.UNPARSED),
    ],
)
def test_any_list_of_moves_that_works_is_right(
    verifier: Verifier[Any], reference: str, response: str, outcome: Outcome
) -> None:
    verdict = verifier.verify(response, reference)
    assert verdict.outcome is outcome, verdict.detail


@pytest.mark.parametrize("name", ["FifteenPlan", "SokobanPlan", "KnightSwap", "PegSolitaire", "RushHour"])
def test_lists_of_many_solutions_are_no_solution(name: str) -> None:
    family: Any = ENVS[f"palestra/{name}-v1"].load().configured({"difficulty": 0.5})
    for index in range(10):
        task = family.task("train", 0, index)
        gold = family.oracle(task)
        wrong = family.oracle(family.task("train", 1, index))
        for response in (f"{gold} {wrong}", f"{wrong} {gold}", f"I tried {gold}", f"{gold}\n{wrong}"):
            assert family.verifier.verify(response, task.reference).score == 0.0, response


def test_swapping_two_tiles_makes_a_sliding_puzzle_unsolvable() -> None:
    family, rng = FifteenPlan.configured({"difficulty": 0.1}), KeyedRandom("twin")
    key = family.draw(rng)
    twin = family.unsolvable(key, rng)
    assert twin is not None
    puzzle = decode(SlidingPuzzle, twin.reference)
    assert puzzle.goal not in _reachable(puzzle)
    assert key.goal in _reachable(key)


def _reachable(puzzle: SlidingPuzzle) -> set[tuple[int, ...]]:
    seen, queue = {puzzle.board}, deque([puzzle.board])
    while queue:
        board = queue.popleft()
        for tile in movable(board, puzzle.columns):
            after = slid(board, tile, puzzle.columns)
            assert after is not None
            if after not in seen:
                seen.add(after)
                queue.append(after)
    return seen


def test_boards_of_equal_parities_leave_more_than_one_peg() -> None:
    family, rng = PegSolitaire.configured({"difficulty": 0.3}), KeyedRandom("pegs")
    found = 0
    for _ in range(20):
        key = family.draw(rng)
        assert _least_pegs(key.cells, key.columns) == 1
        if (twin := family.unsolvable(key, rng)) is not None:
            board = decode(PegBoard, twin.reference)
            assert _least_pegs(board.cells, board.columns) > 1
            found += 1
    assert found >= 15


def _least_pegs(cells: str, columns: int) -> int:
    """By trying all jumps."""
    seen, stack = {cells}, [cells]
    while stack:
        board = stack.pop()
        for start, step in itertools.product(range(len(board)), (1, -1, columns, -columns)):
            over, end = start + step, start + 2 * step
            if not 0 <= end < len(board) or (abs(step) == 1 and start // columns != end // columns):
                continue
            if (board[start], board[over], board[end]) == ("o", "o", "."):
                after = list(board)
                after[start], after[over], after[end] = "..o"
                if (text := "".join(after)) not in seen:
                    seen.add(text)
                    stack.append(text)
    return min(board.count("o") for board in seen)


def test_knights_swap_in_as_few_hops_as_a_plain_search_finds() -> None:
    # The four knights of Guarini: https://en.wikipedia.org/wiki/Guarini%27s_puzzle
    hops = shortest_swap("B.B.#.W.W", 3)
    assert hops is not None
    assert len(hops) == 16
    assert shortest_swap("WB.......", 3) is not None
    assert shortest_swap("W##B#####", 3) is None


def test_boxes_start_off_their_goals_and_the_search_finds_no_longer_way() -> None:
    family = SokobanPlan.configured({"difficulty": 0.3})
    for index in range(20):
        level = decode(SokobanLevel, family.task("train", 0, index).reference)
        assert not set(level.boxes) & set(level.goals)
        way = solve(level, 50_000)
        assert way is not None
        assert len(way) <= len(level.way or "")
        assert SokobanVerifier().verify(way, encode(level)).score == 1.0


def test_steps_off_the_known_way_are_taken_back() -> None:
    level = decode(SokobanLevel, LEVEL)
    after = stepped(level, "D")
    assert after is not None
    assert after.way == "URR"
    pushed = stepped(replace(level, way="D"), "R")
    assert pushed is not None
    assert pushed.way is None


def test_cars_never_leave_their_lanes_so_that_lanes_may_decide_the_split() -> None:
    family, rng = RushHour.configured({"difficulty": 0.6}), KeyedRandom("cars")
    for _ in range(20):
        key = family.draw(rng)
        content = family.build(key, rng)
        if content is not None:
            assert family.canonical(decode(Traffic, content.reference).cars) == family.canonical(key)
