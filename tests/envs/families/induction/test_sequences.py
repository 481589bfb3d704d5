from palestra.envs import KeyedRandom
from palestra.envs.families.induction.number_sequence import NumberSequence, NumberSequenceKey
from palestra.envs.families.induction.sequence_rules import RULES

BY_NAME = {rule.name: rule for rule in RULES}


def test_every_rule_explains_and_continues_its_own_terms() -> None:
    rng = KeyedRandom("rules")
    for rule in RULES:
        for _ in range(5):
            *shown, following = rule.terms(rule.complexity + 4, 9, rng)
            found = rule.next(shown)
            # A rule may fail to solve for its numbers where terms repeat; it never goes on otherwise.
            assert found in (following, None) or BY_NAME["add"].next(shown) is not None, (rule.name, shown)


def test_known_sequences_go_on() -> None:
    for name, shown, following in [
        ("add", [3, 7, 11], 15),
        ("multiply", [2, 6, 18], 54),
        ("add-last-two", [1, 2, 3, 5], 8),
        ("growing-factor", [1, 2, 6, 24], 120),
        ("multiply-and-add", [1, 3, 7, 15], 31),
        ("two-steps", [1, 3, 8, 10, 15], 17),
        ("add-then-multiply", [1, 3, 6, 8, 16], 18),
        ("differences(add)", [1, 4, 9, 16], 25),
        ("differences(differences(add))", [1, 8, 27, 64, 125], 216),
        ("signs(add)", [1, -3, 5, -7], 9),
        ("turns(add, multiply)", [1, 2, 4, 6, 7, 18], 10),
        ("add-digit-sum", [10, 13, 19, 31], 37),
    ]:
        assert BY_NAME[name].next(shown) == following, name
        assert BY_NAME[name].next([*shown, following + 1]) is None, name


def test_no_rule_that_is_as_short_goes_on_otherwise() -> None:
    for difficulty in (0.0, 0.5, 1.0):
        family = NumberSequence.configured({"difficulty": difficulty})
        for index in range(20):
            task = family.task("train", 0, index)
            line = next(line for line in task.prompt.split("\n") if "," in line)
            shown = [int(piece.strip(" .")) for piece in line.rpartition(":")[2].split(",") if piece.strip(" .?")]
            found = {rule.next(shown) for rule in RULES if rule.complexity <= family.config.complexity}
            assert found - {None} == {int(task.reference)}


def test_a_sequence_with_two_readings_makes_no_task() -> None:
    family = NumberSequence.configured({"complexity": 3})
    assert family.build(NumberSequenceKey(rule="two-steps", terms=(1, 2, 3, 4, 5, 6, 7)), KeyedRandom("x")) is None
