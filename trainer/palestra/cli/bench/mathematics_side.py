"""One grader of mathematics in a process of its own, asked case by case.

Each grader runs in the main thread of a fresh process: math-verify keeps time with a signal, which works nowhere else.
A grader that does not answer is killed, and the case counts as one without a verdict.
"""

from __future__ import annotations

import json
import resource
import select
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

Grader = Callable[[str, str], tuple["Decision", str]]
"""From response and reference to the decision and its reason."""

_PATIENCE_S = 60.0
_MAX_MEMORY_BYTES = 4 << 30
_KIB_PER_MIB = 1024


class Side(StrEnum):
    """The graders that are compared."""

    OURS = "palestra"
    PEER = "math-verify"


class Decision(StrEnum):
    """What a grader says of a response."""

    YES = "yes"
    NO = "no"
    UNDECIDED = "undecided"
    NONE = "none"
    """It raised, died or was killed."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a grader said of one case, and what that cost."""

    decision: Decision
    reason: str
    ms: float
    """On the clock."""
    cpu_ms: float
    growth_mib: float | None = None
    """How far the peak of memory rose above what was in use before."""


class GraderProcess:
    """A grader that waits for cases."""

    def __init__(self, side: Side) -> None:
        self._side = side
        self._process: subprocess.Popen[bytes] | None = None

    def ask(self, response: str, reference: str) -> Answer:
        """What the grader says; it is started where it does not run."""
        process = self._process or self._start()
        assert process.stdin is not None
        assert process.stdout is not None
        started = time.perf_counter()
        try:
            process.stdin.write(json.dumps([response, reference]).encode() + b"\n")
            process.stdin.flush()
            is_ready = select.select([process.stdout], [], [], _PATIENCE_S)[0]
            line = process.stdout.readline() if is_ready else b""
        except OSError:
            line = b""
        if not line:
            self.close()
            taken_ms = 1000 * (time.perf_counter() - started)
            return Answer(Decision.NONE, "the process died or was killed", taken_ms, taken_ms)
        decision, *facts = json.loads(line)
        return Answer(Decision(decision), *facts)

    def close(self) -> None:
        """End the process."""
        if self._process is None:
            return
        self._process.kill()
        self._process.communicate()
        self._process = None

    def _start(self) -> subprocess.Popen[bytes]:
        # The path is handed on, so that a checkout that is not installed works too.
        module = "palestra.cli.bench.mathematics_side"
        code = f"import sys; sys.path[:] = {sys.path!r}; from {module} import serve; serve()"
        command = [sys.executable, "-c", code, self._side]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        return self._process


def serve() -> None:
    """Be a grader: answer the cases on standard input until it ends."""
    resource.setrlimit(resource.RLIMIT_AS, (_MAX_MEMORY_BYTES, _MAX_MEMORY_BYTES))
    grade = _our_grader() if sys.argv[1] == Side.OURS else _peer_grader()
    grade("1", "1")  # what is loaded when first used is no cost of a verdict
    for line in sys.stdin.buffer:
        response, reference = json.loads(line)
        del line
        before_mib = _start_of_peak_mib()
        clock, cpu = time.perf_counter(), time.process_time()
        try:
            decision, reason = grade(response, reference)
        except BaseException as error:  # noqa: BLE001  math-verify's time-out is no Exception; all are its failure
            decision, reason = Decision.NONE, f"{type(error).__name__}: {str(error)[:200]}"
        ms, cpu_ms = 1000 * (time.perf_counter() - clock), 1000 * (time.process_time() - cpu)
        sys.stdout.write(json.dumps([decision, reason, ms, cpu_ms, _peak_mib() - before_mib]) + "\n")
        sys.stdout.flush()


def _our_grader() -> Grader:
    from palestra.verifiers import VERIFIERS
    from palestra.verifiers.verdict import Outcome

    verifier = VERIFIERS.make("math")
    decisions = {Outcome.PASS: Decision.YES, Outcome.UNKNOWN: Decision.UNDECIDED, Outcome.ERROR: Decision.NONE}

    def grade(response: str, reference: str) -> tuple[Decision, str]:
        try:
            verdict = verifier.verify(response, reference)
        except ValueError as error:
            what, _, _ = str(error).partition("\n\nhint: ")
            return Decision.NONE, f"bad reference: {what}"
        return decisions.get(verdict.outcome, Decision.NO), f"{verdict.outcome}: {verdict.detail}"

    return grade


def _peer_grader() -> Grader:
    """math-verify as well as we can call it: all its extractors, and bare LaTeX between dollars, where it looks."""
    import logging

    from math_verify import ExprExtractionConfig, LatexExtractionConfig, StringExtractionConfig, parse, verify

    logging.disable(logging.CRITICAL)

    def read(text: str, targets: list[object]) -> list[object]:
        found: list[object] = parse(f"${text}$" if _is_bare_latex(text) else text, targets)
        return found or parse(f"${text}$", targets)

    def grade(response: str, reference: str) -> tuple[Decision, str]:
        is_letter = len(reference.strip()) == 1 and reference.strip().isalpha()
        letters = [StringExtractionConfig()] if is_letter else []
        targets = [LatexExtractionConfig(boxed_match_priority=0), ExprExtractionConfig(), *letters]
        gold, answer = read(reference, targets), read(response, targets)
        return (Decision.YES if verify(gold, answer) else Decision.NO), f"{gold[-1:]} and {answer[-1:]}"[:200]

    return grade


def _is_bare_latex(text: str) -> bool:
    is_delimited = any(mark in text for mark in ("$", "\\(", "\\[", "\\boxed", "\n"))
    return not is_delimited and any(mark in text for mark in "\\^_{")


def _start_of_peak_mib() -> float:
    """Forget the peak of memory, and say how much is in use now."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:  # then the peak is that of the whole process, which is no lower
        return _peak_mib()
    return _status_mib("VmRSS")


def _peak_mib() -> float:
    return _status_mib("VmHWM")


def _status_mib(field: str) -> float:
    with Path("/proc/self/status").open() as lines:
        for line in lines:
            if line.startswith(field):
                return int(line.split()[1]) / _KIB_PER_MIB
    return 0.0
