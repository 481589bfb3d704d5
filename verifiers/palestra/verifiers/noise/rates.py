"""Rates of a verifier's errors on the policy's own samples, per stratum, with intervals.

From N rejected and Y accepted samples of a stratum, audits tell the share of right ones among the rejected (FOR)
and of wrong ones among the accepted (FDR), each corrected for the auditor's own errors. Then

    fnr = N FOR / (N FOR + Y (1 - FDR)),  fpr = Y FDR / (Y FDR + N (1 - FOR)).

Shares of a stratum are drawn to those of the next wider one (Beta shrinkage), the less the more its strata differ;
intervals come from resampling
prompts, not samples. Where all audits of a side agree, the interval reaches as far as Wilson's.

Source: Bayes' rule; Rogan and Gladen (1978), https://doi.org/10.1093/oxfordjournals.aje.a112510; the bootstrap of
clusters in Davison and Hinkley (1997), section 3.8.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from palestra.verifiers.keyed_random import KeyedRandom
from palestra.verifiers.noise.appeals import JudgeErrors
from palestra.verifiers.noise.model import MAX_RATE, NoiseModel, parent_of
from palestra.verifiers.noise.pooling import pooling_strength
from palestra.verifiers.noise.sample import RatedSample
from palestra.verifiers.noise.tally import Side, Tally, total
from palestra.verifiers.statistics import Estimate, wilson


@dataclass(frozen=True, kw_only=True, slots=True)
class RateSettings:
    """How rates are estimated."""

    judge: JudgeErrors = field(default_factory=JudgeErrors)
    """The auditor's own errors; none by default."""
    strength: float | None = None
    """How many audits the share of the next wider stratum counts for; None: from 1 to 20, as its strata differ."""
    resamples: int = 200
    """Of prompts, for the intervals."""
    seed: str = "rates"
    """Decides the resamples."""

    def __post_init__(self) -> None:
        if not 0.0 <= (self.strength or 0.0) < math.inf or self.resamples < 2:
            raise ValueError(
                "strength must be finite and not negative, resamples at least 2,"
                f" got {self.strength} and {self.resamples}"
            )


@dataclass(frozen=True, kw_only=True, slots=True)
class StratumRates:
    """A verifier's errors in one stratum, each with its 95% interval over prompts."""

    stratum: str
    fpr: Estimate
    fnr: Estimate
    false_discovery: Estimate
    """FDR: the share of wrong ones among accepted samples."""
    false_omission: Estimate
    """FOR: the share of right ones among rejected samples."""
    judge_yes_share: float
    """The share of rejected samples that audits call right, as they came; NaN without such audits."""
    num_accepted: int
    num_rejected: int
    num_audited: int

    def to_model(self) -> NoiseModel:
        """The noise model of this stratum, its rates clipped to [0, 0.49].

        Raises:
            ValueError: The clipped rates leave nothing to correct.
        """
        return NoiseModel(fpr=min(self.fpr.value, MAX_RATE), fnr=min(self.fnr.value, MAX_RATE), stratum=self.stratum)


def estimate_rates(samples: Iterable[RatedSample], settings: RateSettings | None = None) -> dict[str, StratumRates]:
    """The rates of every stratum that occurs, of all wider ones, and of all samples (under the empty name).

    Raises:
        ValueError: No accepted sample was audited, or no rejected one.
    """
    chosen = settings or RateSettings()
    prompts = _by_prompt(samples)
    tallies = list(prompts.values())
    whole = _summed(tallies)
    _require_audits(whole[""] if whole else Tally())
    strengths = _strengths(whole, chosen)
    points = _all_rates(whole, whole, strengths, chosen)
    draws = KeyedRandom("bootstrap over prompts", chosen.seed)
    replicates = []
    for _ in range(chosen.resamples):
        resampled = _summed([tallies[draws.below(len(tallies))] for _ in tallies])
        replicates.append(_all_rates(resampled, whole, strengths, chosen))
    return {
        stratum: _report(
            stratum,
            whole[stratum],
            points[stratum],
            [each[stratum] for each in replicates],
            _ends(
                whole[stratum], points.get(parent_of(stratum) or "") if stratum else None, strengths[stratum], chosen
            ),
        )
        for stratum in sorted(whole)
    }


_Strengths = tuple[float, float]


@dataclass(frozen=True, slots=True)
class _Rates:
    fpr: float
    fnr: float
    false_discovery: float
    false_omission: float
    right_accepted: float
    right_rejected: float


def _by_prompt(samples: Iterable[RatedSample]) -> dict[str, dict[str, Tally]]:
    prompts: dict[str, dict[str, Tally]] = {}
    for sample in samples:
        side = Side.of(sample.audit)
        tally = Tally(accepted=side) if sample.is_accepted else Tally(rejected=side)
        strata = prompts.setdefault(sample.prompt_id, {})
        stratum: str | None = sample.stratum
        while stratum is not None:
            strata[stratum] = strata.get(stratum, Tally()) + tally
            stratum = parent_of(stratum)
    return prompts


def _summed(prompts: Sequence[Mapping[str, Tally]]) -> dict[str, Tally]:
    members: dict[str, list[Tally]] = {}
    for strata in prompts:
        for stratum, tally in strata.items():
            members.setdefault(stratum, []).append(tally)
    return {stratum: total(tallies) for stratum, tallies in members.items()}


