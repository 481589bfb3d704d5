from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import replace

import pytest

from palestra.trainer.alarms import (
    ALL_ALARMS,
    Alarm,
    AlarmWatch,
    AuditGap,
    EntropyCollapse,
    FalseAccepts,
    LengthDrift,
    MaskedSamples,
    NoSignal,
    TurnsFarmed,
    UselessVerdicts,
)
from palestra.trainer.config.reader import parse_config
from palestra.trainer.config.writer import to_toml
from palestra.trainer.metrics import AlarmMetrics, RateMetrics, StepMetrics

BASE = 'steps = 1\nenv.id = "palestra/ChainSum-v1"\nmodel.path = "m"\n'

CALM = StepMetrics(
    step=1,
    train_seconds=1.0,
    reward_mean=0.5,
    reward_std=0.5,
    groups=10,
    informative_groups=5,
    masked_samples=1,
    samples=80,
    policy_tokens=800,
    response_tokens_mean=100.0,
    truncated_share=0.0,
    generate_s=1.0,
    judge_s=0.0,
    learn_s=1.0,
    tokens_per_second=1.0,
    loss=0.0,
    gradient_norm=1.0,
    lr=1e-3,
    clip_share=0.0,
    kl_behaviour=0.0,
    mismatch_max=0.0,
    entropy=1.0,
    outcome_mean=0.5,
    ungated_mean=0.5,
    observed_mean=0.5,
    strict_mean=0.45,
)
Change = Callable[[int], StepMetrics]


def _rates(step: int, false_discovery: float) -> RateMetrics:
    pair = (0.1, 0.05, 0.15)
    return RateMetrics(
        step=step,
        stratum="",
        fpr=pair,
        fnr=pair,
        false_discovery=(false_discovery, false_discovery - 0.02, false_discovery + 0.02),
        false_omission=pair,
        judge_yes_share=0.1,
        accepted=100,
        rejected=100,
        audited=40,
    )


def _alarms(alarm: Alarm, change: Change, steps: int = 60) -> list[AlarmMetrics]:
    watch = AlarmWatch([alarm])
    return [row for step in range(1, steps + 1) for row in watch.look(replace(change(step), step=step))]


def _late(share: float) -> Callable[[int], float]:
    """0 in the first 30 of 60 steps, then rising to `share`."""
    return lambda step: share * max(0, step - 30) / 30


RISE = _late(1.0)
CASES: list[tuple[Alarm, Change, Change]] = [
    (
        TurnsFarmed(),
        lambda step: replace(CALM, ungated_mean=0.5 + 0.4 * RISE(step), outcome_mean=0.5 - 0.3 * RISE(step)),
        lambda step: replace(CALM, ungated_mean=0.5 + 0.4 * RISE(step), outcome_mean=0.5 + 0.4 * RISE(step)),
    ),
    (
        AuditGap(),
        lambda step: replace(CALM, observed_mean=0.5 + 0.4 * RISE(step), strict_mean=0.4),
        lambda step: replace(CALM, observed_mean=0.5 + 0.4 * RISE(step), strict_mean=0.3 + 0.4 * RISE(step)),
    ),
    (
        NoSignal(),
        lambda step: replace(CALM, informative_groups=0 if step > 30 else 5),
        lambda step: replace(CALM, informative_groups=1),
    ),
    (
        MaskedSamples(),
        lambda step: replace(CALM, masked_samples=40 if step > 30 else 0),
        lambda step: replace(CALM, masked_samples=40 if step == 30 else 0),
    ),
    (
        LengthDrift(),
        lambda step: replace(CALM, response_tokens_mean=100 + 200 * RISE(step)),
        lambda step: replace(CALM, response_tokens_mean=100 + 60 * RISE(step)),
    ),
    (
        EntropyCollapse(),
        lambda step: replace(CALM, entropy=1.0 if step < 31 else 0.05),
        lambda step: replace(CALM, entropy=1.0 - 0.7 * RISE(step)),
    ),
]


@pytest.mark.parametrize(("alarm", "bad", "good"), CASES, ids=[alarm.kind for alarm, _, _ in CASES])
def test_an_alarm_goes_off_once_where_it_should_and_nowhere_else(alarm: Alarm, bad: Change, good: Change) -> None:
    [row] = _alarms(alarm, bad)
    assert row.name == alarm.kind and row.step > 30 and row.text
    assert _alarms(alarm, good) == [] == _alarms(alarm, lambda _: CALM)


def test_shorter_responses_drift_too() -> None:
    assert len(_alarms(LengthDrift(), lambda step: replace(CALM, response_tokens_mean=100 - 80 * RISE(step)))) == 1


