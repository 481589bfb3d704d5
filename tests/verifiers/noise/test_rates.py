import dataclasses
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from palestra.verifiers.keyed_random import KeyedRandom
from palestra.verifiers.noise import (
    Audit,
    CanaryConflict,
    DiscoveryJump,
    DriftLimits,
    JudgeErrors,
    NoiseModel,
    RatedSample,
    RateSettings,
    YesShareJump,
    drift_alarms,
    estimate_rates,
)
from palestra.verifiers.noise.pooling import LEAST_STRENGTH, MOST_STRENGTH, pooling_strength
from palestra.verifiers.noise.tally import Side

EXACT = RateSettings(strength=0.0, resamples=20)


def _samples(stratum: str, accepted: int, rejected: int, wrong: int, right: int) -> list[RatedSample]:
    """Accepted samples of which `wrong` are wrong, and rejected ones of which `right` are right; all audited."""
    return [
        RatedSample(prompt_id=f"{stratum}{n}", stratum=stratum, is_accepted=True, audit=Audit(is_right=n >= wrong))
        for n in range(accepted)
    ] + [
        RatedSample(prompt_id=f"{stratum}{n}", stratum=stratum, is_accepted=False, audit=Audit(is_right=n < right))
        for n in range(rejected)
    ]


def test_rates_follow_from_complete_audits() -> None:
    rates = estimate_rates(_samples("math", accepted=80, rejected=40, wrong=10, right=5), EXACT)["math"]
    assert rates.fpr.value == pytest.approx(10 / 45)
    assert rates.fnr.value == pytest.approx(5 / 75)
    assert rates.false_discovery.value == pytest.approx(10 / 80)
    assert rates.false_omission.value == pytest.approx(5 / 40)
    assert (rates.num_accepted, rates.num_rejected, rates.num_audited) == (80, 40, 120)
    assert rates.fpr.low <= rates.fpr.value <= rates.fpr.high
    assert rates.to_model() == NoiseModel(fpr=rates.fpr.value, fnr=rates.fnr.value, stratum="math")


def test_rates_are_the_same_every_time() -> None:
    samples = _samples("math", accepted=30, rejected=30, wrong=3, right=4)
    assert estimate_rates(samples) == estimate_rates(list(samples))


def test_audits_count_by_inverse_propensity() -> None:
    samples = [RatedSample(prompt_id="a", stratum="m", is_accepted=True, audit=Audit(is_right=True))]
    for number in range(60):
        audit = Audit(is_right=number < 9, propensity=0.1)
        samples.append(RatedSample(prompt_id=f"p{number}", stratum="m", is_accepted=False, audit=audit))
    samples += [RatedSample(prompt_id=f"q{n}", stratum="m", is_accepted=False) for n in range(540)]
    samples += [RatedSample(prompt_id=f"r{n}", stratum="m", is_accepted=True) for n in range(399)]
    rates = estimate_rates(samples, EXACT)["m"]
    assert rates.fnr.value == pytest.approx(90 / 490)
    assert rates.judge_yes_share == pytest.approx(0.15)
    judged = dataclasses.replace(EXACT, judge=JudgeErrors(fpr=0.05, fnr=0.10))
    assert estimate_rates(samples, judged)["m"].false_omission.value == pytest.approx(0.10 / 0.85)


def test_small_strata_are_drawn_to_the_wider_one() -> None:
    samples = _samples("math/integer", 200, 200, wrong=20, right=20) + _samples("math/set", 4, 4, wrong=4, right=0)
    alone = estimate_rates(samples, EXACT)
    drawn = estimate_rates(samples, RateSettings(strength=20.0, resamples=20))
    assert alone["math/set"].false_discovery.value == pytest.approx(1.0)
    assert 0.1 < drawn["math/set"].false_discovery.value < 0.4
    assert drawn["math/integer"].false_discovery.value == pytest.approx(0.1, abs=0.01)
    assert list(drawn) == ["", "math", "math/integer", "math/set"]


def test_strata_that_evidently_differ_are_not_drawn_together() -> None:
    """Few audits of a clean stratum beside many of a rotten one: what is clean must not look half rotten."""
    samples = _samples("short", 12, 12, wrong=0, right=0) + _samples("long", 60, 12, wrong=57, right=0)
    fixed = estimate_rates(samples, RateSettings(strength=20.0, resamples=20))["short"]
    own = estimate_rates(samples, RateSettings(resamples=20))["short"]
    assert fixed.fpr.value > 0.3 and own.fpr.value < 0.07
    assert fixed.fnr.value == own.fnr.value == 0.0


def test_strata_that_do_not_differ_are_drawn_together() -> None:
    samples = [one for name in "abcd" for one in _samples(name, 20, 20, wrong=4, right=2)]
    samples += _samples("e", 4, 4, wrong=2, right=0)
    assert estimate_rates(samples)["e"].false_discovery.value == pytest.approx(
        estimate_rates(samples, RateSettings(strength=20.0))["e"].false_discovery.value
    )


