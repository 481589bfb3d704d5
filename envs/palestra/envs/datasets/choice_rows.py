"""Rows of multiple choice: the right option and wrong ones, in an order of their own."""

from __future__ import annotations

import json

from palestra.envs.datasets.columns import BadRowError, Row, text_of, value_at
from palestra.verifiers.keyed_random import KeyedRandom

_LETTERS = "ABCDEFGHIJ"
_GPQA_OPTIONS = ("Correct Answer", "Incorrect Answer 1", "Incorrect Answer 2", "Incorrect Answer 3")


def gpqa(row: Row) -> Row:
    """A row of GPQA: its four options in an order that the question decides, the same for every seed."""
    texts = [text_of(value_at(row, column), column).strip() for column in _GPQA_OPTIONS]
    question = text_of(value_at(row, "Question"), "Question").strip()
    order = list(range(len(texts)))
    KeyedRandom("gpqa", question, *sorted(texts)).shuffle(order)
    # The right option is drawn by its place in sorted order, so that its place in the row decides nothing.
    options = [sorted(texts)[place] for place in order]
    if options.count(texts[0]) > 1:
        raise BadRowError("a wrong option has the text of the right one")
    letter = _LETTERS[options.index(texts[0])]
    return {
        **row,
        "question": question,
        "options": "\n".join(f"({_LETTERS[i]}) {option}" for i, option in enumerate(options)),
        "choice": json.dumps({"answer": letter, "options": options}),
        "letter": letter,
    }
