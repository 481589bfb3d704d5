"""What the examples of a pattern leave open, and what a lazy pattern earns."""

import json
import re

from palestra.envs import decode
from palestra.envs.families.code.cheats import fenced
from palestra.envs.families.code.regex_synthesis import HiddenTexts, RegexSynthesis


def test_a_small_misreading_that_fits_the_examples_is_right_on_the_hidden_texts_too() -> None:
    for difficulty in (0.5, 1.0):
        family = RegexSynthesis.configured({"difficulty": difficulty})
        for index in range(15):
            task, parts = family.task("train", 3, index), family.drawn("train", 3, index).key
            hidden = decode(HiddenTexts, task.reference)
            right = re.compile(hidden.pattern).fullmatch
            shown = [json.loads(line) for line in task.prompt.splitlines() if line.startswith('"')]
            for place, part in enumerate(parts):
                before, after = ("".join(p.text for p in side) for side in (parts[:place], parts[place + 1 :]))
                for rival in part.rivals():
                    accepts = re.compile(f"{before}{rival}{after}").fullmatch
                    if all(bool(accepts(text)) is bool(right(text)) for text in shown):
                        assert all(map(accepts, hidden.matching)) and not any(map(accepts, hidden.others)), rival


def test_a_pattern_that_lets_anything_pass_somewhere_is_not_paid() -> None:
    num_tried = 0
    for difficulty in (0.0, 0.5, 1.0):
        family = RegexSynthesis.configured({"difficulty": difficulty})
        for index in range(12):
            task, parts = family.task("train", 4, index), family.drawn("train", 4, index).key
            hidden = decode(HiddenTexts, task.reference)
            lazy = "".join(part.text for part in parts[:-1]) + ".*"
            shown = [json.loads(line) for line in task.prompt.splitlines() if line.startswith('"')]
            right = re.compile(hidden.pattern).fullmatch
            if any(re.fullmatch(lazy, text) and not right(text) for text in (*shown, *hidden.others)):
                num_tried += 1
                assert family.verifier.verify(fenced(lazy, ""), task.reference).score == 0
    assert num_tried > 20


def test_what_is_said_to_have_no_upper_bound_is_tried_far_beyond_the_examples() -> None:
    family = RegexSynthesis.configured({"difficulty": 0.0})
    for index in range(12):
        task = family.task("train", 5, index)
        hidden = decode(HiddenTexts, task.reference)
        if any(mark in hidden.pattern for mark in ("+", "*", "{2,}")):
            shown = [json.loads(line) for line in task.prompt.splitlines() if line.startswith('"')]
            characters = "".join(sorted({re.escape(c) for c in "".join(hidden.matching)}))
            bag = f"[{characters}]{{1,{max(map(len, shown))}}}"
            assert family.verifier.verify(fenced(bag, ""), task.reference).score == 0
