"""Audits of environments: every check, in as many processes as there are cores."""

from __future__ import annotations

import multiprocessing
import os
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace

from palestra.envs.audit.battery import STARTUP, SUMMARIES, TWIN_CHECKS, checks_of
from palestra.envs.audit.check import Check
from palestra.envs.audit.finding import Finding, Status
from palestra.envs.audit.lifeline import end_with
from palestra.envs.audit.pay import guess_rates
from palestra.envs.audit.subject import Subject
from palestra.envs.audit.twin import NO_DIGESTS, Digests, Spec, Twin, compared, digests, spec_of
from palestra.envs.audit.wording import efforts
from palestra.envs.errors import NoOracleError
from palestra.envs.row import Kind
from palestra.envs.task import Scalar


@dataclass(frozen=True, kw_only=True, slots=True)
class LevelFacts:
    """What an environment is like at one difficulty, on average."""

    difficulty: float | None
    effort: float | None
    prompt_chars: int
    answer_chars: int
    """Of the oracle's response (of a guess where nobody knows the answer); of the first one in a game."""
    guess: float | None
    """What guesses earn; measured at three difficulties."""

    def to_json(self) -> dict[str, Scalar | None]:
        """All fields."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """What an audit found out about an environment."""

    id: str
    size: int
    findings: dict[str, Finding]
    kind: str = str(Kind.QUESTION)
    verifier: str = ""
    floor: float = 0.0
    levels: tuple[LevelFacts, ...] = ()
    digests: Digests = NO_DIGESTS

    @property
    def failed(self) -> tuple[str, ...]:
        """The ids of the checks that failed."""
        return tuple(name for name, finding in self.findings.items() if finding.status is Status.FAILED)

    @property
    def passed(self) -> bool:
        """Whether no check failed."""
        return not self.failed


def audit(subjects: Sequence[Subject], jobs: int = 1, *, shows_progress: bool = False) -> Iterator[Report]:
    """The report of each environment, in their order, as soon as it is there.

    Args:
        subjects: What to audit; those without an origin are audited in this process.
        jobs: How many processes share the work.
        shows_progress: Whether standard error gets a line for each check of what runs in a sandbox.
    """
    specs = [spec_of(subject) for subject in subjects if subject.origin]
    twin = Twin(specs) if specs else None
    try:
        for report in _reports(subjects, jobs, shows_progress):
            yield _with_twin(report, twin if any(spec.id == report.id for spec in specs) else None)
    finally:
        if twin is not None:
            twin.close()


def examine(subject: Subject, *, shows_progress: bool = False) -> Report:
    """The report of one environment, without the other process. What the subject has opened is closed."""
    try:
        return _examined(subject, shows_progress)
    finally:
        subject.close()


def _examined(subject: Subject, shows_progress: bool) -> Report:
    findings = {STARTUP.id: find(STARTUP, subject)}
    if findings[STARTUP.id].status is Status.FAILED:
        return _report(subject, findings)
    checks = checks_of(subject)
    for number, check in enumerate(checks, 1):
        start_s = time.monotonic()
        findings[check.id] = find(check, subject)
        if shows_progress and subject.is_costly:
            took_s = time.monotonic() - start_s
            sys.stderr.write(f"{subject.id}: {number} of {len(checks)}, {check.id}, {took_s:.1f} s\n")
    return _report(subject, findings | {summary.id: summary.run(findings) for summary in SUMMARIES})


def find(check: Check, subject: Subject) -> Finding:
    """The result of one check; failed where the environment raises."""
    try:
        return check.run(subject)
    except NoOracleError as error:
        return Finding.not_applicable(f"no oracle: {error}")
    except Exception as error:  # noqa: BLE001  the boundary: a broken environment fails its checks, and the audit goes on
        return Finding.judged(False, _message(error))


def pool_of(jobs: int) -> ProcessPoolExecutor:
    """Workers that end with this process, however it ends."""
    # Spawned and not forked: workers with hash seeds of their own, and no locks of this process.
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(jobs, mp_context=context, initializer=end_with, initargs=(os.getpid(),))


def _reports(subjects: Sequence[Subject], jobs: int, shows_progress: bool) -> Iterator[Report]:
    if jobs == 1:
        yield from (examine(one, shows_progress=shows_progress) for one in subjects)
        return
    with pool_of(jobs) as pool:
        waiting = [pool.submit(_examine_spec, spec_of(one), shows_progress) if one.origin else None for one in subjects]
        try:
            for subject, future in zip(subjects, waiting, strict=True):
                yield examine(subject, shows_progress=shows_progress) if future is None else future.result()
        except BaseException:  # an interrupt, or a reader who has seen enough: what has not begun is not waited for
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _examine_spec(spec: Spec, shows_progress: bool) -> Report:
    return examine(spec.load(), shows_progress=shows_progress)


def _with_twin(report: Report, twin: Twin | None) -> Report:
    if twin is None:
        alone = Finding.not_applicable("no other process can make it")
        return replace(report, findings=report.findings | dict.fromkeys(TWIN_CHECKS, alone))
    return replace(report, findings=report.findings | dict(compared(report.digests, twin.found(report.id))))


def _report(subject: Subject, findings: dict[str, Finding]) -> Report:
    """The findings with the facts beside them, as far as there are any."""
    report = Report(id=subject.id, size=subject.size, findings=findings)
    try:
        return replace(
            report,
            kind=subject.kind,
            verifier=subject.verifier,
            floor=subject.floor,
            levels=_level_facts(subject),
            digests=digests(subject),
        )
    except Exception as error:  # noqa: BLE001  the findings say what is broken
        return replace(report, digests=Digests(tasks="", verdicts="", error=_message(error)))


def _level_facts(subject: Subject) -> tuple[LevelFacts, ...]:
    means, rates = efforts(subject), guess_rates(subject)
    facts = []
    for number, level in enumerate(subject.levels):
        tasks = level.tasks(subject.num_tasks())
        facts.append(
            LevelFacts(
                difficulty=level.difficulty,
                effort=None if means is None else float(f"{means[number]:.4g}"),
                prompt_chars=round(sum(len(task.prompt) for task in tasks) / len(tasks)),
                answer_chars=round(sum(len(level.likely(task)) for task in tasks) / len(tasks)),
                guess=round(rates[level.difficulty], 4) if level.difficulty in rates else None,
            )
        )
    return tuple(facts)


def _message(error: Exception) -> str:
    return f"raised {type(error).__name__}: {error}"[:300]
