import json

from palestra.envs import KeyedRandom
from palestra.envs.families.games.countdown import Countdown, CountdownKey
from palestra.verifiers import CountdownVerifier


def test_targets_are_whole_in_range_and_not_given() -> None:
    for difficulty in range(10):
        family = Countdown.configured({"difficulty": difficulty / 10})
        for index in range(20):
            game = json.loads(family.task("train", 0, index).reference)
            assert 1 <= game["target"] <= family.config.max_target
            assert game["target"] not in game["numbers"]
            assert len(game["numbers"]) == family.config.num_numbers


def test_the_prompt_says_what_is_checked() -> None:
    prompt = Countdown().task("train", 0, 0).prompt
    for rule in ("each number exactly once", "+ - * /", "last line of your reply must be the expression alone"):
        assert rule in prompt


def test_the_order_of_numbers_does_not_make_a_new_puzzle() -> None:
    keys = [CountdownKey(numbers=numbers, target=9, solution="") for numbers in ((4, 5), (5, 4))]
    assert Countdown().canonical(keys[0]) == Countdown().canonical(keys[1])


def test_guesses_are_well_formed() -> None:
    family, rng, verifier = Countdown(), KeyedRandom("x"), CountdownVerifier()
    for index in range(50):
        task = family.task("train", 0, index)
        detail = verifier.verify(family.guess(task, rng), task.reference).detail
        assert any(word in detail for word in ("the expression is", "divides by zero", "numbers used")), detail


def test_no_fixed_operator_is_paid() -> None:
    family, verifier = Countdown(), CountdownVerifier()
    games = [family.task("train", 1, index).reference for index in range(300)]
    for operator in "+-*/":
        scores = [verifier.verify(operator.join(map(str, _falling(game))), game).score for game in games]
        assert sum(scores) / len(scores) <= 0.02


def _falling(game: str) -> list[int]:
    return sorted(json.loads(game)["numbers"], reverse=True)
