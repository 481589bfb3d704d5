"""Proof of sync: the generator samples from the learner's weights, or the run stops before it learns from it.

Two things are looked at in every step. The servers of a generator say which version they have; what is behind that
number was compared with the learner's weights, by checksums, when they got it. And on tokens that the learner's own
version sampled, the log-probabilities of generator and learner agree under a bound: that is seen in the first
update's forward pass and judged before its optimizer step, so that it costs nothing.

Who calls whom: the loop learns inside `proven`; the learner judges its first update by `SyncProof.check`. A step whose
tokens are all of older versions has nothing to see there. `modes.step_proof` knows such steps and asks, before the
next step's rollouts, for a few tokens of the learner's version; `modes.spot_check` asks for them and judges them.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import torch

from palestra.agents import GeneratorError, WeightSync
from palestra.trainer.errors import DisagreementError, SyncError
from palestra.trainer.objective.agreement import Bound
from palestra.trainer.objective.update_stats import UpdateStats

_BOUNDS = {
    torch.float32: Bound(remark_max=1e-4, remark_mean=1e-4, stop_mean=1e-2),
    torch.float16: Bound(remark_max=0.2, remark_mean=0.01, stop_mean=0.1),
    torch.bfloat16: Bound(remark_max=0.5, remark_mean=0.02, stop_mean=0.25),
}


@runtime_checkable
class Provable(Protocol):
    """A weight sync that can ask whether the generator still has what was pushed to it."""

    served_dtype: torch.dtype
    """Of the generator's weights."""

    async def prove(self) -> None:
        """Ask.

        Raises:
            SyncError: It has not.
            GeneratorError: Nobody answers.
        """
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class SyncProof:
    """Judges the agreement of log-probabilities in the first update of a step."""

    bound: Bound

    @classmethod
    def of(cls, learner: torch.dtype, weight_sync: WeightSync) -> SyncProof:
        """By the coarser precision of the two."""
        dtypes = [learner]
        if isinstance(weight_sync, Provable):
            dtypes.append(weight_sync.served_dtype)
        return cls(bound=max((_BOUNDS[dtype] for dtype in dtypes), key=lambda bound: bound.stop_mean))

    def check(self, stats: UpdateStats) -> None:
        """Refuse to learn from a generator that does not sample from the learner's weights.

        Raises:
            DisagreementError: The log-probabilities of on-version tokens are too far apart.
        """
        if not stats.mismatch_mean <= self.bound.stop_mean:  # NaN agrees with nothing
            raise DisagreementError(
                f"generator and learner differ by {stats.mismatch_mean:.3g} in log-probability, in the mean of "
                f"{stats.fresh_tokens} tokens of the same weights; the bound is {self.bound.stop_mean:.3g}"
            )

    def remark(self, step: int, stats: UpdateStats) -> str:
        """What is to be said where they agree less than the precision allows; empty if all is well."""
        if stats.mismatch_max <= self.bound.remark_max and stats.mismatch_mean <= self.bound.remark_mean:
            return ""
        return (
            f"step {step}: generator and learner differ by up to {stats.mismatch_max:.2g} in log-probability "
            f"(mean {stats.mismatch_mean:.2g}); the loss's ratio to the behaviour policy corrects for it"
        )


@asynccontextmanager
async def proven(step: int, weight_sync: WeightSync) -> AsyncIterator[None]:
    """A block that learns a step: before it the servers' versions are asked for, and a disagreement in it is explained.

    Raises:
        SyncError: A server has another version, or log-probabilities disagree; the message says which it was.
    """
    if isinstance(weight_sync, Provable):
        await weight_sync.prove()
    try:
        yield
    except DisagreementError as error:
        raise SyncError(f"step {step}: {error}\n\nhint: {await _cause(weight_sync)}") from error


async def _cause(weight_sync: WeightSync) -> str:
    if not isinstance(weight_sync, Provable):
        return (
            "the weights did not reach the generator, or its sampling settings (temperature, top-p, processed "
            "log-probabilities) are not the learner's"
        )
    try:
        await weight_sync.prove()
    except (SyncError, GeneratorError) as error:
        return f"the weights did not reach the generator: {str(error).splitlines()[0]}"
    return (
        "the weights did arrive (their checksums agree), so the generator samples otherwise than the learner thinks: "
        "temperature, top-p, processed log-probabilities, or caches of older weights"
    )
