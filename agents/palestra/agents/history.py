"""What the policy reads of the turns behind it: everything, or an edited history in a new segment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import ClassVar

from palestra.agents.chat import ChatTokenizer
from palestra.envs import Message

THINK_END = "</think>"


class Origin(StrEnum):
    """Where tokens of a conversation are from."""

    PROMPT = "prompt"
    """The system prompt and the task."""
    POLICY = "policy"
    """Sampled."""
    OBSERVATION = "observation"
    """What the environment answered."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Piece:
    """Tokens of a conversation that belong together."""

    origin: Origin
    token_ids: tuple[int, ...]
    is_closed: bool = True
    """Of an observation: whether the policy had closed its turn with a stop token."""
    is_edited: bool = False
    """Whether something is left out of it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AppendOnly:
    """Nothing is ever edited: an episode is one segment."""

    kind: ClassVar[str] = "append-only"

    def edited(self, pieces: Sequence[Piece], tokenizer: ChatTokenizer) -> tuple[Piece, ...] | None:
        """None: the history stays as it is."""
        return None


@dataclass(frozen=True, kw_only=True, slots=True)
class KeepLastObservations:
    """Old observations give way to a note. Each edit opens a segment."""

    kind: ClassVar[str] = "keep-last-observations"

    count: int = 5
    """Observations that stay whole after an edit."""
    slack: int = 5
    """How many more may gather before the next edit: edits are dear, since all the rest is read again."""
    note: str = "(left out)"
    """What stands in the place of an old observation."""

    def __post_init__(self) -> None:
        if self.count < 1 or self.slack < 0:
            raise ValueError(f"count must be 1 or more and slack 0 or more, got {self.count} and {self.slack}")

    def edited(self, pieces: Sequence[Piece], tokenizer: ChatTokenizer) -> tuple[Piece, ...] | None:
        """The history with a note for every old observation; None while there are few."""
        whole = [i for i, piece in enumerate(pieces) if piece.origin is Origin.OBSERVATION and not piece.is_edited]
        if len(whole) <= self.count + self.slack:
            return None
        old = set(whole[: -self.count])
        return tuple(self._shortened(piece, tokenizer) if i in old else piece for i, piece in enumerate(pieces))

    def _shortened(self, piece: Piece, tokenizer: ChatTokenizer) -> Piece:
        note = tokenizer.reply_ids([Message(role="user", content=self.note)], closed=piece.is_closed)
        return replace(piece, token_ids=note, is_edited=True)


@dataclass(frozen=True, kw_only=True, slots=True)
class DropThinking:
    """Earlier turns lose what stands ahead of `</think>`, as the chat templates of thinking models do it.

    The tokens behind it are copied, not made again. A token that holds the end of the tag and more goes as a whole.
    """

    kind: ClassVar[str] = "drop-thinking"

    def edited(self, pieces: Sequence[Piece], tokenizer: ChatTokenizer) -> tuple[Piece, ...] | None:
        """The history without the thinking of the last turn; None where it has none."""
        kept = tuple(self._without_thinking(piece, tokenizer) for piece in pieces)
        return kept if any(new is not old for new, old in zip(kept, pieces, strict=True)) else None

    def _without_thinking(self, piece: Piece, tokenizer: ChatTokenizer) -> Piece:
        if piece.origin is not Origin.POLICY or piece.is_edited:
            return piece
        ids = piece.token_ids
        ends = tokenizer.text(ids).count(THINK_END)
        if not ends:
            return piece
        low, high = 0, len(ids)  # the shortest beginning that holds every end of a tag
        while low < high:
            middle = (low + high) // 2
            if tokenizer.text(ids[:middle]).count(THINK_END) == ends:
                high = middle
            else:
                low = middle + 1
        return replace(piece, token_ids=ids[low:], is_edited=True)


History = AppendOnly | KeepLastObservations | DropThinking
"""The histories that a configuration can name."""
