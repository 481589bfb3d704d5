from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator

import pytest

from leftovers import descendants, leftovers, soon
from palestra.sandboxes import Limits, Program, Property, RunResult, SandboxFileError, SessionClosedError, Status
from palestra.sandboxes.namespaces.session import NamespaceSession
from palestra.sandboxes.session import Session
from palestra.sandboxes.snapshot import Kind
from palestra.sandboxes.zygote import ZygoteSandbox

SMALL = Limits(cpu_s=2.0, wall_s=6.0, disk_bytes=16 << 20, inodes=5000)

MIXED = r"""
import os
open("a\nb", "w").write("1")
open(b"\xff\xfe", "w").write("2")
os.mkdir("folder"); open("folder/x", "w").write("y"); os.mkdir("folder/empty")
os.symlink("folder", "to_folder"); os.symlink("/etc", "to_etc"); os.symlink("nowhere", "to_nothing")
os.mkfifo("fifo")
open("secret", "w").write("s"); os.chmod("secret", 0)
os.mkdir("shut"); open("shut/x", "w").write("in"); os.chmod("shut", 0)
os.unlink("main.py")
"""


@pytest.fixture
def session(zygote: ZygoteSandbox) -> Iterator[Session]:
    with zygote.start_sync(SMALL) as session:
        yield session


def exec_(session: Session, source: str, limits: Limits = SMALL) -> RunResult:
    return session.exec_sync(Program.python(source), limits)


def test_odd_names_links_and_shut_folders_are_read_as_they_are(session: Session) -> None:
    assert exec_(session, MIXED).status is Status.OK
    entries = asyncio.run(session.snapshot()).entries
    assert {path: (entry.kind, entry.content, entry.target) for path, entry in entries.items()} == {
        "a\nb": (Kind.FILE, b"1", ""),
        "\udcff\udcfe": (Kind.FILE, b"2", ""),
        "folder": (Kind.FOLDER, b"", ""),
        "folder/x": (Kind.FILE, b"y", ""),
        "folder/empty": (Kind.FOLDER, b"", ""),
        "to_folder": (Kind.LINK, b"", "folder"),
        "to_etc": (Kind.LINK, b"", "/etc"),
        "to_nothing": (Kind.LINK, b"", "nowhere"),
        "fifo": (Kind.OTHER, b"", ""),
        "secret": (Kind.FILE, b"s", ""),
        "shut": (Kind.FOLDER, b"", ""),
        "shut/x": (Kind.FILE, b"in", ""),
    }
    assert [entries[path].mode for path in ("secret", "shut")] == [0, 0]
    for path in ("a\nb", "\udcff\udcfe", "secret", "shut/x"):
        assert asyncio.run(session.read(path)) == entries[path].content


@pytest.mark.parametrize("path", ["to_etc/passwd", "to_folder/x", "to_etc", "to_nothing", "fifo", "folder", "none"])
def test_no_file_is_read_through_a_link_or_from_what_is_none(session: Session, path: str) -> None:
    exec_(session, MIXED)
    with pytest.raises(SandboxFileError):
        asyncio.run(session.read(path))


@pytest.mark.parametrize("path", ["to_etc/x", "to_folder/x", "folder", "a\nb/c"])
def test_no_file_is_written_through_a_link_or_over_a_folder(session: Session, path: str) -> None:
    exec_(session, MIXED)
    before = asyncio.run(session.snapshot())
    with pytest.raises(SandboxFileError):
        asyncio.run(session.write(path, b"new"))
    assert not asyncio.run(session.diff(before))


@pytest.mark.parametrize("path", ["fifo", "to_nothing", "to_folder", "secret", "shut/x", "\udcff", "new/deep/x"])
def test_a_file_is_written_in_place_of_anything_else(session: Session, path: str) -> None:
    exec_(session, MIXED)
    asyncio.run(session.write(path, b"new"))
    assert asyncio.run(session.read(path)) == b"new"


def test_a_fork_has_the_same_files_and_its_own_future(session: Session) -> None:
    exec_(session, MIXED + "os.unlink('fifo')")
    before = asyncio.run(session.snapshot())
    with asyncio.run(session.fork()) as twin:
        assert asyncio.run(twin.snapshot()).digest == before.digest
        exec_(twin, "import os; os.unlink('folder/x'); open('n', 'w')")
        diff = asyncio.run(twin.diff(before))
        assert ([entry.path for entry in diff.added], diff.removed) == (["main.py", "n"], ("folder/x",))
    assert not asyncio.run(session.diff(before))


def test_four_thousand_files_are_listed_and_forked(session: Session) -> None:
    exec_(session, "for i in range(4000): open(f'file{i}', 'w').close()")
    assert len(asyncio.run(session.list())) == 4001
    with asyncio.run(session.fork()) as twin:
        assert len(asyncio.run(twin.list())) == 4001


def test_folders_nested_by_the_thousand_are_refused_and_the_session_lives(session: Session) -> None:
    assert exec_(session, "import os\nfor _ in range(4900): os.mkdir('q'); os.chdir('q')").status is Status.OK
    with pytest.raises(SandboxFileError, match="folders"):
        asyncio.run(session.list())
    assert exec_(session, "print(1)").stdout == b"1\n"
    asyncio.run(session.write("x", b"1"))
    assert asyncio.run(session.read("x")) == b"1"


