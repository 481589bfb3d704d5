"""What a job costs in each back end, side by side on this machine; and whether load changes any result."""

from __future__ import annotations

import contextlib
import functools
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from palestra.sandboxes.admission import num_cores
from palestra.sandboxes.errors import SandboxUnavailableError
from palestra.sandboxes.honest import HONEST
from palestra.sandboxes.limits import Limits
from palestra.sandboxes.picking import make
from palestra.sandboxes.program import Program
from palestra.sandboxes.result import RunResult, Status
from palestra.sandboxes.sandbox import Sandbox
from palestra.sandboxes.session import Session

Job = Callable[[], None]
_PROGRAM = Program.python("print(1)")
_LIMITS = Limits(cpu_s=10.0, wall_s=120.0)
_WARM_UP = 3
_PHASE_S = 15.0  # of one measurement, where a job takes long
_QUIET_S = 1.0
_SYSTEM_PYTHON = "/usr/bin/python3"
_BUBBLEWRAP = (
    *("--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL", "--uid", "1000", "--gid", "1000"),
    *("--ro-bind", "/usr", "/usr", "--proc", "/proc", "--dev", "/dev", "--size", "16777216", "--tmpfs", "/tmp"),
)
_BUSY = "import os; p = os.getppid()\nwhile os.getppid() == p: pass"


@dataclass(frozen=True, kw_only=True, slots=True)
class Cost:
    """What one job, `print(1)` with its output checked, costs in one place."""

    name: str
    jobs: int
    p50_ms: float
    p95_ms: float
    """Latency of jobs one after the other."""
    cpu_ms: float
    """CPU milliseconds per job of all processes of the machine, less what it used while we did nothing."""
    jobs_per_s: float
    """With one job in flight for each core."""

    def to_json(self) -> dict[str, object]:
        """Plain data."""
        return {
            "name": self.name,
            "jobs": self.jobs,
            "p50_ms": round(self.p50_ms, 3),
            "p95_ms": round(self.p95_ms, 3),
            "cpu_ms": round(self.cpu_ms, 3),
            "jobs_per_s": round(self.jobs_per_s, 1),
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class Absence:
    """Why a place could not be measured here."""

    name: str
    reason: str

    def to_json(self) -> dict[str, object]:
        """Plain data."""
        return {"name": self.name, "absent": self.reason}


@dataclass(frozen=True, kw_only=True, slots=True)
class Stability:
    """How many honest programs ended otherwise than they should under one load."""

    busy: int
    """Processes that spin meanwhile."""
    programs: int
    flipped: tuple[str, ...]
    """Name and fault of each."""

    def to_json(self) -> dict[str, object]:
        """Plain data."""
        return {"busy": self.busy, "programs": self.programs, "flips": len(self.flipped), "flipped": list(self.flipped)}


def places() -> tuple[str, ...]:
    """What `costs` measures, in order."""
    return tuple(_PLACES)


def costs(jobs: int, names: Sequence[str]) -> Iterator[Cost | Absence]:
    """Measure places one after the other; a place ends early when its jobs take long.

    Args:
        jobs: How many jobs each runs one after the other, and again side by side.
        names: Of `places()`.
    """
    for name in names:
        try:
            with _PLACES[name](num_cores()) as workers:
                yield _cost(name, workers, jobs)
        except SandboxUnavailableError as error:
            yield Absence(name=name, reason=str(error).partition("\n")[0])


def stability(sandbox: Sandbox, busy: int, programs: int) -> Stability:
    """Run honest programs while `busy` processes spin, as many at once as the sandbox admits."""
    chosen = [honest for honest in HONEST if not (honest.tool or honest.module or honest.level)][:programs]
    with _load(busy), ThreadPoolExecutor(sandbox.admission.slots) as threads:
        results = list(threads.map(lambda honest: sandbox.run_sync(honest.program, honest.limits), chosen))
    faults = [(honest.name, honest.fault(result)) for honest, result in zip(chosen, results, strict=True)]
    return Stability(
        busy=busy, programs=len(chosen), flipped=tuple(f"{name}: {fault}" for name, fault in faults if fault)
    )


def _cost(name: str, workers: Sequence[Job], jobs: int) -> Cost:
    for worker in workers:
        for _ in range(_WARM_UP):
            worker()
    before = _machine_cpu_s()
    time.sleep(_QUIET_S)
    background = (_machine_cpu_s() - before) / _QUIET_S
    start, cpu = time.monotonic(), _machine_cpu_s()
    times = list(_timed(workers[0], jobs, start + _PHASE_S))
    spent = _machine_cpu_s() - cpu - background * (time.monotonic() - start)
    start = time.monotonic()
    with ThreadPoolExecutor(len(workers)) as threads:
        share = max(1, jobs // len(workers))
        done = sum(threads.map(lambda worker: len(list(_timed(worker, share, start + _PHASE_S))), workers))
    rate = done / (time.monotonic() - start)
    ordered = sorted(times)
    return Cost(
        name=name,
        jobs=len(times),
        p50_ms=1000 * statistics.median(times),
        p95_ms=1000 * ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))],
        cpu_ms=1000 * spent / len(times),
        jobs_per_s=rate,
    )


