from __future__ import annotations

import itertools
import math
from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from noise_cases import judged
from palestra.agents import FinishReason, TurnRow
from palestra.trainer.advantages import DrGrpo, Estimator, Grpo, Rloo
from palestra.trainer.errors import NoiseError
from palestra.trainer.learner.batching import scored_groups
from palestra.trainer.rewards import Objectives, Observation, RewardPipeline, VerdictReward, observe
from palestra.trainer.rewards.turn_rewards import GatedTurns, SummedTurns
from palestra.trainer.shaping import (
    AffineShaping,
    EfficientReasoningPenalty,
    LogSigmoidShaping,
    LongHorizonPenalty,
    MissingEnd,
    OverlongPenalty,
    ParShaping,
    RelativeLengthBonus,
    SelfAligned,
    Shaping,
    TruncatedFactor,
)
from palestra.verifiers import Verdict
from palestra.verifiers.noise import Backward, Correction, Forward, NoiseModel

UNIFORM = NoiseModel(fpr=0.1, fnr=0.2)
ALL_SHAPING: tuple[Shaping, ...] = (
    OverlongPenalty(max_tokens=4, buffer=2),
    RelativeLengthBonus(),
    EfficientReasoningPenalty(),
    LongHorizonPenalty(free=1, cap=4),
    ParShaping(),
    LogSigmoidShaping(reference=0.5),
    AffineShaping(scale=10.0),
    TruncatedFactor(),
    MissingEnd(),
    SelfAligned(),
)


def _seen(values: list[float], models: list[NoiseModel] | None = None) -> list[Observation]:
    models = models or [UNIFORM] * len(values)
    return [
        replace(observe(judged(f"0/1/0/{number}", Verdict.partial(value)), VerdictReward()), model=model)
        for number, (value, model) in enumerate(zip(values, models, strict=True))
    ]


def _paid(seen: list[Observation], correction: Correction | None = None) -> list[float]:
    return [scored.reward.or_nan for scored in RewardPipeline(source=VerdictReward(), correction=correction)(seen)]


def _advantages(rewards: list[float], estimate: Estimator) -> list[float]:
    groups = scored_groups([])
    groups = groups.of_rewards(torch.tensor([rewards], dtype=torch.float64))
    return [float(value) for value in estimate(groups)[0]]


# METHODS 2: corrections.
@pytest.mark.parametrize(
    ("correction", "observed", "expected"),
    [(Backward(), 1.0, 9 / 7), (Backward(), 0.0, -1 / 7), (Forward(), 1.0, 0.2), (Forward(), 0.0, -0.8)],
)
def test_a_verdict_is_corrected(correction: Correction, observed: float, expected: float) -> None:
    [scored] = RewardPipeline(source=VerdictReward(), correction=correction)(_seen([observed]))
    assert scored.reward.value == pytest.approx(expected, abs=1e-9)
    assert scored.corrected is not None and scored.corrected.corrector == correction.kind
    assert scored.reward.parts[0] == ("verdict", observed) and scored.reward.parts[1][0] == correction.kind


# METHODS 2: the no-op, and what centring leaves.
def test_one_pair_of_rates_is_removed_by_z_scores_and_rescaled_by_centring() -> None:
    seen = _seen([1, 1, 0, 0, 0])
    raw, backward, forward = _paid(seen), _paid(seen, Backward()), _paid(seen, Forward())
    z = [1.224745] * 2 + [-0.816497] * 3
    for rewards in (raw, backward, forward):
        assert _advantages(rewards, Grpo(ddof=0, eps=0.0)) == pytest.approx(z, abs=1e-6)
    centred = [0.6, 0.6, -0.4, -0.4, -0.4]
    assert _advantages(raw, DrGrpo()) == pytest.approx(centred) == _advantages(forward, DrGrpo())
    assert _advantages(backward, DrGrpo()) == pytest.approx([0.857143] * 2 + [-0.571429] * 3, abs=1e-6)
    assert _advantages(backward, Rloo()) == pytest.approx([1.071429] * 2 + [-0.714286] * 3, abs=1e-6)


# METHODS 2: mixed verifiers rank by trust.
def test_verdicts_of_two_verifiers_rank_by_trust() -> None:
    second = NoiseModel(fpr=0.3, fnr=0.0)
    rewards = _paid(_seen([1, 0, 1, 0], [UNIFORM, UNIFORM, second, second]), Backward())
    assert rewards == pytest.approx([1.285714, -0.142857, 1.0, -0.428571], abs=1e-6)
    assert _advantages(rewards, DrGrpo()) == pytest.approx([0.857143, -0.571429, 0.571429, -0.857143], abs=1e-6)


_CHANCES = {(0, 0): 0.9, (0, 1): 0.1, (1, 0): 0.2, (1, 1): 0.8}
"""Truth and verdict to the probability of the verdict."""


