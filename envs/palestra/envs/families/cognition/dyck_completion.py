"""Close the brackets that are open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.config import FamilyConfig, ramp
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers import Verdict, Verifier
from palestra.verifiers.answer import Answer, after_thinking, last_tagged, quote
from palestra.verifiers.errors import NoAnswerError
from palestra.verifiers.keyed_random import KeyedRandom
from palestra.verifiers.text.closing import closing_text

_PARTNER = {"(": ")", "[": "]", "{": "}"}
_CLOSING = frozenset(_PARTNER.values())


class BracketsVerifier(Verifier[str]):
    """PASS when the last line is exactly the closing brackets, but for blanks, emphasis and a label such as `Answer:`.

    Reference: the closing brackets.
    """

    name: ClassVar[str] = "brackets"

    def parse_reference(self, reference: str) -> str:
        """Read the brackets."""
        if not reference or not _CLOSING.issuperset(reference):
            raise ValueError(f"`{reference[:20]}` is no text of closing brackets")
        return reference

    def judge(self, response: str, reference: str) -> Verdict:
        """Compare bracket by bracket."""
        text = after_thinking(response)
        tagged = last_tagged(text)
        bare = (text if tagged is None else tagged).replace("```", "")
        line = closing_text(Answer(text=bare, is_marked=False))
        if "\\boxed{" in line:
            line = line.rpartition("\\boxed{")[2].rstrip("$.").removesuffix("}")
        line = "".join(line.replace("*", "").replace("`", "").split()).removesuffix(".")
        if not line or not _CLOSING.issuperset(line):
            raise NoAnswerError(f"`{quote(line)}` is no text of closing brackets")
        if line == reference:
            return Verdict.passed(f"all {len(reference)} brackets are right")
        return Verdict.failed(f"`{quote(line)}` does not close what is open, right is `{quote(reference)}`")


@dataclass(frozen=True, kw_only=True, slots=True)
class DyckCompletionConfig(FamilyConfig):
    """Which texts are shown."""

    num_open: int = ramp(5, 12, low=1, high=40)
    """How many brackets stay open, 1..40."""
    num_pairs: int = ramp(1, 40, low=0, high=200)
    """How many brackets are closed already, 0..200."""


class DyckCompletion(Question[DyckCompletionConfig, str]):
    """Texts of three kinds of brackets; the key is the text."""

    id: ClassVar[str] = "palestra/DyckCompletion-v1"
    Config: ClassVar[type[DyckCompletionConfig]] = DyckCompletionConfig
    templates = (
        "Close all open brackets: {text}",
        "{text}\nWhich closing brackets are missing at the end?",
        "Complete this text, so that each bracket has its partner and they nest: {text}",
        "The end of this text of brackets was lost: {text}\nWhat is the shortest end that closes them all?",
    )
    answer_format = "Reply with the missing closing brackets alone, in order."
    verifier = BracketsVerifier()

    def draw(self, rng: KeyedRandom) -> str:
        """Open and close brackets in random order."""
        stay, pairs = self.config.num_open, self.config.num_pairs
        to_open, to_close = stay + pairs, pairs
        text, opened = "", ""
        while to_open or to_close:
            if to_open and (not opened or not to_close or rng.below(to_open + to_close) < to_open):
                opened += rng.choice("([{")
                text += opened[-1]
                to_open -= 1
            else:
                text += _PARTNER[opened[-1]]
                opened = opened[:-1]
                to_close -= 1
        return text

    def build(self, key: str, rng: KeyedRandom) -> Content:
        """Ask for the end."""
        opened: list[str] = []
        for bracket in key:
            if bracket in _PARTNER:
                opened.append(bracket)
            else:
                opened.pop()
        return Content(
            slots={"text": " ".join(key)},
            reference="".join(_PARTNER[bracket] for bracket in reversed(opened)),
            effort=len(key),
            meta={"num_brackets": len(key)},
        )

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """As many closing brackets."""
        return "".join(rng.choice(")]}") for _ in task.reference)
