r"""Expressions over the columns of a row.

- `question`: a column. `reward_model.ground_truth`, `prompt.0.content`: what lies within one.
- `answer|solution`: the first of several that is there.
- `Solve this: {question}\nEnd with \boxed{}.`: a text with columns in braces. `{{` is a brace; braces around
  anything but a name (`\boxed{}`, `x^{2}`) stay what they are. `{options!j}` is the column as JSON.

A list of chat messages becomes the text of its system prompt and its one question; a list or an object JSON.
"""

from __future__ import annotations

import json
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from palestra.envs.errors import ConfigError

Row = Mapping[str, object]
"""A row of a table."""

_SLOT = re.compile(r"\{\{|\}\}|\{([A-Za-z_][^{}!]*)(!j)?\}")
_COMPARISON = re.compile(r"(.+?)\s*(!=|<=|>=|=|<|>)\s*(.*)", re.DOTALL)
_ORDERS: Mapping[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class BadRowError(ValueError):
    """A row makes no task; the message says why. Rows are skipped or refused by option."""


class NoColumnError(ValueError):
    """An expression names a column that a row has not."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Rendered:
    """A text made of a row."""

    text: str
    own: str
    """The row's part of it: without the wording of the template."""


class Expression:
    """A column or a template, read once."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.is_template = any(match[1] for match in _SLOT.finditer(source))

    def render(self, row: Row) -> Rendered:
        """The text for a row.

        Raises:
            NoColumnError: The row has no such column.
            BadRowError: A column is empty, or a conversation of several turns.
        """
        if not self.is_template:
            text = text_of(value_at(row, self.source), self.source)
            return Rendered(text=text, own=text)
        own: list[str] = []

        def fill(match: re.Match[str]) -> str:
            if not match[1]:
                return match[0][0]
            value = value_at(row, match[1])
            own.append(json.dumps(value) if match[2] else text_of(value, match[1]))
            return own[-1]

        text = _SLOT.sub(fill, self.source)
        return Rendered(text=text, own="\n".join(own))


def value_at(row: Row, path: str) -> object:
    """What a column, a path into one, or the first of several of them holds.

    Raises:
        NoColumnError: The row has none of them.
    """
    for one in path.split("|"):
        if one.strip() in row:
            return row[one.strip()]
        try:
            return _within(row, one.strip().split("."))
        except (LookupError, TypeError, ValueError):
            continue
    raise NoColumnError(f"no column `{path}`\n\nhint: the columns are {', '.join(map(str, row))[:300]}")


def text_of(value: object, column: str) -> str:
    """A value as text.

    Raises:
        BadRowError: There is nothing in it.
    """
    if (
        isinstance(value, list)
        and value
        and all(isinstance(m, dict) and {"role", "content"} <= m.keys() for m in value)
    ):
        value = _conversation(value)
    text = value if isinstance(value, str) else "" if value is None else json.dumps(value)
    if not text.strip():
        raise BadRowError(f"`{column}` is empty")
    return text


def read_filter(text: str) -> Callable[[Row], bool]:
    """A condition on rows: comparisons with ` & ` between them; equality goes by text, order by number.

    Raises:
        ConfigError: It is no such condition.
    """
    tests = [_comparison(part.strip()) for part in text.split(" & ")] if text.strip() else []
    return lambda row: all(test(row) for test in tests)


def _within(value: object, path: list[str]) -> object:
    for key in path:
        value = value[int(key)] if isinstance(value, list) else value[key]  # type: ignore[index]  # caught above
    return value


def _conversation(messages: list[dict[str, object]]) -> str:
    if messages[-1]["role"] == "assistant":
        messages = messages[:-1]
    if [message["role"] for message in messages if message["role"] != "system"] != ["user"]:
        raise BadRowError("the prompt is a conversation of several turns")
    return "\n\n".join(str(message["content"]) for message in messages)


def _comparison(text: str) -> Callable[[Row], bool]:
    match = _COMPARISON.fullmatch(text)
    if not match:
        raise ConfigError(
            f"`{text}` is no condition\n\nhint: write `level=Level 5`, `solve_rate<0.5` or both with ` & `"
        )
    column, sign, wanted = match.groups()
    if sign in ("=", "!="):
        return lambda row: (_plain(value_at(row, column)) == wanted) == (sign == "=")
    try:
        bound = float(wanted)
    except ValueError:
        raise ConfigError(f"`{text}` compares with `{wanted}`, which is no number") from None
    return lambda row: _is_ordered(value_at(row, column), _ORDERS[sign], bound)


def _plain(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _is_ordered(value: object, order: Callable[[float, float], bool], bound: float) -> bool:
    try:
        return order(float(str(value)), bound)
    except ValueError:
        return False
