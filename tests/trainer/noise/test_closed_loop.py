from __future__ import annotations

import asyncio
import itertools
import json
from statistics import fmean

import pytest

from noise_cases import audited, is_right, judged, played_step, run_steps
from palestra.trainer.errors import NoiseError
from palestra.trainer.noise import (
    AssumedRates,
    CardRates,
    NoiseConfig,
    NoiseLoop,
    Undecided,
    VerifierAuditor,
)
from palestra.trainer.rewards import (
    NoisyReward,
    PerGroup,
    PerItem,
    PerSample,
    RewardPipeline,
    VerdictReward,
    VerifierReward,
    WithLength,
)
from palestra.trainer.rewards.strata import ByEnvironment, ByLength, StratumRate
from palestra.verifiers import Verdict
from palestra.verifiers.noise import Backward, Forward, NoiseModel, UncertainAppeals, UniformAppeals
from palestra.verifiers.statistics import Estimate


def _holds(estimate: Estimate, truth: float, slack: float = 0.01) -> bool:
    return estimate.low - slack <= truth <= estimate.high + slack


@pytest.mark.parametrize("dependence", [PerSample(), PerItem(), PerGroup(share=0.8), WithLength(tokens=100)])
def test_audited_rates_converge_to_the_truth(dependence: PerSample | PerItem | PerGroup | WithLength) -> None:
    source = NoisyReward(fpr=0.1, fnr=0.25, dependence=dependence)
    loop, scored = run_steps(source, NoiseConfig(rates=audited(flips=False, resamples=40)), 8, prompts=125)
    assert len(scored) == 8000
    [rates] = loop.rows(8)
    wrong = [each.observed for each in scored if not is_right(each)]
    right = [each.observed for each in scored if is_right(each)]
    assert _holds(Estimate(*rates.fpr), fmean(wrong)) and _holds(Estimate(*rates.fnr), 1.0 - fmean(right))
    assert rates.fpr[2] - rates.fpr[1] < 0.08 and rates.fnr[2] - rates.fnr[1] < 0.12
    assert rates.fpr_used == pytest.approx(rates.fpr[0], abs=0.03)


def test_strata_have_rates_of_their_own_and_shrink_to_the_wider_one() -> None:
    strata = (ByLength(edges=(100,)),)
    source = NoisyReward(fpr=0.02, fnr=0.1, strata=strata, rates=(StratumRate(stratum="100+", fpr=0.3, fnr=0.2),))
    loop, _ = run_steps(source, NoiseConfig(rates=audited(flips=False, resamples=40), strata=strata), 8, prompts=125)
    rows = {row.stratum: row for row in loop.rows(8)}
    assert set(rows) == {"", "0-99", "100+"}
    for stratum, fpr, fnr in (("0-99", 0.02, 0.1), ("100+", 0.3, 0.2)):
        assert _holds(Estimate(*rows[stratum].fpr), fpr, 0.02) and _holds(Estimate(*rows[stratum].fnr), fnr, 0.02)
    short, long = judged("0/1/0/0", Verdict.passed(), tokens=5), judged("0/1/0/1", Verdict.passed(), tokens=150)
    assert loop.model_of(long).fpr > 0.2 > 0.1 > loop.model_of(short).fpr, "filters read the same rates"


@pytest.mark.parametrize("correction", [Backward(), Forward()])
def test_verdicts_beyond_correction_pay_the_chance_that_they_are_right(correction: Backward | Forward) -> None:
    strata = (ByLength(edges=(100,)),)
    source = NoisyReward(fpr=0.05, fnr=0.1, strata=strata, rates=(StratumRate(stratum="100+", fpr=0.95, fnr=0.02),))
    noise = NoiseConfig(rates=audited(flips=False), correction=correction, strata=strata)
    loop, scored = run_steps(source, noise, 12, prompts=60)
    late = [each for each in scored if int(each.rollout.key.split("/")[1]) > 6]
    accepted = [each for each in late if each.observation and each.observation.verdict.score == 1.0]
    hacked = [each for each in accepted if each.rollout.policy_tokens >= 100]
    share = fmean(map(is_right, hacked))
    paid = fmean(each.reward.value for each in hacked)
    assert paid == pytest.approx(share if isinstance(correction, Backward) else share - 1.0, abs=0.04)
    short = [each for each in late if each.rollout.policy_tokens < 100]
    assert not any(each.corrected and each.corrected.corrector == "settled" for each in short)
    long = judged("0/1/0/1", Verdict.passed(), tokens=150)
    assert loop.model_of(long).fpr == 0.0, "clipped rates would go on paying for what is nearly always accepted"


