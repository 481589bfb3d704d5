"""Weights to a vLLM server through vLLM's own engines, in a real run that proves every step that they arrived."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
import tempfile
from pathlib import Path

import torch
from shapes import QWEN_HALF_B
from steps import Size, save, train

from palestra.trainer.weight_sync.cuda_ipc import CudaIpc
from palestra.trainer.weight_sync.nccl import NcclTransfer
from palestra.trainer.workers.fleet import Fleet
from palestra.trainer.workers.server_command import ServerCommand


def push(transfer: CudaIpc | NcclTransfer, *, gpu: int) -> dict[str, object]:
    """Three GRPO steps with one server, of which each begins with the proof of sync; the run fails if it does.

    Args:
        transfer: How weights travel.
        gpu: The server's; the learner is on the first one.
    """
    needs = transfer.needs()
    with tempfile.TemporaryDirectory(prefix="palestra-gpu-") as name:
        folder = Path(name)
        command = ServerCommand(
            model=save(QWEN_HALF_B, folder / "model", torch.device("cuda")),
            python=sys.executable,
            dtype="bfloat16",
            max_model_len=2048,
            arguments=("--gpu-memory-utilization=0.3", "--enforce-eager", *needs.arguments),
            environment={"CUDA_VISIBLE_DEVICES": str(gpu), **needs.environment},
        )
        torch.cuda.empty_cache()
        fleet = Fleet(command, 1, folder)
        try:
            asyncio.run(_settled(fleet))
            choice = f'{{ kind = "vllm", urls = {json.dumps(list(fleet.urls))}, transfer.kind = "{transfer.kind}" }}'
            size = Size(steps=3, prompts=8, tokens=64)
            row = train(QWEN_HALF_B, torch.device("cuda"), size, precision="bf16", lines=f"generator = {choice}")
        except Exception as error:
            log = (folder / "worker-0.log").read_text(errors="replace").splitlines()[-8:]
            raise RuntimeError(f"{type(error).__name__}: {error}; the server's log: {log}") from error
        finally:
            fleet.stop()
    return {"transfer": transfer.kind, "proof_of_sync": "held in every step", **row}


async def _settled(fleet: Fleet) -> None:
    """Start the server, and wait until it serves or was given up."""
    fleet.start()
    watching = asyncio.create_task(fleet.watch())
    while not (fleet.is_settled or watching.done()):
        await asyncio.sleep(0.2)
    if watching.done():
        watching.result()
    watching.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await watching
