"""How the processes of a run find each other: by the variables that `torchrun` sets for each."""

from __future__ import annotations

import os
from datetime import timedelta

import torch
import torch.distributed as dist
from torch.distributed import PrefixStore  # type: ignore[attr-defined]  # exported, but not said to be
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.rendezvous import rendezvous

from palestra.trainer.crew.crew import ALONE, Crew
from palestra.trainer.errors import ConfigError, RankError
from palestra.trainer.parallel.choice import Fsdp
from palestra.trainer.parallel.process_crew import ProcessCrew

_VARIABLES = ("RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT")


def started_ranks() -> int:
    """How many processes a launcher started together with this one; 1 without a launcher."""
    return int(os.environ.get("WORLD_SIZE", "1")) if "RANK" in os.environ else 1


def refuse_company() -> Crew:
    """A crew of one.

    Raises:
        ConfigError: A launcher started several processes, which would all train the same.
    """
    if started_ranks() > 1:
        raise ConfigError(
            f"{started_ranks()} processes were started for a run of one\n\n"
            'hint: set `parallel.kind = "fsdp"`, or start it without torchrun'
        )
    return ALONE


def join_processes(settings: Fsdp) -> Crew:
    """The crew of all processes that were started together.

    Raises:
        ConfigError: No launcher started this process, or the number of processes does not fit.
        RankError: Not all processes came in time.
    """
    missing = [name for name in _VARIABLES if name not in os.environ]
    if missing:
        raise ConfigError(
            f"parallel.kind is `fsdp`, but {', '.join(missing)} of the environment is not set\n\n"
            "hint: torchrun --nproc-per-node 2 -m palestra.cli train run.toml"
        )
    size = started_ranks()
    if size % settings.replicas:
        raise ConfigError(
            f"{size} processes cannot form `{settings.replicas}` equal replicas\n\nhint: parallel.replicas"
        )
    device = "cuda" if torch.cuda.is_available() else "cpu"
    if device == "cuda":
        torch.cuda.set_device(int(os.environ.get("LOCAL_RANK", "0")))
    timeout = timedelta(seconds=settings.timeout_s)
    try:
        store, rank, size = next(rendezvous("env://", timeout=timeout))
        dist.init_process_group(
            "cpu:gloo,cuda:nccl" if device == "cuda" else "gloo",
            store=PrefixStore("group", store),
            rank=rank,
            world_size=size,
            timeout=timeout,
        )
    except RuntimeError as error:
        raise RankError(
            f"the {size} processes did not meet within {settings.timeout_s:g} s: {str(error).splitlines()[0]}\n\n"
            "hint: all of them need the same MASTER_ADDR and MASTER_PORT, and a way there"
        ) from error
    if settings.replicas > 1:
        shape, axes = (settings.replicas, size // settings.replicas), ("replica", "shard")
        mesh = init_device_mesh(device, shape, mesh_dim_names=axes)
    else:
        mesh = init_device_mesh(device, (size,), mesh_dim_names=("shard",))
    return ProcessCrew(settings, PrefixStore("palestra", store), mesh)
