"""Games with something hidden: what is told, what is deduced, and that nothing leaks."""

import itertools
from fractions import Fraction
from functools import cache
from typing import Any

import pytest

from palestra.envs import ENVS, KeyedRandom, Kind
from palestra.envs.families.games.battleship_solo import BattleshipSolo, Fleet
from palestra.envs.families.games.blackjack import Blackjack, Table, right_decisions
from palestra.envs.families.games.game2048 import Game2048, merged, pushed
from palestra.envs.families.games.hidden_message import HiddenMessage, enciphered
from palestra.envs.families.games.mastermind import score
from palestra.envs.families.games.maze_exploration import Maze, MazeExploration
from palestra.envs.families.games.minesweeper import MineField, Minesweeper, safe_cells
from palestra.envs.families.games.tower_of_hanoi import Towers, moved, way_to
from palestra.envs.families.games.twenty_questions import TwentyQuestions
from palestra.envs.families.games.wordle import marked
from palestra.envs.record import decode

GAMES = sorted(i for i, row in ENVS.items() if row.group == "games" and row.kind is Kind.GAME)


def play(env_id: str, difficulty: float, index: int, write: Any) -> tuple[float, list[str]]:
    source: Any = ENVS[env_id].load().configured({"difficulty": difficulty})
    env = source.env()
    env.reset(options={"task_id": str(source.task("train", 3, index).id)})
    replies = []
    while True:
        reply, reward, terminated, truncated, _ = env.step(write(env))
        replies.append(reply)
        if terminated or truncated:
            return reward, replies


@pytest.mark.parametrize("env_id", GAMES)
def test_bad_moves_cost_turns_and_are_explained(env_id: str) -> None:
    reward, replies = play(env_id, 0.5, 0, lambda env: "I do not know what to do")
    assert reward == 0.0
    assert all(reply.startswith("That is no move: ") for reply in replies)


@pytest.mark.parametrize("env_id", GAMES)
def test_thinking_before_the_last_line_does_no_harm(env_id: str) -> None:
    reward, _ = play(env_id, 0.5, 1, lambda env: f"<think>A1? take 3 from B?</think>Let me see.\n\n**{env.oracle()}**")
    assert reward == 1.0


@pytest.mark.parametrize("env_id", GAMES)
def test_playing_without_thought_hardly_ever_wins(env_id: str) -> None:
    rng = KeyedRandom("random")
    rewards = [play(env_id, 0.5, index, lambda env: env.guess(rng))[0] for index in range(20)]
    assert sum(rewards) / 20 < 0.35


@pytest.mark.parametrize("env_id", ["palestra/FifteenPuzzle-v1", "palestra/TowerOfHanoi-v1", "palestra/Nim-v1"])
def test_the_oracle_finds_back_from_a_bad_start(env_id: str) -> None:
    rng, turns = KeyedRandom("astray"), itertools.count()
    if env_id == "palestra/Nim-v1":
        assert play(env_id, 0.5, 2, lambda env: "?" if next(turns) == 0 else env.oracle())[0] == 1.0
        return
    reward, _ = play(env_id, 0.5, 2, lambda env: env.guess(rng) if next(turns) == 0 else env.oracle())
    assert reward == 1.0


def test_marks_of_repeated_letters_go_to_the_right_places_first() -> None:
    assert marked("allee", "apple") == "GY--G"
    assert marked("puppy", "apple") == "Y-G--"
    assert marked("eerie", "there") == "Y-Y-G"
    assert marked("crane", "crane") == "GGGGG"


def test_mastermind_counts_each_letter_once() -> None:
    assert score("AABB", "ABBA") == (2, 2)
    assert score("AAAA", "ABCD") == (1, 0)
    assert score("BADC", "ABCD") == (0, 4)


