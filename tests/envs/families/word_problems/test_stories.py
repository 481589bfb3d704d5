"""Word problems: numbers on the way, uniqueness and optima, found again by trying everything."""

import re
from fractions import Fraction
from itertools import product

import pytest

from palestra.envs import KeyedRandom
from palestra.envs.answers import RationalsAnswer
from palestra.envs.families.word_problems.age_problems import AgeProblems, People, Statement
from palestra.envs.families.word_problems.cents import rounded_cents
from palestra.envs.families.word_problems.change_ways import ChangeWays
from palestra.envs.families.word_problems.coins import fewest, num_ways
from palestra.envs.families.word_problems.interest import Interest, Savings, balance
from palestra.envs.families.word_problems.leg_counting import LegCounting, animals
from palestra.envs.families.word_problems.mixture_problems import Mixture, MixtureProblems
from palestra.envs.families.word_problems.mixture_problems import solve as solve_mixture
from palestra.envs.families.word_problems.money_change import MoneyChange, Payment
from palestra.envs.families.word_problems.price_changes import PriceChanges, asked_price
from palestra.envs.families.word_problems.rate_and_work import Rates
from palestra.envs.families.word_problems.rate_and_work import solve as solve_rates
from palestra.envs.families.word_problems.schedule_problems import ScheduleProblems, clock, earliest
from palestra.envs.families.word_problems.sibling_count import Child, Kin, SiblingCount
from palestra.envs.families.word_problems.story_steps import Step, applied
from palestra.envs.families.word_problems.word_arithmetic import WordArithmetic
from palestra.envs.record import decode, encode


def test_every_number_of_a_story_is_whole_and_positive() -> None:
    for difficulty in (0.0, 0.5, 1.0):
        family, rng = WordArithmetic.configured({"difficulty": difficulty}), KeyedRandom("stories")
        for _ in range(200):
            story = family.draw(rng)
            value = Fraction(story.start)
            for step in story.steps:
                value = exactly(step, value)
                assert value.denominator == 1
                assert value > 0
            assert (
                story.answer
                == {
                    "count": value,
                    "price": value * story.ending.a,
                    "bags": value / max(story.ending.a, 1),
                    "together": value + value * story.ending.a,
                }[story.ending.kind]
            )


def exactly(step: Step, value: Fraction) -> Fraction:
    a, b = Fraction(step.a), Fraction(step.b)
    return {
        "gain": lambda: value + a,
        "lose": lambda: value - a,
        "packs": lambda: value + a * b,
        "daily": lambda: value + a * b,
        "share": lambda: value / a,
        "times": lambda: value * a,
        "fraction": lambda: value * (1 - a / b),
        "percent": lambda: value * (100 - a) / 100,
        "swap": lambda: value / a * b,
    }[step.kind]()


def test_steps_do_what_they_say() -> None:
    assert applied(Step(kind="fraction", a=2, b=3), 12) == 4
    assert applied(Step(kind="percent", a=25), 12) == 9
    assert applied(Step(kind="swap", a=3, b=2), 12) == 8


def test_distractors_change_the_words_and_not_the_answer() -> None:
    plain = WordArithmetic.configured({"num_steps": 4, "num_distractors": 0, "difficulty": 0.5})
    noisy = WordArithmetic.configured({"num_steps": 4, "num_distractors": 3, "difficulty": 0.5})
    story = plain.draw(KeyedRandom("s"))
    first, second = plain.build(story, KeyedRandom("b")), noisy.build(story, KeyedRandom("b"))
    assert first.reference == second.reference
    assert second.slots["story"].count(".") == first.slots["story"].count(".") + 3


def test_herds_have_as_many_legs_as_their_text_says() -> None:
    legs = {name: animal.legs for animal in animals() for name in (animal.one, animal.many)}
    family = LegCounting.configured({"kinds": "legs", "difficulty": 0.7})
    for index in range(50):
        task = family.task("train", 0, index)
        pairs = re.findall(r"(\d+) ([a-z]+)", task.prompt)
        assert sum(int(number) * legs[name] for number, name in pairs) == int(task.reference)


def test_heads_and_legs_leave_one_herd() -> None:
    legs = {name: animal.legs for animal in animals() for name in (animal.one, animal.many)}
    family = LegCounting.configured({"kinds": "heads", "num_kinds": 3, "high": 15})
    for index in range(30):
        task = family.task("train", 0, index)
        known = [(int(n), legs[name]) for n, name in re.findall(r"(\d+) ([a-z]+)(?=,| and some)", task.prompt)]
        first, second = re.findall(r"some ([a-z]+)", task.prompt)
        ((heads, total),) = [map(int, two) for two in re.findall(r"(\d+) animals with (\d+) legs", task.prompt)]
        left = heads - sum(n for n, _ in known)
        rest = total - sum(n * each for n, each in known)
        fits = [x for x in range(left + 1) if (left - x) * legs[first] + x * legs[second] == rest]
        assert fits == [int(task.reference)]


