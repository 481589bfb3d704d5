import os
import stat
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest

from palestra.sandboxes import Kind, Snapshot
from palestra.sandboxes.inside.archive import pack, unpack
from palestra.sandboxes.inside.tree import MAX_DEPTH, Tree, TreeError, empty, parts_of, remove

IN_THE_WAY = [
    "os.mkdir('x')",
    "os.makedirs('x/y/z'); os.chmod('x/y', 0); os.chmod('x', 0)",
    "os.symlink('/', 'x')",
    "os.symlink('x', 'x')",
    "os.mkfifo('x')",
    "open('x', 'w').close(); os.chmod('x', 0)",
    "open('other', 'w').close(); os.link('other', 'x')",
]


@pytest.fixture
def top(tmp_path: Path) -> Iterator[int]:
    fd = os.open(tmp_path, os.O_RDONLY | os.O_DIRECTORY)
    yield fd
    os.close(fd)


@pytest.fixture
def tree(top: int) -> Tree:
    return Tree(top)


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def packed(tree: Tree, path: str = ".", max_bytes: int = 1 << 20) -> Snapshot:
    stream = BytesIO()
    pack(tree, path, stream, max_bytes)
    return Snapshot.from_tar(stream.getvalue())


@pytest.mark.parametrize("path", ["x", "x/deep/file"])
@pytest.mark.parametrize("statement", IN_THE_WAY)
def test_a_file_is_laid_whatever_is_in_its_way(tree: Tree, work: Path, statement: str, path: str) -> None:
    exec(statement)
    tree.lay({path: b"mine"})
    assert (work / path).read_bytes() == b"mine"
    assert stat.S_IMODE((work / path).stat().st_mode) == 0o644
    assert not (work / "other").exists() or (work / "other").read_bytes() == b""


def test_folders_on_the_way_keep_what_is_in_them(tree: Tree, work: Path) -> None:
    (work / "x").mkdir(mode=0o755)
    (work / "x/kept").write_bytes(b"kept")
    tree.lay({"x/new": b"new"})
    assert sorted(path.name for path in (work / "x").iterdir()) == ["kept", "new"]
    assert stat.S_IMODE((work / "x").stat().st_mode) == 0o755


@pytest.mark.parametrize("path", ["/x", "../x", "x/../../y", "x\0y", "d/" * MAX_DEPTH + "x"])
def test_a_path_that_leads_elsewhere_is_refused(path: str) -> None:
    with pytest.raises(TreeError, match=r"workspace|folders"):
        parts_of(path)


def test_an_archive_is_laid_as_it_was_packed(tree: Tree, work: Path) -> None:
    (work / "a/locked").mkdir(parents=True)
    (work / "a/locked/secret").write_bytes(b"s" * 300_000)
    (work / "a/locked/secret").chmod(0)
    (work / "a/link").symlink_to("/etc/passwd")
    (work / "a/locked").chmod(0)
    before = packed(tree)
    remove(tree.top, "a")
    unpack(tree, BytesIO(before.to_tar()))
    assert not before.diff(packed(tree))
    entry = before.entries["a/locked/secret"]
    assert (entry.mode, entry.content) == (0, b"s" * 300_000)


def test_what_was_locked_is_locked_again_after_packing(tree: Tree, work: Path) -> None:
    (work / "folder").mkdir()
    (work / "folder/file").write_bytes(b"")
    (work / "folder/file").chmod(0o200)
    (work / "folder").chmod(0o100)
    packed(tree)
    assert stat.S_IMODE((work / "folder").stat().st_mode) == 0o100
    (work / "folder").chmod(0o700)
    assert stat.S_IMODE((work / "folder/file").stat().st_mode) == 0o200


def test_devices_are_neither_opened_nor_made(tree: Tree, work: Path) -> None:
    os.mkfifo(work / "fifo")
    found = packed(tree)
    assert found.entries["fifo"].kind is Kind.OTHER
    with pytest.raises(TreeError, match="link"):
        packed(tree, "fifo/x")


def test_contents_are_bounded_together(tree: Tree) -> None:
    tree.lay({"a": b"x" * 60, "b": b"x" * 60})
    assert len(packed(tree, max_bytes=120).entries) == 2
    with pytest.raises(TreeError, match="more than 119 bytes"):
        packed(tree, max_bytes=119)


def test_a_folder_of_any_depth_is_emptied(tree: Tree, top: int, work: Path) -> None:
    fd = os.dup(top)
    for _ in range(2000):
        os.mkdir("d", dir_fd=fd)
        inner = os.open("d", os.O_RDONLY, dir_fd=fd)
        os.fchmod(fd, 0o700)
        os.close(fd)
        fd = inner
    os.fchmod(fd, 0)
    os.close(fd)
    with pytest.raises(TreeError, match=f"more than {MAX_DEPTH} folders"):
        packed(tree)
    empty(top)
    assert list(work.iterdir()) == []


def test_no_descriptor_stays_open(tree: Tree, work: Path) -> None:
    (work / "file").write_bytes(b"")
    before = len(list(Path("/proc/self/fd").iterdir()))
    tree.lay({"a/b/c": b"1", "a/b": b"2"})
    for path in ("file/x", "missing/x"):
        with pytest.raises(TreeError):
            packed(tree, path)
    with pytest.raises(OSError, match="file"):
        tree.open_folder(["file"])
    assert len(list(Path("/proc/self/fd").iterdir())) == before
