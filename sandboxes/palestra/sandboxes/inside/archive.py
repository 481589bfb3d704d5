"""A tree as a tar archive, and back."""

from __future__ import annotations

import errno
import os
import stat
import tarfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import IO, BinaryIO

from .tree import FOLDER_FLAGS, MAX_DEPTH, Tree, TreeError, open_anyway, parts_of

MAX_ENTRIES = 1 << 17
"""Paths that are packed: names cost memory too, and files of no bytes are free to make."""
_CHUNK_BYTES = 1 << 18
_SEARCHABLE = stat.S_IRUSR | stat.S_IXUSR
# Without waiting: it may have become a FIFO since it was looked at.
_READ_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def pack(tree: Tree, path: str, stream: BinaryIO, max_bytes: int) -> None:
    """Write a tar archive of a path (`.`: all); names are relative to the tree.

    Raises:
        TreeError: It is missing, leads through a link, or holds more than `max_bytes` of content, or more
            than `MAX_ENTRIES` paths, or folders deeper than `MAX_DEPTH`.
    """
    parts = parts_of(path)
    with explained(path), tarfile.open(fileobj=stream, mode="w|", format=tarfile.PAX_FORMAT) as tar:
        packer = _Packer(tar, path, max_bytes)
        parent = tree.open_folder(parts[:-1])
        try:
            if parts:
                packer.add(parent, parts)
            else:
                packer.add_all(parent, [])
        finally:
            os.close(parent)


def unpack(tree: Tree, stream: BinaryIO) -> None:
    """Lay the files, folders and links of an archive; what is there and not in it stays.

    Raises:
        TreeError: They do not fit, lead through a link or out of the tree, or a folder is where a file
            should be.
    """
    modes: dict[tuple[str, ...], int] = {}
    with tarfile.open(fileobj=stream, mode="r|") as tar:
        for member in tar:
            parts = parts_of(member.name)
            with explained(member.name):
                if member.isdir():
                    modes[tuple(parts)] = member.mode & 0o777
                    os.close(tree.open_folder(parts, make=True))
                elif member.issym():
                    tree.link(parts, member.linkname)
                elif member.isreg() and (file := tar.extractfile(member)):
                    tree.write(parts, _chunks(file), member.mode & 0o777)
    # Last, and the deepest first: a folder may forbid to be searched.
    for path in sorted(modes, reverse=True):
        with explained("/".join(path)):
            _set_mode(tree, path, modes[path])


@contextmanager
def explained(path: str) -> Iterator[None]:
    """Turn what the operating system says about a path into a `TreeError`."""
    try:
        yield
    except FileNotFoundError:
        raise TreeError(f"`{path}` is not in the workspace") from None
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENOTDIR):
            raise TreeError(f"`{path}` leads through a link, or through what is no folder") from None
        raise TreeError(f"`{path}`: {error.strerror or error}") from None


class _Packer:
    """Puts what is under a descriptor into an archive, within bounds."""

    def __init__(self, tar: tarfile.TarFile, path: str, max_bytes: int) -> None:
        self._tar, self._path, self._max_bytes = tar, path, max_bytes
        self._num_bytes = self._num_entries = 0

    def add_all(self, folder: int, parts: list[str]) -> None:
        if len(parts) > MAX_DEPTH:
            raise TreeError(f"`{self._path}` has more than {MAX_DEPTH} folders in each other")
        for name in sorted(os.listdir(folder)):
            self.add(folder, [*parts, name])

    def add(self, parent: int, parts: list[str]) -> None:
        self._num_entries += 1
        if self._num_entries > MAX_ENTRIES:
            raise TreeError(f"`{self._path}` has more than {MAX_ENTRIES} paths")
        name = parts[-1]
        status = os.stat(name, dir_fd=parent, follow_symlinks=False)
        member = tarfile.TarInfo("/".join(parts))
        member.mode = stat.S_IMODE(status.st_mode)
        if stat.S_ISREG(status.st_mode):
            self._add_file(parent, member)
        elif stat.S_ISDIR(status.st_mode):
            member.type = tarfile.DIRTYPE
            self._tar.addfile(member)
            self._add_folder(parent, member, parts)
        else:
            is_link = stat.S_ISLNK(status.st_mode)
            member.type = tarfile.SYMTYPE if is_link else tarfile.FIFOTYPE  # also what is a socket or a device
            member.linkname = os.readlink(name, dir_fd=parent) if is_link else ""
            self._tar.addfile(member)

    def _add_folder(self, parent: int, member: tarfile.TarInfo, parts: list[str]) -> None:
        is_locked = member.mode & _SEARCHABLE != _SEARCHABLE
        folder = (open_anyway if is_locked else _open)(parent, parts[-1], FOLDER_FLAGS)
        try:
            self.add_all(folder, parts)
        finally:
            if is_locked:
                os.fchmod(folder, member.mode)
            os.close(folder)

    def _add_file(self, parent: int, member: tarfile.TarInfo) -> None:
        is_locked = not member.mode & stat.S_IRUSR
        fd = (open_anyway if is_locked else _open)(parent, member.name.rpartition("/")[2], _READ_FLAGS)
        with os.fdopen(fd, "rb") as file:
            if is_locked:
                os.fchmod(fd, member.mode)
            status = os.fstat(fd)
            if not stat.S_ISREG(status.st_mode):
                raise TreeError(f"`{self._path}` changed while it was read")
            self._num_bytes += status.st_size
            if self._num_bytes > self._max_bytes:
                raise TreeError(f"`{self._path}` holds more than {self._max_bytes} bytes")
            member.size = status.st_size
            self._tar.addfile(member, file)


def _open(parent: int, name: str, flags: int) -> int:
    return os.open(name, flags, dir_fd=parent)


def _set_mode(tree: Tree, path: Sequence[str], mode: int) -> None:
    folder = tree.open_folder(path)
    try:
        os.fchmod(folder, mode)
    finally:
        os.close(folder)


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    while chunk := file.read(_CHUNK_BYTES):
        yield chunk