# METHODS 2: expectations by enumeration of all verdicts on R* = [1, 0, 0].
@pytest.mark.parametrize(
    ("correction", "estimate", "expected"),
    [
        (Backward(), Rloo(), [1.0, -0.5, -0.5]),
        (Backward(), None, [1.0, 0.0, 0.0]),
        (Forward(), None, [0.0, -0.7, -0.7]),
        (Backward(), Grpo(ddof=0, eps=0.0), [0.989949, -0.494975, -0.494975]),
    ],
)
def test_expectations_over_the_noise(correction: Correction, estimate: Estimator | None, expected: list[float]) -> None:
    truth = (1, 0, 0)
    mean = [0.0] * 3
    for verdicts in itertools.product((0, 1), repeat=3):
        chances = [_CHANCES[right, seen] for right, seen in zip(truth, verdicts, strict=True)]
        rewards = _paid(_seen([float(seen) for seen in verdicts]), correction)
        values = rewards if estimate is None else _advantages(rewards, estimate)
        mean = [total + math.prod(chances) * value for total, value in zip(mean, values, strict=True)]
    assert mean == pytest.approx(expected, abs=1e-6)


def _with_turns(outcome: float, steps: float) -> Observation:
    played = replace(
        judged("0/1/0/0", Verdict.partial(outcome)),
        turns=(TurnRow(segment=0, start=0, tokens_in=2, tokens_out=3, components={"format": steps}),),
    )
    return replace(observe(played, VerdictReward()), model=UNIFORM)


# METHODS 3: the gated bundle is corrected as a whole, here 1 + 0.4 (a bundle of turns stays below the outcome's gap).
def test_the_gated_bundle_is_corrected_as_a_whole() -> None:
    turns = GatedTurns(budget=0.5)
    bundle = 1.0 + 0.5 * 0.8
    pay = RewardPipeline(source=VerdictReward(turns=turns), correction=Backward())
    [won], [lost] = pay([_with_turns(1.0, 0.8)]), pay([_with_turns(0.0, 0.8)])
    assert won.reward.value == pytest.approx(9 / 7 * bundle) and lost.reward.value == pytest.approx(-bundle / 7)
    assert 0.9 * lost.reward.value + 0.1 * won.reward.value == pytest.approx(0.0), "right is 0: nothing leaks"
    assert 0.2 * lost.reward.value + 0.8 * won.reward.value == pytest.approx(bundle)
    assert won.credits == pytest.approx((9 / 7 * 0.4,)) and lost.credits == pytest.approx((-1 / 7 * 0.4,))
    assert (won.gated, won.ungated, lost.gated) == pytest.approx((bundle, bundle, 0.0)), "raw: beside the corrected one"


# METHODS 3: the vector of 1 + 0.6 itself.
def test_the_bundle_of_the_paper() -> None:
    pay = RewardPipeline(source=VerdictReward(turns=_SixTenths()), correction=Backward())
    values = [pay([_with_turns(outcome, 1.0)])[0].reward.value for outcome in (1.0, 0.0)]
    assert values == pytest.approx([2.057143, -0.228571], abs=1e-6)


class _SixTenths(GatedTurns):
    """Gated turns whose allowance is not bounded by the outcomes' difference, as in the paper."""

    def settle(self, rollout, gap):  # type: ignore[no-untyped-def]
        from palestra.trainer.rewards.turn_rewards import _settle
        from palestra.verifiers.rewards import Threshold

        return _settle(rollout, {}, 0.6, Threshold(value=0.0, is_strict=True))


def test_turns_without_a_gate_are_not_corrected() -> None:
    pay = RewardPipeline(source=VerdictReward(turns=SummedTurns(scale=0.5)), correction=Backward())
    [won], [lost] = pay([_with_turns(1.0, 0.8)]), pay([_with_turns(0.0, 0.8)])
    assert won.reward.value == pytest.approx(9 / 7 + 0.4) and lost.reward.value == pytest.approx(-1 / 7 + 0.4)
    assert won.credits == lost.credits == pytest.approx((0.4,))


@pytest.mark.parametrize(("correction", "value"), [(Backward(), 1.0), (Forward(), 0.0)])
def test_settled_samples_are_not_corrected(correction: Correction, value: float) -> None:
    [seen] = _seen([0.0])
    [scored] = RewardPipeline(source=VerdictReward(), correction=correction)([replace(seen, settled=1.0)])
    assert scored.reward.value == pytest.approx(value) and scored.corrected is not None
    assert scored.corrected.corrector == "settled" and scored.observed == 1.0


def test_partial_scores_cannot_be_corrected_but_where_nothing_errs() -> None:
    with pytest.raises(NoiseError, match=r"only scores of 0 and 1 can be corrected(.|\n)*hint: "):
        _paid(_seen([0.25]), Backward())
    noiseless = NoiseModel(fpr=0.0, fnr=0.0)
    assert _paid(_seen([0.25], [noiseless]), Backward()) == [0.25]
    assert _paid(_seen([0.25], [noiseless]), Forward()) == [-0.75]


