from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import get_args

import pytest

from noise_cases import judged
from palestra.agents import FinishReason, Rollout
from palestra.trainer.config.reader import parse_config
from palestra.trainer.config.writer import to_toml
from palestra.trainer.rewards import RewardPipeline, VerdictReward, observe
from palestra.trainer.shaping import (
    AffineShaping,
    EfficientReasoningPenalty,
    LengthUnit,
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
from palestra.verifiers.rewards import AnswerSurprise, Overlong

BASE = 'steps = 1\nenv.id = "palestra/ChainSum-v1"\nmodel.path = "m"\n'


def _terms(stage: Shaping, rollouts: Sequence[Rollout]) -> list[float]:
    """What the stage adds to each reward."""
    pay = RewardPipeline(source=VerdictReward(), shaping=(stage,), surprise_of=_surprise)
    scored = pay([observe(rollout, VerdictReward()) for rollout in rollouts])
    return [each.reward.value - each.observed for each in scored]


def _surprise(rollouts: Sequence[Rollout]) -> list[AnswerSurprise | None]:
    return [AnswerSurprise(with_question=math.log(4), without_question=math.log(10))] * len(rollouts)


def _lengths(*lengths: int, verdict: Verdict | None = None) -> list[Rollout]:
    return [judged(f"0/1/0/{i}", verdict or Verdict.passed(), tokens=tokens) for i, tokens in enumerate(lengths)]


# METHODS 33.
def test_overlong() -> None:
    terms = _terms(OverlongPenalty(max_tokens=20, buffer=5), _lengths(15, 16, 18, 20, 21))
    assert terms == pytest.approx([0, -0.2, -0.6, -1, -1])


# METHODS 12: L = 120 and 60 where the mean is 100.
def test_relative_length() -> None:
    terms = _terms(RelativeLengthBonus(), _lengths(120, 60, 120))
    assert terms == pytest.approx([-1 / 6, 2 / 3, -1 / 6], abs=1e-6)
    assert _terms(RelativeLengthBonus(weight=0.5), _lengths(120, 60, 120))[1] == pytest.approx(1 / 3)


# METHODS 12: L = 120 where right ones have the mean 100 and the deviation 20.
def test_efficient_reasoning_compares_right_responses_alone() -> None:
    rollouts = [*_lengths(120, 80), *_lengths(500, verdict=Verdict.failed())]
    assert _terms(EfficientReasoningPenalty(), rollouts) == pytest.approx([-0.462117, 0.462117, 0.0], abs=1e-5)
    assert _terms(EfficientReasoningPenalty(), _lengths(5, 9, verdict=Verdict.failed())) == [0.0, 0.0]


# METHODS 3.
def test_long_horizon() -> None:
    stage = LongHorizonPenalty(free=70, cap=100, unit=LengthUnit.TOKENS)
    assert _terms(stage, _lengths(50, 70, 85, 100)) == pytest.approx([0, 0, -0.5, -1])
    assert _terms(LongHorizonPenalty(free=0, cap=4), _lengths(50)) == [-0.25], "by default a length is in turns"


# METHODS 13.
def test_bounded_maps() -> None:
    one = [judged("0/1/0/0", Verdict.passed())]
    assert 1.0 + _terms(ParShaping(references=(1.0,)), one)[0] == pytest.approx(0.5)
    assert 1.0 + _terms(ParShaping(references=(0.0,)), one)[0] == pytest.approx(0.731059, abs=1e-6)
    assert 1.0 + _terms(ParShaping(references=(2.0,)), one)[0] == pytest.approx(0.268941, abs=1e-6)
    for difference, value in ((-3, -3.048587), (0, -0.693147), (3, -0.048587)):
        found = 1.0 + _terms(LogSigmoidShaping(reference=1.0 - difference), one)[0]
        assert found == pytest.approx(value, abs=1e-6)
    assert 1.0 + _terms(AffineShaping(scale=10.0), one)[0] == 10.0  # METHODS 17


# METHODS 1 (ProRL v2) and 17.
def test_responses_without_an_end() -> None:
    cut = [replace(rollout, finish_reason=FinishReason.LENGTH) for rollout in _lengths(5)]
    assert _terms(TruncatedFactor(), [*cut, *_lengths(5)]) == [-1.0, 0.0]
    assert _terms(TruncatedFactor(factor=0.25), cut) == [-0.75]
    assert _terms(MissingEnd(), [*cut, *_lengths(5)]) == [-11.0, 0.0]


# METHODS 12: perplexities 10 and 4.
def test_self_aligned() -> None:
    terms = _terms(SelfAligned(), [judged("a/0", Verdict.passed()), judged("a/1", Verdict.failed())])
    assert terms == pytest.approx([0.12, 0.12])


def test_every_stage_can_be_configured_in_order() -> None:
    stages = [
        '{ kind = "overlong", max_tokens = 64, buffer = 16 }',
        '{ kind = "long-horizon", free = 4, cap = 8 }',
        '{ kind = "log-sigmoid", reference = 0.5 }',
        *(f'{{ kind = "{kind}" }}' for kind in ("relative-length", "efficient-reasoning", "par", "affine")),
        *(f'{{ kind = "{kind}" }}' for kind in ("truncated-factor", "missing-end", "self-aligned")),
    ]
    config = parse_config(f"overlong = {{ max_tokens = 8, buffer = 4 }}\nshaping = [{', '.join(stages)}]\n{BASE}")
    assert config.overlong == Overlong(max_tokens=8, buffer=4)
    assert config.shaping_stages[0] == OverlongPenalty(max_tokens=8, buffer=4), "as it was before there were stages"
    assert {type(stage) for stage in config.shaping} == set(get_args(Shaping))
    assert [stage.kind for stage in config.shaping][:3] == ["overlong", "long-horizon", "log-sigmoid"]
    assert parse_config(to_toml(config)) == config
