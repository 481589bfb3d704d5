"""Texts that match a hidden pattern and texts that do not: find the pattern."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.answers import RecordVerifier, final_block
from palestra.envs.config import FamilyConfig, ramp, stages
from palestra.envs.families.code.cheats import fenced
from palestra.envs.families.code.linear_regex import PatternError, compiled_pattern
from palestra.envs.families.code.regex_parts import DIGITS, LETTERS, Part, draw_part
from palestra.envs.families.code.regex_rivals import SplitText, refuting_laxer, refuting_rivals
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.record import decode, encode
from palestra.envs.task import Task
from palestra.verifiers import Verdict
from palestra.verifiers.errors import NoAnswerError
from palestra.verifiers.keyed_random import KeyedRandom

_NUM_HIDDEN = 10
_MAX_TRIES = 400


@dataclass(frozen=True, kw_only=True, slots=True)
class HiddenTexts:
    """A pattern, and texts by which another is judged."""

    pattern: str
    matching: tuple[str, ...]
    others: tuple[str, ...]


class RegexVerifier(RecordVerifier[HiddenTexts]):
    """PASS when a pattern matches the hidden texts that it should, as a whole, and no other.

    The pattern is the last block of the response, alone on one line. It is matched by our own matcher, which takes time
    linear in the text whatever the pattern. Reference: a `HiddenTexts` as JSON.

    The detail counts and shows no text.
    """

    name: ClassVar[str] = "regex-synthesis"
    record_type = HiddenTexts

    def judge(self, response: str, reference: HiddenTexts) -> Verdict:
        """Read the pattern and match."""
        lines = final_block(response).split("\n")
        if len(lines) != 1:
            raise NoAnswerError(f"{len(lines)} lines, wanted one pattern")
        try:
            pattern = compiled_pattern(lines[0].strip())
        except PatternError as error:
            raise NoAnswerError(f"this pattern is not read: {error}") from None
        missed = sum(not pattern.matches(text) for text in reference.matching)
        caught = sum(pattern.matches(text) for text in reference.others)
        if missed or caught:
            return Verdict.failed(
                f"{missed} of {len(reference.matching)} hidden texts are missed, "
                f"{caught} of {len(reference.others)} others match"
            )
        return Verdict.passed(f"{len(reference.matching) + len(reference.others)} hidden texts are judged right")


@dataclass(frozen=True, kw_only=True, slots=True)
class RegexSynthesisConfig(FamilyConfig):
    """Which patterns are hidden."""

    num_parts: int = ramp(3, 6, low=2, high=10)
    """How many parts a pattern has, 2..10."""
    num_features: int = stages(1, 2, 3, 4)
    """Fixed texts and digits, then sets of letters, then alternatives; more kinds of repetitions with each."""
    is_described: bool = stages(True, True, False, False)
    """Whether the pattern is said in words besides the examples."""
    num_examples: int = ramp(10, 16, low=4, high=30)
    """How many texts of each kind are shown, 4..30."""


class RegexSynthesis(Question[RegexSynthesisConfig, tuple[Part, ...]]):
    """Patterns by examples: those that do not match are a change or two away, and small misreadings show."""

    id: ClassVar[str] = "palestra/RegexSynthesis-v1"
    Config: ClassVar[type[RegexSynthesisConfig]] = RegexSynthesisConfig
    templates = (
        "Find a regular expression that matches each of these texts as a whole:\n{matching}\nbut none of these:\n"
        "{others}\n{hint}It is tried on other texts of both kinds.",
        "{hint}A pattern accepts these texts completely:\n{matching}\nand rejects these:\n{others}\nWhich regular "
        "expression is it? Texts that you do not see decide.",
        "Good:\n{matching}\n\nBad:\n{others}\n\n{hint}Write the regular expression that the good texts, and hidden "
        "ones like them, match in full, and the bad ones do not.",
        "Rejected:\n{others}\n\nAccepted:\n{matching}\n\n{hint}What regular expression decides (of the whole text)? It "
        "must decide unseen texts as well.",
    )
    answer_format = (
        "Put the expression alone into one ``` block. Use characters, classes, `.`, groups, `|` and repetitions; "
        "references and lookaround are not read."
    )
    verifier = RegexVerifier()

    def draw(self, rng: KeyedRandom) -> tuple[Part, ...]:
        """Draw the parts."""
        return tuple(draw_part(rng, self.config.num_features) for _ in range(self.config.num_parts))

    def canonical(self, key: tuple[Part, ...]) -> str:
        """The pattern."""
        return _pattern(key)

    def build(self, key: tuple[Part, ...], rng: KeyedRandom) -> Content | None:
        """Draw texts of both kinds; None where there are too few, or where they leave open which pattern it is."""
        count = self.config.num_examples + _NUM_HIDDEN
        matching = _matching(key, count, rng)
        pattern = _pattern(key)
        others = _others(pattern, matching, count, rng)
        if len(matching) < count or len(others) < count or len({part.single for part in key}) == 1:
            return None
        shown = self.config.num_examples
        rng.shuffle(others)
        split = [SplitText.of(text, key) for text in others]
        kept = refuting_laxer(key, split[::-1])
        if kept is None:
            return None
        evidence: set[str] = set()
        if not self.config.is_described:
            evidence = refuting_rivals(key, [SplitText.of(text, key) for text in matching], split)
        matching.sort(key=lambda text: text not in evidence)
        others.sort(key=lambda text: (text in kept, text not in evidence))
        if not evidence <= {*matching[:shown], *others[:shown]} or not kept <= {*others[shown:]}:
            return None
        # Who is told that there is no upper bound must not write one.
        long = ["".join(part.long(rng) for part in key)] if self.config.is_described else []
        words = ", then ".join(part.words for part in key)
        return Content(
            slots={
                "matching": "\n".join(json.dumps(text) for text in matching[:shown]),
                "others": "\n".join(json.dumps(text) for text in others[:shown]),
                "hint": f"In words: {words}. A choice that is repeated is made anew each time.\n"
                if self.config.is_described
                else "",
            },
            reference=encode(
                HiddenTexts(pattern=pattern, matching=(*matching[shown:], *long), others=tuple(others[shown:]))
            ),
            effort=len(pattern) * (1 if self.config.is_described else 2),
            meta={"num_parts": len(key), "is_described": self.config.is_described},
        )

    def oracle(self, task: Task) -> str:
        """The hidden pattern."""
        return fenced(decode(HiddenTexts, task.reference).pattern, "")

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """Another pattern of as many parts."""
        return fenced(_pattern(self.draw(rng)), "")

    def hacks(self, task: Task) -> tuple[str, ...]:
        """The shown texts by heart, their common ends, what matches all or freezes matchers, and what is too large."""
        texts = [json.loads(line) for line in task.prompt.splitlines() if line.startswith('"')]
        known = "|".join(texts)
        right = compiled_pattern(decode(HiddenTexts, task.reference).pattern)
        good = [text for text in texts if right.matches(text)]
        ends = (_common(good), _common([text[::-1] for text in good])[::-1])
        lazy = (f"{re.escape(ends[0])}.*", f".*{re.escape(ends[1])}", f"{re.escape(ends[0])}.*{re.escape(ends[1])}")
        patterns = (known, f"(?:{known})", ".*", ".+", "[^ ]*", r"\S+", "(a+)+$", "(?:a|a)*b", "((a*)*)*", "(.*)*x")
        large = ("(?:a{99}){99}", "a{999999999}", "(" * 200 + ")" * 200, "(?=a)b", r"(a)\1", "(?!a).*", "")
        return tuple(fenced(pattern, "") for pattern in (*patterns, *lazy, *large))


def _common(texts: Sequence[str]) -> str:
    """What all texts begin with."""
    low, high = min(texts), max(texts)
    return next((low[:place] for place, letter in enumerate(low) if not high.startswith(letter, place)), low)


def _pattern(parts: tuple[Part, ...]) -> str:
    return "".join(part.text for part in parts)


def _matching(parts: tuple[Part, ...], count: int, rng: KeyedRandom) -> list[str]:
    """Different texts; the first ones, which are shown, go through the counts and options of every part."""
    found: dict[str, None] = {}
    for turn in range(_MAX_TRIES):
        text = "".join(part.draw(rng, turn) for part in parts)
        if text:
            found[text] = None
        if len(found) == count:
            break
    return list(found)


def _others(pattern: str, matching: list[str], count: int, rng: KeyedRandom) -> list[str]:
    """Texts that are a change or two away from matching ones, and do not match."""
    matches, found = re.compile(pattern).fullmatch, dict[str, None]()  # ours, and the texts are short
    characters = "".join(sorted(set("".join(matching)))) + LETTERS + DIGITS[:3]
    for _ in range(_MAX_TRIES):
        text = rng.choice(matching)
        for _ in range(1 + rng.below(2)):
            place = rng.below(len(text) + 1)
            text = text[:place] + rng.choice(("", rng.choice(characters))) + text[place + rng.below(2) :]
        if text and not matches(text):
            found[text] = None
        if len(found) == count:
            break
    return list(found)