def _timed(job: Job, jobs: int, deadline: float) -> Iterator[float]:
    for _ in range(jobs):
        start = time.monotonic()
        job()
        end = time.monotonic()
        yield end - start
        if end > deadline:
            return


def _machine_cpu_s() -> float:
    """CPU seconds of all processes since the start of the machine."""
    # Exact counters where there are some; the kernel's list of ticks elsewhere.
    for path in ("/sys/fs/cgroup/cpuacct/cpuacct.usage", "/sys/fs/cgroup/cpu,cpuacct/cpuacct.usage"):
        with contextlib.suppress(OSError):
            return int(Path(path).read_text()) / 1e9
    user, nice, system, _, _, irq, softirq, *_ = map(int, Path("/proc/stat").read_text().split()[1:9])
    return (user + nice + system + irq + softirq) / 100


@contextlib.contextmanager
def _load(busy: int) -> Iterator[None]:
    with contextlib.ExitStack() as stack:
        for _ in range(busy):
            process = stack.enter_context(subprocess.Popen([sys.executable, "-I", "-S", "-c", _BUSY]))
            stack.callback(process.kill)
        yield


def _exec(session: Session) -> None:
    _must_print_1(session.exec_sync(_PROGRAM, _LIMITS))


def _must_print_1(result: RunResult) -> None:
    if result.status is not Status.OK or result.stdout != b"1\n":
        raise SandboxUnavailableError(f"a job of the benchmark ended with {result.status} {result.detail}")


@contextlib.contextmanager
def _plain(workers: int) -> Iterator[Sequence[Job]]:
    def job() -> None:
        subprocess.run([sys.executable, "-c", "print(1)"], stdout=subprocess.PIPE, check=True)

    yield [job] * workers


@contextlib.contextmanager
def _bubblewrap(workers: int) -> Iterator[Sequence[Job]]:
    """The system's Python under bubblewrap with every namespace, but without filter, limits and counters."""
    if not (shutil.which("bwrap") and Path(_SYSTEM_PYTHON).exists()):
        raise SandboxUnavailableError(f"bubblewrap or {_SYSTEM_PYTHON} is not installed")
    links = [part for path in _usr_links() for part in ("--symlink", str(Path(path).readlink()), path)]
    # Started by root it would map root into the box; the environment of its pid 1 can be read there.
    user = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] if os.geteuid() == 0 else []
    argv = [*user, "bwrap", *_BUBBLEWRAP, *links, "--", _SYSTEM_PYTHON, "-I", "-c", "print(1)"]

    def job() -> None:
        subprocess.run(argv, stdout=subprocess.PIPE, check=True, env={})

    yield [job] * workers


def _usr_links() -> list[str]:
    """Those folders of the root that are links into /usr."""
    return [path for path in ("/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32") if Path(path).is_symlink()]


def _runs_of(name: str) -> Callable[[int], contextlib.AbstractContextManager[Sequence[Job]]]:
    @contextlib.contextmanager
    def workers(number: int) -> Iterator[Sequence[Job]]:
        with make(name) as sandbox:
            yield [lambda: _must_print_1(sandbox.run_sync(_PROGRAM, _LIMITS))] * number

    return workers


def _session_runs_of(name: str) -> Callable[[int], contextlib.AbstractContextManager[Sequence[Job]]]:
    @contextlib.contextmanager
    def workers(number: int) -> Iterator[Sequence[Job]]:
        with make(name) as sandbox, contextlib.ExitStack() as stack:
            sessions = [stack.enter_context(sandbox.start_sync(_LIMITS)) for _ in range(number)]
            yield [functools.partial(_exec, session) for session in sessions]

    return workers


_PLACES: dict[str, Callable[[int], contextlib.AbstractContextManager[Sequence[Job]]]] = {
    "python3 -c": _plain,
    "zygote": _runs_of("zygote"),
    "namespaces": _runs_of("namespaces"),
    "bubblewrap": _bubblewrap,
    "landlock": _runs_of("landlock"),
    "docker run": _runs_of("docker"),
    "docker exec": _session_runs_of("docker"),
}
