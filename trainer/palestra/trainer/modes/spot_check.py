"""Proof of sync on tokens that nobody learns from, for steps whose own tokens are all of older versions."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from palestra.agents import (
    Completion,
    FinishReason,
    GenerationRequest,
    Generator,
    Sampling,
    VersionSpan,
)
from palestra.trainer.errors import SyncError
from palestra.trainer.learner.sync_proof import SyncProof
from palestra.trainer.objective.update_stats import Sums, UpdateStats
from palestra.trainer.packing.packs import Group, Sample

if TYPE_CHECKING:
    from palestra.trainer.learner.learner import Learner

log = logging.getLogger(__name__)

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

    def has_asked(self, version: int) -> bool:
        """Whether tokens of a version are asked for, or there already."""
        return self._asked is not None and self._asked[0].version == version

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
        if not self.has_asked(probe.version):
            await self.ask(probe)
        assert self._asked is not None
        (asked, task), self._asked = self._asked, None
        found = dict(zip(asked.requests(), await task, strict=True))
        sampled = {request: each for request, each in found.items() if each.finish_reason is not FinishReason.ERROR}
        if not sampled:
            why = next(iter(found.values())).detail
            return f"version {asked.version} of the weights could not be checked: {why}"
        for completion in sampled.values():
            if completion.versions != (VersionSpan(version=asked.version, start=0, end=len(completion.token_ids)),):
                seen = ", ".join(str(span.version) for span in completion.versions)
                raise SyncError(
                    f"tokens that were asked of version {asked.version} are labelled {seen}"
                    "\n\nhint: the weights did not reach the generator, or it labels tokens wrongly"
                )
        stats = await asyncio.to_thread(self._compared, sampled)
        self._proof.check(stats)
        return self._proof.remark(asked.version + 1, stats)

    async def aclose(self) -> None:
        """Give up what was asked for and not judged."""
        if self._asked is not None:
            (probe, task), self._asked = self._asked, None
            task.cancel()
            [left] = await asyncio.gather(task, return_exceptions=True)
            if isinstance(left, Exception):  # it may be what ended the run, whose own error then says less
                log.warning("tokens of version %d, to prove the sync, could not be sampled: %s", probe.version, left)

    def _compared(self, sampled: Mapping[GenerationRequest, Completion]) -> UpdateStats:
        groups = [
            Group(prompt_ids=request.prompt_ids, samples=(_unpaid(completion),))
            for request, completion in sampled.items()
        ]
        apart = [
            abs(own - theirs)
            for [scan], completion in zip(self._learner.scan(groups), sampled.values(), strict=True)
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
