import asyncio
import os
import socket
import stat
import tarfile
import threading
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest

from palestra.sandboxes import (
    Entry,
    Kind,
    Limits,
    Program,
    RunResult,
    SandboxFileError,
    Session,
    SessionClosedError,
    Snapshot,
    Status,
    SubprocessSandbox,
)
from palestra.sandboxes.ending import Ending
from palestra.sandboxes.folder_session import FolderSession
from palestra.sandboxes.host_folder import HostFolder
from palestra.sandboxes.inside.tree import MAX_DEPTH


@pytest.fixture
def folder() -> Iterator[HostFolder]:
    with HostFolder() as made:
        yield made


@pytest.fixture
def session(box: SubprocessSandbox) -> Iterator[Session]:
    with box.start_sync() as started:
        yield started


def archive_of(folder: HostFolder) -> Snapshot:
    return Snapshot.from_tar(folder.pack(".", 1 << 20))


def test_what_is_laid_is_packed(folder: HostFolder) -> None:
    folder.lay({"a/b/c.txt": b"deep", "main.py": b"print(1)"})
    entries = archive_of(folder).entries
    assert list(entries) == ["a", "a/b", "a/b/c.txt", "main.py"]
    assert entries["a/b/c.txt"].content == b"deep"
    assert Snapshot.from_tar(folder.pack("a/b", 100)).entries.keys() == {"a/b", "a/b/c.txt"}


def test_an_unpacked_snapshot_is_the_same_snapshot(folder: HostFolder) -> None:
    folder.lay({"bin/tool": b"#!/bin/sh\n", "\udcff": b"a name that is no UTF-8"})
    (folder.path / "bin/tool").chmod(0o755)
    (folder.path / "link").symlink_to("/etc/passwd")
    (folder.path / "locked").mkdir(mode=0o500)
    before = archive_of(folder)
    with HostFolder() as other:
        other.unpack(before.to_tar())
        assert not before.diff(archive_of(other))


def test_a_link_is_listed_and_never_followed(folder: HostFolder, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("canary")
    (folder.path / "file").symlink_to(tmp_path / "secret")
    (folder.path / "folder").symlink_to(tmp_path)
    assert {entry.kind for entry in archive_of(folder).entries.values()} == {Kind.LINK}
    for path in ("folder/secret", "folder/x/y"):
        with pytest.raises(SandboxFileError, match="link"):
            folder.pack(path, 100)
    with pytest.raises(SandboxFileError, match="link"):
        folder.unpack(Snapshot.of([Entry(path="folder/new", kind=Kind.FILE, mode=0o644)]).to_tar())
    folder.unpack(Snapshot.of([Entry(path="file", kind=Kind.FILE, mode=0o644, content=b"mine")]).to_tar())
    assert (tmp_path / "secret").read_text() == "canary"
    assert (folder.path / "file").read_bytes() == b"mine"
    assert not (tmp_path / "new").exists()


def test_files_of_a_program_replace_what_an_earlier_one_put_in_their_way(folder: HostFolder, tmp_path: Path) -> None:
    (folder.path / "data").symlink_to(tmp_path)
    (folder.path / "main.py/deep").mkdir(parents=True)
    (folder.path / "closed").mkdir(mode=0)
    folder.path.chmod(0)
    folder.lay({"data/in.txt": b"1", "main.py": b"2", "closed/x": b"3"})
    assert [(folder.path / name).read_bytes() for name in ("data/in.txt", "main.py", "closed/x")] == [b"1", b"2", b"3"]
    assert list(tmp_path.iterdir()) == []


def test_a_fifo_and_a_socket_are_listed_without_being_opened(folder: HostFolder) -> None:
    os.mkfifo(folder.path / "fifo")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(folder.path / "socket"))
    assert {entry.kind for entry in archive_of(folder).entries.values()} == {Kind.OTHER}
    folder.lay({"fifo": b"now a file"})
    assert (folder.path / "fifo").read_bytes() == b"now a file"


def test_a_sparse_file_is_refused_by_its_size(folder: HostFolder) -> None:
    with (folder.path / "sparse").open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(SandboxFileError, match="more than 1048576 bytes"):
        archive_of(folder)


def test_the_bytes_of_all_files_count_together(folder: HostFolder) -> None:
    folder.lay({"a": b"x" * 60, "b": b"x" * 60})
    assert folder.pack("a", 60)
    with pytest.raises(SandboxFileError, match="more than 100 bytes"):
        folder.pack(".", 100)


