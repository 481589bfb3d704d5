"""A generator that does not sample: it says, token by token, what a scripted agent answers."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from palestra.agents import UNSAMPLED, Completion, Episode, FinishReason, GenerationRequest, VersionSpan
from palestra.agents.scripted import EpisodeAgent
from palestra.trainer.supervised.demonstration import SpeakingTokenizer


class ScriptedGenerator:
    """Speaks for an agent in episodes that a driver plays, so that a demonstration is a rollout like any other.

    Its tokens carry the log-probability 0: nobody sampled them.
    """

    def __init__(self, agent: EpisodeAgent, tokenizer: SpeakingTokenizer, episodes: Sequence[Episode]) -> None:
        self._agent = agent
        self._tokenizer = tokenizer
        self._envs = {episode.key: episode.env for episode in episodes}

    async def generate(self, requests: Sequence[GenerationRequest]) -> list[Completion]:
        """What the agent says in each request's episode."""
        return [await self._complete(request) for request in requests]

    async def _complete(self, request: GenerationRequest) -> Completion:
        env = self._envs[request.key.rpartition("/")[0]]  # behind the episode's key stands the turn
        said = self._tokenizer.response_ids(await asyncio.to_thread(self._agent.respond, env))
        kept = said[: request.sampling.max_new_tokens]
        return Completion(
            token_ids=kept,
            logprobs=(0.0,) * len(kept),
            finish_reason=FinishReason.STOP if len(kept) == len(said) else FinishReason.LENGTH,
            versions=(VersionSpan(version=UNSAMPLED, start=0, end=len(kept)),),
        )
