"""Between messages and token ids: the one place that applies chat templates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from palestra.envs import Message


class ChatTokenizer(Protocol):
    """What the rollout driver needs of a tokenizer with a chat template."""

    def prompt_ids(self, messages: Sequence[Message]) -> tuple[int, ...]:
        """The conversation and the opening of the assistant's turn."""
        ...

    def reply_ids(self, messages: Sequence[Message], *, closed: bool) -> tuple[int, ...]:
        """What is appended after an assistant's turn, never a rewriting of what came before.

        Args:
            messages: The new messages, e.g. the environment's reply.
            closed: Whether the policy closed its turn with a stop token; otherwise the closing comes first.

        Returns:
            The closing if it is missing, the messages, and the opening of the next assistant's turn.
        """
        ...

    def response_ids(self, text: str) -> tuple[int, ...]:
        """What a policy samples that answers with the text: its tokens and the stop token."""
        ...

    def text(self, token_ids: Sequence[int]) -> str:
        """What the policy wrote, without special tokens; total on any ids that the policy can sample."""
        ...
