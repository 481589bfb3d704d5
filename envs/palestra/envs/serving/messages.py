"""The messages of the OpenEnv protocol, read and written.

Source: `openenv.core.env_server.types` and `openenv.core.env_client` of https://github.com/huggingface/OpenEnv;
tested with openenv 0.10.

Covered: messages that are no JSON, too deep or too long, with unknown or missing fields or fields of other types, and
texts with lone surrogates. Not covered: tools as JSON-RPC (`/mcp`); calls of tools are text in `step`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from palestra.envs.serving.errors import BadMessageError, InvalidJsonError

Json = Mapping[str, object]

_RESET_FIELDS: Final[dict[str, tuple[type, ...]]] = {
    "seed": (int,),
    "episode_id": (str,),
    "task_id": (str,),
    "split": (str,),
    "index": (int,),
    "difficulty": (float, int),
}
_MAX_NAME = 255  # characters, as in the protocol
_MAX_SEED = 1 << 63


@dataclass(frozen=True, kw_only=True, slots=True)
class ResetOrder:
    """What a client wants to play."""

    seed: int | None
    episode_id: str | None
    """The client's own name for the episode; told back in the state."""
    options: Mapping[str, object]
    """`task_id`, `split`, `index` and `difficulty`, as `TextEnv.reset` takes them."""


def read_object(text: str | bytes) -> Json:
    """A message as a JSON object.

    Raises:
        InvalidJsonError: It is none.
    """
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidJsonError(f"the message is no JSON: {type(error).__name__}") from None
    if not isinstance(value, dict):
        raise InvalidJsonError(f"a message is a JSON object, not {type(value).__name__}")
    return value


def read_reset(data: Json) -> ResetOrder:
    """What a client wants to play.

    Raises:
        BadMessageError: A field is unknown, or of another type or size.
    """
    values = {name: value for name, value in data.items() if value is not None}
    for name, value in values.items():
        if name not in _RESET_FIELDS:
            near = get_close_matches(name, _RESET_FIELDS, n=1)
            guess = f"; did you mean `{near[0]}`?" if near else ""
            raise BadMessageError(f"no field `{name[:80]}`{guess}\n\nhint: the fields are {', '.join(_RESET_FIELDS)}")
        if type(value) not in _RESET_FIELDS[name]:
            raise BadMessageError(f"`{name}` must be of type {_RESET_FIELDS[name][0].__name__}, got {value!r:.80}")
    seed, episode_id = values.pop("seed", None), values.pop("episode_id", None)
    if isinstance(seed, int) and not 0 <= seed < _MAX_SEED:
        raise BadMessageError(f"`seed` must lie in 0..2**63 - 1, got {str(seed)[:40]}")
    if isinstance(episode_id, str) and len(episode_id) > _MAX_NAME:
        raise BadMessageError(f"`episode_id` must have at most {_MAX_NAME} characters, got {len(episode_id)}")
    return ResetOrder(
        seed=seed if isinstance(seed, int) else None,
        episode_id=episode_id if isinstance(episode_id, str) else None,
        options=values,
    )


def read_action(action: object) -> str:
    """The text of an action.

    Raises:
        BadMessageError: It has none.
    """
    text = action.get("text") if isinstance(action, Mapping) else None
    if not isinstance(text, str) or not isinstance(action, Mapping) or set(action) - {"text", "metadata"}:
        raise BadMessageError('an action is `{"text": "..."}`\n\nhint: the whole response of the policy, as text')
    return text


def read_session(value: object) -> str:
    """The id of a session.

    Raises:
        BadMessageError: It is missing or no text.
    """
    if not isinstance(value, str) or not value or len(value) > _MAX_NAME:
        raise BadMessageError(
            "which session?\n\nhint: give the `session_id` of the reset's `metadata`, or use the WebSocket `/ws`"
        )
    return value


def written(value: object) -> str:
    """A value as JSON in ASCII, so that any text can be sent."""
    return json.dumps(value, allow_nan=False)


_TEXT = {"type": "string"}
_METADATA = {"type": "object", "description": "Facts about the episode."}

SCHEMA: Final[Json] = {
    "action": {
        "title": "TextAction",
        "type": "object",
        "properties": {"text": {**_TEXT, "description": "The whole response of the policy."}, "metadata": _METADATA},
        "required": ["text"],
        "additionalProperties": False,
    },
    "observation": {
        "title": "TextObservation",
        "type": "object",
        "properties": {
            "text": {**_TEXT, "description": "What the policy reads next; empty at the end."},
            "system": {**_TEXT, "description": "The system prompt; empty where there is none."},
            "task_id": {**_TEXT, "description": "Names the task, and makes it again anywhere."},
            "metadata": _METADATA,
        },
        "required": ["text", "system", "task_id", "metadata"],
        "additionalProperties": False,
    },
    "state": {
        "title": "EpisodeState",
        "type": "object",
        "properties": {
            "episode_id": {"type": ["string", "null"]},
            "step_count": {"type": "integer", "minimum": 0},
            "env_id": _TEXT,
            "task_id": {"type": ["string", "null"]},
            "turn_limit": {"type": "integer"},
            "is_over": {"type": "boolean"},
            "end": {"type": ["string", "null"]},
            "reward": {"type": ["number", "null"]},
        },
        "required": ["episode_id", "step_count", "env_id", "task_id", "is_over"],
    },
}
"""The JSON schemas of `/schema`."""
