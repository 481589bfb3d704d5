"""What a run learns: the policy, and what is learned beside it. Every rank has its part of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from palestra.trainer.checkpoints.checkpoint import Checkpoint
from palestra.trainer.learner.learner import Learner
from palestra.trainer.learner.reference import Reference
from palestra.trainer.model.policy import Policy


@dataclass(frozen=True, kw_only=True, slots=True)
class Learned:
    """The weights of a run, and the states that hold tensors."""

    policy: Policy
    learner: Learner
    reference: Reference | None = None

    def tensors(self) -> dict[str, Mapping[str, Any]]:
        """The states by name, for a checkpoint; the policy's weights are not among them."""
        states: dict[str, Mapping[str, Any]] = {"optimizer": self.learner.state()}
        if self.reference is not None and (weights := self.reference.tensors()) is not None:
            states["reference"] = weights
        return states

    def restore(self, checkpoint: Checkpoint) -> None:
        """Go on from a checkpoint, of one process or of any number of ranks.

        Raises:
            CheckpointError: It is of a run that is configured otherwise.
        """
        model = self.policy.whole_model()
        checkpoint.restore_weights(model)
        self.policy.take_weights(model)
        if (optimizer := checkpoint.tensors("optimizer", self.learner.pattern)) is not None:
            with checkpoint.fitting("optimizer"):
                self.learner.restore(optimizer)
        if self.reference is not None:
            weights = checkpoint.tensors("reference", self.reference.pattern)
            if weights is not None:
                with checkpoint.fitting("reference"):
                    self.reference.restore(weights)
