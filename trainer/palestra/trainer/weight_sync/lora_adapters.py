"""LoRA adapters named by version: a push takes milliseconds and interrupts nobody."""

from __future__ import annotations

import asyncio
import re
import uuid
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import torch
from safetensors.torch import save_file

from palestra.agents.vllm.capabilities import ControlError
from palestra.agents.vllm.client import VersionLabels
from palestra.agents.vllm.control import ControlDeadlines, VllmControl
from palestra.agents.vllm.pool import VllmPool
from palestra.trainer.errors import ConfigError
from palestra.trainer.model.policy import Policy
from palestra.trainer.require import require
from palestra.trainer.weight_sync.delivery import Served, ServerNeeds, VllmWeightSync
from palestra.trainer.weight_sync.staging import StagingArea

_ADAPTER = "default"
"""The name that `transformers` gives to the adapters of a model that has no others."""
_RANKS = (8, 16, 32, 64, 128, 256, 320, 512)
"""What `--max-lora-rank` can be."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LoraAdapters:
    """Adapters alone, each version under a name of its own.

    One that is loaded anew under its old name would be used with keys and values of the old one. Requests under way
    go on with the version that they were sent under.
    """

    kind: ClassVar[str] = "lora"

    folder: str = "/dev/shm"
    """A folder that learner and servers see under this name."""
    keep: int = 2
    """Versions that a server keeps: the newest, and those that requests under way may still use."""
    max_rank: int = 64
    """Largest rank that launched servers take."""
    deadlines: ControlDeadlines = field(default_factory=ControlDeadlines)
    """Of each call to a server."""

    def __post_init__(self) -> None:
        require(self.keep >= 1, f"keep must be at least 1, got {self.keep}")
        require(1 <= self.max_rank <= _RANKS[-1], f"max_rank must be in [1, {_RANKS[-1]}], got {self.max_rank}")
        require(Path(self.folder).is_absolute(), f"folder must be absolute, got `{self.folder}`")

    def needs(self) -> ServerNeeds:
        """What a server must be started with."""
        rank = next(rank for rank in _RANKS if rank >= self.max_rank)
        return ServerNeeds(
            arguments=("--enable-lora", "--max-lora-rank", str(rank), "--max-loras", str(self.keep)),
            environment={"VLLM_ALLOW_RUNTIME_LORA_UPDATING": "1"},
        )

    def weight_sync(self, policy: Policy, pool: VllmPool, dtype: torch.dtype) -> VllmWeightSync:
        """What pushes the policy's adapters.

        Raises:
            ConfigError: The model has none.
            StagingError: The folder cannot be written to.
        """
        if not getattr(policy.model, "peft_config", None):
            raise ConfigError("transfer `lora` needs a model with adapters\n\nhint: set model.lora")
        return VllmWeightSync(pool, AdapterCarrier(self, policy), dtype, deadlines=self.deadlines)


class AdapterCarrier:
    """Writes the adapters once; every server loads them under the version's name."""

    is_parallel = True

    def __init__(self, config: LoraAdapters, policy: Policy) -> None:
        """Make the folder.

        Raises:
            StagingError: It cannot be made.
        """
        self.area = StagingArea(Path(config.folder), max_file_bytes=1 << 30)
        self._config = config
        self._policy = policy
        self._stem = f"palestra-{uuid.uuid4().hex[:8]}"
        self._known: set[str] = set()

    async def prepare(self, version: int) -> Served:
        """Write the learner's adapters."""
        await asyncio.to_thread(self.area.write_folder, version, self._save)
        return Served(version=version, model=self._name(version), labels=VersionLabels.CALLER)

    async def deliver(self, control: VllmControl, version: int) -> None:
        """Load the version, and make sure that the server names it."""
        if control.url not in self._known:
            (await control.capabilities()).require("adapters")
            self._known.add(control.url)
        name, folder = self._name(version), str(self.area.folder_of(version))
        loaded = await control.models()
        for number, old in self._versions(loaded):
            if number <= version - self._config.keep:  # it makes room first
                with suppress(ControlError):
                    await control.unload_adapter(old)
        if name not in loaded:
            await control.load_adapter(name, folder)
            loaded = await control.models()
        if loaded.get(name) != folder:
            raise ControlError(f"the worker `{control.url}` serves `{name}` from {loaded.get(name)}, not {folder}")

    async def mend(self, control: VllmControl) -> None:
        """Nothing: adapters are loaded while generation goes on."""

    async def retire(self, version: int) -> None:
        """Delete the files of versions that no server keeps."""
        await asyncio.to_thread(self.area.keep_from, version - self._config.keep + 1)

    async def aclose(self) -> None:
        """Delete all files."""
        await asyncio.to_thread(self.area.close)

    def _save(self, folder: Path) -> None:
        """Write what PEFT writes. Its own function would look for the base model, and warn where it finds none."""
        trained = self._policy.full_tensors(is_trained=True)
        tensors = {
            "base_model.model." + name.replace(f".{_ADAPTER}.", "."): tensor.to("cpu").contiguous()
            for name, tensor in trained
        }
        save_file(tensors, folder / "adapter_model.safetensors", metadata={"format": "pt"})
        configs: Any = self._policy.model.peft_config
        configs[_ADAPTER].save_pretrained(folder)

    def _name(self, version: int) -> str:
        return f"{self._stem}-v{version}"

    def _versions(self, names: Mapping[str, str]) -> list[tuple[int, str]]:
        """Of this run, as a server lists them."""
        pattern = re.compile(re.escape(self._stem) + r"-v(\d+)")
        return [(int(match[1]), name) for name in names if (match := pattern.fullmatch(name))]
