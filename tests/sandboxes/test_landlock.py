import asyncio
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from palestra.sandboxes import (
    Command,
    Entry,
    Kind,
    Level,
    Limits,
    Program,
    Property,
    SandboxUnavailableError,
    Snapshot,
    Status,
)
from palestra.sandboxes.inside.landlock import landlock_version
from palestra.sandboxes.landlock import LandlockSandbox, _check_kernel

IS_ROOT = os.geteuid() == 0


@pytest.fixture(scope="module")
def landlock() -> Iterator[LandlockSandbox]:
    if landlock_version() < 6:
        pytest.skip("this kernel has no Landlock that is new enough")
    with LandlockSandbox() as made:
        yield made


def tries(landlock: LandlockSandbox, *statements: str) -> list[str]:
    """What comes of each statement: the name of its error, or `done`."""
    source = "import ctypes, os, signal, socket, subprocess, resource, mmap\n"
    for statement in statements:
        source += f"try:\n    {statement}\n    print('done')\nexcept Exception as error:\n"
        source += "    print(type(error).__name__)\n"
    result = landlock.run_sync(Program.python(source))
    assert result.status is Status.OK, (result.detail, result.stderr)
    return result.stdout.decode().split()


def test_files_of_the_host_cannot_be_read(landlock: LandlockSandbox, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("canary")
    for folder in (secret, *secret.parents):
        if folder.stat().st_uid == os.geteuid() and folder != Path("/") and tmp_path.parent.parent in folder.parents:
            folder.chmod(0o755)
    assert (
        tries(
            landlock,
            f"open({str(secret)!r})",
            f"os.listdir({str(tmp_path)!r})",
            "open('/etc/passwd')",
            "open('/etc/shadow')",
            "os.listdir('/proc')",
            f"open('/proc/{os.getpid()}/environ')",
            "os.listdir('/tmp')",
            "os.listdir('/dev/shm')",
            "os.listdir('/')",
            f"os.symlink({str(secret)!r}, 'link') or open('link')",
        )
        == ["PermissionError"] * 10
    )


def test_files_of_the_host_cannot_be_written(landlock: LandlockSandbox, tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_text("whole")
    target.chmod(0o666)
    outcomes = tries(
        landlock,
        f"open({str(target)!r}, 'w')",
        f"os.truncate({str(target)!r}, 0)",
        f"os.remove({str(target)!r})",
        f"os.link({str(target)!r}, 'hard')",
        f"os.rename({str(target)!r}, 'mine')",
        f"open({str(tmp_path)!r} + '/new', 'w')",
        "open('/tmp/new', 'w')",
        "open('/dev/shm/new', 'w')",
        "open('/usr/new', 'w')",
        "os.mknod('device', 0o20666, os.makedev(1, 5))",
    )
    assert set(outcomes) <= {"PermissionError", "OSError"}
    assert target.read_text() == "whole"


@pytest.mark.skipif(not IS_ROOT, reason="the program's user owns files outside")
def test_modes_and_times_of_the_host_cannot_be_changed(landlock: LandlockSandbox, tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_text("")
    target.chmod(0o666)
    before = target.stat()
    outcomes = tries(
        landlock, f"os.chmod({str(target)!r}, 0)", f"os.utime({str(target)!r}, (1, 1))", "os.chmod('/usr', 0o777)"
    )
    assert outcomes == ["PermissionError"] * 3
    assert (target.stat().st_mode, target.stat().st_mtime) == (before.st_mode, before.st_mtime)


def test_no_socket_reaches_the_host(landlock: LandlockSandbox) -> None:
    assert (
        tries(
            landlock,
            "socket.socket()",
            "socket.socket(socket.AF_INET, socket.SOCK_DGRAM)",
            "socket.socket(socket.AF_UNIX)",
            "socket.socket(socket.AF_VSOCK)",
            "socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)",
        )
        == ["OSError"] * 5
    )
    assert tries(landlock, "socket.socketpair()") == ["done"]


def test_processes_of_the_host_cannot_be_touched(landlock: LandlockSandbox) -> None:
    with subprocess.Popen(["sleep", "60"], user=os.getuid()) as victim:
        try:
            outcomes = tries(
                landlock,
                f"os.kill({victim.pid}, signal.SIGKILL)",
                "os.kill(os.getppid(), signal.SIGSTOP)",
                f"os.setpriority(os.PRIO_PROCESS, {victim.pid}, 19)",
                f"os.sched_setaffinity({victim.pid}, [0])",
                f"resource.prlimit({victim.pid}, resource.RLIMIT_CPU, (0, 0))",
                f"open('/proc/{victim.pid}/mem', 'r+b')",
            )
            assert outcomes == ["PermissionError"] * 6
            assert victim.poll() is None
        finally:
            victim.kill()


def test_the_program_has_no_rights_left(landlock: LandlockSandbox) -> None:
    assert tries(landlock, "os.setuid(0) if os.getuid() else os.setuid(1)", "os.chroot('.')") == ["PermissionError"] * 2
    assert landlock.run_sync(Program.python("import ctypes; ctypes.CDLL(None).mount(0, 0, 0, 0, 0)")).signal == (
        signal.SIGSYS
    )
    if IS_ROOT:
        first, second = (landlock.run_sync(Program.command("id", "-u")).stdout for _ in range(2))
        assert int(first) > 60000
        assert int(second) > 60000


def test_system_v_and_posix_shared_memory_are_closed(landlock: LandlockSandbox) -> None:
    source = (
        "import ctypes; libc = ctypes.CDLL(None)\nprint(libc.shmget(1, 4096, 0o1666), libc.shm_open(b'/x', 66, 438))"
    )
    assert landlock.run_sync(Program.python(source)).stdout.split() == [b"-1", b"-1"]


def test_a_daemon_dies_with_its_program(landlock: LandlockSandbox) -> None:
    source = "(setsid sh -c 'trap \"\" HUP; sleep 60' & echo $!); setsid sleep 60 & echo $!"
    result = landlock.run_sync(Program.command("sh", "-c", source))
    assert result.status is Status.OK
    assert [Path(f"/proc/{int(pid)}").exists() for pid in result.stdout.split()] == [False, False]


def test_a_fork_bomb_is_held(landlock: LandlockSandbox) -> None:
    source = "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass"
    result = landlock.run_sync(Program.python(source), Limits(pids=16, cpu_s=2, wall_s=4))
    assert result.status in (Status.PIDS, Status.TLE_CPU)


def test_temporary_files_have_a_place_and_no_future(landlock: LandlockSandbox) -> None:
    source = "import tempfile; print(tempfile.mkdtemp(), end='')"
    path = Path(landlock.run_sync(Program.python(source)).stdout.decode())
    assert path.name.startswith("tmp")
    assert not path.parent.exists()


@pytest.mark.parametrize(
    ("argv", "files", "output"),
    [
        (("bash", "-c", "for i in 1 2; do echo $i | cat; done; cat <<< x"), {}, b"1\n2\nx\n"),
        (("sh", "-c", "gcc -o x x.c && ./x"), {"x.c": b'#include <stdio.h>\nint main(void) { puts("c"); }'}, b"c\n"),
        (("node", "-e", "console.log(require('child_process').execSync('echo js').toString().trim())"), {}, b"js\n"),
        (("python3", "-c", "import threading as t; x = t.Thread(target=print); x.start(); x.join()"), {}, b"\n"),
    ],
)
def test_honest_programs_work(
    landlock: LandlockSandbox, argv: tuple[str, ...], files: dict[str, bytes], output: bytes
) -> None:
    for tool in (argv[0], "gcc" if "x.c" in files else "sh"):
        if shutil.which(tool, path="/usr/bin:/bin") is None:
            pytest.skip(f"{tool} is not there")
    result = landlock.run_sync(Program(entry=Command(argv=argv), files=files))
    assert (result.status, result.stdout) == (Status.OK, output), result.stderr


def test_a_session_keeps_its_files_and_gives_them_back(landlock: LandlockSandbox) -> None:
    async def work() -> None:
        async with await landlock.start() as session:
            await session.write("in.txt", b"1")
            done = await session.exec(Program.command("sh", "-c", "cat in.txt > out.txt; ln -s /etc/passwd link"))
            assert done.status is Status.OK
            assert await session.read("out.txt") == b"1"
            async with await session.fork() as twin:
                assert (await twin.exec(Program.command("sh", "-c", "cat out.txt; rm in.txt"))).stdout == b"1"
            kinds = {entry.path: entry.kind for entry in await session.list()}
            assert kinds == {"in.txt": Kind.FILE, "out.txt": Kind.FILE, "link": Kind.LINK}

    asyncio.run(work())


def test_an_unpacked_snapshot_belongs_to_the_program(landlock: LandlockSandbox) -> None:
    with landlock.start_sync() as session:
        session.unpack(Snapshot.of([Entry(path="a/b", kind=Kind.FILE, mode=0o600, content=b"x")]).to_tar())
        result = session.exec_sync(Program.command("sh", "-c", "cat a/b && rm -r a"))
        assert (result.status, result.stdout) == (Status.OK, b"x")


def test_the_label_says_what_holds_and_what_does_not(landlock: LandlockSandbox) -> None:
    report = landlock.report
    assert report.level is Level.PARTIAL
    assert {Property.FS_READ, Property.NET, Property.IPC, Property.SYSCALLS, Property.ENV} <= report.isolates.keys()
    assert {Property.PID, Property.MEMORY, Property.CPU, Property.DISK} <= report.partly.keys()
    assert (Property.FS_WRITE in report.isolates) is IS_ROOT
    assert "path exists" in report.partly[Property.FS_READ]


@pytest.mark.parametrize(("version", "is_root"), [(0, True), (0, False), (2, True), (5, False)])
def test_a_kernel_that_is_too_old_is_refused(version: int, is_root: bool) -> None:
    with pytest.raises(SandboxUnavailableError, match=r"Landlock[^$]*\n\nhint: needs Linux 6\.\d"):
        _check_kernel(version, is_root=is_root)
