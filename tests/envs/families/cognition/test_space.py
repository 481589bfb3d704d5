import json
from fractions import Fraction

from palestra.envs import KeyedRandom
from palestra.envs.families.cognition.clock_angle import AngleAnswer, ClockAngle, ClockKey
from palestra.envs.families.cognition.clock_reading import ClockReading, ClockVerifier, ReadingKey
from palestra.envs.families.cognition.cube_colors import FACES, turned
from palestra.envs.families.cognition.cube_moves import MOVES, apply_moves, is_solved, solved
from palestra.envs.families.cognition.direction_sense import DirectionSense, WayKey
from palestra.envs.families.cognition.figlet_text import FigletText, picture
from palestra.envs.families.cognition.rubiks_cube import RubiksCube, RubiksCubeVerifier, Scrambled
from palestra.envs.record import encode

RNG = KeyedRandom("cognition")


def test_a_quarter_turn_moves_the_named_face() -> None:
    cube = dict(zip(FACES, "tbfklr", strict=True))
    rolled = turned(cube, ("top", "right"))
    assert "".join(rolled[face] for face in FACES) == "lrfkbt"
    for _ in range(3):
        rolled = turned(rolled, ("top", "right"))
    assert rolled == cube


def test_moves_of_the_cube_have_their_known_orders() -> None:
    for size in (2, 3):
        start = solved(size)
        for move in MOVES:
            once = apply_moves(start, (move,), size)
            assert not is_solved(once, size)
            assert sorted(once) == sorted(start)
        assert is_solved(apply_moves(start, ("U",) * 4, size), size)
        assert is_solved(apply_moves(start, ("U2", "U2", "L", "L'"), size), size)
        assert is_solved(apply_moves(start, ("R", "U", "R'", "U'") * 6, size), size)
        assert not is_solved(apply_moves(start, ("R", "U", "R'", "U'") * 3, size), size)
    assert is_solved(apply_moves(solved(3), ("R", "U") * 105, 3), 3)
    assert not is_solved(apply_moves(solved(3), ("R", "U") * 35, 3), 3)
    assert is_solved(apply_moves(solved(2), ("U", "D'"), 2), 2), "a turn of the whole small cube"


def test_a_turn_moves_the_stickers_around_it() -> None:
    turned_up = apply_moves(solved(3), ("U",), 3)
    faces = {face: turned_up[i * 9 : i * 9 + 9] for i, face in enumerate("URFDLB")}
    assert faces["F"] == "RRRFFFFFF"
    assert faces["R"] == "BBBRRRRRR"
    turned_front = apply_moves(solved(3), ("F",), 3)
    assert turned_front[:9] == "UUUUUULLL"
    assert turned_front[9:18] == "URRURRURR"


def test_any_moves_that_solve_are_right() -> None:
    state = apply_moves(solved(3), ("R", "U"), 3)
    cube = encode(Scrambled(size=3, state=state, solution=("U'", "R'")))
    verifier = RubiksCubeVerifier()
    for right in ("U' R'", "U U U R'", "U\u2019 R\u2019", "Answer: U', R'", "D U' D' R'"):
        assert verifier.verify(right, cube).score == 1.0, right
    for wrong in ("R U", "U'", "U' R", "solved", "U' R' and done", "u' r'", " ".join(["U"] * 99 + ["U", "U", "R'"])):
        assert verifier.verify(wrong, cube).score == 0.0, wrong


def test_a_twisted_corner_is_solved_by_no_few_moves() -> None:
    family = RubiksCube.configured({"size": 2, "num_moves": 1})
    content = family.unsolvable((2, ("R",)), RNG)
    assert content.slots["net"] != ""
    state = json.loads(content.reference)["state"]
    reached = {state}
    for _ in range(3):
        reached |= {apply_moves(one, (move,), 2) for one in sorted(reached) for move in MOVES}
    assert not any(is_solved(one, 2) for one in sorted(reached))
    untwisted = family.build((2, ("R",)), RNG)
    assert untwisted is not None and sorted(untwisted.slots) == sorted(content.slots)


