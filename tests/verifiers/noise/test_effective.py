import dataclasses
import math

import pytest

from palestra.verifiers.errors import IneffectiveCorrectionError
from palestra.verifiers.noise import (
    Backward,
    BatchScored,
    Composition,
    Correction,
    Effective,
    Forward,
    GroupCentred,
    GroupScored,
    NoiseModel,
    Normalisation,
    PlainCoefficients,
    Removed,
    Rescaled,
    Spread,
    Thresholded,
    assert_effective,
    effect_of,
    spread_of,
)

LOW, HIGH = NoiseModel(fpr=0.05, fnr=0.1), NoiseModel(fpr=0.2, fnr=0.3)
RATES = {
    Spread.NONE: [[LOW] * 4, [LOW] * 4],
    Spread.BETWEEN_GROUPS: [[LOW] * 4, [HIGH] * 4],
    Spread.WITHIN_GROUPS: [[LOW, HIGH, LOW, HIGH]] * 2,
}
OBSERVED = [[1.0, 1.0, 0.0, 0.0], [1.0, 0.0, 0.0, 0.0]]
NORMALISATIONS: list[Normalisation] = [
    PlainCoefficients(),
    GroupCentred(),
    GroupScored(),
    BatchScored(),
    BatchScored(is_group_centred=True),
    GroupCentred(weighs_groups=True),
    GroupCentred(sees_scale=True),
    Thresholded(),
]


def _centred(rewards: list[float]) -> list[float]:
    mean = math.fsum(rewards) / len(rewards)
    return [reward - mean for reward in rewards]


def _scored(rewards: list[float]) -> list[float]:
    centred = _centred(rewards)
    std = math.sqrt(math.fsum(reward * reward for reward in centred) / len(centred))
    return [reward / std for reward in centred]


def _advantages(rewards: list[list[float]], normalisation: Normalisation) -> list[float]:
    means = [math.fsum(group) / len(group) for group in rewards]
    if isinstance(normalisation, GroupCentred) or (
        isinstance(normalisation, BatchScored) and normalisation.is_group_centred
    ):
        rewards = [_centred(group) for group in rewards]
    if isinstance(normalisation, GroupCentred) and normalisation.weighs_groups:
        rewards = [[a * (0.5 + mean) for a in group] for group, mean in zip(rewards, means, strict=True)]
    if isinstance(normalisation, GroupCentred) and normalisation.sees_scale:
        rewards = [[a + 0.1 for a in group] for group in rewards]
    if isinstance(normalisation, Thresholded):
        rewards = [[1.0 if reward > 0.0 else -1.0 for reward in group] for group in rewards]
    if isinstance(normalisation, GroupScored):
        rewards = [_scored(group) for group in rewards]
    flat = [reward for group in rewards for reward in group]
    return _scored(flat) if isinstance(normalisation, BatchScored) else flat


@pytest.mark.parametrize("normalisation", NORMALISATIONS, ids=str)
@pytest.mark.parametrize("spread", Spread)
@pytest.mark.parametrize("correction", [Backward(), Forward()], ids=["backward", "forward"])
def test_the_effect_is_the_one_on_numbers(correction: Correction, spread: Spread, normalisation: Normalisation) -> None:
    corrected = [
        [correction(reward, model) for reward, model in zip(group, models, strict=True)]
        for group, models in zip(OBSERVED, RATES[spread], strict=True)
    ]
    raw, new = _advantages(OBSERVED, normalisation), _advantages(corrected, normalisation)
    effect = effect_of(Composition(correction=correction, spread=spread, normalisation=normalisation))
    factor = new[0] / raw[0]
    if isinstance(effect, Removed):
        assert new == pytest.approx(raw)
    elif isinstance(effect, Rescaled):
        assert factor != pytest.approx(1.0)
        assert new == pytest.approx([factor * advantage for advantage in raw])
    else:
        assert new != pytest.approx([factor * advantage for advantage in raw])


PLAIN_GRPO = Composition(correction=Backward(), spread=Spread.NONE)
DR_GRPO = dataclasses.replace(PLAIN_GRPO, normalisation=GroupCentred())


def test_grpo_with_one_pair_of_rates_is_refused() -> None:
    with pytest.raises(IneffectiveCorrectionError, match="z-score removes"):
        assert_effective(PLAIN_GRPO)
    with pytest.raises(IneffectiveCorrectionError, match="hint: give strata"):
        assert_effective(dataclasses.replace(PLAIN_GRPO, spread=Spread.BETWEEN_GROUPS, clips_gradients=True))


def test_a_mere_factor_is_refused_under_adam() -> None:
    with pytest.raises(IneffectiveCorrectionError, match="optimizer ignores"):
        assert_effective(DR_GRPO)
    with pytest.raises(IneffectiveCorrectionError, match="goes with it"):
        assert_effective(dataclasses.replace(DR_GRPO, correction=Forward(), is_scale_invariant=False))


@pytest.mark.parametrize(
    "composition",
    [
        dataclasses.replace(PLAIN_GRPO, spread=Spread.WITHIN_GROUPS),
        dataclasses.replace(PLAIN_GRPO, is_mixed=True),
        dataclasses.replace(PLAIN_GRPO, reads_corrected=True),
        dataclasses.replace(PLAIN_GRPO, is_gated=True),
        dataclasses.replace(DR_GRPO, spread=Spread.BETWEEN_GROUPS),
        dataclasses.replace(DR_GRPO, is_scale_invariant=False),
        dataclasses.replace(DR_GRPO, clips_advantages=True),
        dataclasses.replace(DR_GRPO, clips_gradients=True),
        dataclasses.replace(DR_GRPO, has_fixed_terms=True),
        Composition(correction=Forward(), spread=Spread.NONE, normalisation=PlainCoefficients()),
    ],
)
def test_what_changes_updates_is_let_pass_with_the_way(composition: Composition) -> None:
    effect = assert_effective(composition)
    assert isinstance(effect, Effective)
    assert len(effect.ways) == 1


def test_spread_is_measured_on_groups() -> None:
    for spread, groups in RATES.items():
        assert spread_of(groups) is spread
    assert spread_of([]) is Spread.NONE
