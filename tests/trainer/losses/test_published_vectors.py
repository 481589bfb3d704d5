"""Values of losses that papers or their codes give."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import pytest
import torch

from loss_cases import tokens_of
from palestra.trainer.losses import (
    ALolLoss,
    CispoLoss,
    ClippedLoss,
    GmpoLoss,
    GspoLoss,
    RaftLoss,
    RecLoss,
    RediLoss,
    ReinforceLoss,
    SoftAdaptiveLoss,
    ToprLoss,
)
from palestra.trainer.losses.rec import (
    AdvantageWeight,
    EqualWeight,
    Everywhere,
    ForwardKl,
    OneSide,
    RatioWeight,
    RecRange,
    Ring,
    SequenceOneSide,
    SquaredLogRatio,
    TwoSides,
)
from palestra.trainer.losses.sequences import Level
from palestra.trainer.losses.topr import effective_positive_share
from palestra.trainer.objective.aggregation import Aggregation, ConstantNorm, SequenceMean, SequenceSum, TokenMean


@pytest.mark.parametrize(
    ("loss", "ratio", "advantage", "expected"),
    [
        # METHODS 33: decoupled bounds 0.2 and 0.28, dual clip at 3 and 10
        (ClippedLoss(), 1.5, 1.0, -1.28),
        (ClippedLoss(), 0.5, 1.0, -0.5),
        (ClippedLoss(), 1.5, -1.0, 1.5),
        (ClippedLoss(), 0.5, -1.0, 0.8),
        (ClippedLoss(), 5.0, -1.0, 5.0),
        (ClippedLoss(dual_clip=3.0), 5.0, -1.0, 3.0),
        (ClippedLoss(), 20.0, -1.0, 20.0),
        (ClippedLoss(dual_clip=10.0), 20.0, -1.0, 10.0),
        # METHODS 1 (ProRL): bounds 0.2 and 0.4
        (ClippedLoss(clip_high=0.4), 1.5, 1.0, -1.4),
        (ClippedLoss(clip_high=0.4), 0.5, -1.0, 0.8),
        (ClippedLoss(clip_high=0.4), 1.5, -1.0, 1.5),
        (ClippedLoss(clip_high=0.4), 0.5, 1.0, -0.5),
    ],
)
def test_clipped_loss_gives_the_published_values(
    loss: ClippedLoss, ratio: float, advantage: float, expected: float
) -> None:
    assert loss(tokens_of([ratio], [advantage])).value_T.item() == pytest.approx(expected)


def test_a_clipped_token_has_no_derivative_and_says_so() -> None:
    terms = ClippedLoss(dual_clip=3.0)(tokens_of([1.5, 0.5, 1.5, 0.5, 5.0, 1.5], [1.0, 1.0, -1.0, -1.0, -1.0, 0.0]))
    assert terms.clipped_T.tolist() == [True, False, False, True, True, False]
    assert terms.derivative_T.tolist() == pytest.approx([0.0, -0.5, 1.5, 0.0, 0.0, 0.0])


def test_the_pre_clip_of_stable_reinforce_bounds_ratios() -> None:
    # METHODS 21: d = [-20, -.1, .3, 20] -> ratio [.001, .904837, 1.349859, 1000]
    ratios = [math.exp(d) for d in (-20.0, -0.1, 0.3, 20.0)]
    terms = ClippedLoss(clip_low=1.0, clip_high=1e9)(tokens_of(ratios, [-1.0] * 4))
    assert terms.value_T.tolist() == pytest.approx([0.001, 0.904837, 1.349859, 1000.0], abs=1e-6)
    assert terms.derivative_T.tolist() == pytest.approx([0.0, 0.904837, 1.349859, 0.0], abs=1e-6)


def test_gspo_takes_the_geometric_mean_of_a_sequence() -> None:
    # METHODS 33: d = [.1, -.05, .2, -.05]: s = e^.05 = 1.051271, clipped 1.0004
    ratios = [math.exp(d) for d in (0.1, -0.05, 0.2, -0.05)]
    gains, costs = GspoLoss()(tokens_of(ratios, [1.0] * 4)), GspoLoss()(tokens_of(ratios, [-1.0] * 4))
    assert gains.value_T.tolist() == pytest.approx([-1.0004] * 4)
    assert gains.clipped_T.all() and not gains.derivative_T.any()
    assert costs.value_T.tolist() == pytest.approx([1.051271] * 4, abs=1e-6)
    assert costs.derivative_T.tolist() == pytest.approx([1.051271] * 4, abs=1e-6)


def test_gmpo_clips_each_token_before_the_mean() -> None:
    # METHODS 33: exp of the mean of pessimistically clipped d
    ratios = [math.exp(d) for d in (0.6, -0.9, 0.1)]
    gains, costs = GmpoLoss()(tokens_of(ratios, [1.0] * 3)), GmpoLoss()(tokens_of(ratios, [-1.0] * 3))
    assert gains.value_T.tolist() == pytest.approx([-math.exp((0.4 - 0.9 + 0.1) / 3)] * 3)
    assert gains.clipped_T.tolist() == [True, False, False]
    assert costs.value_T.tolist() == pytest.approx([math.exp((0.6 - 0.4 + 0.1) / 3)] * 3)
    assert costs.clipped_T.tolist() == [False, True, False]


def test_cispo_bounds_the_weight_and_keeps_every_token() -> None:
    # METHODS 33: rho = [.5, 1.5, 7] -> [.5, 1.5, 5]
    terms = CispoLoss()(tokens_of([0.5, 1.5, 7.0], [1.0, 1.0, 1.0]))
    assert terms.derivative_T.tolist() == pytest.approx([-0.5, -1.5, -5.0])


def test_the_soft_gate_has_its_published_value() -> None:
    # METHODS 33: rho 1.5, tau 1 -> gate 2.489837
    assert SoftAdaptiveLoss()(tokens_of([1.5], [1.0])).value_T.item() == pytest.approx(-2.489837, abs=1e-6)
    assert SoftAdaptiveLoss().temperature_cost == 1.05


def test_topr_tapers_what_was_wrong_alone() -> None:
    # METHODS 5: logratio [.5, -1, .3, -2], R = [1, 1, -1, -1] -> [1, 1, -1, -.135335]
    ratios = [math.exp(d) for d in (0.5, -1.0, 0.3, -2.0)]
    rewards = [1.0, 1.0, -1.0, -1.0]
    expected = [-1.0, -1.0, 1.0, 0.135335]
    by_token = ToprLoss(level=Level.TOKEN)(tokens_of(ratios, rewards))
    assert by_token.derivative_T.tolist() == pytest.approx(expected, abs=1e-6)
    alone = ToprLoss()(tokens_of(ratios, rewards, sequences=[0, 1, 2, 3]))
    assert alone.derivative_T.tolist() == pytest.approx(expected, abs=1e-6)
    together = ToprLoss()(tokens_of([0.5, 0.25], [-1.0, -1.0]))
    assert together.derivative_T.tolist() == pytest.approx([0.125, 0.125])


@pytest.mark.parametrize(
    ("share", "baseline", "expected"), [(0.5, -0.5, 0.75), (0.5, 0.5, 0.25), (0.8, 0.5, 0.571429), (0.3, 0.0, 0.3)]
)
def test_a_baseline_mixes_signs_as_another_share_would(share: float, baseline: float, expected: float) -> None:
    # METHODS 5: (p, c) -> p~
    assert effective_positive_share(share, baseline) == pytest.approx(expected, abs=1e-6)
    gains, costs = share * (1.0 - baseline), (1.0 - share) * (1.0 + baseline)
    assert gains / (gains + costs) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(
    ("counts", "gain", "cost"),
    [
        # METHODS 6: rho .3 .7 1 1.5 3.5
        (OneSide(), [1, 1, 1, 0, 0], [0, 0, 1, 1, 1]),
        (TwoSides(), [0, 0, 1, 0, 0], [0, 0, 1, 0, 0]),
        (Ring(), [1, 0, 1, 0, 0], [0, 0, 1, 0, 1]),
        (Everywhere(), [1, 1, 1, 1, 1], [1, 1, 1, 1, 1]),
        (SequenceOneSide(), [1, 1, 1, 0, 0], [0, 0, 1, 1, 1]),
    ],
    ids=repr,
)
def test_rec_counts_tokens_where_the_paper_does(counts: RecRange, gain: list[int], cost: list[int]) -> None:
    ratios, sequences = [0.3, 0.7, 1.0, 1.5, 3.5], [0, 1, 2, 3, 4]
    for sign, expected in ((1.0, gain), (-1.0, cost)):
        terms = RecLoss(range=counts)(tokens_of(ratios, [sign] * 5, sequences=sequences))
        assert terms.derivative_T.tolist() == [-sign * count for count in expected]
        assert terms.clipped_T.tolist() == [not count for count in expected]


def test_red_weight_raises_the_good_and_lowers_the_bad() -> None:
    # METHODS 6: temp 1, A = .75 / -.25: w = 2.117000 / .778801, coefficient 1.587750 / -.194700
    loss = RecLoss(range=Everywhere(), weight=AdvantageWeight())
    terms = loss(tokens_of([1.0, 1.0], [0.75, -0.25]))
    assert terms.derivative_T.tolist() == pytest.approx([-1.587750, 0.194700], abs=1e-6)


def test_the_regularisers_of_rec_are_the_published_ones() -> None:
    # METHODS 6: AsymRE shifts A = .75 / -.25 to .85 / -.15; k2 with d = .5, c = .1 -> .025
    shifted = RecLoss(range=Everywhere(), regulariser=ForwardKl())(tokens_of([1.0, 1.0], [0.75, -0.25]))
    assert shifted.derivative_T.tolist() == pytest.approx([-0.85, 0.15])
    held = RecLoss(range=Everywhere(), regulariser=SquaredLogRatio())(tokens_of([math.exp(0.5)], [0.0]))
    assert (held.value_T.item(), held.derivative_T.item()) == pytest.approx((0.025, 0.1))


def test_rec_may_weigh_by_a_truncated_ratio() -> None:
    loss = RecLoss(range=Everywhere(), weight=RatioWeight(maximum=2.0))
    assert loss(tokens_of([0.5, 3.0], [1.0, 1.0])).derivative_T.tolist() == pytest.approx([-0.5, -2.0])


def test_redi_is_divided_by_lengths_in_the_aggregation() -> None:
    # METHODS 27: logp -2 over 4 tokens, -3 over 6 -> .5 - .4 = .1
    tokens = tokens_of([1.0] * 10, [1.0] * 4 + [-1.0] * 6)
    weights = SequenceMean()([4, 6])
    terms = RediLoss()(replace(tokens, logprobs_T=torch.full((10,), -0.5)))
    mean = sum(w * v for w, v in zip([weights[0]] * 4 + [weights[1]] * 6, terms.value_T.tolist(), strict=True))
    assert 2 * mean == pytest.approx(0.1)


def test_raft_imitates_what_is_better_than_the_rest() -> None:
    # METHODS 27: PSR with A = 1
    terms = RaftLoss()(tokens_of([2.0, 0.5, 1.0, 1.0], [0.1, 3.0, -1.0, 0.0]))
    assert terms.derivative_T.tolist() == [-1.0, -1.0, 0.0, 0.0]


def test_a_lol_learns_from_positive_advantages_with_a_clipped_ratio_of_sequences() -> None:
    loss = ALolLoss(clip=0.5)
    terms = loss(tokens_of([1.2, 1.5, 0.5, 1.0], [2.0, 2.0, 1.0, -1.0], sequences=[0, 0, 1, 2]))
    assert terms.derivative_T.tolist() == pytest.approx([-3.0, -3.0, -0.5, 0.0])


def test_the_loss_of_gpg_is_the_plain_policy_gradient() -> None:
    # METHODS 27: advantages [3, -1, -1, -1] of r = [1, 0, 0, 0]
    assert ReinforceLoss()(tokens_of([1.0] * 4, [3.0, -1.0, -1.0, -1.0])).derivative_T.tolist() == [-3.0, 1.0, 1.0, 1.0]


def test_aggregations_are_the_published_ones() -> None:
    # METHODS 33: losses [1, 1] and [3] * 6
    values = [1.0] * 2 + [3.0] * 6
    expected: dict[Aggregation, float] = {
        TokenMean(): 2.5,
        SequenceMean(): 2.0,
        SequenceSum(): 10.0,
        ConstantNorm(horizon=10): 1.0,
    }
    for aggregation, value in expected.items():
        first, second = aggregation([2, 6])
        assert sum(w * v for w, v in zip([first] * 2 + [second] * 6, values, strict=True)) == pytest.approx(value)


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (lambda: ClippedLoss(clip_low=-0.1), "clip_low"),
        (lambda: ClippedLoss(clip_low=1.5), "clip_low"),
        (lambda: ClippedLoss(clip_high=math.nan), "clip_high"),
        (lambda: ClippedLoss(dual_clip=1.0), "dual_clip"),
        (lambda: ClippedLoss(max_ratio=1.0), "max_ratio"),
        (lambda: GspoLoss(clip_low=2.0), "clip_low"),
        (lambda: GmpoLoss(clip_high=-1.0), "clip_high"),
        (lambda: CispoLoss(upper=0.0), "upper"),
        (lambda: CispoLoss(lower=6.0), "lower"),
        (lambda: SoftAdaptiveLoss(temperature_gain=0.0), "temperature_gain"),
        (lambda: RediLoss(alpha=-1.0), "alpha"),
        (lambda: ALolLoss(clip=math.inf), "clip"),
        (lambda: OneSide(low=-1.0), "low"),
        (lambda: Ring(far_high=math.nan), "far_high"),
        (lambda: RatioWeight(maximum=-1.0), "maximum"),
        (lambda: AdvantageWeight(temperature=0.0), "temperature"),
        (lambda: ForwardKl(coefficient=-0.1), "coefficient"),
    ],
)
def test_options_out_of_range_are_refused(make: Callable[[], object], name: str) -> None:
    with pytest.raises(ValueError, match=name):
        make()


def test_rec_weighs_tokens_alike_or_by_their_ratio() -> None:
    # METHODS 6: w none (REC-NoIS), rho, or truncated rho
    for weight, expected in ((EqualWeight(), 1.0), (RatioWeight(), 3.0), (RatioWeight(maximum=2.0), 2.0)):
        terms = RecLoss(range=Everywhere(), weight=weight)(tokens_of([3.0], [1.0]))
        assert terms.derivative_T.tolist() == pytest.approx([-expected])
