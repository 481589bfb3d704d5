import re
from collections.abc import Callable
from fractions import Fraction

from palestra.envs import KeyedRandom
from palestra.envs.families.induction.blicket_detector import BlicketDetector, BlicketKnowledge, BlicketVerifier
from palestra.envs.families.induction.operator_discovery import OperatorDiscovery
from palestra.envs.record import decode, encode

KNOWN = encode(BlicketKnowledge(objects=("red cube", "blue ball", "pink key"), yes=("red cube",), no=("blue ball",)))


def test_the_two_sets_of_objects_are_compared() -> None:
    verifier = BlicketVerifier()
    for right in ("red cube / blue ball", "Answer: Red cube / the blue ball.", "**red cube / blue ball**"):
        assert verifier.verify(right, KNOWN).score == 1.0, right
    for wrong in (
        "blue ball / red cube",
        "red cube, pink key / blue ball",
        "red cube / none",
        "red cube / blue ball, blue ball",
        "red cube, red cube / blue ball",
        "none / none",
        "red cube",
        "red cube / blue ball / pink key",
        "a red cube, a blue ball or a pink key / who knows",
        "/",
    ):
        assert verifier.verify(wrong, KNOWN).score == 0.0, wrong


def test_what_is_certain_follows_from_the_trials_by_plain_logic() -> None:
    """With one blicket needed: what lay on a dark machine is none; what alone remains of a lit one is one."""
    family = BlicketDetector.configured({"difficulty": 0.5, "needed": 1})
    for index in range(60):
        task = family.task("train", 0, index)
        known = decode(BlicketKnowledge, task.reference)
        trials = re.findall(r"^(.*): (lit|dark)$", task.prompt, re.MULTILINE)
        dark = {name for names, result in trials if result == "dark" for name in names.split(", ")}
        lit = [set(names.split(", ")) - dark for names, result in trials if result == "lit"]
        assert set(known.no) == dark
        assert set(known.yes) == {name for names in lit if len(names) == 1 for name in names}


def test_operators_are_found_by_no_other_sum_of_parts() -> None:
    """All sums are tried over whole ranges of factors and constants, not by solving for them."""
    parts: list[Callable[[int, int], int]] = [
        lambda a, b: a, lambda a, b: b, lambda a, b: a * b, lambda a, b: a * a, lambda a, b: b * b,
        lambda a, b: abs(a - b), max, min, lambda a, b: a % b, lambda a, b: a // b,
    ]  # fmt: skip
    family = OperatorDiscovery.configured({"difficulty": 0.4, "num_parts": 1, "has_constant": True})
    for index in range(40):
        task = family.task("train", 0, index)
        examples = [tuple(map(int, match)) for match in re.findall(r"^(\d+) \S+ (\d+) = (-?\d+)$", task.prompt, re.M)]
        rest = re.sub(r"^.* = -?\d+$", "", task.prompt, flags=re.MULTILINE)
        (query,) = [(int(a), int(b)) for a, b in re.findall(r"(\d+) \S+ (\d+)", rest)]
        found = {
            factor * part(*query) + constant
            for part in parts
            for factor in (-3, -2, -1, 1, 2, 3)
            for constant in range(-9, 10)
            if all(factor * part(a, b) + constant == value for a, b, value in examples)
        }
        assert found == {Fraction(task.reference)}


def test_guesses_hardly_ever_win() -> None:
    family = OperatorDiscovery.configured({"difficulty": 0.5})
    rng = KeyedRandom("guess")
    tasks = [family.task("train", 0, index) for index in range(100)]
    assert sum(family.verifier.verify(family.guess(task, rng), task.reference).score for task in tasks) <= 3
