"""Weights by CUDA IPC: learner and server share a GPU's memory. Not run here: it needs a GPU."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import ClassVar

import torch

from palestra.agents.vllm.control import ControlDeadlines, VllmControl
from palestra.agents.vllm.pool import VllmPool
from palestra.trainer.model.policy import Policy
from palestra.trainer.require import require
from palestra.trainer.weight_sync.delivery import ServerNeeds, VllmWeightSync
from palestra.trainer.weight_sync.vllm_engine import (
    Engine,
    EngineCarrier,
    SnapshotSource,
    in_thread,
    require_engine,
    trainer_engine,
)

_BACKEND = "ipc"


@dataclass(frozen=True, kw_only=True, slots=True)
class CudaIpc:
    """Handles of memory on one GPU instead of copies, by vLLM's own engine. Not run yet: it needs a GPU.

    The handles travel pickled, which vLLM calls insecure: the server must listen to this machine alone.
    """

    kind: ClassVar[str] = "cuda-ipc"

    buffer_mb: int = 512
    """Of the packed buffer."""
    checksum_every: int = 1
    """After how many versions the servers' checksums are compared with the learner's weights; 0: never."""
    deadlines: ControlDeadlines = field(default_factory=ControlDeadlines)
    """Of each call to a server."""

    def __post_init__(self) -> None:
        require(self.buffer_mb >= 1, f"buffer_mb must be at least 1, got {self.buffer_mb}")
        require(self.checksum_every >= 0, f"checksum_every must be at least 0, got {self.checksum_every}")

    def needs(self) -> ServerNeeds:
        """What a server must be started with."""
        return ServerNeeds(
            arguments=("--weight-transfer-config", json.dumps({"backend": _BACKEND})),
            environment={"VLLM_ALLOW_INSECURE_SERIALIZATION": "1"},
        )

    def weight_sync(self, policy: Policy, pool: VllmPool, dtype: torch.dtype) -> VllmWeightSync:
        """What pushes the policy's weights, rounded to `dtype`.

        Raises:
            ConfigError: There is no GPU, or no vLLM beside the learner.
        """
        require_engine(_BACKEND, policy)
        carrier = EngineCarrier(IpcConnector(self), policy, dtype, checksum_every=self.checksum_every)
        return VllmWeightSync(pool, carrier, dtype, deadlines=self.deadlines)


class IpcConnector:
    """Nothing has to be met: the first call says how handles come."""

    backend = _BACKEND

    def __init__(self, config: CudaIpc) -> None:
        self._config = config

    async def connect(self, control: VllmControl, source: SnapshotSource) -> Engine:
        """The engine.

        Raises:
            ControlError: The server does not answer.
        """
        from vllm.distributed.weight_transfer.ipc_engine import IPCTrainerInitInfo

        info = IPCTrainerInitInfo(rank=0, packed=True, packed_buffer_size_bytes=self._config.buffer_mb << 20)
        what = f"the worker `{control.url}` takes no handles"
        return await in_thread(lambda: trainer_engine(info, control, source), control.deadlines.update_s, what)