@pytest.mark.parametrize(
    "sabotage",
    [
        "os.mkfifo('main.py')",
        "os.mkdir('main.py'); open('main.py/x', 'w')",
        "os.symlink('/dev/full', 'main.py')",
        "os.symlink('main.py', 'main.py')",
        "open('main.py', 'w'); os.chmod('main.py', 0)",
        "os.chmod('.', 0)",
        "os.chmod('.', 0o500)",
        "open('json.py', 'w').write('raise SystemExit(5)'); open('re.py', 'w').write('raise SystemExit(6)')",
    ],
)
def test_a_program_cannot_keep_the_next_one_from_being_laid(session: Session, sabotage: str) -> None:
    assert exec_(session, f"import os; os.unlink('main.py'); {sabotage}").status is Status.OK
    result = exec_(session, "print('right')")
    assert (result.status, result.stdout, result.stderr) == (Status.OK, b"right\n", b"")
    asyncio.run(session.write("file", b"x"))
    assert asyncio.run(session.read("file")) == b"x"


def test_a_daemon_of_one_run_does_not_live_in_the_next(session: Session) -> None:
    exec_(session, "import os, time\nif os.fork() == 0:\n  os.setsid(); time.sleep(0.3); open('late', 'w')")
    exec_(session, "import time; time.sleep(0.6)")
    assert "late" not in {entry.path for entry in asyncio.run(session.list())}


def test_a_full_disk_is_said_and_can_be_emptied(session: Session) -> None:
    filling = "import os\nfd = os.open('x', os.O_CREAT | os.O_WRONLY)\nwhile True: os.write(fd, bytes(1 << 16))"
    assert exec_(session, filling, Limits(file_bytes=1 << 30)).status is Status.DISK
    with pytest.raises(SandboxFileError):
        asyncio.run(session.write("y", bytes(1 << 20)))
    exec_(session, "import os; os.unlink('x')")
    asyncio.run(session.write("y", bytes(1 << 20)))
    assert len(asyncio.run(session.read("y"))) == 1 << 20


def test_more_than_wanted_is_not_read(session: Session) -> None:
    exec_(session, "open('x', 'wb').write(bytes(1000)); open('sparse', 'wb').truncate(15 << 20)")
    assert asyncio.run(session.read("x", 1000)) == bytes(1000)
    for path, room in (("x", 999), ("sparse", 1 << 20)):
        with pytest.raises(SandboxFileError, match="more than"):
            asyncio.run(session.read(path, room))
    assert len(asyncio.run(session.read("x"))) == 1000


def test_a_session_whose_launcher_was_killed_says_so(session: Session) -> None:
    assert isinstance(session, NamespaceSession)
    assert session._worker
    session._worker.kill()
    assert exec_(session, "print(1)").status is Status.INFRA
    with pytest.raises(SessionClosedError):
        asyncio.run(session.read("x"))
    with pytest.raises(SessionClosedError):
        exec_(session, "print(1)")


def test_twenty_sessions_leave_nothing(zygote: ZygoteSandbox) -> None:
    for _ in range(2):
        before = leftovers()
        for index in range(10):
            with zygote.start_sync(SMALL) as session:
                exec_(session, f"open('x', 'w').write('{index}')")
                with session.twin() as twin:
                    asyncio.run(twin.write("y", b"1"))
                    asyncio.run(twin.list())
    assert soon(lambda: leftovers() == before), (before, leftovers(), descendants(os.getpid()))


@pytest.mark.parametrize("path", ["/dev/shm/x", "x"])
def test_a_session_outlives_a_program_whose_files_are_more_than_its_memory(zygote: ZygoteSandbox, path: str) -> None:
    if Property.MEMORY not in zygote.report.isolates:
        pytest.skip("no control group can be made here")
    room = Limits(cpu_s=5, wall_s=15, disk_bytes=256 << 20, file_bytes=256 << 20, memory_bytes=64 << 20)
    source = f"file = open({path!r}, 'wb')\nfor _ in range(200): file.write(bytes(1 << 20))"
    # Now and then the kernel takes the launcher, not the program: INFRA, after which callers open a fresh session.
    for _ in range(3):
        with zygote.start_sync(room) as session:
            assert exec_(session, source, room).status is Status.MLE
            result = exec_(session, "print(1)", Limits())
        if result.status is not Status.INFRA:
            break
    assert result.stdout == b"1\n"


@pytest.mark.parametrize("path", ["x" * 100_000, "a/" * 3000, "\ud800", "../x", "/x", "x\0"])
def test_what_is_no_path_is_refused_and_the_session_goes_on(session: Session, path: str) -> None:
    for call in (session.read(path), session.write(path, b""), session.list(path)):
        with pytest.raises(SandboxFileError):
            asyncio.run(call)
    asyncio.run(session.write("x", b"here"))
    assert asyncio.run(session.read("x")) == b"here"
