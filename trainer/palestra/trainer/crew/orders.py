"""What the first rank asks the others to do with it. All ranks then do the same, each on its share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import get_args

from palestra.trainer.objective.agreement import Bound
from palestra.trainer.packing.packs import Group


@dataclass(frozen=True, kw_only=True, slots=True)
class Learn:
    """Make the updates of a step."""

    shares: tuple[tuple[Group, ...], ...]
    lr: float
    progress: float
    temperature: float
    bound: Bound | None = None
    """Within which the first update must find the generator's log-probabilities: all ranks judge them, so that none
    goes on without the others. None: nobody does."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Update:
    """Make one update."""

    groups: tuple[Group, ...]
    lr: float
    temperature: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Scan:
    """Look at samples, without a gradient."""

    groups: tuple[Group, ...]
    temperature: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Gather:
    """Send the whole weights to the first rank, tensor by tensor."""

    is_trained: bool = False
    """Only those that are trained."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Compare:
    """Measure how far the policy is from its reference on what it sampled."""

    groups: tuple[Group, ...]
    temperature: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Renew:
    """Start the optimizer anew."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Follow:
    """Make the reference the policy as it is now."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Save:
    """Write one's shards of a state into a folder."""

    name: str
    folder: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Restore:
    """Go on from a checkpoint."""

    folder: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Assemble:
    """Load the model and make the learner of a stage."""

    stage: int
    """Its number, from 0."""


@dataclass(frozen=True, kw_only=True, slots=True)
class NextStage:
    """Make the learner of the next stage, on the same weights."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Finish:
    """End the process: there is nothing more to do."""

    reason: str = ""


Order = Learn | Update | Scan | Gather | Compare | Renew | Follow | Save | Restore | Assemble | NextStage | Finish
ORDERS: dict[str, type] = {order.__name__: order for order in get_args(Order)}
