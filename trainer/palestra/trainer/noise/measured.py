"""Rates measured on the policy's own samples, step by step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from palestra.trainer.noise.rate_sources import AuditedRates
from palestra.verifiers.noise import (
    MAX_RATE,
    Audit,
    NoiseModel,
    NoiseTable,
    RatedSample,
    RateWindow,
    StratumRates,
    estimate_rates,
    parent_of,
    smoothed,
)


class MeasuredRates:
    """A window of samples, what it says of every stratum, and the moving averages that corrections take."""

    def __init__(self, source: AuditedRates, seed: str) -> None:
        self._source, self._seed = source, seed
        self._window = RateWindow(num_steps=source.window)
        self._pairs: dict[str, tuple[float, float]] = {}
        self.estimates: dict[str, StratumRates] = {}

    @property
    def table(self) -> NoiseTable:
        """The models of all strata; a stratum beyond correction has one without noise, see `expected`."""
        return NoiseTable.of(
            NoiseModel(fpr=0.0, fnr=0.0, stratum=stratum)
            if self._is_beyond_correction(stratum)
            else NoiseModel(fpr=fpr, fnr=fnr, stratum=stratum)
            for stratum, (fpr, fnr) in self._pairs.items()
        )

    def expected(self, stratum: str, *, is_accepted: bool) -> float | None:
        """P(right | verdict), where rates are beyond what a correction can undo; None elsewhere.

        There a correction by clipped rates would go on paying for wrong responses that are nearly always accepted.
        """
        sought: str | None = stratum
        while sought is not None and sought not in self._pairs:
            sought = parent_of(sought)
        if sought is None or not self._is_beyond_correction(sought):
            return None
        rates = self.estimates[sought]
        return 1.0 - rates.false_discovery.value if is_accepted else rates.false_omission.value

    def learn(self, samples: Sequence[RatedSample]) -> None:
        """Take in a step's samples, audited or not."""
        self._window.add(samples)
        self._estimate()
        decay = self._source.decay
        for stratum, rates in self.estimates.items():
            fpr, fnr = rates.fpr.value, rates.fnr.value
            before = self._pairs.get(stratum)
            self._pairs[stratum] = (
                smoothed(before[0] if before else fpr, fpr, decay),
                smoothed(before[1] if before else fnr, fnr, decay),
            )

    def state(self) -> dict[str, object]:
        """The window and the averages, in JSON."""
        return {
            "samples": [_row(sample) for sample in self._window.samples],
            "pairs": {stratum: list(pair) for stratum, pair in self._pairs.items()},
        }

    def restore(self, state: Mapping[str, object]) -> None:
        """Go on from `state`."""
        self._window = RateWindow(num_steps=self._source.window)
        self._window.add(_sample(row) for row in cast("list[list[Any]]", state["samples"]))
        pairs = cast("dict[str, list[float]]", state["pairs"])
        self._pairs = {stratum: (fpr, fnr) for stratum, (fpr, fnr) in pairs.items()}
        self._estimate()

    def _estimate(self) -> None:
        audited = [sample.is_accepted for sample in self._window.samples if sample.audit is not None]
        enough = self._source.min_audits
        is_enough = audited.count(True) >= enough and audited.count(False) >= enough
        self.estimates = estimate_rates(self._window.samples, self._source.settings(self._seed)) if is_enough else {}

    def _is_beyond_correction(self, stratum: str) -> bool:
        rates = self.estimates.get(stratum)
        return rates is not None and max(rates.fpr.value, rates.fnr.value) > MAX_RATE


def _row(sample: RatedSample) -> list[object]:
    audit = None if sample.audit is None else [sample.audit.is_right, sample.audit.propensity]
    return [sample.prompt_id, sample.stratum, sample.is_accepted, sample.step, audit]


def _sample(row: Sequence[Any]) -> RatedSample:
    prompt_id, stratum, is_accepted, step, audit = row
    return RatedSample(
        prompt_id=prompt_id,
        stratum=stratum,
        is_accepted=is_accepted,
        step=step,
        audit=None if audit is None else Audit(is_right=audit[0], propensity=audit[1]),
    )
