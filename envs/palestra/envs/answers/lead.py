"""What leads to a value on its line: names and calculations may, another value or a denial may not."""

from __future__ import annotations

import re

from palestra.verifiers.answer import quote
from palestra.verifiers.errors import NoAnswerError

_OTHER_CLAIM = re.compile(
    r"\b(?:or|not|maybe|perhaps|unless|wrong|incorrect|false)\b|n't\b|!=|<|(?<![-=])>|[\u2260\u2264\u2265]"
    r"|\\(?:neq?|not|leq?|geq?|lt|gt|lor|vee)(?![a-z])|=.*(?:[,;]\s|\band\b)",
    re.IGNORECASE | re.DOTALL,
)


def check_lead(lead: str) -> None:
    """Accept what stands before a value, such as `17 + 5 =` or `The sum is`.

    Raises:
        NoAnswerError: It claims another value, as `x = 3 or x =` does, or denies the one that follows.
    """
    if _OTHER_CLAIM.search(lead):
        raise NoAnswerError(f"`{quote(lead)}` does not lead to one value")