def holds(statement: Statement, ages: tuple[int, ...]) -> bool:
    a, b, k, m = ages[statement.one], ages[statement.other], statement.number, statement.factor
    return {
        "known": a == k,
        "older": a == b + k,
        "sum": a + b == k,
        "times": a == m * b,
        "future": a + k == m * (b + k),
        "past": a - k == m * (b - k),
    }[statement.kind]


def test_ages_have_one_solution() -> None:
    family, rng = AgeProblems.configured({"num_people": 3, "high": 24, "difficulty": 1.0}), KeyedRandom("ages")
    num_seen = 0
    while num_seen < 12:
        key: People = family.draw(rng)
        if family.build(key, rng) is None:
            continue
        num_seen += 1
        found = [ages for ages in product(range(1, 31), repeat=3) if all(holds(s, ages) for s in key.statements)]
        assert found == [key.ages]


def test_fewest_coins_agree_with_a_table() -> None:
    rng = KeyedRandom("coins")
    for _ in range(40):
        key = MoneyChange.configured({"difficulty": 0.6}).draw(rng)
        best = [0] + [10**6] * key.amount
        for total in range(1, key.amount + 1):
            best[total] = 1 + min(best[total - coin] for coin in key.coins if coin <= total)
        paid = fewest(key.coins, key.amount)
        assert (sum(paid), len(paid)) == (key.amount, best[key.amount])
        assert set(paid) <= set(key.coins)


def test_every_shortest_payment_is_right_and_no_other() -> None:
    reference = encode(Payment(coins=(6, 5, 4, 1), amount=10, paid=(5, 5)))
    verifier = MoneyChange.verifier
    right = ["5, 5", "6, 4", "4 6", "[5, 5]", "Answer: 6, 4."]
    wrong = ["10", "4, 5, 1", "5, 5, 5", "6, 5, 4, 1", "5", "7, 3", "", "-1, 11", "5, 5 or 6, 4", "2 coins"]
    assert [verifier.verify(text, reference).score for text in right] == [1.0] * len(right)
    assert [verifier.verify(text, reference).score for text in wrong] == [0.0] * len(wrong)


