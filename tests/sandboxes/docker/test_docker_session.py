from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

import docker
import pytest

from docker_daemon import RunningDaemon
from palestra.sandboxes import (
    Limits,
    Program,
    SandboxFileError,
    Session,
    SessionClosedError,
    Status,
)
from palestra.sandboxes.docker import DockerSandbox

pytestmark = pytest.mark.docker
ROOMY = Limits(cpu_s=20.0, wall_s=120.0)


@pytest.fixture
def session(box: DockerSandbox) -> Iterator[Session]:
    with box.start_sync(ROOMY) as session:
        yield session


def shell(session: Session, text: str, limits: Limits = ROOMY) -> bytes:
    result = session.exec_sync(Program.command("sh", "-c", text), limits)
    assert result.status is Status.OK, result
    return result.stdout


def test_a_daemon_ends_with_the_turn_that_started_it(session: Session) -> None:
    # It holds standard output open, which the end of the turn must not wait for.
    result = session.exec_sync(Program.command("sh", "-c", "setsid sleep 1000 & echo started"), ROOMY)
    assert (result.status, result.stdout) == (Status.OK, b"started\n")
    assert result.wall_s < ROOMY.wall_s
    seen = shell(session, "cat /proc/[0-9]*/cmdline | tr '\\0' ' '")
    assert b"sleep 1000" not in seen


def test_a_turn_that_is_killed_leaves_nothing_running(session: Session) -> None:
    result = session.exec_sync(Program.command("sh", "-c", "sleep 1000 & sleep 1000"), Limits(cpu_s=0.5, wall_s=1.0))
    assert result.status is Status.TLE_WALL
    assert b"sleep 1000" not in shell(session, "cat /proc/[0-9]*/cmdline | tr '\\0' ' '")


def test_a_fork_bomb_ends_with_its_turn(session: Session) -> None:
    bomb = "import os\nwhile True:\n    try:\n        os.fork()\n    except OSError:\n        pass"
    assert session.exec_sync(Program.python(bomb), Limits(cpu_s=1.0, wall_s=20.0)).status is Status.PIDS
    assert shell(session, "echo clean") == b"clean\n"


def test_each_turn_has_its_own_limits(session: Session) -> None:
    take = Program.python("x = bytearray(200 << 20); print('taken')")
    assert session.exec_sync(take, ROOMY).status is Status.OK
    small = Limits(cpu_s=5.0, wall_s=60.0, memory_bytes=100 << 20)
    assert session.exec_sync(take, small).status is Status.MLE
    again = session.exec_sync(take, ROOMY)
    assert (again.status, again.oom_kills) == (Status.OK, 0)


def test_files_are_written_read_and_listed_and_links_not_followed(session: Session) -> None:
    async def main() -> None:
        await session.write("a/b.bin", b"\0\xff" * 1000, 0o600)
        assert await session.read("a/b.bin") == b"\0\xff" * 1000
        shell(session, "ln -s /etc etc; ln -s /etc/passwd passwd; mkfifo pipe; ln a/b.bin second; mkdir -- -d")
        for path in ("etc/passwd", "passwd", "pipe", "missing", "a"):
            with pytest.raises(SandboxFileError):
                await session.read(path)
        with pytest.raises(SandboxFileError, match="link"):
            await session.write("etc/new", b"")
        with pytest.raises(SandboxFileError, match="more than 10 bytes"):
            await session.read("a/b.bin", max_bytes=10)
        assert await session.read("second") == b"\0\xff" * 1000
        found = {entry.path: entry.kind.value for entry in await session.list()}
        assert found == {
            "-d": "folder",
            "a": "folder",
            "a/b.bin": "file",
            "etc": "link",
            "passwd": "link",
            "pipe": "other",
            "second": "file",
        }

    asyncio.run(main())


def test_a_fork_starts_with_the_files_of_a_snapshot(session: Session) -> None:
    async def main() -> None:
        await session.write("kept", b"1")
        before = await session.snapshot()
        shell(session, "echo 2 > kept; chmod 700 kept; ln -s kept link; mkdir folder")
        diff = await session.diff(before)
        assert {entry.path for entry in diff.added} == {"folder", "link"}
        assert {entry.path for entry in diff.changed} == {"kept"}
        with await session.fork(before) as earlier, await session.fork() as now:
            assert await earlier.read("kept") == b"1"
            assert (await now.snapshot()).digest == (await session.snapshot()).digest

    asyncio.run(main())


def test_what_a_turn_left_in_the_way_does_not_stop_the_next(session: Session) -> None:
    shell(session, "mkdir -p main.py/deep; chmod 0 main.py/deep; ln -s /etc folder; chmod 0 . 2>/dev/null || true")
    from palestra.sandboxes import PythonScript

    program = Program(entry=PythonScript(source="print(open('folder/f').read())"), files={"folder/f": b"x"})
    assert session.exec_sync(program, ROOMY).stdout == b"x\n"


def test_files_that_do_not_fit_are_an_error(box: DockerSandbox) -> None:
    async def main() -> None:
        with box.start_sync(Limits(disk_bytes=1 << 20)) as session:
            with pytest.raises(SandboxFileError, match="do not fit"):
                await session.write("big", b"x" * (2 << 20))
            assert shell(session, "rm big; echo on") == b"on\n"

    asyncio.run(main())


def test_a_closed_session_says_so(box: DockerSandbox) -> None:
    session = box.start_sync(ROOMY)
    session.end()
    session.end()
    with pytest.raises(SessionClosedError):
        session.exec_sync(Program.python(""))


def test_a_container_that_is_removed_by_others_is_infra_and_then_closed(
    session: Session, daemon: RunningDaemon, client: docker.DockerClient
) -> None:
    def remove() -> None:
        for found in client.api.containers(filters={"label": "palestra.owner"}):
            client.api.remove_container(found["Id"], force=True)

    timer = threading.Timer(1.0, remove)
    timer.start()
    result = session.exec_sync(Program.python("import time; time.sleep(60)"), Limits(cpu_s=50.0, wall_s=60.0))
    timer.join()
    assert result.status is Status.INFRA
    with pytest.raises(SessionClosedError):
        session.exec_sync(Program.python(""))
