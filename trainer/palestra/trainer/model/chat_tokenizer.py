"""A tokenizer of `transformers` with its chat template, as the rollout driver wants it."""

from __future__ import annotations

from collections.abc import Sequence

from transformers import PreTrainedTokenizerBase

from palestra.envs import Message
from palestra.trainer.errors import ModelError

_MARK = "\u2042palestra\u2042"  # stands for an assistant's turn while the template's text behind it is looked up


class HfChatTokenizer:
    """Prompts by the model's own chat template; a model without one gets its messages as plain lines."""

    def __init__(self, tokenizer: PreTrainedTokenizerBase) -> None:
        self.tokenizer = tokenizer

    @property
    def stop_ids(self) -> tuple[int, ...]:
        """Tokens that end the assistant's turn."""
        eos = self.tokenizer.eos_token_id
        ids = [eos] if isinstance(eos, int) else list(eos or [])
        closing = self.tokenizer(self._closing(), add_special_tokens=False).input_ids
        special = set(self.tokenizer.all_special_ids)
        found = tuple(dict.fromkeys([*ids, *(token for token in closing[:1] if token in special)]))
        if not found:
            raise ModelError("the tokenizer has no end-of-sequence token\n\nhint: set `eos_token` in its config")
        return found

    def prompt_ids(self, messages: Sequence[Message]) -> tuple[int, ...]:
        """The conversation and the opening of the assistant's turn."""
        return self._encode(self._render(messages))

    def reply_ids(self, messages: Sequence[Message], *, closed: bool) -> tuple[int, ...]:
        """What comes after an assistant's turn: its closing if missing, the messages, the next opening."""
        behind = self._behind_assistant(messages)
        closing = self._closing()
        if closed and behind.startswith(closing):
            behind = behind[len(closing) :]
        return self._encode(behind)

    def response_ids(self, text: str) -> tuple[int, ...]:
        """What a policy samples that answers with the text: its tokens and the stop token."""
        stop = self.stop_ids
        closing = self._encode(self._closing())[:1]
        special = set(self.tokenizer.all_special_ids)  # a text of somebody else's may spell them out
        said = (token for token in self._encode(text) if token not in special)
        return (*said, closing[0] if closing and closing[0] in stop else stop[0])

    def text(self, token_ids: Sequence[int]) -> str:
        """What the policy wrote, without special tokens."""
        return str(self.tokenizer.decode(list(token_ids), skip_special_tokens=True))

    def _encode(self, text: str) -> tuple[int, ...]:
        ids = self.tokenizer(text.encode("utf-8", "replace").decode(), add_special_tokens=False).input_ids
        return tuple(ids)

    def _render(self, messages: Sequence[Message]) -> str:
        rows = [message.to_json() for message in messages]
        if self.tokenizer.chat_template is None:
            return "".join(f"{row['role']}: {row['content']}\n" for row in rows) + "assistant:"
        return str(self.tokenizer.apply_chat_template(rows, add_generation_prompt=True, tokenize=False))

    def _behind_assistant(self, messages: Sequence[Message]) -> str:
        history = [Message(role="user", content="?"), Message(role="assistant", content=_MARK)]
        return self._render([*history, *messages]).partition(_MARK)[2]

    def _closing(self) -> str:
        """The stop token as the template writes it behind an assistant's turn; empty if it writes none."""
        behind = self._behind_assistant([Message(role="user", content="?")])
        special = sorted(self.tokenizer.all_special_tokens, key=len, reverse=True)
        return next((token for token in special if token and behind.startswith(token)), "")
