"""Weights as files that learner and servers share: in main memory, or on a disk of several hosts."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

import torch

from palestra.agents.vllm.capabilities import ControlError
from palestra.agents.vllm.control import ControlDeadlines, VllmControl
from palestra.agents.vllm.pool import VllmPool
from palestra.trainer.model.policy import Policy
from palestra.trainer.require import require
from palestra.trainer.weight_sync.delivery import Served, ServerNeeds, VllmWeightSync
from palestra.trainer.weight_sync.named_weights import named_weights
from palestra.trainer.weight_sync.pause import paused
from palestra.trainer.weight_sync.staging import StagingArea, WrittenVersion

EXTENSION_FOLDER = Path(__file__).parent / "vllm_extension"
_EXTENSION = "palestra_transfer.PalestraTransfer"
_BACKEND = "file"


@dataclass(frozen=True, kw_only=True, slots=True)
class SharedFile:
    """Files of safetensors, mapped by the servers: for CPUs, and wherever NCCL is not to be had."""

    kind: ClassVar[str] = "shared-file"

    folder: str = "/dev/shm"
    """A folder that learner and servers see under this name, with room for two copies of the weights. The default is
    main memory; for servers on other hosts give a shared disk."""
    max_file_mb: int = 1024
    """Size of one file, unless a single tensor is larger."""
    stage_timeout_s: float = 300.0
    """In which a server must have read and checked a version."""
    deadlines: ControlDeadlines = field(default_factory=ControlDeadlines)
    """Of each call to a server."""

    def __post_init__(self) -> None:
        require(self.max_file_mb >= 1, f"max_file_mb must be at least 1, got {self.max_file_mb}")
        require(self.stage_timeout_s > 0, f"stage_timeout_s must be positive, got {self.stage_timeout_s}")
        require(Path(self.folder).is_absolute(), f"folder must be absolute, got `{self.folder}`")

    def needs(self) -> ServerNeeds:
        """What a server must be started with."""
        return ServerNeeds(
            arguments=(
                "--weight-transfer-config",
                json.dumps({"backend": _BACKEND}),
                "--worker-extension-cls",
                _EXTENSION,
            ),
            environment={"PYTHONPATH": str(EXTENSION_FOLDER)},
        )

    def weight_sync(self, policy: Policy, pool: VllmPool, dtype: torch.dtype) -> VllmWeightSync:
        """What pushes the policy's weights, rounded to `dtype`.

        Raises:
            StagingError: The folder cannot be written to.
        """
        return VllmWeightSync(pool, FileCarrier(self, policy, dtype), dtype, deadlines=self.deadlines)


class FileCarrier:
    """Writes a version once; every server reads and checks all of it before its weights are touched."""

    is_parallel = True

    def __init__(self, config: SharedFile, policy: Policy, dtype: torch.dtype) -> None:
        """Make the folder.

        Raises:
            StagingError: It cannot be made.
        """
        self.area = StagingArea(Path(config.folder), max_file_bytes=config.max_file_mb << 20)
        self._stage_timeout_s = config.stage_timeout_s
        self._policy = policy
        self._dtype = dtype
        self._written: WrittenVersion | None = None
        self._known: set[str] = set()

    async def prepare(self, version: int) -> Served:
        """Write the learner's weights."""
        weights = named_weights(self._policy, self._dtype)
        self._written = await asyncio.to_thread(self.area.write, weights, version)
        return Served(version=version)

    async def deliver(self, control: VllmControl, version: int) -> None:
        """Stage and check first, then replace while generation stands still, then compare what is served."""
        written = self._written
        assert written is not None and written.version == version, "the version is prepared first"
        if control.url not in self._known:
            (await control.capabilities()).require("rpc", "transfer", "pause")
            self._known.add(control.url)
        await self._stage(control, written)
        await paused(control, self._replace, version, self.mend)

    async def mend(self, control: VllmControl) -> None:
        """Have it put back what it served, if its model was left open: it does so when it refuses an update."""
        with suppress(ControlError, TimeoutError):
            async with asyncio.timeout(control.deadlines.pause_s):
                await control.update({"digest": ""})

    async def retire(self, version: int) -> None:
        """Delete older versions."""
        await asyncio.to_thread(self.area.keep_from, version)

    async def aclose(self) -> None:
        """Delete all versions."""
        await asyncio.to_thread(self.area.close)

    async def _stage(self, control: VllmControl, written: WrittenVersion) -> None:
        await control.call("palestra_stage", [str(written.folder)])
        started, pause_s = time.monotonic(), 0.01
        while True:
            states = await control.call("palestra_staged")
            if refusals := [str(state.get("detail")) for state in states if state.get("state") == "refused"]:
                raise ControlError(f"the worker `{control.url}` refuses version {written.version}: {refusals[0]}")
            if all(state.get("digest") == written.manifest.digest for state in states):
                return
            if any(state.get("state") != "staging" and "digest" not in state for state in states):
                raise ControlError(f"the worker `{control.url}` forgot that version {written.version} was to be staged")
            if time.monotonic() - started > self._stage_timeout_s:
                raise ControlError(
                    f"the worker `{control.url}` has not read version {written.version} "
                    f"in {self._stage_timeout_s:g} s\n\nhint: transfer.stage_timeout_s"
                )
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 1.5, 0.5)

    async def _replace(self, control: VllmControl, version: int) -> None:
        assert self._written is not None
        digest = self._written.manifest.digest
        await control.start_update()
        await control.update({"digest": digest})
        await control.finish(version)
        for number, served in enumerate(await control.call("palestra_served")):
            problem = _problem(served, digest)
            if problem:
                raise ControlError(f"the worker `{control.url}`, process {number}, {problem}")


def _problem(served: Mapping[str, object], digest: str) -> str:
    """What is wrong with what a process says that it serves; empty if nothing is."""
    different = served.get("different")
    if served.get("digest") != digest:
        return f"serves weights of checksum {served.get('digest')}, not {digest}"
    if isinstance(different, list) and different:
        return f"computes with other weights than it was given, in {len(different)} places, e.g. `{different[0]}`"
    return ""
