"""Facts about a training run that decide whether a noise correction changes anything."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from palestra.verifiers.noise.corrections import Correction
from palestra.verifiers.noise.model import NoiseModel


class Spread(StrEnum):
    """How far rates vary. Measured by `spread_of`."""

    NONE = "none"
    """One pair of rates for all samples."""
    BETWEEN_GROUPS = "between groups"
    """All samples of a group share a pair, groups differ: strata that follow the prompt."""
    WITHIN_GROUPS = "within groups"
    """Samples of one group differ: strata that follow the response, several verifiers, settled samples."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PlainCoefficients:
    """The corrected reward is the coefficient: no mean is subtracted, nothing is divided."""


@dataclass(frozen=True, kw_only=True, slots=True)
class GroupCentred:
    """The mean of the current group (or of its other members) is subtracted: Dr. GRPO, RLOO."""

    weighs_groups: bool = False
    """Whether groups are weighed by their mean rewards: BNPO."""
    sees_scale: bool = False
    """Whether a factor of all rewards changes more than the scale of advantages: AsymRE, OPMD's soft baseline."""


@dataclass(frozen=True, kw_only=True, slots=True)
class GroupScored:
    """Centred, then divided by the standard deviation of the current group: GRPO."""


@dataclass(frozen=True, kw_only=True, slots=True)
class BatchScored:
    """Mean and standard deviation of the whole batch: REINFORCE++."""

    is_group_centred: bool = False
    """Whether the group's mean is subtracted first."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Thresholded:
    """Rewards are only asked on which side of a threshold they lie: PSR, NSR, W-REINFORCE."""


Normalisation = PlainCoefficients | GroupCentred | GroupScored | BatchScored | Thresholded
"""What an advantage estimator does with rewards."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Composition:
    """What a trainer supplies about one run; the defaults are those of plain GRPO with Adam."""

    correction: Correction
    spread: Spread
    normalisation: Normalisation = GroupScored()
    is_mixed: bool = False
    """Whether components that are not corrected alike are added before the normalisation (not after it: GDPO); the
    forward correction, a constant less, does not show in a sum."""
    reads_corrected: bool = False
    """Whether a filter or a re-weighting of groups or samples reads the corrected rewards."""
    is_gated: bool = False
    """Whether bundles are corrected as a whole, whose size differs between the samples of a group."""
    clips_advantages: bool = False
    """Whether advantages are cut at fixed values, after normalisation."""
    clips_gradients: bool = False
    """Whether gradients are cut at a fixed norm that is reached."""
    has_fixed_terms: bool = False
    """Whether the loss has other terms of a fixed scale: a divergence from a reference, an entropy bonus."""
    is_scale_invariant: bool = True
    """Whether the optimizer ignores a constant factor of the loss: Adam and its kin do, SGD does not."""


def spread_of(groups: list[list[NoiseModel]]) -> Spread:
    """How far the rates of some groups' samples vary.

    >>> rules, judge = NoiseModel(fpr=0.0, fnr=0.2), NoiseModel(fpr=0.1, fnr=0.1)
    >>> spread_of([[rules, rules], [judge, judge]]).value, spread_of([[rules, judge]]).value
    ('between groups', 'within groups')
    """
    pairs = [{(model.fpr, model.fnr) for model in group} for group in groups]
    if any(len(group) > 1 for group in pairs):
        return Spread.WITHIN_GROUPS
    return Spread.BETWEEN_GROUPS if len(set().union(*pairs)) > 1 else Spread.NONE
