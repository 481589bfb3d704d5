"""What a run knows of its verifier's errors: the truth, the truth distorted, or what audits of its own samples say."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Protocol

import torch
from torch import Tensor

from palestra.trainer.lab.noise_kinds import Channel, Strata
from palestra.trainer.lab.policy import Batch, uniform
from palestra.trainer.lab.world import World
from palestra.verifiers.noise import MAX_RATE, Audit, NoiseModel, RatedSample, RateSettings, RateWindow, estimate_rates


@dataclass(frozen=True, kw_only=True, slots=True)
class Known:
    """What is known of one stratum."""

    fpr: float
    """P(accepted | wrong)."""
    fnr: float
    """P(rejected | right)."""
    right_accepted: float
    """P(right | accepted)."""
    right_rejected: float
    """P(right | rejected)."""

    @property
    def is_correctable(self) -> bool:
        """Whether both rates are at most the toolkit's limit, beyond which a correction amplifies noise."""
        return self.fpr <= MAX_RATE and self.fnr <= MAX_RATE and self.fpr + self.fnr < 2 * MAX_RATE

    def model(self, stratum: str) -> NoiseModel:
        """The noise model; one that corrects nothing where nothing can be corrected."""
        if not self.is_correctable:
            return NoiseModel(fpr=0.0, fnr=0.0, stratum=stratum)
        return NoiseModel(fpr=self.fpr, fnr=self.fnr, stratum=stratum)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Observed:
    """A batch with the verdicts that pay it, and what measures it."""

    world: World
    channel: Channel
    strata: Strata
    batch: Batch
    accepted_BG: Tensor
    """Boolean."""

    @property
    def right_BG(self) -> Tensor:
        """Boolean: what the strict verifier says."""
        return self.world.right_PK[self.batch.rows_B].gather(1, self.batch.picks_BG)


class Knowing(Protocol):
    """Rates as a run goes on; it may remember."""

    def update(self, observed: Observed) -> dict[str, Known]:
        """What is known by stratum, with this batch."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Oracle:
    """The exact rates on the policy's own samples, by enumeration, times a factor."""

    kind: ClassVar[str] = "oracle"

    factor: float = 1.0
    """Of both rates: 0.5 and 1.5 are mis-estimates."""

    def start(self) -> Knowing:
        """The rates of a run."""
        return _OracleRates(self.factor)


@dataclass(frozen=True, kw_only=True, slots=True)
class Audited:
    """Rates that are estimated while training: the strict verifier looks at a share of all samples."""

    kind: ClassVar[str] = "audited"

    share: float = 0.1
    """Of the samples, accepted and rejected alike."""
    window_steps: int = 20
    """Audits that are older than this say nothing of the policy of now."""
    every_steps: int = 20
    """How often the rates are estimated anew; each step until there are rates at all."""

    def start(self) -> Knowing:
        """The rates of a run."""
        return _AuditedRates(self)


Knowledge = Oracle | Audited
"""What can be known."""


@dataclass(frozen=True, slots=True)
class _OracleRates:
    factor: float

    def update(self, observed: Observed) -> dict[str, Known]:
        world, strata = observed.world, observed.strata
        train = slice(0, world.num_train)
        weight = observed.batch.policy_PK[train].flatten()
        right, accept = world.right_PK[train].flatten().double(), observed.channel.accept_PK[train].flatten()
        numbers = strata.number_PK[train].flatten()

        def mass(part: Tensor) -> list[float]:
            totals: list[float] = torch.bincount(numbers, weight * part, minlength=len(strata.names)).tolist()
            return totals

        yes_right, yes_wrong = mass(right * accept), mass((1 - right) * accept)
        no_right, no_wrong = mass(right * (1 - accept)), mass((1 - right) * (1 - accept))
        known = {}
        for number, name in enumerate(strata.names):
            tp, fp, fn, tn = yes_right[number], yes_wrong[number], no_right[number], no_wrong[number]
            known[name] = Known(
                fpr=min(1.0, self.factor * _share(fp, tn)),
                fnr=min(1.0, self.factor * _share(fn, tp)),
                right_accepted=_share(tp, fp),
                right_rejected=_share(fn, tn),
            )
        return known


def _share(part: float, other: float) -> float:
    return part / (part + other) if part + other > 0.0 else 0.0


def audited_BG(observed: Observed, share: float) -> Tensor:
    """Boolean: which samples of a batch are audited; the same for every arm that audits as many."""
    batch = observed.batch
    samples = batch.picks_BG.shape[1]
    return uniform(observed.world, "audit", batch.seed, batch.step, samples=samples)[batch.rows_B] < share


@dataclass(slots=True)
class _AuditedRates:
    settings: Audited
    window: RateWindow = field(init=False)
    fresh: list[RatedSample] = field(default_factory=list)
    known: dict[str, Known] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.window = RateWindow(self.settings.window_steps)

    def update(self, observed: Observed) -> dict[str, Known]:
        self.fresh += self._samples(observed)
        is_due = observed.batch.step % self.settings.every_steps == 0
        if is_due or not all(name in self.known for name in observed.strata.of_batch(observed.batch)):
            self.known |= self._estimated()
        return self.known

    def _samples(self, observed: Observed) -> list[RatedSample]:
        batch = observed.batch
        columns = (
            batch.rows_B[:, None].expand_as(batch.picks_BG),
            observed.accepted_BG,
            observed.right_BG,
            audited_BG(observed, self.settings.share),
        )
        flat = [column.flatten().tolist() for column in columns]
        return [
            RatedSample(
                prompt_id=str(row),
                stratum=stratum,
                is_accepted=accepted,
                audit=Audit(is_right=right, propensity=self.settings.share) if audited else None,
                step=batch.step,
            )
            for stratum, row, accepted, right, audited in zip(observed.strata.of_batch(batch), *flat, strict=True)
        ]

    def _estimated(self) -> dict[str, Known]:
        self.window.add(self.fresh)
        self.fresh.clear()
        samples = self.window.samples
        sides = {sample.is_accepted for sample in samples if sample.audit is not None}
        if len(sides) < 2:  # too early to say anything: as if the verifier never erred
            strata = {sample.stratum for sample in samples}
            return {name: Known(fpr=0.0, fnr=0.0, right_accepted=1.0, right_rejected=0.0) for name in strata}
        # Point estimates are used alone, so two resamples do.
        estimates = estimate_rates(samples, RateSettings(resamples=2, strength=20.0))
        return {
            name: Known(
                fpr=rates.fpr.value,
                fnr=rates.fnr.value,
                right_accepted=1.0 - rates.false_discovery.value,
                right_rejected=rates.false_omission.value,
            )
            for name, rates in estimates.items()
        }
