import json
import re

from palestra.envs import KeyedRandom
from palestra.envs.families.cognition.count_objects import CountKey, CountObjects
from palestra.envs.families.cognition.dyck_completion import BracketsVerifier, DyckCompletion
from palestra.envs.families.cognition.memory_update import MemoryUpdate
from palestra.envs.families.cognition.mirror_text import MirrorKey, MirrorText
from palestra.envs.families.cognition.needle_haystack import NeedleHaystack
from palestra.envs.families.cognition.object_tracking import ObjectTracking
from palestra.envs.families.cognition.things import things

RNG = KeyedRandom("memory")


def test_things_have_one_kind_each() -> None:
    every = [thing for items in things().values() for thing in items]
    assert len(set(every)) == len(every)
    assert all(thing.isalpha() and thing.islower() for thing in every)


def test_needles_are_found_by_following_the_text() -> None:
    family = NeedleHaystack.configured({"difficulty": 0.8})
    for index in range(20):
        task = family.task("train", 0, index)
        friends = dict(re.findall(r"The best friend of (\w+ \w+) is (\w+ \w+)\.", task.prompt))
        hops = max(
            len(group.split("best friend")) - 1 for group in re.findall(r"(?:the best friend of )+", task.prompt)
        )
        fact = re.search(r"the person who ([a-z ]+)", task.prompt)
        assert fact
        (start,) = re.findall(rf"([A-Z]\w+ [A-Z]\w+) {fact[1].strip()}\.", task.prompt)
        for _ in range(hops):
            start = friends[start]
        assert start.split() == json.loads(task.reference)
        assert family.verifier.verify(start, task.reference).score == 1.0


def test_exchanges_are_followed() -> None:
    family = ObjectTracking.configured({"difficulty": 0.7})
    for index in range(30):
        task = family.task("train", 0, index)
        has = dict(re.findall(r"(\w+) has the (\w+)", task.prompt))
        order = list(has)
        for line in task.prompt.split("\n"):
            if pair := re.match(r"(\w+) and (\w+) exchange", line):
                has[pair[1]], has[pair[2]] = has[pair[2]], has[pair[1]]
            if ring := re.match(r"At the same time (\w+) gives to (\w+), \w+ to (\w+)", line):
                a, b, c = ring[1], ring[2], ring[3]
                has[b], has[c], has[a] = has[a], has[b], has[c]
        assert [has[name] for name in order] == json.loads(task.reference)


def test_updates_are_followed() -> None:
    family = MemoryUpdate.configured({"difficulty": 0.8})
    for index in range(30):
        task = family.task("train", 0, index)
        table = {name: int(value) for name, value in re.findall(r"(\w+) = (\d+)", task.prompt)}
        order = list(table)
        for line in task.prompt.split("\n"):
            if swap := re.match(r"Exchange the values of (\w+) and (\w+)", line):
                table[swap[1]], table[swap[2]] = table[swap[2]], table[swap[1]]
            elif copy := re.match(r"Set (\w+) to the value of (\w+)", line):
                table[copy[1]] = table[copy[2]]
            elif put := re.match(r"Set (\w+) to (\d+)", line):
                table[put[1]] = int(put[2])
            elif total := re.match(r"Add the value of (\w+) to (\w+)", line):
                table[total[2]] += table[total[1]]
            elif more := re.match(r"Add (\d+) to (\w+)", line):
                table[more[2]] += int(more[1])
            elif less := re.match(r"Subtract (\d+) from (\w+)", line):
                table[less[2]] -= int(less[1])
        assert [table[name] for name in order] == json.loads(task.reference)


def test_counts_take_what_came_and_went() -> None:
    key = CountKey(
        kinds=("fruits", "tools"), changes=(("fruits", "apple", 1), ("tools", "saw", 4), ("tools", "saw", -3))
    )
    content = CountObjects().build(key, RNG)
    assert content.slots["story"] == "In a hall there is an apple and four saws. Then three saws are taken away."
    assert json.loads(content.reference) == [1, 1]


def test_closing_brackets_match() -> None:
    verifier = BracketsVerifier()
    for right in (
        ")]}",
        ") ] }",
        "`)]}`",
        "Answer: )]}",
        "So:\n)]}",
        "<answer>)]}</answer>",
        "```\n)]}\n```",
        "\\boxed{)]}}",
        "$)]}$",
        "The answer is )]}.",
        "### )]}",
    ):
        assert verifier.verify(right, ")]}").score == 1.0, right
    for wrong in ("}])", ")]", ")]}}", "([{", "x)]}", ")]} or }])", "", "the brackets are )]}"):
        assert verifier.verify(wrong, ")]}").score == 0.0, wrong


def test_completed_texts_reduce_to_nothing() -> None:
    family, rng = DyckCompletion.configured({"difficulty": 0.8}), KeyedRandom("dyck")
    for _ in range(50):
        key = family.draw(rng)
        text = key + family.build(key, rng).reference
        for _ in range(len(text)):
            text = text.replace("()", "").replace("[]", "").replace("{}", "")
        assert text == ""


def test_changed_texts_are_changed_in_the_stated_order() -> None:
    content = MirrorText().build(MirrorKey(words=("pear", "lamp"), changes=(0, 4)), RNG)
    assert content is not None
    assert content.slots["text"] == "malp aepr"
    assert MirrorText.verifier.verify("pear lamp", content.reference).score == 1.0
    assert MirrorText.verifier.verify("lamp pear", content.reference).score == 0.0