def test_deduced_cells_are_safe_in_every_layout_of_mines_that_fits() -> None:
    family = Minesweeper.configured({"size": 4, "num_mines": 3})
    for index in range(15):
        field = decode(MineField, family.task("train", 0, index).reference)
        safe = safe_cells(field)
        closed = [cell for cell in range(16) if not field.is_open >> cell & 1]
        shown = field.marks()
        for mines in itertools.combinations(closed, 3):
            other = MineField(size=4, mines=sum(1 << cell for cell in mines), is_open=field.is_open, turns=0)
            if other.marks() == shown:
                assert not safe & other.mines
        assert safe


@pytest.mark.parametrize("difficulty", [0.0, 0.5, 1.0])
def test_fields_are_cleared_by_deduction_alone(difficulty: float) -> None:
    family = Minesweeper.configured({"difficulty": difficulty})
    for index in range(10):
        field = decode(MineField, family.task("train", 0, index).reference)
        while not field.is_solved():
            safe = safe_cells(field)
            assert safe
            assert not safe & field.mines
            field = field.opened(safe)


def test_towers_are_built_in_fewest_moves() -> None:
    assert len(way_to(Towers(disks=(0,) * 5, goal=2))) == 31
    for disks in itertools.product(range(3), repeat=4):
        towers = Towers(disks=disks, goal=1)
        assert len(way_to(towers)) == _distance(towers)


def _distance(towers: Towers) -> int:
    edge, seen, distance = {towers.disks}, {towers.disks}, 0
    while (1,) * 4 not in edge:
        edge = {
            moved(Towers(disks=disks, goal=1), a, b)[1].disks
            for disks in edge
            for a in range(3)
            for b in range(3)
            if a != b
        } - seen
        seen |= edge
        distance += 1
    return distance


def test_tiles_merge_once_in_a_move() -> None:
    assert merged((2, 2, 2, 2)) == (4, 4, 0, 0)
    assert merged((2, 0, 2, 4)) == (4, 4, 0, 0)
    assert merged((4, 2, 2, 4)) == (4, 4, 4, 0)
    board = (2, 0, 0, 2, *(0,) * 8, 2, 0, 0, 4)
    assert pushed(board, "L") == (4, *(0,) * 11, 2, 4, 0, 0)
    assert pushed(board, "U") == (4, 0, 0, 2, 0, 0, 0, 4, *(0,) * 8)
    assert pushed(board, "D") == (*(0,) * 11, 2, 4, 0, 0, 4)


def test_tiles_to_come_hang_on_the_task_and_not_on_luck() -> None:
    task = Game2048().task("train", 0, 0)
    world = Game2048().start(task)
    move = (world.way or "")[0]
    assert Game2048().play(world, move) == Game2048().play(world, move)


def _exact(deck: tuple[int, ...], stops: int, dealer: int, cards: tuple[int, ...]) -> tuple[Fraction, Fraction]:
    """Expected wins minus losses of standing and of hitting, in fractions and by lists of cards."""

    @cache
    def total(hand: tuple[int, ...]) -> int:
        best = sum(1 if card == 11 else card for card in hand)
        return best + 10 if 11 in hand and best + 10 <= 21 else best

    @cache
    def stand(own: int, hand: tuple[int, ...]) -> Fraction:
        if (end := total(hand)) >= stops:
            return Fraction((own > end) - (own < end)) if end <= 21 else Fraction(1)
        return sum((stand(own, tuple(sorted((*hand, card)))) for card in deck), Fraction(0)) / len(deck)

    @cache
    def hit(hand: tuple[int, ...]) -> Fraction:
        worth = Fraction(0)
        for card in deck:
            after = tuple(sorted((*hand, card)))
            worth += -1 if total(after) > 21 else max(stand(total(after), (dealer,)), hit(after))
        return worth / len(deck)

    return stand(total(cards), (dealer,)), hit(tuple(sorted(cards)))


