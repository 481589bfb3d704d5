import io
import pickle
import tarfile

import pytest

from palestra.sandboxes import Diff, Entry, Kind, Snapshot


def file(path: str, content: bytes = b"", mode: int = 0o644) -> Entry:
    return Entry(path=path, kind=Kind.FILE, mode=mode, content=content)


ENTRIES = [
    file("b", b"two"),
    Entry(path="a", kind=Kind.FOLDER, mode=0o755),
    file("a/x", b"one", 0o600),
    Entry(path="link", kind=Kind.LINK, mode=0o777, target="../../etc/passwd"),
    file("\udcff\u00e9", b"three"),
]


def test_entries_are_sorted() -> None:
    assert list(Snapshot.of(ENTRIES).entries) == sorted(entry.path for entry in ENTRIES)


def test_an_archive_holds_all_that_a_workspace_can_be_laid_from() -> None:
    before = Snapshot.of([*ENTRIES, Entry(path="fifo", kind=Kind.OTHER, mode=0o644)])
    after = Snapshot.from_tar(before.to_tar())
    assert after == Snapshot.of(ENTRIES)
    assert before.diff(after) == Diff(removed=("fifo",))


def test_the_digest_depends_on_all_that_a_program_can_see() -> None:
    plain = Snapshot.of([file("a", b"1")])
    assert plain.digest == Snapshot.of([file("a", b"1")]).digest
    others = [file("a", b"2"), file("b", b"1"), file("a", b"1", 0o755), Entry(path="a", kind=Kind.OTHER, mode=0o644)]
    assert len({plain.digest, *(Snapshot.of([other]).digest for other in others)}) == 5


def test_a_difference_says_what_was_added_changed_and_removed() -> None:
    old = Snapshot.of([file("same"), file("mode"), file("text", b"1"), file("gone")])
    new = Snapshot.of([file("same"), file("mode", mode=0o755), file("text", b"2"), file("new")])
    found = old.diff(new)
    assert [entry.path for entry in found.added] == ["new"]
    assert [entry.path for entry in found.changed] == ["mode", "text"]
    assert found.removed == ("gone",)
    assert not old.diff(old)


@pytest.mark.parametrize("name", ["./a/x", "a//x", "a/x/"])
def test_a_path_has_one_spelling(name: str) -> None:
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        tar.addfile(tarfile.TarInfo(name))
    assert list(Snapshot.from_tar(archive.getvalue()).entries) == ["a/x"]


def test_a_second_name_of_a_file_has_its_content() -> None:
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        first, second, lost = tarfile.TarInfo("a"), tarfile.TarInfo("b"), tarfile.TarInfo("c")
        first.size = 3
        second.type = lost.type = tarfile.LNKTYPE
        second.linkname, lost.linkname = "a", "/etc/passwd"
        tar.addfile(first, io.BytesIO(b"one"))
        tar.addfile(second)
        tar.addfile(lost)
    entries = Snapshot.from_tar(archive.getvalue()).entries
    assert (entries["b"].content, entries["c"].content) == (b"one", b"")


def test_a_snapshot_can_be_pickled() -> None:
    snapshot = Snapshot.of([Entry(path="a", kind=Kind.FILE, mode=0o644, content=b"x")])
    assert pickle.loads(pickle.dumps(snapshot)) == snapshot
