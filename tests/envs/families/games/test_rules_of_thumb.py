"""What is gained by rules of thumb, odd letters and renamed puzzles: nothing."""

from collections import deque
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from palestra.envs import ENVS, ConfigError, KeyedRandom
from palestra.envs.families.games.battleship_solo import BattleshipSolo
from palestra.envs.families.games.capture_go import CaptureGo, captures
from palestra.envs.families.games.connect_four_move import ConnectFourMove
from palestra.envs.families.games.fifteen_plan import FifteenPlan
from palestra.envs.families.games.hangman import Gallows, Hangman
from palestra.envs.families.games.mahjong_hand import MahjongHand
from palestra.envs.families.games.nim import Nim
from palestra.envs.families.games.nim_move import NimMove
from palestra.envs.families.games.peg_solitaire import PegSolitaire
from palestra.envs.families.games.rush_hour import Cars, RushHour, Traffic, least_others
from palestra.envs.families.games.sliding import SlidingPuzzle
from palestra.envs.families.games.sokoban_plan import SokobanPlan
from palestra.envs.families.games.tic_tac_toe_move import TicTacToeMove
from palestra.envs.families.games.tower_of_hanoi import TowerOfHanoi, Towers
from palestra.envs.families.games.twenty_questions import TwentyQuestions
from palestra.envs.families.games.wordle import HiddenWord, Wordle
from palestra.envs.record import decode
from palestra.verifiers import Outcome
from palestra.verifiers.errors import NoAnswerError

_KELVIN = "\u212a"  # matches [a-z] where case does not count, but is no ASCII letter
_SIZE = 6


def mean_reward(name: str, difficulty: float, policy: Callable[[Any, int], str]) -> float:
    source: Any = ENVS[f"palestra/{name}-v1"].load().configured({"difficulty": difficulty})
    env = source.env()
    rewards: list[float] = []
    for index in range(40):
        env.reset(seed=5, options={"index": index})
        ended, turn = False, 0
        while not ended:
            _, reward, terminated, truncated, _ = env.step(policy(env.episode.world, turn))
            ended, turn = terminated or truncated, turn + 1
        rewards.append(reward)
    return sum(rewards) / len(rewards)


@pytest.mark.parametrize("limit", [15, 17, 19])
def test_a_fixed_sum_to_stand_at_is_wrong_too_often(limit: int) -> None:
    def policy(world: Any, turn: int) -> str:
        elevens, total = world.cards.count(11), sum(world.cards)
        while total > 21 and elevens:
            total, elevens = total - 10, elevens - 1
        return "hit" if total < limit else "stand"

    assert mean_reward("Blackjack", 1.0, policy) < 0.35


def test_letters_in_order_of_frequency_seldom_find_the_word() -> None:
    def policy(world: Any, turn: int) -> str:
        return next(letter for letter in "eariotnslcudpmhgbfywkvxzjq" if letter not in world.letters)

    assert mean_reward("Hangman", 0.5, policy) < 0.3


