"""The weight transfer engine `file`, made of vLLM's own base class."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from .exchange import Exchange

BACKEND = "file"


def register() -> None:
    """Make the engine known to vLLM under the name `file`."""
    from vllm.distributed.weight_transfer.base import (
        WeightTransferEngine,
        WeightTransferInitInfo,
        WeightTransferUpdateInfo,
    )
    from vllm.distributed.weight_transfer.factory import WeightTransferEngineFactory

    @dataclass
    class FileInit(WeightTransferInitInfo):  # type: ignore[misc]
        """Files need no connection."""

    @dataclass
    class FileUpdate(WeightTransferUpdateInfo):  # type: ignore[misc]
        """Names the staged version by its digest."""

        digest: str

    class FileEngine(WeightTransferEngine[FileInit, FileUpdate]):  # type: ignore[misc]
        """Reads staged versions."""

        init_info_cls = FileInit
        update_info_cls = FileUpdate
        supports_draft_weight_update = False

        def __init__(self, config: Any, vllm_config: Any, device: torch.device, model: nn.Module) -> None:
            super().__init__(config, vllm_config, device, model)
            self.exchange = Exchange(model, vllm_config.model_config)

        def init_transfer_engine(self, init_info: FileInit) -> None:
            """Nothing to connect to."""

        def start_weight_update(self) -> None:
            self.exchange.start()

        def update_weights(self, update_info: dict[str, Any]) -> None:
            # The base class waits for an accelerator, which a CPU has not.
            self.receive_weights(self.parse_update_info(update_info))

        def receive_weights(self, update_info: FileUpdate) -> None:
            self.exchange.load(update_info.digest)
            if self.device.type != "cpu":
                torch.accelerator.synchronize()

        def finish_weight_update(self) -> None:
            self.exchange.finish()

        def shutdown(self) -> None:
            """Nothing is held open."""

    WeightTransferEngineFactory.register_engine(BACKEND, FileEngine)
