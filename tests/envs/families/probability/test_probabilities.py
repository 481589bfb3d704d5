"""Probabilities and counts, computed again by listing all outcomes."""

import re
from fractions import Fraction
from itertools import combinations, permutations, product
from math import prod

import pytest

from palestra.envs import KeyedRandom
from palestra.envs.families.probability import (
    coin_flips,
    conditional_probability,
    counting,
    dice_sums,
    expected_value,
    markov_steps,
    urn_draws,
)
from palestra.envs.families.probability.coin_flips import CoinEvent, CoinFlips
from palestra.envs.families.probability.conditional_probability import ConditionalProbability
from palestra.envs.families.probability.counting import Counting, Objects
from palestra.envs.families.probability.dice_sums import DiceEvent, DiceSums
from palestra.envs.families.probability.expected_value import ExpectedValue, Gamble
from palestra.envs.families.probability.markov_steps import MarkovSteps
from palestra.envs.families.probability.urn_draws import UrnDraws, UrnEvent

DIFFICULTIES = (0.0, 0.2, 0.4, 0.6)


def coin_event_happens(event: CoinEvent, flips: str) -> bool:
    heads = flips.count("H")
    return {
        "even": heads % 2 == 0,
        "exactly": heads == event.count,
        "at-least": heads >= event.count,
        "sequence": flips == event.pattern,
    }.get(event.kind, event.pattern in flips)


@pytest.mark.parametrize("difficulty", DIFFICULTIES)
def test_coin_flips_agree_with_all_sequences(difficulty: float) -> None:
    family, rng = CoinFlips.configured({"difficulty": difficulty}), KeyedRandom("coins")
    for _ in range(30):
        event = family.draw(rng)
        chance = Fraction(0)
        for flips in map("".join, product("HT", repeat=event.num_flips)):
            if coin_event_happens(event, flips):
                chance += event.heads ** flips.count("H") * (1 - event.heads) ** flips.count("T")
        assert coin_flips.probability(event) == chance


def test_a_known_coin_answer() -> None:
    event = CoinEvent(heads=Fraction(1, 2), num_flips=3, kind="run", pattern="HH")
    assert coin_flips.probability(event) == Fraction(3, 8)


def dice_event_happens(event: DiceEvent, faces: tuple[int, ...]) -> bool:
    return {
        "sum": sum(faces) == event.number,
        "at-least": sum(faces) >= event.number,
        "multiple": sum(faces) % max(event.number, 1) == 0,
        "highest": max(faces) == event.number,
        "different": len(set(faces)) == len(faces),
    }[event.kind]


@pytest.mark.parametrize("kind", ["sum", "at-least", "multiple", "highest", "different"])
def test_dice_agree_with_all_rolls(kind: str) -> None:
    family, rng = DiceSums.configured({"num_dice": 3, "num_shapes": 4, "kinds": kind}), KeyedRandom("dice")
    for _ in range(15):
        event = family.draw(rng)
        rolls = list(product(*(range(1, sides + 1) for sides in event.dice)))
        happened = sum(dice_event_happens(event, faces) for faces in rolls)
        assert dice_sums.probability(event) == Fraction(happened, len(rolls))


def urn_event_happens(event: UrnEvent, colors: tuple[int, ...]) -> bool:
    return {
        "order": colors == event.order,
        "exactly": colors.count(0) == event.count,
        "at-least": colors.count(0) >= event.count,
        "same": len(set(colors)) == 1,
        "different": len(set(colors)) == len(colors),
        "every": len(set(colors)) == len(event.balls),
    }[event.kind]


@pytest.mark.parametrize("kind", ["order", "exactly", "at-least", "same", "different", "every"])
def test_urns_agree_with_all_draws(kind: str) -> None:
    family = UrnDraws.configured({"num_colors": 3, "max_balls": 3, "num_draws": 3, "kinds": kind})
    rng = KeyedRandom("urn")
    for _ in range(30):
        event = family.draw(rng)
        balls = [color for color, number in enumerate(event.balls) for _ in range(number)]
        if len(balls) < event.num_draws:
            continue
        k = event.num_draws
        outcomes = list(product(balls, repeat=k) if event.is_put_back else permutations(balls, k))
        happened = sum(urn_event_happens(event, colors) for colors in outcomes)
        assert urn_draws.probability(event) == Fraction(happened, len(outcomes))


