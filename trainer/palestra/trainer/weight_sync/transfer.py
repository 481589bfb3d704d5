"""The ways in which weights can reach vLLM servers."""

from __future__ import annotations

from palestra.trainer.weight_sync.cuda_ipc import CudaIpc
from palestra.trainer.weight_sync.lora_adapters import LoraAdapters
from palestra.trainer.weight_sync.nccl import NcclTransfer
from palestra.trainer.weight_sync.shared_file import SharedFile

__all__ = ["CudaIpc", "LoraAdapters", "NcclTransfer", "SharedFile", "Transfer"]

Transfer = SharedFile | NcclTransfer | CudaIpc | LoraAdapters
"""What a configuration can name. Each has `needs`, for who launches servers, and `weight_sync`, for who trains."""