def _require_audits(everything: Tally) -> None:
    for name, side in (("accepted", everything.accepted), ("rejected", everything.rejected)):
        if not side.audited:
            raise ValueError(
                f"no rate without audits: none of {side.count} {name} samples was audited"
                "\n\nhint: audit a random share of both, accepted and rejected"
            )


def _strengths(whole: Mapping[str, Tally], settings: RateSettings) -> dict[str, _Strengths]:
    """How strongly each stratum's shares, of accepted and of rejected samples, are drawn to the next wider one's."""
    if settings.strength is not None:
        return dict.fromkeys(whole, (settings.strength, settings.strength))
    siblings: dict[str | None, list[Tally]] = {}
    for stratum, tally in whole.items():
        siblings.setdefault(parent_of(stratum), []).append(tally)
    found = {
        parent: (
            pooling_strength([tally.accepted for tally in tallies]),
            pooling_strength([tally.rejected for tally in tallies]),
        )
        for parent, tallies in siblings.items()
    }
    return {stratum: found[parent_of(stratum)] for stratum in whole}


def _all_rates(
    tallies: Mapping[str, Tally],
    whole: Mapping[str, Tally],
    strengths: Mapping[str, _Strengths],
    settings: RateSettings,
) -> dict[str, _Rates]:
    """The rates of all strata of `whole`, of which a resample (`tallies`) may lack some."""
    rates: dict[str, _Rates] = {}
    for stratum in sorted(whole, key=lambda name: (name.count("/") if name else -1, name)):
        parent = parent_of(stratum)
        above = rates[parent] if parent is not None else None
        tally = tallies.get(stratum, Tally())
        if above is None and not (tally.accepted.audited and tally.rejected.audited):
            # A resample without audits of one side says nothing on its own.
            above = _rates(whole[stratum], None, strengths[stratum], settings)
        rates[stratum] = _rates(tally, above, strengths[stratum], settings)
    return rates


def _rates(tally: Tally, above: _Rates | None, strengths: _Strengths, settings: RateSettings) -> _Rates:
    right_accepted = tally.accepted.right_share(above.right_accepted if above else None, strengths[0])
    right_rejected = tally.rejected.right_share(above.right_rejected if above else None, strengths[1])
    false_discovery = 1.0 - settings.judge.corrected(right_accepted)
    false_omission = settings.judge.corrected(right_rejected)
    accepted, rejected = tally.accepted.count, tally.rejected.count
    return _Rates(
        fpr=_ratio(accepted * false_discovery, rejected * (1.0 - false_omission), above.fpr if above else 0.0),
        fnr=_ratio(rejected * false_omission, accepted * (1.0 - false_discovery), above.fnr if above else 0.0),
        false_discovery=false_discovery,
        false_omission=false_omission,
        right_accepted=right_accepted,
        right_rejected=right_rejected,
    )


def _ratio(errors: float, others: float, otherwise: float) -> float:
    return errors / (errors + others) if errors + others > 0.0 else otherwise


def _ends(tally: Tally, above: _Rates | None, strengths: _Strengths, settings: RateSettings) -> list[_Rates]:
    """The rates at the end of Wilson's interval of each side whose audits all agree.

    No resample of such a side disagrees with it, so the bootstrap alone would call a rate certain that merely did
    not show in a hundred audits.
    """
    sides = [Tally(_at_its_end(tally.accepted), tally.rejected), Tally(tally.accepted, _at_its_end(tally.rejected))]
    return [_rates(side, above, strengths, settings) for side in sides]


def _at_its_end(side: Side) -> Side:
    is_right, is_wrong = math.isclose(side.right, side.weight), side.right == 0.0
    if not (side.audited and (is_right or is_wrong)):
        return side
    size = max(1, round(side.size))
    share = wilson(size, size).low if is_right else wilson(0, size).high
    return replace(side, right=side.weight * share)


def _report(
    stratum: str, tally: Tally, point: _Rates, replicates: Sequence[_Rates], ends: Sequence[_Rates]
) -> StratumRates:
    def interval(pick: Callable[[_Rates], float]) -> Estimate:
        found = _interval(pick(point), [pick(each) for each in replicates])
        beyond = [pick(end) for end in ends]
        return Estimate(found.value, min([found.low, *beyond]), max([found.high, *beyond]))

    rejected = tally.rejected
    return StratumRates(
        stratum=stratum,
        fpr=interval(lambda rates: rates.fpr),
        fnr=interval(lambda rates: rates.fnr),
        false_discovery=interval(lambda rates: rates.false_discovery),
        false_omission=interval(lambda rates: rates.false_omission),
        judge_yes_share=rejected.right / rejected.weight if rejected.audited else float("nan"),
        num_accepted=tally.accepted.count,
        num_rejected=rejected.count,
        num_audited=tally.accepted.audited + rejected.audited,
    )


def _interval(value: float, replicates: Sequence[float]) -> Estimate:
    ordered = sorted(replicates)
    low, high = (_quantile(ordered, share) for share in (0.025, 0.975))
    return Estimate(value, min(low, value), max(high, value))


def _quantile(ordered: Sequence[float], share: float) -> float:
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])