def test_ways_agree_with_all_payments() -> None:
    rng = KeyedRandom("ways")
    for _ in range(10):
        coins, amount = ChangeWays.configured({"num_coins": 3, "max_amount": 60}).draw(rng)
        counts = [range(amount // coin + 1) for coin in coins[:-1]]
        listed = sum(sum(c * n for c, n in zip(coins, some, strict=False)) <= amount for some in product(*counts))
        assert num_ways(coins, amount) == listed


def test_siblings_agree_with_a_list_of_children() -> None:
    family, rng = SiblingCount.configured({"difficulty": 0.6}), KeyedRandom("kin")
    for _ in range(100):
        key = family.draw(rng)
        families = [["girl"] * child.girls + ["boy"] * child.boys for child in key.children]
        own = list(families[0])
        own.remove("girl" if key.of_sister else "boy")
        cousins = [child for children in families[1:] for child in children]
        assert (
            key.answer
            == {
                "brothers": own.count("boy"),
                "sisters": own.count("girl"),
                "siblings": len(own),
                "male cousins": cousins.count("boy"),
                "female cousins": cousins.count("girl"),
                "cousins": len(cousins),
                "grandchildren": len(own) + 1 + len(cousins),
            }[key.asks]
        )


def test_the_earliest_meeting_agrees_with_every_minute() -> None:
    for difficulty in (0.0, 0.5, 1.0):
        family, rng = ScheduleProblems.configured({"difficulty": difficulty}), KeyedRandom("day")
        for _ in range(15):
            key = family.draw(rng)
            busy = {minute for spans in key.busy for start, end in spans for minute in range(start, end)}
            starts = range(480, 1080 - key.length + 1)
            free = (s for s in starts if busy.isdisjoint(range(s, s + key.length)))
            assert earliest(key) == next(free, None)


def test_times_are_read_in_their_usual_forms() -> None:
    verifier = ScheduleProblems.verifier
    right = ["13:05", "1:05 PM", "1:05 p.m.", "The meeting can start at 13:05.", "**13:05**", "Answer: 13:05"]
    wrong = ["13:06", "1:05", "13:05 or 13:10", "13:05-13:35", "1305", "", "13:05 is too early", "25:05", "8:00, 13:05"]
    assert [verifier.verify(text, "13:05").score for text in right] == [1.0] * len(right)
    assert [verifier.verify(text, "13:05").score for text in wrong] == [0.0] * len(wrong)
    assert clock(785) == "13:05"


def test_rates_are_the_known_ones() -> None:
    answers = {
        ("trip", (1, 60, 4)): 4,
        ("meet", (300, 60, 40)): 3,
        ("chase", (30, 60, 75)): 2,
        ("average", (60, 60, 60, 30)): 40,
        ("work", (3, 6)): 2,
        ("pipes", (4, -6)): 12,
        ("pipes", (6, -4)): None,
    }
    assert {(kind, n): solve_rates(Rates(kind=kind, numbers=n)) for kind, n in answers} == answers


def test_mixtures_keep_what_is_in_them() -> None:
    family, rng = MixtureProblems.configured({"difficulty": 0.7}), KeyedRandom("mix")
    for _ in range(100):
        key: Mixture = family.draw(rng)
        if family.build(key, rng) is None or key.kind == "replace":
            continue
        answer = solve_mixture(key)
        parts = [(Fraction(liters), percent) for liters, percent in key.parts]
        if key.kind == "thin":
            parts, answer = [*parts, (answer, 0)], Fraction(key.number)
        if key.kind == "aim":
            parts, answer = [parts[0], (answer, parts[1][1])], Fraction(key.number)
        assert all(liters > 0 for liters, _ in parts)
        assert sum(liters * percent for liters, percent in parts) == answer * sum(liters for liters, _ in parts)


def test_money_is_rounded_once_and_never_from_half_a_cent() -> None:
    assert rounded_cents(Fraction("12.344")) == "12.34"
    assert rounded_cents(Fraction("12.346")) == "12.35"
    assert rounded_cents(Fraction("12.345")) is None
    assert rounded_cents(Fraction(2, 3)) == "0.67"


def test_interest_is_the_known_one() -> None:
    compound = Savings(kind="compound", dollars=1000, half_percents=10, num_years=2)
    assert balance(compound) == Fraction("1102.5")
    assert balance(Savings(kind="simple", dollars=1000, half_percents=10, num_years=2)) == 1100
    assert balance(Savings(kind="payments", dollars=1000, half_percents=10, num_years=2, yearly=100)) == Fraction(
        "1307.5"
    )
    task = Interest().task("train", 0, 0)
    assert Interest.verifier.verify(f"${float(task.reference):,.2f} dollars", task.reference).score == 1.0


def test_prices_forwards_and_backwards_agree() -> None:
    family, rng = PriceChanges.configured({"difficulty": 0.9}), KeyedRandom("prices")
    for _ in range(100):
        key = family.draw(rng)
        price = asked_price(key) if key.asks == "first" else Fraction(key.told)
        for change in key.changes:
            price += price * change / 100
        assert price == (key.told if key.asks == "first" else asked_price(key))


@pytest.mark.parametrize(
    "text", ["12", "12 apples", "She has 12.", "Mia has 12 apples left.", "3 * 4 = 12", "<answer>12</answer>"]
)
def test_numbers_are_read_in_their_usual_forms(text: str) -> None:
    assert RationalsAnswer().verify(text, "12").score == 1.0


@pytest.mark.parametrize(
    "text",
    [
        "12 or 13",
        "11, 12",
        "12, 13",
        "between 11 and 12",
        "not 12",
        "12 is only one of many guesses",
        "3*4",
        "1,2",
        "24/2",
        "1e1",
    ],
)
def test_numbers_that_are_not_said_are_not_read(text: str) -> None:
    assert RationalsAnswer().verify(text, "12").score == 0.0


def test_payments_go_through_their_reference() -> None:
    task = MoneyChange().task("train", 0, 0)
    assert sum(decode(Payment, task.reference).paid) == decode(Payment, task.reference).amount


@pytest.mark.parametrize("difficulty", [0.0, 0.5, 1.0])
def test_taking_the_largest_coin_first_never_pays(difficulty: float) -> None:
    family = MoneyChange.configured({"difficulty": difficulty})
    for index in range(60):
        task = family.task("train", 0, index)
        payment = decode(Payment, task.reference)
        left, paid = payment.amount, []
        for coin in payment.coins:
            paid += [coin] * (left // coin)
            left %= coin
        assert sum(paid) == payment.amount
        assert family.verifier.verify(str(paid), task.reference).score == 0.0


def test_cousins_are_the_same_in_any_order() -> None:
    one, two, three = (Child(is_girl=True, brothers=n, sisters=1) for n in (1, 2, 3))
    family = SiblingCount()
    keys = [
        Kin(children=(one, two, three), of_sister=True, asks="cousins"),
        Kin(children=(one, three, two), of_sister=False, asks="cousins"),
    ]
    assert len(set(map(family.canonical, keys))) == 1


@pytest.mark.parametrize(
    "text", ["12 is wrong", "12 or so", "12 maybe not", "x = 3 or x = 12", "It is not: 12", "x > 12"]
)
def test_a_number_that_is_denied_is_not_read(text: str) -> None:
    assert RationalsAnswer().verify(text, "12").score == 0.0


def test_thousands_may_be_grouped() -> None:
    assert RationalsAnswer().verify("P = 7,629/62,761", "7629/62761").score == 1.0
    assert RationalsAnswer().verify("(-6,071/701, 12,033/701)", "(-6071/701, 12033/701)").score == 1.0
    assert RationalsAnswer().verify("(1,234)", "(1, 234)").score == 1.0