def test_letters_of_the_font_differ_and_can_be_told_in_every_view() -> None:
    glyphs = {letter: picture(letter) for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}
    assert len(set(glyphs.values())) == 26
    assert all(len(glyph) == 5 and len({len(row) for row in glyph}) == 1 for glyph in glyphs.values())
    for letter in "AZ":
        assert all("#" in row for row in glyphs[letter])
    task = FigletText.configured({"length": 2, "views": "turned"}).task("train", 0, 0)
    assert "transposed" in task.prompt


def test_times_are_read() -> None:
    verifier = ClockVerifier()
    for right in ("3:05", "03:05", "Answer: 3:05.", "**3:05**"):
        assert verifier.verify(right, "3:05").score == 1.0, right
    for wrong in ("3:50", "15:05", "3:5", "3:05 or 4:05", "12:00", "3.05"):
        assert verifier.verify(wrong, "3:05").score == 0.0, wrong
    assert verifier.verify("12:00", "12:00").score == 1.0


def test_half_past_midnight_is_half_past_twelve() -> None:
    for right in ("12:30", "0:30", "00:30", "**12:30**."):
        assert ClockVerifier().verify(right, "12:30").score == 1.0, right
    for wrong in ("13:30", "12:30 or 1:30", "1:30", "12.5"):
        assert ClockVerifier().verify(wrong, "12:30").score == 0.0, wrong


def test_angles_may_have_their_unit_and_no_prose() -> None:
    for right in ("192.5", "385/2", "192.5 degrees", "192.5\u00b0", "$192.5^\\circ$", "The angle is 192.5 degrees."):
        assert AngleAnswer().verify(right, "385/2").score == 1.0, right
    for wrong in ("7 degrees or 192.5 degrees", "It is not 192.5 degrees", "192", "I give up after 192.5"):
        assert AngleAnswer().verify(wrong, "385/2").score == 0.0, wrong


def test_hands_tell_one_time_alone() -> None:
    family = ClockReading.configured({"is_labelled": False, "has_mirror": True, "max_turn": 11, "minute_step": 1})
    for time in range(0, 720, 37):
        for is_mirrored, turn in ((True, 0), (False, 3)):
            key = ReadingKey(time=time, is_mirrored=is_mirrored, turn=turn, wait=0)
            fits = []
            for other in range(720):
                angles = [Fraction(other, 2) + 30 * turn, Fraction(6 * (other % 60)) + 30 * turn]
                wanted = [Fraction(time, 2) + 30 * turn, Fraction(6 * (time % 60)) + 30 * turn]
                if sorted(a % 360 for a in angles) == sorted(a % 360 for a in wanted):
                    fits.append(other)
            assert (family.build(key, RNG) is not None) == (fits == [time])


def test_angles_are_exact() -> None:
    for key, angle in [
        (ClockKey(hours=12, hour=3, minute=0, second=0, wait=0), "270"),
        (ClockKey(hours=12, hour=12, minute=30, second=0, wait=0), "165"),
        (ClockKey(hours=12, hour=9, minute=15, second=0, wait=0), "345/2"),
        (ClockKey(hours=24, hour=6, minute=0, second=0, wait=60), "255"),
        (ClockKey(hours=12, hour=11, minute=59, second=12, wait=1), "11/10"),
    ]:
        content = ClockAngle().build(key, RNG)
        assert content is not None and content.reference == angle, key
    assert ClockAngle.verifier.verify("172.5", "345/2").score == 1.0


def test_ways_end_where_they_end() -> None:
    way = DirectionSense().build(WayKey(start=0, steps=((1, 0, 5), (1, 2, 3), (2, 1, 4))), RNG)
    assert way.slots["way"] == (
        "Turn right. Walk 5 steps forward. Turn right. Walk 3 steps backwards. "
        "Turn around. Walk 4 steps to the right, without turning."
    )
    assert json.loads(way.reference) == [9, 3]
