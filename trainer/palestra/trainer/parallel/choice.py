"""On how many processes the learner is spread."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from palestra.trainer.require import require

if TYPE_CHECKING:
    from palestra.trainer.crew.crew import Crew


@dataclass(frozen=True, kw_only=True, slots=True)
class OneProcess:
    """The learner is in this process, whole."""

    kind: ClassVar[str] = "one-process"

    def join(self) -> Crew:
        """A crew of one.

        Raises:
            ConfigError: The process is one of several that were started together.
        """
        from palestra.trainer.parallel.launch import refuse_company

        return refuse_company()


@dataclass(frozen=True, kw_only=True, slots=True)
class Fsdp:
    """Weights, gradients and optimizer states are sharded over the processes that `torchrun` started (FSDP2)."""

    kind: ClassVar[str] = "fsdp"

    reshard_after_forward: bool = True
    """Free a layer's gathered weights after its forward pass and gather them again for the backward pass: less memory,
    half again as much communication."""
    replicas: int = 1
    """Groups of processes that hold all shards each: gradients are then summed over the groups. With one group per
    node, weights are gathered within a node only."""
    timeout_s: float = 600.0
    """Longest wait of a process for the others within a step."""
    silence_s: float = 60.0
    """A process that gave no sign of life for so long counts as lost."""

    def __post_init__(self) -> None:
        require(self.replicas >= 1, f"replicas must be at least 1, got {self.replicas}")
        for name in ("timeout_s", "silence_s"):
            value: float = getattr(self, name)
            require(1.0 <= value < math.inf, f"{name} must be at least 1 second, got {value}")

    def join(self) -> Crew:
        """The crew of the processes that were started together; returns when all are there.

        Raises:
            ConfigError: The process was not started by a launcher of several, or their number does not fit.
            RankError: Not all came in time.
        """
        from palestra.trainer.parallel.launch import join_processes

        return join_processes(self)


Parallel = OneProcess | Fsdp