@pytest.mark.parametrize("flips", [True, False])
@pytest.mark.parametrize("correction", [Backward(), Forward()])
def test_corrected_and_flipped_rewards_are_unbiased(correction: Backward | Forward, flips: bool) -> None:
    source = NoisyReward(fpr=0.15, fnr=0.3)
    noise = NoiseConfig(rates=audited(flips=flips, appeals=UniformAppeals(share=0.4)), correction=correction)
    _, scored = run_steps(source, noise, 24, prompts=60)
    late = [each for each in scored if int(each.rollout.key.split("/")[1]) > 8]
    right = fmean(each.reward.value for each in late if is_right(each))
    wrong = fmean(each.reward.value for each in late if not is_right(each))
    raw = (
        fmean(each.observed for each in late if is_right(each)),
        fmean(each.observed for each in late if not is_right(each)),
    )
    if isinstance(correction, Backward):
        assert right == pytest.approx(1.0, abs=0.05) and wrong == pytest.approx(0.0, abs=0.05)
        assert (raw[0] - raw[1]) < 0.9, "uncorrected, a part of the signal is lost"
    else:  # METHODS 2: 0 and -(1 - fpr - fnr), of the samples that nothing settled
        assert right == pytest.approx(0.0, abs=0.05) and wrong < -0.45
    assert any(each.corrected and each.corrected.corrector == "settled" for each in late) is flips


def test_until_enough_was_audited_rewards_are_as_observed() -> None:
    source = NoisyReward(fpr=0.1, fnr=0.2)
    loop, scored = run_steps(source, NoiseConfig(rates=audited(min_audits=100_000, flips=False)), 3)
    assert all(each.reward.value == each.observed for each in scored) and loop.rows(3) == []


def test_a_step_is_corrected_by_what_earlier_ones_have_shown() -> None:
    source = NoisyReward(fpr=0.1, fnr=0.2)
    noise = NoiseConfig(rates=audited(flips=False))
    first, second = (run_steps(source, noise, steps, prompts=60)[1] for steps in (1, 2))
    assert all(each.reward.value == each.observed for each in first)
    assert any(each.reward.value != each.observed for each in second[len(first) :])


def test_no_step_asks_for_more_audits_than_its_budget_and_counts_stay_right() -> None:
    source = NoisyReward(fpr=0.1, fnr=0.25)
    loop, scored = run_steps(source, NoiseConfig(rates=audited(budget=60, flips=False, resamples=40)), 30)
    by_step = itertools.groupby(scored, key=lambda each: each.rollout.key.split("/")[1])
    counts = [sum(each.observation.audit is not None for each in step if each.observation) for _, step in by_step]
    assert set(counts) == {60}
    [rates] = loop.rows(30)
    assert _holds(Estimate(*rates.fpr), 0.1) and _holds(Estimate(*rates.fnr), 0.25)


def test_the_state_is_all_that_is_remembered() -> None:
    source = NoisyReward(fpr=0.1, fnr=0.2)
    noise = NoiseConfig(rates=audited(window=4), strata=(ByLength(edges=(100,)),))

    async def steps(loop: NoiseLoop, numbers: range) -> None:
        for step in numbers:
            await loop.observe(step, played_step(step, 20, 8))

    whole = NoiseLoop(noise, source, seed=0)
    asyncio.run(steps(whole, range(1, 9)))
    before = NoiseLoop(noise, source, seed=0)
    asyncio.run(steps(before, range(1, 5)))
    after = NoiseLoop(noise, source, seed=0)
    after.restore(json.loads(json.dumps(before.state())))
    assert after.rows(4) == before.rows(4)
    asyncio.run(steps(after, range(5, 9)))
    assert after.state() == whole.state() and after.rows(8) == whole.rows(8)


