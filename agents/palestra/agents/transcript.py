"""The append-only tokens of one episode, while it is played."""

from __future__ import annotations

from collections.abc import Sequence

from palestra.agents.generator import Completion, VersionSpan
from palestra.agents.rollout import Segment


class Transcript:
    """Grows at its end only: tokens that were read or sampled are never made again from text."""

    def __init__(self, prompt_ids: Sequence[int]) -> None:
        self.token_ids = list(prompt_ids)
        self.responses: list[str] = []
        self._prompt_length = len(prompt_ids)
        self._mask: list[int] = []
        self._logprobs: list[float] = []
        self._versions: list[VersionSpan] = []

    def append_policy(self, completion: Completion, text: str) -> None:
        """Add what the policy sampled, and its text."""
        start = len(self._mask)
        self.token_ids += completion.token_ids
        self.responses.append(text)
        self._mask += [1] * len(completion.token_ids)
        self._logprobs += completion.logprobs
        self._versions += [
            VersionSpan(version=span.version, start=start + span.start, end=start + span.end)
            for span in completion.versions
        ]

    def append_observation(self, token_ids: Sequence[int]) -> None:
        """Add what the environment answered: read by the policy, trained on by nobody."""
        self.token_ids += token_ids
        self._mask += [0] * len(token_ids)
        self._logprobs += [0.0] * len(token_ids)

    def segment(self) -> Segment:
        """The tokens so far, frozen and checked."""
        return Segment(
            token_ids=tuple(self.token_ids),
            prompt_length=self._prompt_length,
            mask=tuple(self._mask),
            logprobs=tuple(self._logprobs),
            versions=tuple(self._versions),
        )
