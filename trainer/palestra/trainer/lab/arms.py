"""Arms: what a run is paid for the verdicts of a noisy verifier, and how that becomes advantages."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Protocol

import torch
from torch import Tensor

from palestra.trainer.advantages import Advantage, Rloo
from palestra.trainer.lab.knowledge import Audited, Knowing, Knowledge, Known, Observed, audited_BG
from palestra.trainer.lab.texts import Shape
from palestra.verifiers.noise import (
    NOISELESS,
    Backward,
    Correction,
    NoiseModel,
    NoiseTable,
    ObservedReward,
    correct,
    fnr_given_fpr,
    smoothed,
    unflipped,
)
from palestra.verifiers.rewards import EpisodeValue, GatedAccumulation, GatedComponent, Scope, Threshold


class Pay(Protocol):
    """Rewards as a run goes on; it may remember."""

    def __call__(self, observed: Observed) -> Tensor:
        """Shape (B, G); NaN for a sample that is left out."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Clean:
    """The strict verifier's own verdicts: what all others are measured by."""

    kind: ClassVar[str] = "clean"

    def start(self, knowledge: Knowledge) -> Pay:
        """The rewards of a run."""
        return lambda observed: observed.right_BG.double()


@dataclass(frozen=True, kw_only=True, slots=True)
class Uncorrected:
    """The noisy verdicts as they come."""

    kind: ClassVar[str] = "uncorrected"

    def start(self, knowledge: Knowledge) -> Pay:
        """The rewards of a run."""
        return lambda observed: observed.accepted_BG.double()


@dataclass(frozen=True, kw_only=True, slots=True)
class Corrected:
    """Verdicts corrected for the rates of their strata.

    Where a rate is beyond the toolkit's limit the verdict is no noisy label of the truth any more; then a sample is
    paid the share of right ones among samples of its stratum with its verdict.
    """

    kind: ClassVar[str] = "corrected"

    correction: Correction = field(default_factory=Backward)
    """backward or forward."""

    def start(self, knowledge: Knowledge) -> Pay:
        """The rewards of a run."""
        return _CorrectedPay(self.correction, knowledge.start())


@dataclass(frozen=True, kw_only=True, slots=True)
class Posterior:
    """Every sample is paid the share of right ones among samples of its stratum with its verdict.

    So a stratum is paid on the average what its samples are worth, however useless the verdict is in it.
    """

    kind: ClassVar[str] = "posterior"

    def start(self, knowledge: Knowledge) -> Pay:
        """The rewards of a run."""
        return _PosteriorPay(knowledge.start())


@dataclass(frozen=True, kw_only=True, slots=True)
class Appealed:
    """The strict verifier hears some rejected samples: what it accepts is paid 1, and counts for the fnr.

    The fpr is the oracle's where there is one, and else 0: appeals see no accepted samples.
    """

    kind: ClassVar[str] = "appealed"

    share: float = 0.2
    """Of the rejected samples."""

    def start(self, knowledge: Knowledge) -> Pay:
        """The rewards of a run."""
        return _AppealedPay(self.share, None if isinstance(knowledge, Audited) else knowledge.start())


@dataclass(frozen=True, kw_only=True, slots=True)
class Gated:
    """Verdicts count behind a gate without noise: the response states a single number."""

    kind: ClassVar[str] = "gated"

    def start(self, knowledge: Knowledge) -> Pay:
        """The rewards of a run."""
        return _gated


@dataclass(frozen=True, kw_only=True, slots=True)
class AuditDifference:
    """The verdict, and for an audited sample also what the audit found wrong with it, divided by the share of audits.

    Unbiased whatever the errors depend on, for the price of the audits and of their variance.

    Source: the difference estimator of survey sampling, Saerndal, Swensson and Wretman, "Model Assisted Survey
        Sampling", 1992, section 6.3.
    """

    kind: ClassVar[str] = "audit-difference"

    share: float = 0.1
    """Of all samples."""

    def start(self, knowledge: Knowledge) -> Pay:
        """The rewards of a run."""
        return lambda observed: (
            observed.accepted_BG.double()
            + audited_BG(observed, self.share)
            * (observed.right_BG.double() - observed.accepted_BG.double())
            / self.share
        )


