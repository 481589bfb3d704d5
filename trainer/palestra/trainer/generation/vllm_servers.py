"""Rollouts from vLLM servers, that run somewhere or are started here."""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import ClassVar

import torch

from palestra.agents import Generator
from palestra.agents.api_key import api_key_from
from palestra.agents.vllm import BreakerLimits, PoolLimits, TokenRules, VllmPool
from palestra.trainer.errors import ConfigError
from palestra.trainer.generation.site import Generation, Site
from palestra.trainer.model.model_files import load_model, save_model
from palestra.trainer.require import require
from palestra.trainer.run_folder.storage import storing
from palestra.trainer.weight_sync.transfer import SharedFile, Transfer
from palestra.trainer.workers.fleet import Fleet, FleetLimits
from palestra.trainer.workers.launched import LaunchedWorkers
from palestra.trainer.workers.server_command import ServerCommand


class ServingDtype(StrEnum):
    """Numbers that servers compute with."""

    AUTO = "auto"
    """As the learner does."""
    FP32 = "float32"
    BF16 = "bfloat16"
    FP16 = "float16"


@dataclass(frozen=True, kw_only=True, slots=True)
class VllmServers:
    """vLLM servers, 0.32 or newer: those at `urls`, or `launch` many that are started here and end with the run."""

    kind: ClassVar[str] = "vllm"

    urls: tuple[str, ...] = ()
    """Of servers that run, without a path: `http://127.0.0.1:8000`. Their weights are replaced by this run's."""
    api_key_variable: str = ""
    """The environment variable that holds the key of servers that run; sent as a bearer token."""
    launch: int = 0
    """So many servers are started, on this machine."""
    python: str = ""
    """The interpreter that has vLLM, for servers that are started; empty: this one."""
    port: int = 0
    """Of the first server that is started; the others follow. 0: free ones."""
    max_model_len: int = 0
    """Tokens of a prompt and its completion together; 0: as many as the model takes."""
    dtype: ServingDtype = ServingDtype.AUTO
    """Numbers that servers compute with: auto (as the learner), float32, bfloat16 or float16."""
    kv_cache_mb: int = 0
    """Memory of each server for keys and values, in MiB; 0: on a CPU 512, on a GPU as vLLM finds fit."""
    threads: int = 1
    """Of each server that is started on a CPU."""
    arguments: tuple[str, ...] = ()
    """More arguments for servers that are started, e.g. `--tensor-parallel-size=2`."""
    is_seeded: bool = True
    """Whether a request's key decides its random numbers. Set it to false for servers on CPUs that read prompts in
    parts, which die of it: those started here do not."""
    limits: PoolLimits = field(default_factory=PoolLimits)
    """How much is asked at once, and deadlines."""
    breaker: BreakerLimits = field(default_factory=BreakerLimits)
    """When a server is left alone."""
    processes: FleetLimits = field(default_factory=FleetLimits)
    """How long servers that are started may take, and how often they are started again."""
    transfer: Transfer = field(default_factory=SharedFile)
    """How weights reach the servers: shared-file, nccl, cuda-ipc or lora."""

    def __post_init__(self) -> None:
        require(
            bool(self.urls) != (self.launch > 0),
            "generator: give either `urls` of servers that run, or `launch`, the number of those to start",
        )
        require(len(set(self.urls)) == len(self.urls), f"generator.urls names a server twice: {', '.join(self.urls)}")
        require(not (self.launch and self.api_key_variable), "generator.api_key_variable is for servers at `urls`")
        require(
            min(self.port, self.max_model_len, self.kv_cache_mb, self.threads - 1) >= 0,
            "generator: port, max_model_len and kv_cache_mb are at least 0, threads at least 1",
        )

    def build(self, site: Site) -> Generation:
        """A pool of the servers, and what brings them the learner's weights.

        Raises:
            ConfigError: Something of the run does not go with servers.
            ApiKeyError: The variable of their key holds none.
            GeneratorError: A server cannot be started.
            RunFolderError: The model cannot be written for them.
        """
        if site.rejection is not None:
            raise ConfigError("rollout.rejection needs the generator `in-process`: servers decode by themselves")
        fleet = self._fleet(site) if self.launch else None
        pool = VllmPool(
            self.urls if fleet is None else fleet.urls,
            TokenRules(
                stop_ids=tuple(site.tokenizer.stop_ids),
                num_tokens=int(site.policy.model.config.vocab_size),
                is_seeded=self.is_seeded,
            ),
            limits=self.limits,
            breaker=self.breaker,
            api_key=api_key_from(self.api_key_variable) if self.api_key_variable else None,
        )
        sync = self.transfer.weight_sync(site.policy, pool, self._torch_dtype(site))
        generator: Generator = pool if fleet is None else LaunchedWorkers(pool, fleet)
        return Generation(generator=generator, weight_sync=sync)

    def _fleet(self, site: Site) -> Fleet:
        if site.folder is None:
            raise ConfigError("servers are started for a run alone\n\nhint: give generator.urls of servers that run")
        needs = self.transfer.needs()
        is_cpu = site.policy.device.type == "cpu"
        command = ServerCommand(
            model=servable_folder(site.model_path, site.folder),
            python=self.python or sys.executable,
            dtype=str(self._torch_dtype(site)).removeprefix("torch."),
            max_model_len=self.max_model_len or site.policy.max_positions,
            kv_cache_mb=self.kv_cache_mb or None,
            threads=self.threads,
            is_cpu=is_cpu,
            arguments=(*needs.arguments, *self.arguments),
            environment=needs.environment,
        )
        return Fleet(command, self.launch, site.folder / "workers", port=self.port, limits=self.processes)

    def _torch_dtype(self, site: Site) -> torch.dtype:
        named: dict[ServingDtype, torch.dtype] = {
            ServingDtype.FP32: torch.float32,
            ServingDtype.BF16: torch.bfloat16,
            ServingDtype.FP16: torch.float16,
        }
        return named.get(self.dtype, site.policy.dtype)


def servable_folder(path: str, run_folder: Path) -> Path:
    """Where servers load a model from; one that is no folder is written into the run's, whole or not at all.

    Raises:
        ModelError: It cannot be loaded.
        RunFolderError: The disk is full or not writable.
    """
    folder = Path(path)
    if folder.is_dir():
        return folder.resolve()
    written = run_folder / "workers" / "model"
    if not written.is_dir():
        model, tokenizer = load_model(path)
        partial = written.with_name(f".partial-{written.name}")
        with storing(written):
            shutil.rmtree(partial, ignore_errors=True)
            try:
                save_model(model, tokenizer, partial)
                partial.rename(written)
            finally:
                shutil.rmtree(partial, ignore_errors=True)  # what cannot be finished must not fill the disk
    return written.resolve()