def test_shots_that_go_by_the_sums_alone_seldom_hit_all_ships() -> None:
    def policy(world: Any, turn: int) -> str:
        size = world.size
        rows = [world.cells[i : i + size].count("#") for i in range(0, size**2, size)]
        columns = [world.cells[i::size].count("#") for i in range(size)]
        cell = sorted(range(size**2), key=lambda i: -rows[i // size] * columns[i % size])[turn]
        return f"{chr(65 + cell % size)}{cell // size + 1}"

    assert mean_reward("BattleshipSolo", 0.5, policy) < 0.35


def test_pushing_round_without_looking_seldom_reaches_the_tile() -> None:
    assert mean_reward("Game2048", 0.7, lambda world, turn: "LDRD") < 0.35


@pytest.mark.parametrize("family_type", [TicTacToeMove, ConnectFourMove])
def test_with_many_free_cells_three_careful_moves_leave_a_choice(
    family_type: type[TicTacToeMove] | type[ConnectFourMove],
) -> None:
    family, rng = family_type.configured({"difficulty": 0.8}), KeyedRandom("careful")
    rules, num_built = family.config.rules(), 0
    while num_built < 5:
        key = family.draw(rng)
        if family.build(key, rng) is not None:
            num_built += 1
            assert not rules.is_tactical(*key)
            assert len(rules.careful(*key)) >= 3


def test_not_every_capture_in_go_is_a_best_one() -> None:
    family, rng = CaptureGo.configured({"difficulty": 0.5}), KeyedRandom("go")
    for _ in range(300):
        key = family.draw(rng)
        if family.build(key, rng) is not None:
            gains = captures(key, family.config.size).values()
            assert sum(gain < max(gains) for gain in gains) >= family.config.num_lesser >= 1


@pytest.mark.parametrize("difficulty", [0.0, 0.5, 1.0])
def test_cars_need_as_many_slides_as_the_look_at_them_says(difficulty: float) -> None:
    family = RushHour.configured({"difficulty": difficulty})
    for index in range(8):
        cars = decode(Traffic, family.task("train", 3, index).reference).cars
        assert least_others(cars) >= family.config.min_others
        assert _fewest_slides(cars, least_others(cars) + 1) > least_others(cars)


def _fewest_slides(cars: Cars, limit: int) -> int:
    """By plain search over sets of cells; `limit` where it takes as many or more."""

    def cells(start: int, car: Any) -> set[tuple[int, int]]:
        line = [(car.lane, start + i) for i in range(car.length)]
        return set(line if car.is_flat else [(b, a) for a, b in line])

    first = tuple(car.start for car in cars)
    depth, queue = {first: 0}, deque([first])
    while queue:
        here = queue.popleft()
        if here[0] == _SIZE - 2 or depth[here] + 1 >= limit:
            return depth[here] + (here[0] != _SIZE - 2)
        taken = [cells(start, car) for start, car in zip(here, cars, strict=True)]
        for i, car in enumerate(cars):
            others = set().union(*taken[:i], *taken[i + 1 :])
            for way in (1, -1):
                start = here[i] + way
                while 0 <= start <= _SIZE - car.length and not cells(start, car) & others:
                    there = (*here[:i], start, *here[i + 1 :])
                    if there not in depth:
                        depth[there] = depth[here] + 1
                        queue.append(there)
                    start += way
    return limit


def test_letters_of_other_alphabets_are_no_moves() -> None:
    task = NimMove().task("train", 0, 0)
    assert NimMove.verifier.verify(f"take 3 from {_KELVIN}", task.reference).outcome is Outcome.UNPARSED
    task = RushHour().task("train", 0, 0)
    assert RushHour.verifier.verify(f"{_KELVIN}U2", task.reference).outcome is Outcome.UNPARSED
    with pytest.raises(NoAnswerError):
        Nim().play((3, 5), f"take 3 from {_KELVIN}")


def test_columns_of_numbers_can_be_compared() -> None:
    family = TwentyQuestions.configured({"difficulty": 1.0})
    world = family.start(family.task("train", 0, 0))
    legs = {animal.name: int(animal.traits[-1]) for animal in world.animals}
    for question, is_yes in (("ask legs > 3", legs[world.secret] > 3), ("Ask legs < 7?", legs[world.secret] < 7)):
        assert family.play(world, question).reply == ("Yes." if is_yes else "No.")
    with pytest.raises(NoAnswerError, match="`colour` can only be"):
        family.play(world, "ask colour > red")


def test_words_may_be_written_as_the_clues_are() -> None:
    wordle = Wordle().play(HiddenWord(word="crane", first="apple", turns=3), "c r a n e")
    hangman = Hangman().play(Gallows(word="crane", letters="a", misses=3), "C R A N E")
    assert wordle.verdict is not None
    assert hangman.verdict is not None
    assert wordle.verdict.score == hangman.verdict.score == 1.0


@pytest.mark.parametrize("ships", ["", "2a", "90", "9"])
def test_ships_that_no_board_holds_are_refused(ships: str) -> None:
    with pytest.raises(ConfigError, match="lengths of 1"):
        BattleshipSolo.configured({"ships": ships, "size": 6})


def test_a_single_peg_that_no_jump_leads_to_is_no_puzzle() -> None:
    family = PegSolitaire.configured({"rows": 3, "columns": 3, "num_jumps": 1})
    for index in range(30):
        task = family.task("train", 0, index)
        assert family.verifier.verify(family.oracle(task), task.reference).score == 1.0


def test_renamed_pegs_and_turned_boards_are_the_same_puzzle() -> None:
    hanoi = TowerOfHanoi()
    names = {hanoi.canonical(Towers(disks=(a, b, g, a), goal=g)) for a, b, g in ((0, 1, 2), (1, 0, 2), (2, 0, 1))}
    assert len(names) == 1

    board = SlidingPuzzle(columns=3, board=(0, 1, 2, 3, 4, 5), goal=(1, 0, 2, 3, 4, 5), way=(1,))
    mirrored = replace(board, board=(2, 1, 0, 5, 4, 3), goal=(2, 0, 1, 5, 4, 3))
    backwards = replace(board, board=board.goal, goal=board.board)
    assert len({FifteenPlan().canonical(key) for key in (board, mirrored, backwards)}) == 1

    mahjong = MahjongHand()
    one, other = (1, 1, 1, 0, 0, 0, 0, 0, 0), (0, 0, 2, 2, 0, 0, 0, 0, 0)
    assert mahjong.canonical((*one, *other)) == mahjong.canonical((*other, *one[::-1]))


def test_where_the_player_stands_makes_no_new_level() -> None:
    family, rng = SokobanPlan(), KeyedRandom("player")
    level = family.draw(rng)
    floor = [i for i, mark in enumerate(level.marks()) if mark == "."]
    assert family.canonical(level) == family.canonical(replace(level, player=floor[0]))