def test_shaping_comes_after_the_correction() -> None:
    # METHODS 0, trap 9: the penalty carries no noise, so that it is as large as without correction.
    pay = RewardPipeline(
        source=VerdictReward(), correction=Backward(), shaping=(OverlongPenalty(max_tokens=4, buffer=2),)
    )
    [scored] = pay(_seen([1.0]))
    assert scored.reward.value == pytest.approx(9 / 7 - 0.5)
    assert [name for name, _ in scored.reward.parts] == ["verdict", "backward", "overlong"]


VERDICTS = st.sampled_from(
    [
        Verdict.passed(),
        Verdict.failed(),
        Verdict.unparsed(),
        Verdict.timeout(),
        Verdict.unknown(0.7),
        Verdict.error("e"),
    ]
)


@given(
    st.lists(st.tuples(VERDICTS, st.integers(1, 9), st.booleans()), min_size=1, max_size=6),
    st.sampled_from([None, Backward(), Forward()]),
    st.permutations(ALL_SHAPING),
)
def test_no_masked_sample_ever_gets_a_value(
    drawn: list[tuple[Verdict, int, bool]], correction: Correction | None, shaping: list[Shaping]
) -> None:
    rollouts = [
        replace(
            judged(f"0/1/0/{number}", verdict, tokens=tokens),
            finish_reason=FinishReason.LENGTH if truncated else FinishReason.STOP,
        )
        for number, (verdict, tokens, truncated) in enumerate(drawn)
    ]
    seen = [replace(observe(rollout, VerdictReward()), model=UNIFORM) for rollout in rollouts]
    objectives = Objectives(names=("outcome", "overlong"))
    pay = RewardPipeline(source=VerdictReward(), correction=correction, shaping=tuple(shaping), objectives=objectives)
    for scored in pay(seen):
        if scored.rollout.verdict.valid:
            assert math.isfinite(scored.reward.or_nan) and scored.components["outcome"] is not None
        else:
            assert math.isnan(scored.reward.or_nan) and math.isnan(scored.outcome) and math.isnan(scored.observed)
            assert scored.components == {} and scored.corrected is None
    groups = scored_groups([pay(seen)])
    assert groups.valid_PG[0].tolist() == [rollout.verdict.valid for rollout in rollouts]
    alone = [one for one in seen if not one.mask]
    kept = [scored.reward.value for scored in pay(seen) if scored.reward.valid]
    assert [scored.reward.value for scored in pay(alone)] == kept, "masked samples have no part in others' rewards"


def test_components_come_from_parts_stages_and_the_outcome_behind_their_gates() -> None:
    objectives = Objectives(names=("format", "correctness", "overlong", "outcome"), gates={"correctness": "format"})
    pay = RewardPipeline(
        source=VerdictReward(), shaping=(OverlongPenalty(max_tokens=4, buffer=2),), objectives=objectives
    )
    verdicts = [
        Verdict.partial(0.5, parts={"format": 1.0, "correctness": -2.0}),
        Verdict.partial(0.25, parts={"format": 0.0, "correctness": 3.0}),
        Verdict.unparsed(),
        Verdict.unknown(0.5),
    ]
    seen = [observe(judged(f"0/1/0/{i}", verdict), VerdictReward()) for i, verdict in enumerate(verdicts)]
    assert [scored.components for scored in pay(seen)] == [
        {"format": 1.0, "correctness": -2.0, "overlong": -0.5, "outcome": 0.5},
        {"format": 0.0, "correctness": 0.0, "overlong": -0.5, "outcome": 0.25},
        {"format": 0.0, "correctness": 0.0, "overlong": -0.5, "outcome": 0.0},
        {},
    ]


@pytest.mark.parametrize("correction", [Backward(), Forward(), None])
def test_a_gate_of_the_outcome_reads_what_was_observed(correction: Backward | Forward | None) -> None:
    objectives = Objectives(names=("outcome", "style"), gates={"style": "outcome"})
    pay = RewardPipeline(source=VerdictReward(), correction=correction, objectives=objectives)
    noise = NoiseModel(fpr=0.1, fnr=0.2)
    verdicts = (Verdict.passed(parts={"style": 0.5}), Verdict.partial(0.0, parts={"style": 0.5}))
    seen = [
        replace(observe(judged(f"0/1/0/{i}", verdict), VerdictReward()), model=noise)
        for i, verdict in enumerate(verdicts)
    ]
    assert [scored.components["style"] for scored in pay(seen)] == [0.5, 0.0]


def test_a_component_that_no_verdict_has_is_refused() -> None:
    pay = RewardPipeline(source=VerdictReward(), objectives=Objectives(names=("form",)))
    with pytest.raises(NoiseError, match=r"has no part `form`(.|\n)*hint: components are among format, outcome"):
        pay([observe(judged("0/1/0/0", Verdict.passed(parts={"format": 1.0})), VerdictReward())])
    with pytest.raises(ValueError, match="both must be names"):
        Objectives(names=("a",), gates={"a": "b"})
    with pytest.raises(ValueError, match="circle"):
        Objectives(names=("a", "b"), gates={"a": "b", "b": "a"})
