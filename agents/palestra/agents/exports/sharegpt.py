"""Rollouts as conversations in the layout of ShareGPT, which trainers of chats read, and back.

A row has `id`, `conversations` (`from`: `system`, `human` or `gpt`; `value`) and columns of plain values with all else
that such a format holds. Not held: tokens, log-probabilities and versions, and what turns earned and cost.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from palestra.agents.errors import RolloutError
from palestra.agents.exports.conversation import (
    Conversation,
    conversation_of,
    facts_of,
    foreign_row,
    read_conversation,
    reply_rows,
    row_of,
)
from palestra.agents.exports.lone_surrogates import has_lone_surrogates, spelled, unspelled
from palestra.agents.exports.stored import StoredRollout
from palestra.agents.rollout import Rollout

_NAMES = {"system": "system", "user": "human", "assistant": "gpt"}
_ROLES = {
    **{name: role for role, name in _NAMES.items()},
    **{"user": "user", "tool": "user", "observation": "user", "function_response": "user"},
    **{"assistant": "assistant", "chatgpt": "assistant", "model": "assistant", "function_call": "assistant"},
}


def to_sharegpt(stored: StoredRollout) -> dict[str, Any]:
    """A rollout as one row; `escaped` says that texts are spelled as `lone_surrogates` does."""
    conversation = conversation_of(stored.rollout)
    row = {
        "id": stored.rollout.key,
        "conversations": [{"from": _NAMES[role], "value": text} for role, text in conversation.messages],
        "last_reply": conversation.last_reply,
        **facts_of(stored),
    }
    is_hostile = has_lone_surrogates(row)
    return {**(spelled(row) if is_hostile else row), "escaped": is_hostile}


def from_sharegpt(row: Mapping[str, Any], *, place: str = "0") -> Rollout:
    """Read a row back, or a row of another program, as a rollout without tokens.

    Args:
        row: With `conversations`, or with `messages` of `role` and `content`.
        place: Key of a row that has no `id`.

    Raises:
        RolloutError: The row is no conversation.
    """
    try:
        row = unspelled(row) if row.get("escaped") else row
        conversation = Conversation(messages=_messages(row), last_reply=row.get("last_reply", ""))
        told = read_conversation(conversation)
        key = str(row.get("id", place))
        is_ours = "task_id" in row and "outcome" in row
        found = row_of(key, row, told) if is_ours else foreign_row(key, "imported/ShareGpt-v1", told)
    except (LookupError, TypeError, AttributeError, ValueError) as error:
        raise RolloutError(f"not a conversation: {str(row)[:80]} ({type(error).__name__}: {error})") from error
    return Rollout.from_row({**found, "turns": reply_rows(told["replies"])})


def _messages(row: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    if "conversations" in row:
        pairs = [(each["from"], each["value"]) for each in row["conversations"]]
    else:
        pairs = [(each["role"], each["content"]) for each in row["messages"]]
    for name, text in pairs:
        if name not in _ROLES or not isinstance(text, str):
            raise RolloutError(f"a message from `{name}` with a value of type {type(text).__name__}")
    return tuple((_ROLES[name], text) for name, text in pairs)
