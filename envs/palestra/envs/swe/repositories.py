"""The files of a repository, from wherever it is, as data."""

from __future__ import annotations

import os
import stat
from functools import lru_cache
from pathlib import Path

from palestra.envs.errors import DataError
from palestra.envs.swe.patch import beneath
from palestra.envs.swe.task import GitBundle, Image, LocalFolder, Repository, Sdist
from palestra.sandboxes import Entry, Kind, Limits, Program, Sandbox, Session, Snapshot, Status

_LIMITS = Limits(
    cpu_s=120.0,
    wall_s=300.0,
    memory_bytes=2 << 30,
    output_bytes=1 << 30,
    file_bytes=1 << 30,
    disk_bytes=2 << 30,
    inodes=200_000,
)
_SKIPPED_FOLDERS = frozenset({".git", "__pycache__", ".hg", ".svn"})


def repository_files(repo: Repository, sandbox: Sandbox) -> Snapshot:
    """The files of a repository, without its history; kept for further calls.

    Args:
        repo: Which.
        sandbox: Where a bundle is unpacked; for an image, a sandbox of that image.

    Raises:
        DataError: It is not there, or cannot be read.
    """
    match repo:
        case Sdist():
            return _sdist(repo)
        case LocalFolder(path=path):
            return _folder(Path(path))
        case GitBundle():
            return _in_session(repo, sandbox)
        case Image():
            return _in_session(repo, sandbox)


@lru_cache(maxsize=64)
def _sdist(repo: Sdist) -> Snapshot:
    from palestra.envs.swe.catalogue.archive import fetch_sdist, read_sdist

    return read_sdist(fetch_sdist(repo))


def _folder(top: Path) -> Snapshot:
    if not top.is_dir():
        raise DataError(f"`{top}` is no folder")
    entries = []
    for folder, names, files in os.walk(top):
        names[:] = sorted(set(names) - _SKIPPED_FOLDERS)
        for name in [*names, *files]:
            path = Path(folder, name)
            entries.append(_entry(path, str(path.relative_to(top))))
    return Snapshot.of(entries)


def _entry(path: Path, name: str) -> Entry:
    status = path.lstat()
    mode = stat.S_IMODE(status.st_mode)
    if stat.S_ISLNK(status.st_mode):
        return Entry(path=name, kind=Kind.LINK, mode=mode, target=str(path.readlink()))
    if stat.S_ISDIR(status.st_mode):
        return Entry(path=name, kind=Kind.FOLDER, mode=mode)
    if not stat.S_ISREG(status.st_mode):
        return Entry(path=name, kind=Kind.OTHER, mode=mode)
    return Entry(path=name, kind=Kind.FILE, mode=mode, content=path.read_bytes())


@lru_cache(maxsize=16)
def _in_session(repo: GitBundle | Image, sandbox: Sandbox) -> Snapshot:
    with sandbox.start_sync(_LIMITS) as session:
        return _bundle(session, repo) if isinstance(repo, GitBundle) else _image(session, repo)


def _bundle(session: Session, repo: GitBundle) -> Snapshot:
    try:
        bundle = Path(repo.path).read_bytes()
    except OSError as error:
        raise DataError(f"`{repo.path}` cannot be read: {error.strerror}") from error
    bundled = Entry(path="in.bundle", kind=Kind.FILE, mode=0o644, content=bundle)
    session.unpack(Snapshot.of([bundled]).to_tar())
    script = (
        'git clone -q --no-checkout in.bundle clone && git -C clone checkout -q --detach "$0" -- && rm -rf clone/.git'
    )
    _run(session, Program.command("sh", "-c", script, repo.commit), f"`{repo.path}` at `{repo.commit}`")
    return beneath(Snapshot.from_tar(session.pack("clone", _LIMITS.disk_bytes)), "clone")


def _image(session: Session, repo: Image) -> Snapshot:
    script = 'mkdir copy && tar -C "$0" -cf - --exclude=./.git . | tar -C copy -xf -'
    _run(session, Program.command("sh", "-c", script, repo.path), f"`{repo.path}` of `{repo.ref}`")
    return beneath(Snapshot.from_tar(session.pack("copy", _LIMITS.disk_bytes)), "copy")


def _run(session: Session, program: Program, what: str) -> None:
    result = session.exec_sync(program, _LIMITS)
    if result.status is not Status.OK:
        said = result.stderr.decode("utf-8", "backslashreplace")[-300:].strip()
        raise DataError(f"{what} cannot be read: {said or result.detail}")
