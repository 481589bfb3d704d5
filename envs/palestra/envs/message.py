"""A turn of a conversation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Role = Literal["system", "user", "assistant", "tool"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Message:
    """Who said what; immutable, so that a conversation can be shared."""

    role: Role
    content: str

    def to_json(self) -> dict[str, str]:
        """The message as chat templates and OpenAI-compatible servers take it."""
        return {"role": self.role, "content": self.content}