def test_a_strict_verifier_audits_a_weak_one() -> None:
    responses = {"12": 1.0, "at last 12": 1.0, "12 or 13": 0.0, "13": 0.0, "12.0": 1.0}
    rates = audited(auditor=VerifierAuditor(name="math"), appeals=UniformAppeals(share=1.0), audits=1.0)
    loop = NoiseLoop(NoiseConfig(rates=rates), VerifierReward(name="last-number"), seed=0)
    group = [judged(f"0/1/0/{i}", Verdict.failed(), response=text) for i, text in enumerate(responses)]
    [seen] = asyncio.run(loop.observe(1, [group]))
    assert all(each.audit is not None and each.audit.propensity == 1.0 for each in seen)


@pytest.mark.parametrize(
    ("undecided", "settled"), [(Undecided.MASK, None), (Undecided.EXPECTED, 0.7), (Undecided.APPEAL, None)]
)
def test_unknown_is_decided_as_configured_and_error_never_is(undecided: Undecided, settled: float | None) -> None:
    noise = NoiseConfig(rates=audited(), undecided=undecided)
    loop = NoiseLoop(noise, VerdictReward(), seed=0)
    group = [judged("0/1/0/0", Verdict.unknown(0.7)), judged("0/1/0/1", Verdict.error("gone"))]
    [seen] = asyncio.run(loop.observe(1, [group]))
    assert seen[0].settled == settled, "the auditor here is the verdict itself, which cannot decide"
    assert seen[1].mask == "ERROR" and bool(seen[0].mask) is (settled is None)
    [unknown, error] = RewardPipeline(source=VerdictReward(), correction=Backward())(seen)
    assert not error.reward.valid and unknown.reward.or_nan == pytest.approx(settled or float("nan"), nan_ok=True)
    assert unknown.reward.valid is (settled is not None)


def test_an_unknown_that_the_auditor_decides_is_settled() -> None:
    rates = audited(auditor=VerifierAuditor(name="last-number"))
    loop = NoiseLoop(NoiseConfig(rates=rates, undecided=Undecided.APPEAL), VerdictReward(), seed=0)
    group = [judged(f"0/1/0/{i}", Verdict.unknown(0.5), response=text) for i, text in enumerate(("12", "13"))]
    [seen] = asyncio.run(loop.observe(1, [group]))
    assert [each.settled for each in seen] == [1.0, 0.0]
    scored = RewardPipeline(source=VerdictReward())(seen)
    assert [each.outcome for each in scored] == [1.0, 0.0]


def test_known_rates_serve_rewards_and_filters() -> None:
    assumed = AssumedRates(rates=(StratumRate(stratum="test.Hand-v1", fpr=0.1, fnr=0.2),))
    loop = NoiseLoop(NoiseConfig(rates=assumed, strata=(ByEnvironment(),)), VerdictReward(), seed=0)
    known, other = judged("0/1/0/0", Verdict.passed()), judged("0/1/1/0", Verdict.passed(), env="test/Other-v1")
    assert loop.model_of(known) == NoiseModel(fpr=0.1, fnr=0.2, stratum="test.Hand-v1")
    assert (loop.model_of(other).fpr, loop.model_of(other).fnr) == (0.0, 0.0)
    assert "nobody has measured" in str(assumed)
    card = CardRates(verifier="last-number")
    assert "stress test" in str(card) and card.table().model_for("").fnr <= 0.49
    with pytest.raises(NoiseError, match="no verifier `nope`"):
        CardRates(verifier="nope")


def test_an_uncertain_rule_asks_rarely_about_plain_noes() -> None:
    rates = audited(appeals=UncertainAppeals(share=0.5, floor=0.02), flips=False)
    _, scored = run_steps(NoisyReward(fpr=0.0, fnr=0.5), NoiseConfig(rates=rates), 10)
    rejected = [each for each in scored if each.observed == 0.0]
    asked = sum(each.observation is not None and each.observation.audit is not None for each in rejected)
    assert 0 < asked / len(rejected) < 0.05


def test_settings_out_of_range_are_refused() -> None:
    for change, message in (
        ({"budget": 0}, "budget must be at least 1"),
        ({"decay": 1.0}, "decay must be in"),
        ({"audits": 0.0}, "a propensity must be in"),
        ({"auditor_fpr": 0.6, "auditor_fnr": 0.5}, "a judge's rates must sum"),
    ):
        with pytest.raises(ValueError, match=message):
            audited(**change)
    with pytest.raises(ValueError, match=r"needs an auditor(.|\n)*hint: "):
        NoiseConfig(rates=CardRates(verifier="math"), undecided=Undecided.APPEAL)