def test_names_of_colors_do_not_make_a_new_urn() -> None:
    family = UrnDraws()
    one = UrnEvent(balls=(3, 2, 5), num_draws=2, is_put_back=False, kind="order", order=(0, 1))
    other = UrnEvent(balls=(5, 3, 2), num_draws=2, is_put_back=False, kind="order", order=(1, 2))
    assert family.canonical(one) == family.canonical(other)


def test_boxes_agree_with_the_rule_of_bayes_over_all_draws() -> None:
    family = ConditionalProbability.configured({"kinds": "box", "size": 3, "num_seen": 3, "max_count": 12})
    rng = KeyedRandom("boxes")
    for _ in range(30):
        boxes = family.draw(rng)
        total = sum(share for share, _, _ in boxes.counts)
        weights = []
        for share, red, blue in boxes.counts:
            chance = Fraction(0)
            for colors in product((True, False), repeat=boxes.num_seen):
                if sum(colors) == boxes.known:
                    chance += prod(Fraction(red if is_red else blue, red + blue) for is_red in colors)
            weights.append(Fraction(share, total) * chance)
        assert conditional_probability.probability(boxes) == weights[boxes.wanted] / sum(weights)


def test_tables_agree_with_the_people_in_them() -> None:
    family, rng = ConditionalProbability.configured({"kinds": "table", "size": 4}), KeyedRandom("table")
    for _ in range(30):
        table = family.draw(rng)
        people = [(i, j) for i, row in enumerate(table.counts) for j, count in enumerate(row) for _ in range(count)]
        known = [row for row, column in people if column == table.known]
        assert conditional_probability.probability(table) == Fraction(known.count(table.wanted), len(known))


def test_highest_dice_and_bags_agree_with_all_outcomes() -> None:
    family, rng = ExpectedValue.configured({"size": 3, "high": 6, "kinds": "wheel bag highest"}), KeyedRandom("e")
    for _ in range(60):
        game = family.draw(rng)
        if game.kind == "highest":
            faces = range(game.low, game.low + game.sides)
            values = [max(rolls) for rolls in product(faces, repeat=game.count)]
        else:
            coins = [prize for prize, weight in game.prizes for _ in range(weight)]
            values = [sum(chosen) for chosen in combinations(coins, game.count)]
        assert expected_value.expectation(game) == Fraction(sum(values), len(values))


def test_waiting_times_are_the_known_ones() -> None:
    fair = [Gamble(kind="until", heads=Fraction(1, 2), pattern=pattern) for pattern in ("HH", "HT", "HHH", "HTH")]
    assert [expected_value.expectation(game) for game in fair] == [6, 4, 14, 10]


def test_waiting_times_solve_the_equations_of_their_states() -> None:
    family, rng = ExpectedValue.configured({"size": 5, "kinds": "until"}), KeyedRandom("until")
    for _ in range(25):
        game = family.draw(rng)
        assert expected_value.expectation(game) == expected_by_states(game)


def expected_by_states(game: Gamble) -> Fraction:
    import sympy

    pattern, n = game.pattern, len(game.pattern)
    waits = sympy.symbols(f"w0:{n + 1}")
    equations = [waits[n]]
    for state in range(n):
        after = []
        for face in "HT":
            seen = pattern[:state] + face
            after.append(next(k for k in range(n, -1, -1) if seen.endswith(pattern[:k])))
        p = sympy.Rational(game.heads.numerator, game.heads.denominator)
        equations.append(1 + p * waits[after[0]] + (1 - p) * waits[after[1]] - waits[state])
    value = sympy.solve(equations, waits)[waits[0]]
    return Fraction(int(value.p), int(value.q))


def test_stopping_is_worth_the_known_amount() -> None:
    assert expected_value.expectation(Gamble(kind="stop", count=3, sides=6)) == Fraction(14, 3)


