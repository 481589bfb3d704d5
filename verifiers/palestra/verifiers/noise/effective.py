"""Whether a noise correction changes what a policy learns, before a run is paid for that it does not.

With one pair of rates in a group both corrections are affine in the observed reward. So z-scoring the group removes
them exactly; subtracting its mean removes the forward one exactly and leaves of the backward one the factor
`1 / (1 - fpr - fnr)`, which Adam removes if all samples have the same.

Source: own derivation; each row of `effect_of` is tested on numbers.
"""

from __future__ import annotations

from dataclasses import dataclass

from palestra.verifiers.errors import IneffectiveCorrectionError
from palestra.verifiers.noise.composition import (
    BatchScored,
    Composition,
    GroupCentred,
    GroupScored,
    PlainCoefficients,
    Spread,
    Thresholded,
)
from palestra.verifiers.noise.corrections import Backward


@dataclass(frozen=True, kw_only=True, slots=True)
class Effective:
    """The correction changes updates, by these ways."""

    ways: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Rescaled:
    """The correction multiplies all advantages by one factor, which nothing downstream sees."""

    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Removed:
    """The correction leaves all advantages exactly as they were."""

    reason: str


Effect = Effective | Rescaled | Removed
"""What becomes of a correction."""


def effect_of(composition: Composition) -> Effect:
    """What becomes of the correction in this composition."""
    ways = _ways_before_normalisation(composition)
    normalisation = composition.normalisation
    if isinstance(normalisation, Thresholded):
        if not isinstance(composition.correction, Backward):
            return Removed(reason="the estimator asks which rewards lie above a threshold: no forward one does")
        if composition.is_mixed or composition.reads_corrected:
            return Effective(ways=ways)
        return Removed(reason="the estimator only asks which rewards lie above a threshold, as they did before")
    if ways:
        return Effective(ways=ways)
    if isinstance(normalisation, PlainCoefficients):
        return Effective(ways=("no mean is subtracted, so the correction is a baseline",))
    if isinstance(normalisation, GroupScored):
        return Removed(reason="the samples of a group share one pair of rates, and its z-score removes any affine map")
    is_backward = isinstance(composition.correction, Backward)
    is_centred = isinstance(normalisation, GroupCentred) or normalisation.is_group_centred
    if not is_backward and is_centred:
        return Removed(
            reason="the forward coefficient is the reward less a constant, and the group's mean goes with it"
        )
    if composition.spread is Spread.BETWEEN_GROUPS:
        return Effective(ways=("groups have different rates, which shift or weigh them apart",))
    if isinstance(normalisation, BatchScored):
        return Removed(reason="all samples share one pair of rates, and the batch's z-score removes any affine map")
    return _rescaled(composition)


def assert_effective(composition: Composition) -> Effective:
    """Refuse a composition in which the noise correction changes no update.

    Returns:
        The ways in which it does, for the log.

    Raises:
        IneffectiveCorrectionError: It is removed, or is a mere factor that nothing sees.
    """
    effect = effect_of(composition)
    if isinstance(effect, Effective):
        return effect
    raise IneffectiveCorrectionError(
        f"the `{composition.correction.kind}` correction has no effect: {effect.reason}"
        "\n\nhint: give strata their own rates, subtract no group's standard deviation (Dr. GRPO, RLOO),"
        " or let a filter read the corrected rewards; else train without it"
    )


def _ways_before_normalisation(composition: Composition) -> tuple[str, ...]:
    ways = []
    if composition.spread is Spread.WITHIN_GROUPS:
        ways.append("samples of one group have different rates, so verdicts rank by trust")
    if composition.is_mixed and isinstance(composition.correction, Backward):
        # The forward coefficient is the reward less a constant, also beside other terms.
        ways.append("the corrected component is mixed with others before the normalisation")
    if composition.reads_corrected:
        ways.append("a filter or a weight reads the corrected rewards")
    if composition.is_gated:
        ways.append("gated bundles of different sizes are corrected as a whole")
    if isinstance(composition.normalisation, GroupCentred) and composition.normalisation.weighs_groups:
        ways.append("groups are weighed by the mean of their corrected rewards")
    return tuple(ways)


def _rescaled(composition: Composition) -> Effect:
    """The effect of one factor for all advantages."""
    ways = []
    if isinstance(composition.normalisation, GroupCentred) and composition.normalisation.sees_scale:
        ways.append("the estimator sees the scale of the rewards")
    if composition.clips_advantages:
        ways.append("advantages are cut at fixed values")
    if composition.clips_gradients:
        ways.append("gradients are cut at a fixed norm")
    if composition.has_fixed_terms:
        ways.append("the loss has other terms of a fixed scale")
    if not composition.is_scale_invariant:
        ways.append("the optimizer sees the scale of the loss")
    if ways:
        return Effective(ways=tuple(ways))
    return Rescaled(
        reason="all samples share one pair of rates, so it is one factor, and the optimizer ignores factors"
    )
