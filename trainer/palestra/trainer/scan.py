"""What the learner thinks of samples before it changes: log-probabilities, entropies, values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import compress

import torch
from torch import Tensor

from palestra.trainer.packing import Group, Sample
from palestra.trainer.token_focus import TokenFocus


@dataclass(frozen=True, kw_only=True, slots=True)
class SampleScan:
    """A sample under the current weights; each field is as long as the sample, with 0 on observations."""

    logprobs: tuple[float, ...]
    entropies: tuple[float, ...]
    """Of the distributions that the tokens were drawn from, in nats."""
    values: tuple[float, ...] = ()
    """What the critic expects to be paid from a token on; empty without a critic."""


def per_sample(samples: Sequence[Sample], sequence_M: Tensor, values_M: Tensor) -> list[tuple[float, ...]]:
    """Values of the policy tokens of a micro-batch, sample by sample, with 0 on observations.

    Args:
        samples: Of the micro-batch, in their order.
        sequence_M: Number of the sample of each token; within a sample, tokens are in their order.
        values_M: Their values.
    """
    found = iter(values_M[sequence_M.argsort(stable=True)].tolist())
    return [tuple(next(found) if is_policy else 0.0 for is_policy in sample.mask) for sample in samples]


def with_old(groups: Sequence[Group], scans: Sequence[Sequence[SampleScan]]) -> list[Group]:
    """The groups with the log-probabilities of the scan as the old ones."""
    return [
        replace(
            group,
            samples=tuple(replace(sample, old=scan.logprobs) for sample, scan in zip(group.samples, own, strict=True)),
        )
        for group, own in zip(groups, scans, strict=True)
    ]


def focused(
    groups: Sequence[Group], scans: Sequence[Sequence[SampleScan]], focus: TokenFocus, progress: float
) -> list[Group]:
    """The groups, with the advantage 0 on all tokens that are passed over."""
    pairs = [pair for group, own in zip(groups, scans, strict=True) for pair in zip(group.samples, own, strict=True)]
    advantages = [x for sample, _ in pairs for x in compress(sample.advantages, sample.mask)]
    entropies = [x for sample, scan in pairs for x in compress(scan.entropies, sample.mask)]
    chosen = iter(focus(torch.tensor(advantages), torch.tensor(entropies), progress).tolist())

    def keep(sample: Sample) -> Sample:
        kept = [bool(is_policy) and next(chosen) for is_policy in sample.mask]
        return replace(sample, advantages=tuple(a if k else 0.0 for a, k in zip(sample.advantages, kept, strict=True)))

    return [replace(group, samples=tuple(keep(sample) for sample in group.samples)) for group in groups]
