"""Whether the configured correction changes anything, before a run is paid for that it does not."""

from __future__ import annotations

from dataclasses import dataclass

from palestra.trainer.errors import NoiseError
from palestra.trainer.noise.config import NoiseConfig
from palestra.trainer.noise.rate_sources import AuditedRates
from palestra.trainer.rewards.strata import spread_of_rules
from palestra.verifiers.errors import IneffectiveCorrectionError
from palestra.verifiers.noise import Composition, Correction, Forward, Normalisation, Spread, assert_effective


@dataclass(frozen=True, kw_only=True, slots=True)
class Surroundings:
    """What decides, beside the noise itself, whether a correction is seen."""

    normalisation: Normalisation
    is_mixed: bool
    """Whether terms that are not corrected are added before advantages are taken."""
    reads_corrected: bool
    """Whether a budget or a selection reads corrected rates, or a stage of shaping weighs corrected rewards."""
    is_gated: bool
    """Whether samples of a group are paid bundles of different sizes."""
    has_fixed_terms: bool
    """Whether the loss has other terms of a fixed scale."""
    is_unread: bool = False
    """Whether nothing that was corrected is among the components that the estimator reads."""
    thresholds: tuple[str, ...] = ()
    """Parts that take rewards above a threshold for right."""


def assert_correction(noise: NoiseConfig, surroundings: Surroundings) -> str:
    """How the correction acts, as a sentence for the log.

    A cut of the gradient's norm is not counted: whether it is reached shows in the run only, and a correction
    that acts by a cut alone is a step size.

    Raises:
        IneffectiveCorrectionError: It changes no update, and the configuration does not allow that.
        NoiseError: It makes all rewards wrong ones in the eyes of some part.
    """
    if noise.correction is None:
        return f"no correction; filters and alarms read {noise.rates}"
    if isinstance(noise.correction, Forward) and surroundings.thresholds:
        raise NoiseError(
            f"the forward correction pays coefficients, not scores: to `{surroundings.thresholds[0]}`, which takes "
            'rewards above a threshold for right, all are wrong\n\nhint: noise.correction = "backward"'
        )
    begin = f"{noise.correction.kind} correction by {noise.rates}"
    try:
        if surroundings.is_unread:
            raise IneffectiveCorrectionError(
                f"the `{noise.correction.kind}` correction has no effect: the estimator reads components "
                "alone, and none of them is corrected\n\nhint: name `outcome` in components"
            )
        effective = assert_effective(composition_of(noise.correction, noise, surroundings))
    except IneffectiveCorrectionError as error:
        if not noise.allow_no_effect:
            raise
        return f"{begin}; declared without effect: {str(error).splitlines()[0]}"
    return f"{begin}; it acts, since {'; '.join(effective.ways)}"


def composition_of(correction: Correction, noise: NoiseConfig, surroundings: Surroundings) -> Composition:
    """The facts about a run that decide."""
    return Composition(
        correction=correction,
        spread=spread_of_config(noise),
        normalisation=surroundings.normalisation,
        is_mixed=surroundings.is_mixed,
        reads_corrected=surroundings.reads_corrected,
        is_gated=surroundings.is_gated,
        has_fixed_terms=surroundings.has_fixed_terms,
    )


def spread_of_config(noise: NoiseConfig) -> Spread:
    """How far rates can vary: by strata, unless all of them have one pair; flipped samples are settled."""
    rates = noise.rates
    if isinstance(rates, AuditedRates):
        return Spread.WITHIN_GROUPS if rates.flips else spread_of_rules(noise.strata)
    pairs = {(model.fpr, model.fnr) for model in rates.table().models}
    has_others = all(model.stratum for model in rates.table().models)  # which are not corrected at all
    return spread_of_rules(noise.strata) if len(pairs) + has_others > 1 else Spread.NONE
