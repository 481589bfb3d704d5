"""The layers of a policy compiled for the learner; the generator keeps the plain ones."""

from __future__ import annotations

import logging
from typing import Any

import torch
from torch import Tensor

from palestra.trainer.model.policy import Policy, Trunk
from palestra.trainer.packing.packs import Pack

log = logging.getLogger("palestra")


class CompiledTrunk:
    """Runs a compiled trunk, and the plain one from the first failure to compile on."""

    def __init__(self, policy: Policy) -> None:
        """A trunk; nothing is compiled before it runs.

        Args:
            policy: Whose layers are compiled; attention stays a call of its own in between.
        """
        self._policy = policy
        self._layers: Any = torch.compile(policy.model.base_model, dynamic=True)

    def hidden(self, pack: Pack) -> Tensor:
        """Hidden states at the predicting positions, shape (U, W)."""
        if self._layers is not None:
            try:
                hidden_NW = self._policy.run(pack.token_ids_N, pack.plan.position_ids_N, pack.plan, self._layers)
                return hidden_NW.index_select(0, pack.predicting_U)
            except (RuntimeError, NotImplementedError, ImportError) as error:
                reason = str(error).strip().partition("\n")[0]
                log.warning("the layers cannot be compiled and run as they are: %s: %s", type(error).__name__, reason)
                self._layers = None
        return self._policy.trunk.hidden(pack)


def learning_trunk(policy: Policy, *, compiled: bool) -> Trunk:
    """How a learner runs a policy's layers; compiled where that is asked for and can be."""
    if not compiled:
        return policy.trunk
    reason = ""
    if not policy.takes_plans:
        reason = "the model does not take packed tokens"
    elif policy.crew.size > 1:
        reason = "its layers are spread over processes"
    if reason:
        log.warning("the layers are not compiled: %s", reason)
        return policy.trunk
    return CompiledTrunk(policy)
