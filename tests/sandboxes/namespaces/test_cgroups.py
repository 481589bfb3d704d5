from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from leftovers import cgroups_of
from palestra.sandboxes.namespaces import cgroups
from palestra.sandboxes.namespaces.cgroups import Cgroup, make_cgroup, sweep

BURN = "import time\nx = bytearray(30 << 20)\nt = time.process_time()\nwhile time.process_time() - t < 0.2: pass\n"


@pytest.fixture
def group() -> Iterator[Cgroup]:
    group = make_cgroup()
    if group is None:
        pytest.skip("no control group can be made here")
    yield group
    group.remove()


def start(group: Cgroup, source: str) -> subprocess.Popen[bytes]:
    """A process that runs the source once it is in the group."""
    process = subprocess.Popen([sys.executable, "-I", "-c", f"input()\n{source}"], stdin=subprocess.PIPE)
    group.add(process.pid)
    return process


def run(group: Cgroup, source: str) -> int:
    with start(group, source) as process:
        process.communicate(b"\n", timeout=60)
        return process.returncode


def test_cpu_and_memory_of_what_runs_in_a_group_are_counted(group: Cgroup) -> None:
    before = group.counters()
    group.reset_peak()
    assert run(group, BURN) == 0
    after = group.counters()
    assert 0.2 <= after.cpu_s - before.cpu_s < 10
    assert 30 << 20 <= group.peak_bytes() < 100 << 20
    assert group.used_bytes() < 30 << 20
    assert (after.oom_kills, after.pids_refused) == (0, 0)
    assert group.pids() == []


def test_too_much_memory_is_killed_and_counted(group: Cgroup) -> None:
    group.bound(64 << 20, 16)
    assert run(group, "x = b'x' * (200 << 20)") == -signal.SIGKILL
    assert group.counters().oom_kills == 1


def test_bounds_can_be_raised_and_lowered(group: Cgroup) -> None:
    for memory_bytes in (64 << 20, 256 << 20, 96 << 20):
        group.bound(memory_bytes, 16)
        expected = -signal.SIGKILL if memory_bytes < 200 << 20 else 0
        assert run(group, "x = b'x' * (150 << 20)") == expected


def test_too_many_processes_are_refused_and_counted(group: Cgroup) -> None:
    group.bound(256 << 20, 3)
    source = """
import os
try:
    for _ in range(5):
        if os.fork() == 0: os.read(0, 9)
except BlockingIOError:
    os._exit(7)
"""
    with start(group, source) as process:
        assert process.stdin
        process.stdin.write(b"\n")
        process.stdin.flush()
        assert process.wait(60) == 7
        assert group.counters().pids_refused == 1


def test_removal_ends_what_is_still_in_the_group(group: Cgroup) -> None:
    with start(group, "import time; time.sleep(60)") as process:
        assert group.pids() == [process.pid]
        group.remove()
        assert process.wait(10) == -signal.SIGKILL
    assert not any(folder.exists() for folder in group.folders())
    group.remove()


def test_groups_of_a_dead_process_are_swept_and_those_of_a_living_one_stay(group: Cgroup) -> None:
    source = "from palestra.sandboxes.namespaces.cgroups import make_cgroup; make_cgroup()"
    with subprocess.Popen([sys.executable, "-c", source]) as dead:
        pass
    assert cgroups_of(dead.pid)
    sweep()
    assert not cgroups_of(dead.pid)
    assert all(folder.exists() for folder in group.folders())


def test_the_own_group_and_its_mount_are_read_as_the_kernel_tells_them(group: Cgroup) -> None:
    mounts, own = cgroups._mounts(), cgroups._own_groups()
    assert mounts
    assert own
    for folder in group.folders():
        assert any(folder.is_relative_to(mount) for mount in mounts.values())


def lines(**values: str) -> str:
    return "".join(f"{name} {value}\n" for name, value in values.items())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What a group of version 2 looks like, as plain files."""
    files = {
        "memory.max": "max\n",
        "memory.swap.max": "max\n",
        "memory.current": "1048576\n",
        "memory.peak": "2097152\n",
        "memory.events": lines(low="0", high="0", max="3", oom="2", oom_kill="1", oom_group_kill="0"),
        "pids.max": "max\n",
        "pids.events": "max 5\n",
        "cpu.stat": lines(usage_usec="1500000", user_usec="1", system_usec="2"),
        "cgroup.procs": "",
        "cgroup.kill": "",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def test_a_group_of_version_2_is_read_and_written_by_its_files(folder: Path) -> None:
    group = cgroups._Version2(folder)
    found = group.counters()
    assert (found.cpu_s, found.oom_kills, found.pids_refused) == (1.5, 1, 5)
    assert (group.used_bytes(), group.peak_bytes()) == (1 << 20, 2 << 20)
    group.bound(123456, 7)
    group.add(42)
    read = {name: (folder / name).read_text() for name in ("memory.max", "memory.swap.max", "pids.max", "cgroup.procs")}
    assert read["memory.max"].startswith("123456")
    assert read["memory.swap.max"].startswith("0")
    assert read["pids.max"].startswith("7")
    assert read["cgroup.procs"] == "42"
    os.close(group._peak_fd or 0)


def test_a_kernel_without_a_peak_says_nothing_of_it(folder: Path) -> None:
    (folder / "memory.peak").unlink()
    group = cgroups._Version2(folder)
    group.reset_peak()
    assert group.peak_bytes() == 0


def test_the_groups_above_the_own_one_are_tried_too(tmp_path: Path) -> None:
    assert [path.name for path in cgroups._candidates(tmp_path, "/user/shell")] == ["shell", "user", tmp_path.name]
