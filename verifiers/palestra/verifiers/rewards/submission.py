"""The composition of gates for episodes that end in a patch."""

from __future__ import annotations

from enum import Enum

from palestra.verifiers.rewards.component import EpisodeValue, Scope
from palestra.verifiers.rewards.gating import GatedAccumulation, GatedComponent
from palestra.verifiers.rewards.threshold import Threshold


class Submission(Enum):
    """How an episode ended, with its reward.

    The four cases are those of "Gated reward accumulation", arXiv:2508.10548; the values are ours.
    """

    MISSING = -1.0
    """Nothing was submitted."""
    EMPTY = -0.5
    """The submitted patch changes nothing."""
    FAILING = 0.0
    """A patch that fails tests."""
    PASSING = 1.0
    """A patch that passes them."""

    @property
    def component(self) -> EpisodeValue:
        """The value of the component `outcome`."""
        return EpisodeValue(name="outcome", value=self.value)


def submission_gates(turn_components: tuple[str, ...]) -> GatedAccumulation:
    """Turn components, each meant to lie in [0, 0.2], that count only if a real patch was submitted.

    >>> from palestra.verifiers.rewards.component import TurnValue
    >>> gates = submission_gates(("format",))
    >>> turn = TurnValue(name="format", turn=0, value=0.2)
    >>> tuple(gates([how.component, turn]).reward.value for how in Submission)
    (-1.0, -0.5, 0.2, 1.2)
    """
    outcome = GatedComponent(name="outcome", level=0, scope=Scope.EPISODE, gate=Threshold(value=0.0))
    steps = (GatedComponent(name=name, level=1, scope=Scope.TURN) for name in turn_components)
    return GatedAccumulation(components=(outcome, *steps))
