"""GDPO: z-scores of each component, their sum whitened over the batch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from torch import Tensor

from palestra.trainer.advantages.components import check_weights, component_advantages
from palestra.trainer.advantages.grpo import Grpo
from palestra.trainer.advantages.scored_groups import ScoredGroups
from palestra.trainer.advantages.whitening import Whitening
from palestra.verifiers.noise import GroupScored


@dataclass(frozen=True, kw_only=True, slots=True)
class Gdpo:
    """GRPO's z-score of each component in its group, a weighted sum of them, and that whitened over the batch.

    Stages that come after the components (a penalty for length, say) are not seen: the components are all there is.

    Source: "GDPO: Group reward-Decoupled Normalization Policy Optimization", arXiv:2601.05242, section 3.
    """

    kind: ClassVar[str] = "gdpo"
    reads_components: ClassVar[bool] = True

    weights: Mapping[str, float] = field(default_factory=dict, hash=False)
    """Of components by name; those that are not named weigh 1."""
    of: Grpo = field(default_factory=Grpo)
    """Z-score of a component."""
    whitening: Whitening | None = field(default_factory=Whitening)
    """Of the sum, over the batch's tokens; none leaves the sum as it is."""

    def __post_init__(self) -> None:
        check_weights(self.weights)

    @property
    def normalisation(self) -> GroupScored:
        """What becomes of an affine map of one component."""
        return GroupScored()

    def __call__(self, groups: ScoredGroups) -> Tensor:
        """Advantages of P groups of G samples.

        Args:
            groups: Components of the rewards and lengths of the step's samples.

        Returns:
            Shape (P, G); 0 for masked samples.

        Raises:
            ValueError: A weight is of no component.
        """
        sums_PG = component_advantages(groups, self.of, self.weights)
        if self.whitening is None:
            return sums_PG
        return self.whitening(sums_PG, groups).to(groups.rewards_PG.dtype)