@pytest.mark.parametrize(("jump", "expected"), [(0.3, 1), (0.03, 0)])
def test_a_jump_of_false_accepts_goes_off(jump: float, expected: int) -> None:
    watch = AlarmWatch([FalseAccepts()])
    rows = [
        row
        for step in range(1, 61)
        for row in watch.look(replace(CALM, step=step), [_rates(step, 0.05 + (jump if step > 40 else 0.0))])
    ]
    assert len(rows) == expected
    if rows:
        assert rows[0].step == 41 and "`all`: the share of wrong among accepted samples rose from 0.05" in rows[0].text


@pytest.mark.parametrize(
    ("rates", "audited", "is_said"),
    [
        ((0.49, 0.49), 40, True),
        ((1.0, 0.0), 40, True),
        ((0.49, 0.3), 40, False),
        ((0.9, 0.0), 40, False),
        ((0.6, 0.6), 19, False),
    ],
)
def test_a_stratum_whose_verdicts_say_nothing_is_named(rates: tuple[float, float], audited: int, is_said: bool) -> None:
    fpr, fnr = ((rate, rate - 0.05, rate + 0.05) for rate in rates)
    watch = AlarmWatch([UselessVerdicts()])
    rows = []
    for step in range(1, 31):
        useless = replace(_rates(step, 0.1), stratum="hard", fpr=fpr, fnr=fnr, audited=audited)
        rows += watch.look(replace(CALM, step=step), [_rates(step, 0.1), *([useless] if step > 10 else [])])
    assert len(rows) == is_said
    if rows:
        assert (
            rows[0].step == 15 and "in the stratum `hard` fpr is" in rows[0].text and "all strata" not in rows[0].text
        )


def test_a_critic_learns_from_differences_between_groups() -> None:
    apart = replace(CALM, informative_groups=0, value_loss=0.1, reward_std=0.4)
    assert _alarms(NoSignal(), lambda _: apart) == []
    assert len(_alarms(NoSignal(), lambda _: replace(apart, reward_std=0.0))) == 1
    assert len(_alarms(NoSignal(), lambda _: replace(apart, value_loss=None))) == 1


def test_an_alarm_that_comes_back_after_a_quiet_time_is_another_one() -> None:
    def masked(step: int) -> StepMetrics:
        return replace(CALM, masked_samples=80 if step in (*range(10, 20), *range(40, 50)) else 0)

    rows = _alarms(MaskedSamples(), masked)
    assert [row.step for row in rows] == [11, 41]
    flicker = _alarms(MaskedSamples(window=2), lambda step: replace(CALM, masked_samples=80 * (step % 4 == 0)))
    assert len(flicker) == 1, "one alarm, not fifteen"


def test_what_was_not_measured_raises_nothing() -> None:
    empty = replace(
        CALM,
        reward_mean=math.nan,
        entropy=None,
        outcome_mean=None,
        ungated_mean=None,
        observed_mean=None,
        strict_mean=None,
        samples=None,
    )
    watch = AlarmWatch(ALL_ALARMS)
    assert [row for step in range(1, 60) for row in watch.look(replace(empty, step=step))] == []


def test_a_resumed_watch_says_what_an_uninterrupted_one_says() -> None:
    def at(step: int) -> StepMetrics:
        return replace(CALM, step=step, entropy=0.02 + 0.98 * (step < 31), response_tokens_mean=100 + 300 * RISE(step))

    whole, before = AlarmWatch(ALL_ALARMS), AlarmWatch(ALL_ALARMS)
    told = [row for step in range(1, 61) for row in whole.look(at(step), [_rates(step, 0.1)])]
    first = [row for step in range(1, 36) for row in before.look(at(step), [_rates(step, 0.1)])]
    after = AlarmWatch(ALL_ALARMS)
    after.restore(json.loads(json.dumps(before.state())))
    assert first + [row for step in range(36, 61) for row in after.look(at(step), [_rates(step, 0.1)])] == told
    assert {row.name for row in told} == {"length-drift", "entropy-collapse"}
    assert after.state() == whole.state()


def test_alarms_and_their_limits_are_configured() -> None:
    config = parse_config('alarms = [{ kind = "length-drift", max_ratio = 3.0 }, { kind = "no-signal" }]\n' + BASE)
    assert config.alarms == (LengthDrift(max_ratio=3.0), NoSignal())
    assert parse_config(to_toml(config)) == config
    assert parse_config(BASE).alarms == ALL_ALARMS and parse_config("alarms = []\n" + BASE).alarms == ()
    for build in (
        lambda: LengthDrift(max_ratio=1.0),
        lambda: NoSignal(window=1),
        lambda: EntropyCollapse(min_share=0.0),
        lambda: UselessVerdicts(max_informedness=1.0),
        lambda: UselessVerdicts(min_audits=0),
    ):
        with pytest.raises(ValueError, match="must be"):
            build()
