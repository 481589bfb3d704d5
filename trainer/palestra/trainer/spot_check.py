"""Proof of sync on tokens that nobody learns from, for steps whose own tokens are all of older versions."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from palestra.agents import (
    Completion,
    FinishReason,
    GenerationRequest,
    Generator,
    GeneratorError,
    Sampling,
    VersionSpan,
)
from palestra.trainer.errors import SyncError
from palestra.trainer.packing import Group, Sample
from palestra.trainer.sync_proof import SyncProof
from palestra.trainer.update_stats import Sums, UpdateStats

if TYPE_CHECKING:
    from palestra.trainer.learner import Learner

_CHECKED_TOKENS = 16
_PROMPTS = 8


@dataclass(frozen=True, kw_only=True, slots=True)
class Probe:
    """A few tokens that are wanted of a version of the weights."""

    version: int
    prompts: tuple[tuple[int, ...], ...]
    """What is to be continued: token ids, as many as are there; the first few different ones are taken."""
    sampling: Sampling
    """At most a few of its tokens are asked for."""
    key: str

    def requests(self) -> list[GenerationRequest]:
        """What the generator is asked: few tokens of several prompts, which come sooner than many of one.

        Two at least, so that one of them reads keys and values that another step of the generator wrote.
        """
        prompts = list(dict.fromkeys(self.prompts))[:_PROMPTS]
        few = min(self.sampling.max_new_tokens, max(2, _CHECKED_TOKENS // len(prompts)))
        sampling = replace(self.sampling, max_new_tokens=few, may_reject=False)
        return [
            GenerationRequest(prompt_ids=prompt, sampling=sampling, key=f"{self.key}/{number}")
            for number, prompt in enumerate(prompts)
        ]


class SpotCheck:
    """Has the generator sample a few tokens and compares them, while the learner's weights stand still.

    They are best asked for as soon as the generator has the weights: behind the requests of the next step they would
    come late, and the learner would wait for them.
    """

    def __init__(self, generator: Generator, learner: Learner, proof: SyncProof) -> None:
        """A check that has asked for nothing yet.

        Args:
            generator: Asked.
            learner: At the temperature of the sampling when tokens are judged.
            proof: Judges them as the tokens of a step.
        """
        self._generator = generator
        self._learner = learner
        self._proof = proof
        self._asked: tuple[Probe, asyncio.Task[list[Completion]]] | None = None

    async def ask(self, probe: Probe) -> None:
        """Ask for tokens that may be judged later."""
        await self.aclose()
        self._asked = probe, asyncio.create_task(self._generator.generate(probe.requests()))

    async def answered(self) -> None:
        """Wait for what was asked for, whatever becomes of it."""
        if self._asked is not None:
            await asyncio.wait([self._asked[1]])

    async def judge(self, probe: Probe) -> str:
        """Judge tokens of the learner's version: those that were asked for, or else those of the probe.

        Returns:
            What is to be said of them; empty if all is well.

        Raises:
            SyncError: They are of another version.
            DisagreementError: The log-probabilities are too far apart.
            GeneratorError: Nothing can be sampled at all.
        """
        if self._asked is None or self._asked[0].version != probe.version:
            await self.ask(probe)
        assert self._asked is not None
        (asked, task), self._asked = self._asked, None
        completions = await task
        for completion in completions:
            if completion.finish_reason is FinishReason.ERROR:
                return f"version {asked.version} of the weights could not be checked: {completion.detail}"
            if completion.versions != (VersionSpan(version=asked.version, start=0, end=len(completion.token_ids)),):
                seen = ", ".join(str(span.version) for span in completion.versions)
                raise SyncError(
                    f"tokens that were asked of version {asked.version} are labelled {seen}"
                    "\n\nhint: the weights did not reach the generator, or it labels tokens wrongly"
                )
        stats = await asyncio.to_thread(self._compared, asked.requests(), completions)
        self._proof.check(stats)
        return self._proof.remark(asked.version + 1, stats)

    async def aclose(self) -> None:
        """Give up what was asked for and not judged."""
        if self._asked is not None:
            (_, task), self._asked = self._asked, None
            task.cancel()
            with suppress(asyncio.CancelledError, GeneratorError):
                await task

    def _compared(self, requests: Sequence[GenerationRequest], completions: Sequence[Completion]) -> UpdateStats:
        groups = [
            Group(prompt_ids=request.prompt_ids, samples=(_unpaid(completion),))
            for request, completion in zip(requests, completions, strict=True)
        ]
        apart = [
            abs(own - theirs)
            for [scan], completion in zip(self._learner.scan(groups), completions, strict=True)
            for own, theirs in zip(scan.logprobs, completion.logprobs, strict=True)
        ]
        count = len(apart)
        return Sums(tokens=count, sampled=count, mismatch=sum(apart), mismatch_max=max(apart)).stats(0.0)


def _unpaid(completion: Completion) -> Sample:
    count = len(completion.token_ids)
    return Sample(
        token_ids=completion.token_ids,
        mask=(1,) * count,
        behaviour=completion.logprobs,
        advantages=(0.0,) * count,
        weight=0.0,
    )
