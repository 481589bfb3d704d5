"""The closed loop: audits of a step's verdicts to rates, and rates to the next step's corrections and filters."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from palestra.agents import Rollout
from palestra.trainer.metrics import RateMetrics
from palestra.trainer.noise.audit_choice import AuditChoice, choose_audits
from palestra.trainer.noise.config import NoiseConfig, Undecided
from palestra.trainer.noise.measured import MeasuredRates
from palestra.trainer.noise.rate_sources import AuditedRates
from palestra.trainer.rewards import Observation, Source, observe
from palestra.trainer.rewards.strata import model_in, stratum_of
from palestra.verifiers import Outcome, Verdict
from palestra.verifiers.noise import NOISELESS, Audit, NoiseModel, NoiseTable, RatedSample, StratumRates, unflipped
from palestra.verifiers.statistics import Estimate

_DECIDED = frozenset({Outcome.PASS, Outcome.FAIL, Outcome.UNPARSED, Outcome.TIMEOUT, Outcome.PARTIAL})


class NoiseLoop:
    """What a run knows of the errors of the verdicts that pay it."""

    def __init__(self, config: NoiseConfig | None, source: Source, seed: int) -> None:
        """Know nothing yet.

        Args:
            config: None observes verdicts and corrects nothing.
            source: The verdicts that pay.
            seed: Of the run; decides who is audited.

        Raises:
            JudgeRefusedError: The auditor is a judge that failed its examination.
        """
        self.config = config
        self._source = source
        self._seed = str(seed)
        self._audited = config.rates if config and isinstance(config.rates, AuditedRates) else None
        self._audits = self._audited.auditor.open() if self._audited else None
        self._known = config.rates.table() if config and not isinstance(config.rates, AuditedRates) else NoiseTable(())
        self._measured = MeasuredRates(self._audited, self._seed) if self._audited else None
        self._table = self._known

    def model_of(self, rollout: Rollout) -> NoiseModel:
        """What is known of the errors of the verdict on a rollout; noiseless where nothing is."""
        if self.config is None:
            return NOISELESS
        return model_in(self._table, stratum_of(rollout, self.config.strata))

    def look(self, rollouts: Sequence[Rollout]) -> list[Observation]:
        """What the source sees, with the stratum and what is known of it, before any audit."""
        return [self._stamped(observe(rollout, self._source)) for rollout in rollouts]

    async def observe(self, step: int, groups: Sequence[Sequence[Rollout]]) -> list[list[Observation]]:
        """What is known of a step's samples after the audits; the rates learn from them for the next step."""
        seen = [self.look(group) for group in groups]
        if self._audited is None or self._audits is None or self._measured is None:
            return seen
        assert self.config is not None
        flat = [each for group in seen for each in group]
        choice = choose_audits(
            flat, self._audited, self._seed, appeals_unknown=self.config.undecided is Undecided.APPEAL
        )
        asked = [each for each in flat if each.rollout.key in choice.propensities]
        verdicts = await self._audits([each.rollout for each in asked])
        said = {each.rollout.key: verdict for each, verdict in zip(asked, verdicts, strict=True) if verdict.valid}
        audited = [[self._settled(each, said.get(each.rollout.key), choice) for each in group] for group in seen]
        self._measured.learn([_rated(each, step) for group in audited for each in group if _is_rated(each)])
        self._table = self._measured.table
        return audited

    def rows(self, step: int) -> list[RateMetrics]:
        """What is estimated after a step, by stratum."""
        estimates = self._measured.estimates if self._measured else {}
        used = {model.stratum: model for model in self._table.models}
        return [_row(step, rates, used.get(stratum)) for stratum, rates in sorted(estimates.items())]

    @property
    def right_share(self) -> float | None:
        """The share of right samples in the window, by audit; None without estimates."""
        found = self._measured.estimates.get("") if self._measured else None
        if found is None:
            return None
        right = found.num_accepted * (1.0 - found.false_discovery.value) + (
            found.num_rejected * found.false_omission.value
        )
        return right / (found.num_accepted + found.num_rejected)

    def state(self) -> dict[str, object]:
        """What audits have shown, in JSON."""
        return self._measured.state() if self._measured else {}

    def restore(self, state: Mapping[str, object]) -> None:
        """Go on from `state`."""
        if self._measured and state:
            self._measured.restore(state)
            self._table = self._measured.table

    def _stamped(self, seen: Observation) -> Observation:
        if self.config is None:
            return seen
        stratum = stratum_of(seen.rollout, self.config.strata)
        verdict = seen.verdict
        settled = None
        if verdict.outcome is Outcome.UNKNOWN and self.config.undecided is Undecided.EXPECTED:
            settled = verdict.p_correct
        elif self._measured and self.config.correction is not None and verdict.outcome in _DECIDED:
            settled = self._measured.expected(stratum, is_accepted=verdict.outcome is Outcome.PASS)
        return replace(seen, stratum=stratum, model=model_in(self._table, stratum), settled=settled)

    def _settled(self, seen: Observation, said: Verdict | None, choice: AuditChoice) -> Observation:
        """The observation after the audits: settled if it was flipped, else with the rates of what was not."""
        assert self._audited is not None
        if self._audited.flips and seen.verdict.outcome in _DECIDED:
            seen = replace(seen, model=unflipped(seen.model, choice.appeal_propensity, self._audited.judge))
        if said is None:
            return seen
        is_right = said.score >= 1.0
        audit = Audit(is_right=is_right, propensity=choice.propensities[seen.rollout.key])
        if seen.verdict.outcome is Outcome.UNKNOWN:
            return replace(seen, audit=audit, settled=float(is_right))
        is_flipped = self._audited.flips and is_right and seen.verdict.outcome is not Outcome.PASS
        return replace(seen, audit=audit, settled=1.0 if is_flipped else seen.settled)


def _row(step: int, rates: StratumRates, used: NoiseModel | None) -> RateMetrics:
    def ends(estimate: Estimate) -> tuple[float, float, float]:
        return (estimate.value, estimate.low, estimate.high)

    return RateMetrics(
        step=step,
        stratum=rates.stratum,
        fpr=ends(rates.fpr),
        fnr=ends(rates.fnr),
        false_discovery=ends(rates.false_discovery),
        false_omission=ends(rates.false_omission),
        judge_yes_share=rates.judge_yes_share,
        accepted=rates.num_accepted,
        rejected=rates.num_rejected,
        audited=rates.num_audited,
        fpr_used=used.fpr if used else math.nan,
        fnr_used=used.fnr if used else math.nan,
    )


def _is_rated(seen: Observation) -> bool:
    return not seen.reason and not seen.rollout.is_foreign and seen.verdict.outcome in _DECIDED


def _rated(seen: Observation, step: int) -> RatedSample:
    return RatedSample(
        prompt_id=str(seen.rollout.task.id),
        stratum=seen.stratum,
        is_accepted=seen.verdict.outcome is Outcome.PASS,
        audit=seen.audit,
        step=step,
    )
