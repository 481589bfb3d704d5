"""What is left of ten thousand jobs: processes, mounts, control groups, files, descriptors and memory.

Runs honest and hostile little programs through the `zygote` back end, two at a time, in one process, and counts
before the first, after every tenth part, and after the last: the host's own children, threads, descriptors and
resident memory; those of the launchers, which are forked from all the time; its mounts and control groups; and
entries of the folders for temporary files. After the first round only memory may still grow. Every output is compared
with what it must be, and every status.

Usage: python benchmarks/bench_sandbox_leaks.py [--jobs 10000] [--slots 2] [--keep]
(`--keep`: the same launchers for all jobs, to see whether they grow)
"""

from __future__ import annotations

import argparse
import os
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields
from pathlib import Path

from palestra.sandboxes import Limits, Program, Status
from palestra.sandboxes.zygote import ZygoteSandbox

LIMITS = Limits(cpu_s=5.0, wall_s=20.0, memory_bytes=256 << 20)

KINDS: tuple[tuple[str, Status], ...] = (
    ("print(input())", Status.OK),
    ("import sys; print(input()); sys.exit(3)", Status.NONZERO),
    ("import os; os.write(1, input().encode() + b'\\n'); os.kill(os.getpid(), 11)", Status.SIGNAL),
    ("import os\nprint(input(), flush=True)\nif os.fork() == 0:\n  os.setsid()\n  while True: pass", Status.OK),
    ("print(input()); [open(f'/tmp/{i}', 'w').close() for i in range(50)]; open('/dev/shm/x', 'w')", Status.OK),
    (
        "import socket\na, b = socket.socketpair()\nc = socket.socket(socket.AF_UNIX)\nc.bind('\\0x')\nc.listen()\n"
        "socket.send_fds(a, [b'x'], [a.fileno(), b.fileno(), c.fileno()])\nprint(input())",
        Status.OK,
    ),
    ("import ctypes; ctypes.CDLL(None).shmget(0, 1 << 20, 0o1666); print(input())", Status.OK),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Count:
    """What there is at one moment."""

    children: int
    threads: int
    descriptors: int
    mounts: int
    cgroups: int
    temporary_files: int
    host_rss_kib: int
    launcher_rss_kib: int
    """Of all launchers together."""


def count() -> Count:
    """Count everything now."""
    children = descendants(os.getpid())
    groups = Path("/sys/fs/cgroup")
    folders = [groups, *groups.iterdir()] if groups.is_dir() else []
    temporary = {Path(tempfile.gettempdir()), Path("/tmp"), Path("/dev/shm")}
    return Count(
        children=len(children),
        threads=threading.active_count(),
        descriptors=len(list(Path("/proc/self/fd").iterdir())),
        mounts=len(Path("/proc/self/mounts").read_text().splitlines()),
        cgroups=sum(len(list(folder.glob(f"palestra-{os.getpid()}-*"))) for folder in folders if folder.is_dir()),
        temporary_files=sum(len(list(folder.iterdir())) for folder in temporary if folder.is_dir()),
        host_rss_kib=rss_kib(os.getpid()),
        launcher_rss_kib=sum(map(rss_kib, children)),
    )


def descendants(pid: int) -> list[int]:
    """Processes below this one, zombies included."""
    parents = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
    found, new = [], [pid]
    while new:
        new = [child for child, parent in parents.items() if parent in new]
        found += new
    return found


def rss_kib(pid: int) -> int:
    """Resident memory; 0 if the process is gone."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("VmRSS:")), 0)


def run(sandbox: ZygoteSandbox, number: int) -> str:
    """Run one job; what is wrong with its result, or nothing."""
    source, status = KINDS[number % len(KINDS)]
    word = f"job {number}"
    result = sandbox.run_sync(Program.python(source, stdin=word.encode()), LIMITS)
    if result.status is status and result.stdout == word.encode() + b"\n":
        return ""
    return f"{word}: {result.status} instead of {status}, {result.stdout!r} {result.stderr[-300:]!r} {result.detail}"


def main() -> None:
    """Run the jobs and print the counts."""
    parser = argparse.ArgumentParser(description="what is left of many jobs")
    parser.add_argument("--jobs", type=int, default=10_000)
    parser.add_argument("--slots", type=int, default=2)
    parser.add_argument("--keep", action="store_true")
    args = parser.parse_args()
    names = [field.name for field in fields(Count)]
    print("jobs", *names, sep="\t")

    def show(label: str) -> None:
        now = count()
        print(label, *(getattr(now, name) for name in names), sep="\t", flush=True)

    show("none")
    per_worker = args.jobs + 1 if args.keep else 1000
    problems: list[str] = []
    start = time.monotonic()
    with (
        ThreadPoolExecutor(args.slots) as threads,
        ZygoteSandbox(slots=args.slots, jobs_per_worker=per_worker) as sandbox,
    ):
        part = max(1, args.jobs // 10)
        for first in range(0, args.jobs, part):
            numbers = range(first, min(first + part, args.jobs))
            problems += filter(None, threads.map(lambda number: run(sandbox, number), numbers))
            show(str(numbers.stop))
        elapsed_s = time.monotonic() - start
    time.sleep(0.5)
    show("closed")
    print(f"{args.jobs} jobs in {elapsed_s:.1f} s, {args.jobs / elapsed_s:.0f} a second; {len(problems)} wrong")
    print(*problems[:10], sep="\n")


if __name__ == "__main__":
    main()