@given(
    audits=st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)).map(sorted), min_size=1, max_size=6),
)
def test_an_estimated_strength_is_within_its_bounds(audits: list[list[int]]) -> None:
    sides = [Side(count=n, audited=n, weight=n, squares=n, right=right) for right, n in audits]
    strength = pooling_strength(sides)
    assert LEAST_STRENGTH <= strength <= MOST_STRENGTH
    assert strength == pytest.approx(pooling_strength(sides[::-1]))


def test_an_estimated_strength_finds_the_one_that_strata_were_drawn_with() -> None:
    """Many strata with shares from a beta distribution: its parameters sum to the strength."""
    draws = random.Random(0)
    for strength in (2.0, 8.0):
        rights = [draws.betavariate(0.3 * strength, 0.7 * strength) for _ in range(400)]
        counts = [sum(draws.random() < right for _ in range(25)) for right in rights]
        sides = [Side(count=25, audited=25, weight=25, squares=25, right=count) for count in counts]
        assert pooling_strength(sides) == pytest.approx(strength, rel=0.25)


def test_a_stratum_without_audits_takes_the_wider_ones_shares() -> None:
    bare = [RatedSample(prompt_id="x", stratum="code", is_accepted=n > 0) for n in range(4)]
    rates = estimate_rates(_samples("math", 80, 40, wrong=8, right=4) + bare, EXACT)
    assert rates["code"].false_discovery.value == pytest.approx(rates[""].false_discovery.value)
    assert rates["code"].num_audited == 0


def test_intervals_are_over_prompts_not_samples() -> None:
    def with_prompts(count: int) -> list[RatedSample]:
        samples = _samples("math", accepted=400, rejected=40, wrong=40, right=4)
        return [
            dataclasses.replace(sample, prompt_id=f"p{n * count // len(samples)}") for n, sample in enumerate(samples)
        ]

    few, many = (estimate_rates(with_prompts(count))["math"].false_discovery for count in (11, 440))
    assert few.high - few.low > 2 * (many.high - many.low)


def test_intervals_cover_the_truth_about_as_often_as_they_say() -> None:
    covered = 0
    for trial in range(20):
        draws = KeyedRandom("coverage", trial)
        samples = []
        for number in range(300):
            is_right = draws.share() < 0.5
            is_accepted = draws.share() < (0.8 if is_right else 0.1)
            audit = Audit(is_right=is_right, propensity=0.5) if draws.share() < 0.5 else None
            samples.append(RatedSample(prompt_id=str(number), stratum="", is_accepted=is_accepted, audit=audit))
        fnr = estimate_rates(samples, RateSettings(resamples=40))[""].fnr
        covered += fnr.low <= 0.2 <= fnr.high
    assert covered >= 16


def test_rates_need_audits_of_both_sides() -> None:
    with pytest.raises(ValueError, match="rejected samples was audited"):
        estimate_rates(_samples("math", 10, 0, wrong=1, right=0))
    with pytest.raises(ValueError, match="accepted samples was audited"):
        estimate_rates([])
    with pytest.raises(ValueError, match="propensity"):
        Audit(is_right=True, propensity=0.0)
    with pytest.raises(ValueError, match="resamples"):
        RateSettings(resamples=1)
    with pytest.raises(ValueError, match="strength"):
        RateSettings(strength=float("nan"))
    with pytest.raises(ValueError, match="limits"):
        DriftLimits(canary_margin=float("nan"))


def test_a_side_with_unequal_weights_is_worth_fewer_audits() -> None:
    sides = [Side.of(Audit(is_right=True, propensity=propensity)) for propensity in (1.0, 0.1)]
    assert sum(sides, start=Side()).size == pytest.approx(121 / 101)
    with pytest.raises(ValueError, match="audited"):
        Side().right_share(None, 1.0)


def test_drift_raises_alarms_and_steadiness_does_not() -> None:
    before = estimate_rates(_samples("math", 400, 100, wrong=10, right=5))
    assert drift_alarms(before, before) == ()
    after = estimate_rates(_samples("math", 400, 100, wrong=80, right=40))
    alarms = drift_alarms(before, after)
    assert {type(alarm) for alarm in alarms} == {DiscoveryJump, YesShareJump}
    assert {alarm.stratum for alarm in alarms} == {"", "math"}
    assert all("`" in str(alarm) for alarm in alarms)
    assert drift_alarms({}, after) == ()


def test_canaries_that_contradict_the_audits_raise_an_alarm() -> None:
    rates = estimate_rates(_samples("math", 400, 100, wrong=10, right=5))
    canary = {"math": NoiseModel(fpr=0.4, fnr=0.01, stratum="math")}
    (alarm,) = drift_alarms(rates, rates, canaries=canary)
    assert isinstance(alarm, CanaryConflict)
    assert (alarm.rate, alarm.canary) == ("fpr", 0.4)
    assert "canaries" in str(alarm)
