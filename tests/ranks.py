"""Processes that meet as the ranks of a run, as `torchrun` would start them, without its half minute of start."""

from __future__ import annotations

import multiprocessing
import os
import socket
import sys
import time
from collections.abc import Callable, Sequence
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

DEADLINE_S = 180.0
"""Longest time that processes of a test may take."""


def free_port() -> int:
    """A port of this machine that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def start_ranks(size: int, target: Callable[..., object], *arguments: Any, log: Path) -> list[ForkServerProcess]:
    """Start processes that call a function, each as a rank; what they print goes into `log.RANK`."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["palestra.trainer.run.train"])  # torch is imported once for all processes
    port = free_port()
    processes = []
    for rank in range(size):
        output = log.with_name(f"{log.name}.{rank}")
        process = context.Process(target=_enter, args=(rank, size, port, output, target, arguments))
        process.start()
        processes.append(process)
    return processes


def end_of(processes: Sequence[ForkServerProcess], deadline_s: float = DEADLINE_S) -> list[int | None]:
    """The exit codes of processes; one that is late is killed, and has the code None."""
    end = time.monotonic() + deadline_s
    codes: list[int | None] = []
    for process in processes:
        process.join(timeout=max(end - time.monotonic(), 0.1))
        codes.append(process.exitcode)
    for process in processes:
        process.kill()
        process.join()
    return codes


def run_ranks(size: int, target: Callable[..., object], *arguments: Any, log: Path) -> None:
    """Call a function on ranks of their own and wait for them; all must end well."""
    codes = end_of(start_ranks(size, target, *arguments, log=log))
    if any(codes):
        texts = [path.read_text() for path in sorted(log.parent.glob(f"{log.name}.*"))]
        raise AssertionError(f"ranks ended with {codes}\n" + "\n".join(texts))
    assert codes == [0] * size


def _enter(
    rank: int, size: int, port: int, output: Path, target: Callable[..., object], arguments: tuple[Any, ...]
) -> None:
    with output.open("ab") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    variables = {"RANK": rank, "WORLD_SIZE": size, "LOCAL_RANK": rank, "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
    os.environ |= {name: str(value) for name, value in variables.items()}
    import torch

    torch.set_num_threads(1)
    code = target(*arguments)
    sys.exit(code if isinstance(code, int) else 0)
