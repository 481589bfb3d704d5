"""A demonstration: tokens that the policy should have written, behind what it would have read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from palestra.agents import ChatTokenizer, Rollout
from palestra.envs import Message
from palestra.trainer.errors import DemonstrationError
from palestra.trainer.packing.packs import Group, Sample


class SpeakingTokenizer(ChatTokenizer, Protocol):
    """A tokenizer that also writes for the policy."""

    def response_ids(self, text: str) -> tuple[int, ...]:
        """What a policy samples that answers with the text: its tokens and the stop token."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Demonstration:
    """One sequence to learn from, laid out as a rollout's segment is."""

    prompt_ids: tuple[int, ...]
    token_ids: tuple[int, ...]
    """Everything behind the prompt."""
    mask: tuple[int, ...]
    """1 on tokens of the policy: the others are read and never learned."""
    is_right: bool = True
    """False: how not to do it."""

    @property
    def policy_tokens(self) -> int:
        """How many tokens are learned."""
        return sum(self.mask)

    def group(self, mask: Sequence[int], *, advantage: float = 1.0, weight: float = 1.0) -> Group:
        """As the learner takes it.

        Args:
            mask: 1 on tokens that are learned.
            advantage: Of these tokens; nobody sampled them, so that their behaviour log-probability is 0.
            weight: Of each of them in the loss.
        """
        sample = Sample(
            token_ids=self.token_ids,
            mask=tuple(mask),
            behaviour=(0.0,) * len(mask),
            advantages=tuple(advantage * learned for learned in mask),
            weight=weight,
        )
        return Group(prompt_ids=self.prompt_ids, samples=(sample,))


def of_rollout(rollout: Rollout, *, is_right: bool = True) -> Iterator[Demonstration]:
    """A rollout's segments in which the policy wrote: the very tokens that the driver made."""
    for segment in rollout.segments:
        if any(segment.mask):
            start = segment.prompt_length
            yield Demonstration(
                prompt_ids=segment.token_ids[:start],
                token_ids=segment.token_ids[start:],
                mask=segment.mask,
                is_right=is_right,
            )


def of_messages(messages: Sequence[Message], tokenizer: SpeakingTokenizer) -> Demonstration:
    """A conversation, of which all that the assistant says is learned; token by token as the driver would play it.

    Raises:
        DemonstrationError: The assistant says nothing, or speaks first or twice in a row.
    """
    roles = [message.role for message in messages]
    if "assistant" not in roles:
        raise DemonstrationError("the conversation has no message of the assistant")
    first = roles.index("assistant")
    if first == 0:
        raise DemonstrationError("the assistant speaks first")
    prompt_ids = tokenizer.prompt_ids(messages[:first])
    ids: list[int] = []
    mask: list[int] = []
    unread: list[Message] = []
    for number, message in enumerate(messages[first:]):
        if message.role != "assistant":
            unread.append(message)
            continue
        if number and not unread:
            raise DemonstrationError("the assistant speaks twice in a row")
        reply = tokenizer.reply_ids(unread, closed=True) if unread else ()
        response = tokenizer.response_ids(message.content)
        ids += [*reply, *response]
        mask += [0] * len(reply) + [1] * len(response)
        unread = []
    return Demonstration(prompt_ids=prompt_ids, token_ids=tuple(ids), mask=tuple(mask))
