"""Questions that list numbered statements and ask which of them are true."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import ClassVar

from palestra.envs.answers import final_line, read_integers
from palestra.envs.family import ConfigT, KeyT
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom
from palestra.verifiers.verdict import Verdict
from palestra.verifiers.verifier import Verifier

_NOUN = re.compile(r"(?:statements?|conclusions?|numbers?|only)\s+", re.IGNORECASE)
_AND = re.compile(r"\s*,?\s+and\s+")


class SelectionAnswer(Verifier[frozenset[int]]):
    """PASS when the final line lists exactly the reference's numbers, in any order.

    Reference: a JSON list such as `[1, 4]`.
    """

    name: ClassVar[str] = "selection-answer"

    def parse_reference(self, reference: str) -> frozenset[int]:
        """Read the list."""
        items = json.loads(reference)
        if not (isinstance(items, list) and all(type(item) is int for item in items)):
            raise ValueError("the reference must be a JSON list of whole numbers")
        return frozenset(items)

    def judge(self, response: str, reference: frozenset[int]) -> Verdict:
        """Compare the sets."""
        line = _NOUN.sub("", final_line(response), count=1)
        answer = frozenset(read_integers(_AND.sub(", ", line)))
        if answer == reference:
            return Verdict.passed(f"exactly {_listed(reference)} are right")
        if wrong := answer - reference:
            return Verdict.failed(f"{str(min(wrong))[:20]} is not among them, right are {_listed(reference)}")
        return Verdict.failed(f"{min(reference - answer)} is missing, right are {_listed(reference)}")


class SelectionQuestion(Question[ConfigT, KeyT]):
    """A question with `meta["options"]` numbered statements, some of which are to be chosen."""

    verifier = SelectionAnswer()
    floor = 0.05

    def oracle(self, task: Task) -> str:
        """The numbers."""
        return ", ".join(map(str, json.loads(task.reference)))

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """Some of the numbers by chance."""
        options = int(task.meta["options"])
        return ", ".join(map(str, sorted(rng.sample(range(1, options + 1), rng.between(1, options - 1)))))


def mixed(
    true: Sequence[str], false: Sequence[str], options: int, rng: KeyedRandom
) -> tuple[list[str], list[int]] | None:
    """So many of the texts in random order, and the numbers of the true ones.

    How many are true is drawn first, so that no number of answers is the usual one. None where there
    are too few texts.
    """
    num_true = rng.between(1, options - 1)
    if len(true) < num_true or len(false) < options - num_true:
        return None
    chosen = [(text, True) for text in rng.sample(true, num_true)]
    chosen += [(text, False) for text in rng.sample(false, options - num_true)]
    rng.shuffle(chosen)
    return [text for text, _ in chosen], [i + 1 for i, (_, is_true) in enumerate(chosen) if is_true]


def numbered(texts: Sequence[str]) -> str:
    """One line for each text, with its number."""
    return "\n".join(f"{i + 1}. {text}" for i, text in enumerate(texts))


def _listed(numbers: frozenset[int]) -> str:
    return ", ".join(map(str, sorted(numbers)))
