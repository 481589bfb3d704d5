"""What the learner thinks of samples before it changes: log-probabilities, entropies, values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import compress

import torch
from torch import Tensor

from palestra.trainer.objective.kl import KlPenalty, clamped_terms
from palestra.trainer.objective.token_focus import TokenFocus
from palestra.trainer.packing.packs import Group, Sample


@dataclass(frozen=True, kw_only=True, slots=True)
class SampleScan:
    """A sample under the current weights; each field is as long as the sample, with 0 on observations."""

    logprobs: tuple[float, ...]
    entropies: tuple[float, ...]
    """Of the distributions that the tokens were drawn from, in nats."""
    values: tuple[float, ...] = ()
    """What the critic expects to be paid from a token on; empty without a critic."""
    reference: tuple[float, ...] = ()
    """Log-probabilities under the reference policy; empty where no reward depends on them."""


def episodes_of(samples: Sequence[Sample]) -> list[list[int]]:
    """The samples of each episode, by their numbers, in the order of time.

    Samples come by prompt, so that the parts of an episode may stand anywhere.
    """
    episodes: dict[int, list[int]] = {}
    for number, sample in enumerate(samples):
        episodes.setdefault(sample.episode, []).append(number)
    return [sorted(numbers, key=lambda number: samples[number].part) for numbers in episodes.values()]


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


def charged(
    groups: Sequence[Group], scans: Sequence[Sequence[SampleScan]], penalty: KlPenalty, *, as_rewards: bool
) -> list[Group]:
    """The groups, with the penalty for leaving the reference taken from what is paid.

    Args:
        groups: Of one update.
        scans: Of the groups, with the reference's log-probabilities.
        penalty: Gives the charge of a token.
        as_rewards: Take it from the tokens' rewards, for a critic; else each token's advantage loses what is charged
            from it to the end of its episode.
    """
    samples = [sample for group in groups for sample in group.samples]
    costs = [
        _costs(sample, scan, penalty) for sample, scan in zip(samples, (s for own in scans for s in own), strict=True)
    ]
    if not as_rewards:
        for numbers in episodes_of(samples):
            later = 0.0
            for number in reversed(numbers):
                ahead = costs[number].flip(0).cumsum(0).flip(0) + later
                later = float(ahead[0])
                costs[number] = ahead * torch.tensor(samples[number].mask)
    charges = iter(costs)

    def charge(sample: Sample) -> Sample:
        paid = torch.tensor((sample.rewards or (0.0,) * len(sample.mask)) if as_rewards else sample.advantages)
        left = tuple((paid.double() - next(charges)).tolist())
        return replace(sample, rewards=left) if as_rewards else replace(sample, advantages=left)

    return [replace(group, samples=tuple(charge(sample) for sample in group.samples)) for group in groups]


def _costs(sample: Sample, scan: SampleScan, penalty: KlPenalty) -> Tensor:
    """What each token costs, float64, 0 on observations."""
    excess = torch.tensor(scan.logprobs, dtype=torch.float64) - torch.tensor(scan.reference, dtype=torch.float64)
    value, _ = clamped_terms(penalty, excess)
    return penalty.coefficient * sample.kl_weight * value * torch.tensor(sample.mask)


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