@pytest.mark.parametrize(
    ("kind", "numbers", "objects"),
    [
        ("letters", (2, 1, 1), lambda: len(set(permutations("AABC")))),
        ("committee", (3, 2, 2, 1), lambda: sum(min(c) < 3 for c in combinations(range(5), 2))),
        ("strings", (5, 2, 3), lambda: sum("AA" not in "".join(s) for s in product("ABC", repeat=5))),
        ("sums", (3, 9, 5), lambda: sum(sum(s) == 9 for s in product(range(1, 6), repeat=3))),
        ("digits", (3, 10, 1), lambda: sum(sum(map(int, str(n))) == 10 for n in range(100, 1000, 2))),
        ("digits", (3, 10, 0), lambda: sum(sum(map(int, str(n))) == 10 for n in range(100, 1000))),
    ],
)
def test_counts_agree_with_lists(kind: str, numbers: tuple[int, ...], objects: object) -> None:
    assert counting.count(Objects(kind=kind, numbers=numbers)) == objects()  # type: ignore[operator]


def test_rows_and_paths_agree_with_lists() -> None:
    for n in (5, 6):
        orders = list(permutations(range(n)))
        gaps = [(order.index(0), order.index(1)) for order in orders]
        expected = (
            sum(abs(a - b) == 1 for a, b in gaps),
            sum(abs(a - b) != 1 for a, b in gaps),
            sum(a < b for a, b in gaps),
            sum(abs(a - b) == 1 and {a, b}.isdisjoint({0, n - 1}) for a, b in gaps),
        )
        assert tuple(counting.count(Objects(kind="row", numbers=(n, rule))) for rule in range(4)) == expected
    for a, b, x, y in ((3, 3, 1, 1), (4, 2, 2, 1)):
        steps = [rights for rights in combinations(range(a + b), a)]
        free = sum(not passes(rights, a + b, (x, y)) for rights in steps)
        assert counting.count(Objects(kind="paths", numbers=(a, b, x, y))) == free


def passes(rights: tuple[int, ...], length: int, point: tuple[int, int]) -> bool:
    x = y = 0
    for step in range(length):
        x, y = (x + 1, y) if step in rights else (x, y + 1)
        if (x, y) == point:
            return True
    return False


def test_chains_agree_with_all_walks() -> None:
    family, rng = MarkovSteps.configured({"num_states": 3, "num_steps": 4}), KeyedRandom("walk")
    for _ in range(30):
        chain = family.draw(rng)
        chance = Fraction(0)
        for walk in product(range(3), repeat=chain.num_steps):
            if walk[-1] == chain.wanted:
                steps = zip((0, *walk), walk, strict=False)
                chance += prod(
                    (Fraction(chain.shares[a][b], sum(chain.shares[a])) for a, b in steps), start=Fraction(1)
                )
        assert markov_steps.probability(chain) == chance


def test_only_the_last_line_counts_and_it_must_end_with_the_fraction() -> None:
    family = CoinFlips()
    task = family.task("train", 0, 0)
    gold = task.reference
    right = [gold, f"The probability is {gold}.", f"**Answer:** {gold}", f"1/2 * 1/4 = {gold}", f"\\boxed{{{gold}}}"]
    over, under = gold.split("/")
    right.append(f"So it is $\\frac{{{over}}}{{{under}}}$.")
    wrong = [
        "1/2 or " + gold + " or so, who knows, really",
        f"{gold} is one of many numbers that I like",
        f"It is not {gold}",
        f"{2 * int(over)}/{2 * int(under)}",
        f"{gold}, 1/2",
        task.prompt,
        "",
        '{"answer": "' + gold + '"}',
    ]
    assert [family.verifier.verify(text, gold).score for text in right] == [1.0] * len(right)
    assert [family.verifier.verify(text, gold).score for text in wrong] == [0.0] * len(wrong)


def test_objects_that_need_no_count_are_not_asked() -> None:
    family, rng = Counting(), KeyedRandom("c")
    assert family.build(Objects(kind="letters", numbers=(4,)), rng) is None


def test_a_multiple_is_never_as_likely_as_everybody_would_guess() -> None:
    family = DiceSums.configured({"difficulty": 1.0})
    for index in range(150):
        task = family.task("train", 0, index)
        found = re.search(r"multiple of (\d+)", task.prompt)
        assert not found or task.reference != f"1/{found[1]}"