def nest(folder: HostFolder, depth: int) -> None:
    fd = os.open(folder.path, os.O_RDONLY)
    for _ in range(depth):
        os.mkdir("d", dir_fd=fd)
        inner = os.open("d", os.O_RDONLY, dir_fd=fd)
        os.close(fd)
        fd = inner
    os.close(os.open("file", os.O_CREAT | os.O_WRONLY, dir_fd=fd))
    os.fchmod(fd, 0)
    os.close(fd)


def test_folders_nested_without_end_are_refused_and_removed(folder: HostFolder) -> None:
    nest(folder, 3000)
    with pytest.raises(SandboxFileError, match=f"more than {MAX_DEPTH} folders"):
        archive_of(folder)
    folder.remove()
    assert not folder.path.exists()
    folder.remove()


@pytest.mark.parametrize("name", ["/etc/x", "../x", "a/../../x", "d/" * 200 + "x"])
def test_an_archive_cannot_lead_out(folder: HostFolder, name: str) -> None:
    archive = BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        tar.addfile(tarfile.TarInfo(name))
    with pytest.raises(SandboxFileError):
        folder.unpack(archive.getvalue())


def test_an_archive_makes_no_devices_and_no_set_user_id_files(folder: HostFolder) -> None:
    archive = BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        device, program = tarfile.TarInfo("zero"), tarfile.TarInfo("su")
        device.type, device.devmajor, device.devminor = tarfile.CHRTYPE, 1, 5
        program.mode = 0o6755
        tar.addfile(device)
        tar.addfile(program)
    folder.unpack(archive.getvalue())
    assert [path.name for path in folder.path.iterdir()] == ["su"]
    assert stat.S_IMODE((folder.path / "su").stat().st_mode) == 0o755


@pytest.mark.parametrize("path", ["missing", "missing/x", "file/x"])
def test_a_missing_path_is_named(folder: HostFolder, path: str) -> None:
    folder.lay({"file": b""})
    with pytest.raises(SandboxFileError, match=f"`{path}`"):
        folder.pack(path, 100)


def test_a_session_keeps_files_from_run_to_run(session: Session) -> None:
    assert session.exec_sync(Program.command("sh", "-c", "echo one > note")).status is Status.OK
    assert session.exec_sync(Program.command("cat", "note")).stdout == b"one\n"


def test_a_fork_goes_its_own_way(session: Session) -> None:
    async def work() -> None:
        await session.write("a/note", b"one", 0o600)
        async with await session.fork() as twin:
            await twin.write("a/note", b"two")
            assert await session.read("a/note") == b"one"
            assert await twin.read("a/note") == b"two"
            changed = await session.diff(await twin.snapshot())
            assert [entry.path for entry in changed.changed] == ["a/note"]
        with pytest.raises(SandboxFileError, match="no regular file"):
            await session.read("a")

    asyncio.run(work())


def test_a_closed_session_says_so(session: Session) -> None:
    session.end()
    session.end()
    with pytest.raises(SessionClosedError, match="hint:"):
        session.exec_sync(Program.command("true"))
    with pytest.raises(SessionClosedError):
        session.twin()


def test_calls_of_one_session_come_one_after_the_other(box: SubprocessSandbox) -> None:
    inside = threading.Semaphore(1)

    def run_in(folder: HostFolder, program: Program, limits: Limits, cancelled: threading.Event) -> RunResult:
        assert inside.acquire(blocking=False)
        threading.Event().wait(0.02)
        inside.release()
        return Ending(code=0, cpu_s=0.0, wall_s=0.0).result(limits, box.report)

    with FolderSession(box.admission, box.report, run_in) as session:
        results: list[RunResult] = []
        threads = [
            threading.Thread(target=lambda: results.append(session.exec_sync(Program.command("true"))))
            for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert [result.status for result in results] == [Status.OK] * 4


def test_what_breaks_outside_a_program_is_a_value(box: SubprocessSandbox) -> None:
    def run_in(*_: object) -> RunResult:
        raise OSError("no room on the host")

    with FolderSession(box.admission, box.report, run_in) as session:
        result = session.exec_sync(Program.command("true"))
    assert (result.status, "no room on the host" in result.detail) == (Status.INFRA, True)