def test_right_decisions_are_those_of_exact_fractions() -> None:
    family = Blackjack.configured({"num_hands": 1, "num_cards": 4})
    decisions = set()
    for index in range(40):
        table = decode(Table, family.task("train", 0, index).reference)
        standing, hitting = _exact(table.deck, table.stops, table.dealer, table.cards)
        right = {"stand"} if standing > hitting else {"hit"} if hitting > standing else {"stand", "hit"}
        assert set(right_decisions(table)) == right
        decisions |= right
    assert decisions == {"stand", "hit"}


@pytest.mark.parametrize("answer", ["hit", "stand"])
def test_one_decision_for_all_hands_earns_nothing_worth_having(answer: str) -> None:
    rewards = [play("palestra/Blackjack-v1", 0.5, index, lambda env: answer)[0] for index in range(30)]
    assert sum(rewards) / 30 < 0.1


def test_hidden_words_are_read_back_by_an_own_reading_of_the_scheme() -> None:
    family, rng = HiddenMessage.configured({"difficulty": 0.9}), KeyedRandom("message")
    places = {"first": 0, "last": -1, "second": 1, "third": 2}
    seen = set()
    for _ in range(300):
        key = family.draw(rng)
        content = family.build(key, rng)
        if content is None:
            continue
        text, words = content.slots["text"], content.slots["text"].split()
        if key.carrier in places:
            letters = "".join(word[places[key.carrier]] for word in words)
        elif key.carrier == "capitals":
            letters = "".join(filter(str.isupper, text)).lower()
        elif key.carrier == "every other":
            letters = "".join(word[0] for word in words[1::2])
        elif key.carrier == "every third":
            letters = "".join(word[-1] for word in words[2::3])
        else:
            letters = "".join(word[i % 3] for i, word in enumerate(words))
        if key.cipher == "shifted and reversed":
            letters = letters[::-1]
            assert enciphered(key.word, "shifted", key.shift) == letters
        back = "".join(chr((ord(letter) - 97 - key.shift) % 26 + 97) for letter in letters)
        back = "".join(chr(219 - ord(letter)) for letter in back) if key.cipher == "mirrored" else back
        assert (back[::-1] if key.cipher == "reversed" else back) == key.word
        seen.add((key.carrier, key.cipher))
    assert len(seen) > 30


def test_mazes_have_one_way_between_any_two_cells_and_a_far_treasure() -> None:
    family, rng = MazeExploration.configured({"difficulty": 0.5}), KeyedRandom("maze")
    for _ in range(10):
        maze: Maze = family.draw(rng)
        assert sum(len(ways) for ways in maze.ways) == 2 * (len(maze.ways) - 1)
        assert maze.player != maze.goal
        assert maze.way()


def test_the_sums_of_battleship_are_those_of_the_hidden_board() -> None:
    task = BattleshipSolo.configured({"difficulty": 0.5}).task("train", 0, 0)
    fleet = decode(Fleet, task.reference)
    rows = [fleet.cells[i : i + fleet.size].count("#") for i in range(0, fleet.size**2, fleet.size)]
    assert f"in each row: {' '.join(map(str, rows))}." in task.prompt
    assert sum(rows) == sum(map(int, fleet.lengths))


def test_questions_about_the_table_are_answered_and_a_wrong_guess_ends_the_game() -> None:
    family = TwentyQuestions.configured({"difficulty": 0.3})
    world = family.start(family.task("train", 0, 0))
    secret = next(animal for animal in world.animals if animal.name == world.secret)
    assert family.play(world, f"ask size > {secret.size - 1}").reply == "Yes."
    assert family.play(world, f"size < {secret.size}?").reply == "No."
    assert family.play(world, f"ask colour = {secret.traits[0]}").reply == "Yes."
    other = next(animal.name for animal in world.animals if animal.name != world.secret)
    verdict = family.play(world, f"guess {other}").verdict
    assert verdict is not None
    assert verdict.score == 0.0
    assert world.secret not in verdict.detail
