"""Weights over NCCL: from the learner's GPU to the servers', also on other hosts. Not run here: it needs two GPUs."""

from __future__ import annotations

import json
import socket
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

_BACKEND = "nccl"


@dataclass(frozen=True, kw_only=True, slots=True)
class NcclTransfer:
    """Broadcasts in packed buffers, by vLLM's own engine. Not run yet: it needs a GPU for each side."""

    kind: ClassVar[str] = "nccl"

    address: str = "127.0.0.1"
    """Of the learner, as the servers reach it."""
    port: int = 0
    """Where they meet; 0 takes a free one. Each server needs one more."""
    buffer_mb: int = 512
    """Of a packed buffer; there are two."""
    checksum_every: int = 1
    """After how many versions the servers' checksums are compared with the learner's weights; 0: never."""
    deadlines: ControlDeadlines = field(default_factory=ControlDeadlines)
    """Of each call to a server."""

    def __post_init__(self) -> None:
        require(0 <= self.port < 1 << 16, f"port must be in [0, 65535], got {self.port}")
        require(self.buffer_mb >= 1, f"buffer_mb must be at least 1, got {self.buffer_mb}")
        require(self.checksum_every >= 0, f"checksum_every must be at least 0, got {self.checksum_every}")

    def needs(self) -> ServerNeeds:
        """What a server must be started with."""
        return ServerNeeds(arguments=("--weight-transfer-config", json.dumps({"backend": _BACKEND})))

    def weight_sync(self, policy: Policy, pool: VllmPool, dtype: torch.dtype) -> VllmWeightSync:
        """What pushes the policy's weights, rounded to `dtype`.

        Raises:
            ConfigError: There is no GPU, or no vLLM beside the learner.
        """
        require_engine(_BACKEND, policy)
        carrier = EngineCarrier(NcclConnector(self), policy, dtype, checksum_every=self.checksum_every)
        return VllmWeightSync(pool, carrier, dtype, deadlines=self.deadlines)


class NcclConnector:
    """Meets each server in a group of its own: one that is lost does not take the others with it."""

    backend = _BACKEND

    def __init__(self, config: NcclTransfer) -> None:
        self._config = config
        self._used = 0

    async def connect(self, control: VllmControl, source: SnapshotSource) -> Engine:
        """The engine, once both sides have met.

        Raises:
            ControlError: They did not in time.
        """
        from vllm.distributed.weight_transfer.nccl_engine import NCCLTrainerInitInfo

        info = NCCLTrainerInitInfo(
            master_address=self._config.address,
            master_port=self._port(),
            world_size=1 + await control.world_size(),
            rank=0,
            packed=True,
            packed_buffer_size_bytes=self._config.buffer_mb << 20,
        )
        what = f"the worker `{control.url}` did not meet the learner at {info.master_address}:{info.master_port}"
        return await in_thread(lambda: trainer_engine(info, control, source), control.deadlines.update_s, what)

    def _port(self) -> int:
        if self._config.port:
            self._used += 1
            return self._config.port + self._used - 1
        with socket.socket() as probe:
            probe.bind(("", 0))
            port: int = probe.getsockname()[1]
            return port
