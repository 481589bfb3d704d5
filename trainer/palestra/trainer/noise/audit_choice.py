"""Which samples of a step are audited, decided by their keys alone, and with which probability they were chosen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from palestra.envs import KeyedRandom
from palestra.trainer.noise.rate_sources import AuditedRates
from palestra.trainer.rewards import Observation
from palestra.verifiers import Outcome
from palestra.verifiers.noise import Rejection, UniformAppeals, choose_appeals


@dataclass(frozen=True, kw_only=True, slots=True)
class AuditChoice:
    """The samples that the auditor is asked about."""

    propensities: Mapping[str, float]
    """Key of the rollout to the probability that it was chosen."""
    appeal_propensity: float
    """Of a rejected sample of which its verifier says no more than that."""


def choose_audits(seen: Sequence[Observation], rates: AuditedRates, seed: str, *, appeals_unknown: bool) -> AuditChoice:
    """Choose among a step's samples.

    Args:
        seen: Of a step; those that are left out for their end are never asked about.
        rates: How much is audited.
        seed: Of the run.
        appeals_unknown: Whether every UNKNOWN goes to the auditor.

    Where more are chosen than the budget allows, as many are drawn from them, and their probabilities fall in
    proportion: the Horvitz-Thompson counts stay unbiased.
    """
    seen = [each for each in seen if not each.rollout.is_foreign]  # rates are those of the policy's own samples
    rejected = [each for each in seen if not each.mask and each.verdict.outcome is not Outcome.PASS]
    accepted = [each for each in seen if not each.mask and each.verdict.outcome is Outcome.PASS]
    appeals = choose_appeals((Rejection(rollout_id=each.rollout.key) for each in rejected), rates.appeals, seed)
    audits = choose_appeals(
        (Rejection(rollout_id=each.rollout.key) for each in accepted),
        UniformAppeals(share=rates.audits),
        f"{seed}: accepted",
    )
    chosen = {appeal.rollout_id: appeal.propensity for appeal in (*appeals, *audits)}
    if appeals_unknown:
        unknown = (each for each in seen if not each.reason and each.verdict.outcome is Outcome.UNKNOWN)
        chosen |= {each.rollout.key: 1.0 for each in unknown}
    share = 1.0
    if len(chosen) > rates.budget:
        share = rates.budget / len(chosen)
        drawn = KeyedRandom("audit budget", seed, *sorted(chosen)).sample(sorted(chosen), rates.budget)
        chosen = {key: chosen[key] for key in drawn}
    return AuditChoice(
        propensities={key: propensity * share for key, propensity in chosen.items()},
        appeal_propensity=rates.appeals.propensity(None) * share,
    )
