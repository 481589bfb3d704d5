"""Who audits: says of a rollout whether it is right, better than the verdict that pays."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from palestra.agents import Rollout
from palestra.agents.api_key import api_key_from
from palestra.agents.judge_client import OpenAIAsk
from palestra.trainer.rewards.sources import last_response, references_of, verifier_named
from palestra.verifiers import Verdict
from palestra.verifiers.judge import JudgeVerifier, Juror

Audits = Callable[[Sequence[Rollout]], Awaitable[list[Verdict]]]
"""From rollouts to verdicts, in order; one that is not valid says nothing."""

_AT_ONCE = 16


@dataclass(frozen=True, kw_only=True, slots=True)
class VerifierAuditor:
    """A second verifier, stricter than the one that pays, on the last response."""

    kind: ClassVar[str] = "verifier"

    name: str
    """Verifier that can read the tasks' references, e.g. `math` for a run that `last-number` pays."""

    def __post_init__(self) -> None:
        verifier_named(self.name)

    def open(self) -> Audits:
        """The verifier's verdicts."""
        verifier = verifier_named(self.name)

        async def one(rollout: Rollout) -> Verdict:
            with references_of(self.name, rollout):
                return await verifier.averify(last_response(rollout), rollout.task.reference)

        return lambda rollouts: _each(one, rollouts)


@dataclass(frozen=True, kw_only=True, slots=True)
class VerdictAuditor:
    """The environment's own verdict, where another one pays."""

    kind: ClassVar[str] = "verdict"

    def open(self) -> Audits:
        """The verdicts that the rollouts have."""

        async def own(rollouts: Sequence[Rollout]) -> list[Verdict]:
            return [rollout.verdict for rollout in rollouts]

        return own


@dataclass(frozen=True, kw_only=True, slots=True)
class JudgeAuditor:
    """A language model behind an OpenAI-compatible endpoint, examined by some 2,000 questions before it may audit."""

    kind: ClassVar[str] = "judge"

    url: str
    """What comes before `/chat/completions`, usually with `/v1`."""
    model: str
    """Its name at the endpoint."""
    api_key_variable: str = ""
    """Environment variable that holds the key; empty: no key."""
    max_tokens: int = 2048
    """Of a reply."""

    def __post_init__(self) -> None:
        if not self.url.startswith(("http://", "https://")):
            raise ValueError(f"url must begin with http:// or https://, got `{self.url}`")
        if not self.model:
            raise ValueError("model must name a model of the endpoint")
        if self.max_tokens < 1:
            raise ValueError(f"max_tokens must be at least 1, got {self.max_tokens}")

    def open(self) -> Audits:
        """The judge's verdicts.

        Raises:
            JudgeRefusedError: It failed the examination.
            JudgeUnreachableError: It cannot be reached.
            ApiKeyError: The environment variable holds no key.
        """
        key = api_key_from(self.api_key_variable) if self.api_key_variable else None
        ask = OpenAIAsk(self.url, self.model, api_key=key, max_tokens=self.max_tokens)
        judge = JudgeVerifier.start(Juror(ask=ask, aask=ask.aask), num_threads=_AT_ONCE)

        async def one(rollout: Rollout) -> Verdict:
            reference = json.dumps({"answer": rollout.task.reference, "question": rollout.task.prompt})
            with references_of("judge", rollout):
                return await judge.averify(last_response(rollout), reference)

        return lambda rollouts: _each(one, rollouts)


Auditor = VerifierAuditor | VerdictAuditor | JudgeAuditor
"""What a configuration can name."""


async def _each(one: Callable[[Rollout], Awaitable[Verdict]], rollouts: Sequence[Rollout]) -> list[Verdict]:
    """The verdicts of all, in order, a few at once."""
    places = asyncio.Semaphore(_AT_ONCE)

    async def bounded(rollout: Rollout) -> Verdict:
        async with places:
            return await one(rollout)

    return list(await asyncio.gather(*map(bounded, rollouts)))
