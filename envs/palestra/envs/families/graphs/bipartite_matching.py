"""Bipartite matching: give out as many jobs as can be, one to each worker; any largest matching is right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.answers import RecordVerifier
from palestra.envs.config import FamilyConfig, ramp
from palestra.envs.families.graphs.drawing import graph_shape, name_nodes
from palestra.envs.families.graphs.reading import final_numbers
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.record import decode, encode
from palestra.envs.task import Task
from palestra.verifiers import Verdict
from palestra.verifiers.keyed_random import KeyedRandom


@dataclass(frozen=True, kw_only=True, slots=True)
class BipartiteMatchingConfig(FamilyConfig):
    """Which jobs are given out."""

    num_workers: int = ramp(4, 16, low=2, high=24)
    """How many workers there are, and how many jobs."""
    max_skills: int = ramp(3, 4, low=1, high=8)
    """How many jobs a worker can do at most; at least one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class BipartiteMatchingPuzzle:
    """What an answer is checked against."""

    workers: tuple[str, ...]
    skills: tuple[int, ...]
    """For each worker the bits of the jobs; bit 0 is job 1."""
    matching: tuple[int, ...]
    """For each worker a job, or 0, such that the most jobs are given out."""


class BipartiteMatchingVerifier(RecordVerifier[BipartiteMatchingPuzzle]):
    """PASS when workers have different jobs that they can do, and as many of them as can be."""

    name: ClassVar[str] = "bipartite-matching"
    record_type = BipartiteMatchingPuzzle

    def judge(self, response: str, reference: BipartiteMatchingPuzzle) -> Verdict:
        """Check each job, then their number."""
        jobs = final_numbers(response, reference.workers)
        for worker, job in jobs.items():
            if not 1 <= job <= len(reference.workers) or not reference.skills[worker] >> (job - 1) & 1:
                return Verdict.failed(f"{reference.workers[worker]} cannot do job {job}")
        if len(set(jobs.values())) < len(jobs):
            return Verdict.failed("a job is given out twice")
        most = sum(job > 0 for job in reference.matching)
        detail = f"{len(jobs)} jobs are given out, {most} can be"
        return Verdict.passed(detail) if len(jobs) == most else Verdict.failed(detail)


class BipartiteMatching(Question[BipartiteMatchingConfig, tuple[int, ...]]):
    """Workers and jobs; the key is the mask of each worker's jobs."""

    id: ClassVar[str] = "palestra/BipartiteMatching-v1"
    Config: ClassVar[type[BipartiteMatchingConfig]] = BipartiteMatchingConfig
    templates = (
        "Who can do which jobs:\n{skills}\n"
        "Give as many workers as possible a job, each at most one, and no job to two workers.",
        "Each person lists the seats they like:\n{skills}\n"
        "Seat as many people as possible on a seat that they like; a seat holds one person.",
        "Match as many names as possible with one of their own numbers, such that no number is used twice.\n{skills}",
    )
    answer_format = "The last line of your reply must be the pairs alone, such as `name=1, name=2`."
    verifier = BipartiteMatchingVerifier()

    def draw(self, rng: KeyedRandom) -> tuple[int, ...]:
        """Some jobs for each worker."""
        n, masks = self.config.num_workers, []
        for _ in range(n):
            mask = 0
            for _ in range(rng.between(1, self.config.max_skills)):
                mask |= 1 << rng.below(n)
            masks.append(mask)
        return tuple(masks)

    def canonical(self, key: tuple[int, ...]) -> str:
        """The workers and jobs without names."""
        n = len(key)
        edges = [(i, n + job) for i, mask in enumerate(key) for job in range(n) if mask >> job & 1]
        return graph_shape(2 * n, edges, directed=True)

    def build(self, key: tuple[int, ...], rng: KeyedRandom) -> Content | None:
        """Find a largest matching; None where giving each worker the first free job finds one, too."""
        matching = largest_matching(key)
        taken = 0
        for mask in key:
            taken |= mask & ~taken & -(mask & ~taken)
        if taken.bit_count() == sum(job > 0 for job in matching):
            return None
        names = name_nodes(len(key), rng)
        lines = [
            f"{name}: {', '.join(str(job + 1) for job in range(len(key)) if mask >> job & 1)}"
            for name, mask in zip(names, key, strict=True)
        ]
        return Content(
            slots={"skills": "\n".join(lines)},
            reference=encode(BipartiteMatchingPuzzle(workers=names, skills=key, matching=matching)),
            effort=sum(mask.bit_count() for mask in key),
            meta={"num_workers": len(key)},
            symbols=names,
        )

    def oracle(self, task: Task) -> str:
        """A largest matching."""
        puzzle = decode(BipartiteMatchingPuzzle, task.reference)
        pairs = zip(puzzle.workers, puzzle.matching, strict=True)
        return ", ".join(f"{worker}={job}" for worker, job in pairs if job)

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """Each worker has the first free one of its jobs, in random order of workers."""
        puzzle = decode(BipartiteMatchingPuzzle, task.reference)
        taken, pairs = 0, []
        for worker in rng.sample(range(len(puzzle.workers)), len(puzzle.workers)):
            if free := puzzle.skills[worker] & ~taken:
                taken |= free & -free
                pairs.append(f"{puzzle.workers[worker]}={(free & -free).bit_length()}")
        return ", ".join(pairs)


def largest_matching(skills: Sequence[int]) -> tuple[int, ...]:
    """A job (from 1) for each worker, or 0, such that the most jobs are given out (Kuhn)."""
    owner: dict[int, int] = {}
    for worker in range(len(skills)):
        _place(worker, skills, owner, [0])
    jobs = {worker: job for job, worker in owner.items()}
    return tuple(jobs.get(worker, -1) + 1 for worker in range(len(skills)))


def _place(worker: int, skills: Sequence[int], owner: dict[int, int], tried: list[int]) -> bool:
    while open_jobs := skills[worker] & ~tried[0]:
        tried[0] |= open_jobs & -open_jobs
        job = (open_jobs & -open_jobs).bit_length() - 1
        if job not in owner or _place(owner[job], skills, owner, tried):
            owner[job] = worker
            return True
    return False