Payment = Clean | Uncorrected | Corrected | Posterior | Appealed | Gated | AuditDifference
"""The ways of paying there are."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Arm:
    """A way of paying, with the estimator that its rewards go to."""

    name: str
    pay: Payment
    estimator: Advantage = field(default_factory=Rloo)


@dataclass(frozen=True, slots=True)
class _CorrectedPay:
    correction: Correction
    knowing: Knowing

    def __call__(self, observed: Observed) -> Tensor:
        known = self.knowing.update(observed)
        table = NoiseTable.of([rates.model(name) for name, rates in known.items()])
        return _corrected(
            [self._reward(stratum, known[stratum], accepted) for stratum, accepted in _verdicts(observed)],
            table,
            self.correction,
            observed,
        )

    @staticmethod
    def _reward(stratum: str, known: Known, accepted: bool) -> ObservedReward:
        if known.is_correctable:
            return ObservedReward(value=float(accepted), stratum=stratum)
        return ObservedReward(value=_share_right(known, accepted), stratum=stratum, is_settled=True)


@dataclass(frozen=True, slots=True)
class _PosteriorPay:
    knowing: Knowing

    def __call__(self, observed: Observed) -> Tensor:
        known = self.knowing.update(observed)
        return _as_batch(
            [_share_right(known[stratum], accepted) for stratum, accepted in _verdicts(observed)], observed
        )


@dataclass(slots=True)
class _AppealedPay:
    share: float
    oracle: Knowing | None
    fnr: dict[str, float] = field(default_factory=dict)

    def __call__(self, observed: Observed) -> Tensor:
        flipped = (audited_BG(observed, self.share) & ~observed.accepted_BG & observed.right_BG).flatten().tolist()
        fpr = self._fpr(observed)
        verdicts = _verdicts(observed)
        self._count(verdicts, flipped, fpr)
        table = NoiseTable.of(
            unflipped(NoiseModel(fpr=rate, fnr=self.fnr.get(name, 0.0), stratum=name), self.share)
            for name, rate in fpr.items()
        )
        samples = [
            ObservedReward(value=float(accepted or is_flipped), stratum=stratum, is_settled=is_flipped)
            for (stratum, accepted), is_flipped in zip(verdicts, flipped, strict=True)
        ]
        return _corrected(samples, table, Backward(), observed)

    def _fpr(self, observed: Observed) -> dict[str, float]:
        known = {} if self.oracle is None else self.oracle.update(observed)
        return {name: known[name].model(name).fpr if name in known else NOISELESS.fpr for name in observed.strata.names}

    def _count(self, verdicts: Sequence[tuple[str, bool]], flipped: Sequence[bool], fpr: dict[str, float]) -> None:
        for name, rate in fpr.items():
            own = [
                (accepted, flip) for (stratum, accepted), flip in zip(verdicts, flipped, strict=True) if stratum == name
            ]
            accepted = sum(accepted for accepted, _ in own)
            missed = sum(flip for _, flip in own) / self.share
            try:
                estimate = fnr_given_fpr(accepted, len(own) - accepted, missed, rate)
            except ValueError:  # no right sample, or chance made one count negative: nothing is learned of the rate
                continue
            self.fnr[name] = smoothed(self.fnr.get(name, estimate), estimate)


_GATE = GatedAccumulation(
    components=(
        GatedComponent(name="single", level=0, scope=Scope.EPISODE, gate=Threshold(value=1.0)),
        GatedComponent(name="verdict", level=1, scope=Scope.EPISODE),
    )
)
_GATED_BY = {
    (single, accepted): dict(
        _GATE(
            [EpisodeValue(name="single", value=float(single)), EpisodeValue(name="verdict", value=float(accepted))]
        ).reward.parts
    ).get("verdict", 0.0)
    for single in (False, True)
    for accepted in (False, True)
}


def _gated(observed: Observed) -> Tensor:
    batch, shapes = observed.batch, observed.world.shapes_PK
    values = [
        _GATED_BY[shapes[row][pick] is not Shape.SEVERAL, accepted]
        for row, picks, verdicts in zip(
            batch.rows_B.tolist(), batch.picks_BG.tolist(), observed.accepted_BG.tolist(), strict=True
        )
        for pick, accepted in zip(picks, verdicts, strict=True)
    ]
    return _as_batch(values, observed)


def _corrected(
    samples: Sequence[ObservedReward], table: NoiseTable, correction: Correction, observed: Observed
) -> Tensor:
    """The corrected rewards of a batch; samples that look alike are corrected once."""
    distinct = list(dict.fromkeys(samples))
    found = dict(zip(distinct, correct(distinct, table, correction), strict=True))
    return _as_batch([found[sample].corrected for sample in samples], observed)


def _verdicts(observed: Observed) -> list[tuple[str, bool]]:
    return list(zip(observed.strata.of_batch(observed.batch), observed.accepted_BG.flatten().tolist(), strict=True))


def _share_right(known: Known, accepted: bool) -> float:
    share = known.right_accepted if accepted else known.right_rejected
    return min(max(share, 0.0), 1.0)


def _as_batch(values: Sequence[float], observed: Observed) -> Tensor:
    assert all(map(math.isfinite, values))
    return torch.tensor(values, dtype=torch.float64).view(observed.batch.picks_BG.shape)
