"""Probes of the machine: processors, memory, shared memory, disks and GPUs."""

from __future__ import annotations

import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from palestra.cli.probes.asking import ChildError, child_says
from palestra.cli.probes.finding import Fact, Finding, State

_GIB = 1 << 30
_CGROUP = Path("/sys/fs/cgroup")
_QUICKSTART_BYTES = 4 * _GIB
_SYNC_BYTES = _GIB
_DISK_BYTES = 5 * _GIB


def python(in_earnest: bool) -> Finding:
    """The interpreter and the system."""
    is_linux = sys.platform == "linux"
    facts: dict[str, Fact] = {
        "version": platform.python_version(),
        "executable": sys.executable,
        "system": platform.system(),
        "machine": platform.machine(),
        "is_virtual_environment": sys.prefix != sys.base_prefix,
    }
    text = f"{platform.python_version()} on {platform.system()} {platform.machine()}, {sys.executable}"
    if not is_linux:
        return Finding(
            state=State.LIMITED,
            text=text,
            advice="sandboxes isolate on Linux only: model code cannot be run safely here",
            facts=facts,
        )
    return Finding(state=State.OK, text=text, facts=facts)


def cpu(in_earnest: bool) -> Finding:
    """How many cores this process may use, all limits counted."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota = _cpu_quota()
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    cores = min(float(allowed), quota) if quota is not None else float(allowed)
    facts = {"cores": cores, "cores_of_machine": os.cpu_count(), "quota_cores": quota, "load_1_minute": round(load, 2)}
    text = f"{cores:g} of {os.cpu_count()} cores, load {load:.1f}"
    if quota is not None and quota < allowed:
        return Finding(
            state=State.LIMITED,
            text=f"{text}; a control group allows {quota:g} cores' time",
            advice=f"set OMP_NUM_THREADS={max(1, int(quota))}: more threads than that wait for each other",
            facts=facts,
        )
    if load > 2 * cores:
        return Finding(state=State.LIMITED, text=text, advice="the machine is busy: timings will be off", facts=facts)
    return Finding(state=State.OK, text=text, facts=facts)


def memory(in_earnest: bool) -> Finding:
    """Memory of the machine and of this control group."""
    values = _meminfo()
    if not values:
        return Finding(state=State.UNKNOWN, text="/proc/meminfo cannot be read", advice="look at it by other means")
    total, available = values.get("MemTotal", 0), values.get("MemAvailable", 0)
    limit, used = _memory_limit()
    usable = available if limit is None else min(available, max(0, limit - used))
    facts = {"total_bytes": total, "available_bytes": usable, "cgroup_limit_bytes": limit}
    text = f"{usable / _GIB:.1f} GiB free of {total / _GIB:.1f}"
    if limit is not None and limit < total:
        text += f"; a control group allows {limit / _GIB:.1f} GiB"
    if usable < _QUICKSTART_BYTES:
        advice = "`palestra train quickstart` takes about 4 GiB; end other programs, or raise the container's limit"
        return Finding(state=State.LIMITED, text=text, advice=advice, facts=facts)
    return Finding(state=State.OK, text=text, facts=facts)


def shared_memory(in_earnest: bool) -> Finding:
    """Room in /dev/shm, through which weights reach vLLM servers."""
    try:
        state = os.statvfs("/dev/shm")
    except OSError as error:
        return Finding(
            state=State.MISSING,
            text=f"/dev/shm: {error.strerror}",
            advice="weights for vLLM servers go there; name another folder in `transfer.folder`",
        )
    total, free = state.f_blocks * state.f_frsize, state.f_bavail * state.f_frsize
    facts = {"total_bytes": total, "free_bytes": free}
    text = f"{free / _GIB:.2f} GiB free of {total / _GIB:.2f} in /dev/shm"
    if free < _SYNC_BYTES:
        advice = "weights for vLLM servers go there; in a container start it with `--shm-size=8g`"
        return Finding(state=State.LIMITED, text=text, advice=advice, facts=facts)
    return Finding(state=State.OK, text=text, facts=facts)


def disk(in_earnest: bool) -> Finding:
    """Room where runs are written, and for temporary files."""
    here, temporary = Path.cwd(), Path(tempfile.gettempdir())
    free = {"here": shutil.disk_usage(here).free, "temporary": shutil.disk_usage(temporary).free}
    facts = {
        "free_bytes_here": free["here"],
        "free_bytes_temporary": free["temporary"],
        "is_writable": os.access(here, os.W_OK),
    }
    text = f"{free['here'] / _GIB:.0f} GiB free here, {free['temporary'] / _GIB:.0f} in {temporary}"
    if not os.access(here, os.W_OK):
        advice = "runs are written into `runs/` here: go to another folder"
        return Finding(state=State.LIMITED, text=f"{text}; {here} is read-only for you", advice=advice, facts=facts)
    if min(free.values()) < _DISK_BYTES:
        advice = "checkpoints need room (about 1.6 GB each for the quickstart): free some, or set TMPDIR"
        return Finding(state=State.LIMITED, text=text, advice=advice, facts=facts)
    return Finding(state=State.OK, text=text, facts=facts)


def nvidia_gpus(deadline_s: float = 8.0) -> tuple[str, ...]:
    """Names and memory of the GPUs that NVIDIA's driver shows; none where there is no driver."""
    if shutil.which("nvidia-smi") is None:
        return ()
    query = ["nvidia-smi", "--query-gpu=name,memory.total", "--format=csv,noheader"]
    try:
        return tuple(line.strip() for line in child_says(query, deadline_s=deadline_s).splitlines() if line.strip())
    except ChildError:
        return ()


def _meminfo() -> dict[str, int]:
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return {}
    pairs = (line.partition(":") for line in lines)
    return {name: int(rest.split()[0]) << 10 for name, _, rest in pairs if rest.split()[:1]}


def _memory_limit() -> tuple[int | None, int]:
    """The smallest limit of this process's control groups in bytes, and what its group uses."""
    found: list[tuple[int, int]] = []
    for folder in _groups("memory"):
        for limit_name, used_name in (
            ("memory.max", "memory.current"),
            ("memory.limit_in_bytes", "memory.usage_in_bytes"),
        ):
            limit, used = _number(folder / limit_name), _number(folder / used_name)
            if limit is not None and limit < 1 << 60:  # version 1 writes "no limit" as a huge number
                found.append((limit, used or 0))
    return min(found, key=lambda each: each[0] - each[1], default=(None, 0))


def _cpu_quota() -> float | None:
    """Cores' time that control groups allow; None without a limit."""
    found: list[float] = []
    for folder in _groups("cpu"):
        try:
            quota, period = (folder / "cpu.max").read_text(encoding="ascii").split()
        except (OSError, ValueError):
            quota, period = str(_number(folder / "cpu.cfs_quota_us")), str(_number(folder / "cpu.cfs_period_us"))
        if quota.isdecimal() and period.isdecimal() and int(period):
            found.append(int(quota) / int(period))
    return min(found, default=None)


def _groups(controller: str) -> Iterator[Path]:
    """The folders of this process's control groups, each with those above it, in both versions of the file system."""
    try:
        lines = Path("/proc/self/cgroup").read_text(encoding="utf-8").splitlines()
    except OSError:
        return
    for line in lines:
        _, _, rest = line.partition(":")
        names, _, path = rest.partition(":")
        if names and controller not in names.split(","):
            continue
        root = _CGROUP / controller if names else _CGROUP
        folder = root / path.lstrip("/")
        yield from (each for each in (folder, *folder.parents) if each.is_relative_to(root))


def _number(path: Path) -> int | None:
    try:
        return int(path.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None
