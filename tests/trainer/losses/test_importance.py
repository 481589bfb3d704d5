from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch

from loss_cases import tokens_of
from palestra.trainer.losses import ClippedLoss, ReinforceLoss, needs_of
from palestra.trainer.losses.sequences import Level
from palestra.trainer.objective.importance import (
    Correction,
    IcePop,
    MaskedImportance,
    TruncatedImportance,
    with_correction,
)

RATIOS_T = torch.tensor([0.3, 0.5, 1.0, 5.0, 7.0])


def test_ice_pop_drops_tokens_that_the_generator_saw_otherwise() -> None:
    # METHODS 1: ratios [.3, .5, 1, 5, 7] -> keep [0, 1, 1, 1, 0]
    assert IcePop()(RATIOS_T).tolist() == [0.0, 0.5, 1.0, 5.0, 0.0]
    assert (IcePop()(RATIOS_T) != 0).tolist() == [False, True, True, True, False]


def test_the_truncated_ratio_has_a_ceiling_and_the_masked_one_is_all_or_nothing() -> None:
    # METHODS 33: TIS min(pi_train / pi_roll, C)
    assert TruncatedImportance(ceiling=2.0)(RATIOS_T).tolist() == pytest.approx([0.3, 0.5, 1.0, 2.0, 2.0])
    assert MaskedImportance(low=0.5, high=5.0)(RATIOS_T).tolist() == [0.0, 1.0, 1.0, 1.0, 0.0]


@pytest.mark.parametrize("correction", [TruncatedImportance(), MaskedImportance(), IcePop()], ids=repr)
def test_the_loss_is_relative_to_the_old_weights_and_weighs_by_old_over_generator(correction: Correction) -> None:
    tokens = tokens_of([1.8, 1.8], [1.0, -1.0])  # the learner against the generator
    old_T = tokens.behaviour_T + math.log(1.5)  # of which the weights at the step's start are 1.5 already
    found = with_correction(ClippedLoss(), correction)(replace(tokens, old_T=old_T))
    plain = ClippedLoss()(replace(tokens, behaviour_T=old_T))
    weight = float(correction(torch.tensor([1.5]))[0])
    torch.testing.assert_close(found.value_T, weight * plain.value_T)
    torch.testing.assert_close(found.derivative_T, weight * plain.derivative_T)
    assert found.clipped_T.tolist() == plain.clipped_T.tolist() == [False, False]


def test_without_old_weights_the_current_ones_are_taken_and_never_clip() -> None:
    tokens = tokens_of([3.0, 0.2, 1.1], [1.0, 1.0, -1.0])
    found = with_correction(ClippedLoss(), TruncatedImportance(ceiling=2.0))(tokens)
    assert found.derivative_T.tolist() == pytest.approx([-2.0, -0.2, 1.1])
    dropped = with_correction(ClippedLoss(), MaskedImportance())(tokens)
    assert dropped.derivative_T.tolist() == pytest.approx([0.0, 0.0, 1.0])
    assert dropped.clipped_T.tolist() == [True, True, False]


@pytest.mark.parametrize(
    ("level", "weights"),
    [
        (Level.TOKEN, [2.0, 0.5, 1.5, 1.5]),
        (Level.SEQUENCE, [1.0, 1.0, 2.25, 2.25]),
        (Level.GEOMETRIC, [1.0, 1.0, 1.5, 1.5]),
    ],
)
def test_a_ratio_may_be_that_of_a_sequence(level: Level, weights: list[float]) -> None:
    loss = with_correction(ReinforceLoss(), TruncatedImportance(ceiling=10.0, level=level))
    tokens = tokens_of([2.0, 0.5, 1.5, 1.5], [-1.0] * 4, sequences=[0, 0, 1, 1])
    assert loss(tokens).derivative_T.tolist() == pytest.approx(weights)
    assert needs_of(loss).sequences == (level is not Level.TOKEN)


def test_no_correction_is_the_loss_itself_and_bad_bounds_are_refused() -> None:
    loss = ReinforceLoss()
    assert with_correction(loss, None) is loss
    with pytest.raises(ValueError, match="bounds of a ratio"):
        TruncatedImportance(ceiling=0.0)
    with pytest.raises(ValueError, match="bounds of a ratio"):
        IcePop(low=2.0, high=1.0)
    with pytest.raises(ValueError, match="bounds of a ratio"):
        MaskedImportance(high=math.inf)
