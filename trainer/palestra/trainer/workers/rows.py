"""What the workers of a pool did, as rows of metrics."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from palestra.agents import Generator
from palestra.agents.vllm import WorkerStats
from palestra.trainer.metrics import WorkerMetrics


@runtime_checkable
class Counted(Protocol):
    """A generator that counts what its workers do."""

    def take_stats(self) -> Sequence[WorkerStats]:
        """What each worker did since this was asked last."""
        ...


@runtime_checkable
class Wrapped(Protocol):
    """A generator around another one."""

    generator: Generator


def worker_rows(generator: Generator, step: int) -> list[WorkerMetrics]:
    """A row for each worker; none for a generator without workers."""
    while isinstance(generator, Wrapped):
        generator = generator.generator
    if not isinstance(generator, Counted):
        return []
    rows: list[WorkerMetrics] = []
    for stats in generator.take_stats():
        values = dataclasses.asdict(stats)
        rows.append(WorkerMetrics(step=step, name=values.pop("url"), text=values.pop("last_failure"), **values))
    return rows
