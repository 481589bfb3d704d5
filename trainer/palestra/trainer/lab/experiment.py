"""Tuned and repeated runs of arms, spread over processes; the same for the same arguments, however many processes."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

import torch

from palestra.trainer.lab.bands import band
from palestra.trainer.lab.training import Measurement, Scale
from palestra.verifiers.statistics import Estimate


class Training(Protocol):
    """A training that can be repeated."""

    @property
    def grid(self) -> tuple[float, ...]:
        """Learning rates to choose from."""
        ...

    def measured(self, seed: str, lr: float, scale: Scale) -> Sequence[Measurement]:
        """Train, and measure along the way; the same for the same arguments."""
        ...


TrainingT = TypeVar("TrainingT", bound=Training, covariant=True)


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """How often and how long runs are repeated."""

    seeds: int = 6
    """Runs that are reported."""
    tuning_seeds: int = 2
    """Runs of each learning rate, in worlds of their own that no reported run sees."""
    scale: Scale = field(default_factory=Scale)
    name: str = "0"
    """Another name draws other worlds."""


def reported_seed(plan: Plan, number: int) -> str:
    """The seed of a reported run, which decides its world too."""
    return f"{plan.name} test {number}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Series:
    """All reported runs of one arm in one setting."""

    setting: str
    arm: str
    lr: float
    """The learning rate of the grid with the best mean accuracy on held-out problems at the end of tuning."""
    tuning: tuple[tuple[float, float], ...]
    """Each learning rate of the grid with that mean."""
    curves: tuple[tuple[Measurement, ...], ...]
    """One for each seed."""

    @property
    def finals(self) -> list[float]:
        """Accuracy on held-out problems at the end, by seed."""
        return [curve[-1].held_out for curve in self.curves]

    def over_seeds(self, read: Callable[[Measurement], float]) -> list[tuple[int, Estimate]]:
        """The band of a measure at each step."""
        return [
            (column[0].step, band([read(measurement) for measurement in column]))
            for column in zip(*self.curves, strict=True)
        ]


@dataclass(frozen=True, kw_only=True, slots=True)
class Job(Generic[TrainingT]):
    """One arm in one setting."""

    setting: str
    arm: str
    run: TrainingT
    plan: Plan

    def __call__(self) -> Series:
        """Tune on some seeds, then run on others."""
        torch.set_num_threads(1)
        plan, scale = self.plan, self.plan.scale
        tuning = []
        for lr in self.run.grid:
            ends = [
                self.run.measured(f"{plan.name} tuning {number}", lr, scale)[-1].held_out
                for number in range(plan.tuning_seeds)
            ]
            tuning.append((lr, sum(ends) / len(ends)))
        lr = max(tuning, key=lambda pair: pair[1])[0]
        curves = tuple(tuple(self.run.measured(reported_seed(plan, number), lr, scale)) for number in range(plan.seeds))
        return Series(setting=self.setting, arm=self.arm, lr=lr, tuning=tuple(tuning), curves=curves)


def run_jobs(jobs: Sequence[Job[Training]], processes: int) -> Iterator[Series]:
    """The series of the jobs, in their order, as they become ready."""
    if processes <= 1:
        threads = torch.get_num_threads()
        try:
            yield from (job() for job in jobs)
        finally:
            torch.set_num_threads(threads)
        return
    # Spawned, since a fork of a process with torch's threads may hang.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max_workers=processes, mp_context=context) as pool:
        yield from pool.map(_run, jobs)


def _run(job: Job[Training]) -> Series:
    return job()
