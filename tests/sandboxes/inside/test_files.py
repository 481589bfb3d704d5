from collections.abc import Iterator

import pytest

from palestra.sandboxes import Program, PythonScript, SandboxFileError, SandboxUnavailableError, Session, Snapshot
from palestra.sandboxes.namespaces import NamespaceSandbox

HINDRANCES = [
    "os.mkdir('a'); os.mkdir('a/b'); os.chmod('a', 0)",
    "os.unlink('main.py'); os.mkdir('main.py'); open('main.py/x', 'w'); os.chmod('main.py', 0)",
    "os.unlink('main.py'); os.symlink('/etc/passwd', 'main.py')",
    "os.unlink('main.py'); os.mkfifo('main.py'); os.mkfifo('a')",
    "os.chmod('.', 0)",
    "os.rename('/sandbox/work', '/sandbox/gone'); os.symlink('/proc', '/sandbox/work')",
    "os.rmdir('/sandbox/shm'); os.rmdir('/sandbox/tmp'); os.mkfifo('/sandbox/tmp'); os.chmod('/sandbox', 0)",
    "[os.makedirs(f'/dev/shm/{i}/x') for i in range(9)]; os.chmod('/dev/shm', 0)",
]


@pytest.fixture(scope="module")
def namespaces() -> Iterator[NamespaceSandbox]:
    try:
        with NamespaceSandbox() as made:
            yield made
    except SandboxUnavailableError as error:
        pytest.skip(str(error))


@pytest.fixture
def session(namespaces: NamespaceSandbox) -> Iterator[Session]:
    with namespaces.start_sync() as started:
        yield started


@pytest.mark.parametrize("hindrance", HINDRANCES)
def test_a_program_cannot_keep_the_next_one_of_its_session_from_starting(session: Session, hindrance: str) -> None:
    first = session.exec_sync(Program.python(f"import os\n{hindrance}"))
    assert first.stderr == b""
    script = "import os, tempfile\ntempfile.TemporaryFile()\nprint(open('a/b/in').read(), os.listdir('/dev/shm'))"
    second = session.exec_sync(Program(entry=PythonScript(source=script), files={"a/b/in": b"fine"}))
    assert (second.stdout, second.stderr) == (b"fine []\n", b"")


@pytest.mark.parametrize("hindrance", HINDRANCES)
def test_files_are_packed_and_laid_whatever_a_program_has_left(session: Session, hindrance: str) -> None:
    session.exec_sync(Program.python(f"import os\n{hindrance}"))
    before = Snapshot.from_tar(session.pack(".", 1 << 20))
    with session.twin() as other:
        other.unpack(before.to_tar())
        after = Snapshot.from_tar(other.pack(".", 1 << 20))
    assert list(before.diff(after).removed) == [path for path, entry in before.entries.items() if entry.kind == "other"]


def test_nothing_outside_of_the_workspace_is_packed(session: Session) -> None:
    session.exec_sync(Program.python("import os; os.symlink('/', 'root'); os.symlink('/etc', 'etc')"))
    for path in ("root/etc/passwd", "etc/passwd", "../tmp", "/etc"):
        with pytest.raises(SandboxFileError, match=r"link|workspace"):
            session.pack(path, 1 << 20)
