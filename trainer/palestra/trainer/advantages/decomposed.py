"""Advantage decomposition: the mean of what an estimator says of each component of the reward."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from torch import Tensor

from palestra.trainer.advantages.bnpo import Bnpo
from palestra.trainer.advantages.components import check_weights, component_advantages
from palestra.trainer.advantages.dr_grpo import DrGrpo
from palestra.trainer.advantages.grpo import Grpo
from palestra.trainer.advantages.rloo import Rloo
from palestra.trainer.advantages.scored_groups import ScoredGroups
from palestra.verifiers.noise import GroupCentred, GroupScored


@dataclass(frozen=True, kw_only=True, slots=True)
class Decomposed:
    """Advantages of each component apart, then their mean: a component of small variance is not drowned.

    Stages that come after the components (a penalty for length, say) are not seen: the components are all there is.

    Source: "BNPO: Beta Normalization Policy Optimization", arXiv:2506.02864, section 4.3.
    """

    kind: ClassVar[str] = "decomposed"
    reads_components: ClassVar[bool] = True

    of: Bnpo | Grpo | DrGrpo | Rloo = field(default_factory=Bnpo)
    """Estimator of each component: bnpo, grpo, dr-grpo or rloo."""
    weights: Mapping[str, float] = field(default_factory=dict, hash=False)
    """Of components by name; those that are not named weigh 1."""

    def __post_init__(self) -> None:
        check_weights(self.weights)

    @property
    def normalisation(self) -> GroupCentred | GroupScored:
        """What becomes of an affine map of one component."""
        return self.of.normalisation

    def __call__(self, groups: ScoredGroups) -> Tensor:
        """Advantages of P groups of G samples.

        Args:
            groups: Components of the rewards of the step's samples.

        Returns:
            Shape (P, G); 0 for masked samples.

        Raises:
            ValueError: A weight is of no component.
        """
        return component_advantages(groups, self.of, self.weights) / max(1, len(groups.components))
