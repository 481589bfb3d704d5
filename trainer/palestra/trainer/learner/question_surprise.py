"""How unlikely the policy finds answers with and without their questions: a second forward pass, without gradients."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from statistics import fmean

from palestra.agents import Rollout
from palestra.envs import Message
from palestra.trainer.learner.learner import Learner
from palestra.trainer.model.chat_tokenizer import HfChatTokenizer
from palestra.trainer.packing.packs import Group, Sample
from palestra.verifiers.rewards import AnswerSurprise


class QuestionSurprise:
    """Scans the answers of rollouts behind an empty question.

    The answer is the first thing that the policy wrote, token for token. With the question its log-probabilities
    are those of sampling, which are on-policy and at the temperature of the scan; without it the system prompt
    stays, and the user's message is empty.
    """

    def __init__(self, learner: Learner, tokenizer: HfChatTokenizer) -> None:
        self._learner, self._tokenizer = learner, tokenizer

    def __call__(self, rollouts: Sequence[Rollout]) -> list[AnswerSurprise | None]:
        """The surprises, in order; None for a rollout in which no policy of this run wrote anything."""
        asked = [(place, group) for place, rollout in enumerate(rollouts) for group in self._unasked(rollout)]
        scans = self._learner.scan([group for _, group in asked])
        found: list[AnswerSurprise | None] = [None] * len(rollouts)
        for (place, group), [scan] in zip(asked, scans, strict=True):
            without = -fmean(_policy_tokens(scan.logprobs, group.samples[0].mask))
            behaviour = -fmean(_policy_tokens(group.samples[0].behaviour, group.samples[0].mask))
            found[place] = AnswerSurprise(with_question=max(behaviour, 0.0), without_question=max(without, 0.0))
        return found

    def _unasked(self, rollout: Rollout) -> Iterator[Group]:
        segment = next((segment for segment in rollout.segments if any(segment.mask)), None)
        if segment is None or not all(map(math.isfinite, segment.logprobs)):
            return
        first = segment.mask.index(1)
        end = next((place for place in range(first, len(segment.mask)) if not segment.mask[place]), len(segment.mask))
        system = [Message(role="system", content=rollout.system)] if rollout.system else []
        answer = slice(segment.prompt_length + first, segment.prompt_length + end)
        sample = Sample(
            token_ids=segment.token_ids[answer],
            mask=segment.mask[first:end],
            behaviour=segment.logprobs[first:end],
            advantages=(0.0,) * (end - first),
            weight=0.0,
        )
        prompt = self._tokenizer.prompt_ids([*system, Message(role="user", content="")])
        yield Group(prompt_ids=prompt, samples=(sample,))


def _policy_tokens(values: Sequence[float], mask: Sequence[int]) -> list[float]:
    return [value for value, is_policy in zip(values, mask, strict=True) if is_policy]
