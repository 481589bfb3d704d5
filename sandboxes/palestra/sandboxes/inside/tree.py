"""A folder whose content nobody trusts: walked by descriptors, one name at a time, never through a link.

What programs have left in it cannot lead out of it, and a FIFO or a device is never opened.
"""

from __future__ import annotations

import os
import stat

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

MAX_DEPTH = 128
"""Folders in folders that are walked. A program can nest any number; each costs a descriptor."""
FOLDER_FLAGS = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_PLACE = os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC


class TreeError(ValueError):
    """A path is none of the workspace, is missing, leads through a link, is too deep, or holds too much."""


class Tree:
    """What is beneath an open folder, which stays the caller's.

    Errors are those of the operating system, unless said otherwise.
    """

    def __init__(self, top: int, owner: int | None = None) -> None:
        """Walk beneath `top`; what is made belongs to the user and group `owner`, if given."""
        self.top, self._owner = top, owner

    def lay(self, files: Mapping[str, bytes]) -> None:
        """Write files; folders on the way are made, and whatever else is in the way is removed.

        Raises:
            OSError: One does not fit; its `filename` is the path.
            TreeError: A path is none of the workspace.
        """
        for path, content in files.items():
            *folders, name = parts_of(path) or [""]
            parent = os.dup(self.top)
            try:
                for folder in folders:
                    parent = _instead(parent, self.enter_anyway(parent, folder))
                self._write_anyway(parent, name, content)
            except OSError as error:
                error.filename = path
                raise
            finally:
                os.close(parent)

    def open_folder(self, parts: Sequence[str], *, make: bool = False) -> int:
        """A descriptor of a folder, made with those on the way if wanted."""
        fd = os.dup(self.top)
        try:
            for name in parts:
                if make:
                    self._make(fd, name)
                fd = _instead(fd, os.open(name, FOLDER_FLAGS, dir_fd=fd))
        except BaseException:
            os.close(fd)
            raise
        return fd

    def write(self, parts: Sequence[str], chunks: Iterable[bytes], mode: int) -> None:
        """Write a file anew; only a folder or link on the way, or a folder in its place, keeps it from that."""
        *folders, name = parts or [""]
        parent = self.open_folder(folders, make=True)
        try:
            _unlink(parent, name)  # it may be a FIFO, or have other names outside
            self._write_new(parent, name, chunks, mode)
        finally:
            os.close(parent)

    def link(self, parts: Sequence[str], target: str) -> None:
        """Make a link anew, as `write` makes a file."""
        *folders, name = parts or [""]
        parent = self.open_folder(folders, make=True)
        try:
            _unlink(parent, name)
            os.symlink(target, name, dir_fd=parent)
            if self._owner is not None:
                os.chown(name, self._owner, self._owner, dir_fd=parent, follow_symlinks=False)
        finally:
            os.close(parent)

    def enter_anyway(self, parent: int, name: str) -> int:
        """A descriptor of a folder that can be worked in, whatever has been in its place."""
        try:
            self._make(parent, name)
            return open_anyway(parent, name)
        except NotADirectoryError:
            os.unlink(name, dir_fd=parent)
        self._make(parent, name)
        return open_anyway(parent, name)

    def _write_anyway(self, parent: int, name: str, content: bytes) -> None:
        try:
            self._write_new(parent, name, (content,), 0o644)
        except FileExistsError:
            remove(parent, name)
            self._write_new(parent, name, (content,), 0o644)

    def _write_new(self, parent: int, name: str, chunks: Iterable[bytes], mode: int) -> None:
        fd = os.open(name, _NEW_FILE, 0o600, dir_fd=parent)
        try:
            for chunk in chunks:
                view = memoryview(chunk)
                while view:
                    view = view[os.write(fd, view) :]
            if self._owner is not None:
                os.fchown(fd, self._owner, self._owner)
            os.fchmod(fd, mode)
        finally:
            os.close(fd)

    def _make(self, parent: int, name: str) -> None:
        try:
            os.mkdir(name, 0o755, dir_fd=parent)
        except FileExistsError:
            return
        if self._owner is not None:
            os.chown(name, self._owner, self._owner, dir_fd=parent, follow_symlinks=False)


def parts_of(path: str) -> list[str]:
    """The names of a path beneath a folder.

    Raises:
        TreeError: It is absolute, leads upwards, or is too deep.
    """
    parts = [part for part in path.split("/") if part not in ("", ".")]
    if path.startswith("/") or ".." in parts or "\0" in path:
        raise TreeError(f"`{path}` is not a path of the workspace\n\nhint: give it relative, without `..`")
    if len(parts) > MAX_DEPTH:
        raise TreeError(f"`{path[:80]}...` has more than {MAX_DEPTH} folders in each other")
    return parts


def open_anyway(parent: int, name: str, flags: int = FOLDER_FLAGS) -> int:
    """Open what belongs to us although a program may have taken away the right to do so, which it gets back.

    Args:
        parent: Descriptor of the folder that it is in.
        name: Its name there, not a path.
        flags: How to open it: a folder by default, which then can be written in.

    Raises:
        OSError: It is a link, of another kind, or not ours.
    """
    place = os.open(name, _PLACE | flags & os.O_DIRECTORY, dir_fd=parent)
    try:
        status = os.fstat(place)
        wanted = stat.S_IRWXU if stat.S_ISDIR(status.st_mode) else stat.S_IRUSR
        if status.st_mode & wanted != wanted:
            os.chmod(f"/proc/self/fd/{place}", stat.S_IMODE(status.st_mode) | wanted)
        return os.open(name, flags | os.O_NOFOLLOW, dir_fd=parent)
    finally:
        os.close(place)


def remove(parent: int, name: str) -> None:
    """Remove a path, with all that is in it."""
    if _is_unlinked(parent, name):
        return
    folder = open_anyway(parent, name)
    try:
        empty(folder)
    finally:
        os.close(folder)
    os.rmdir(name, dir_fd=parent)


def empty(folder: int) -> None:
    """Remove all that is in an open folder, however deep it is: with three descriptors and no recursion.

    What cannot be removed stays.
    """
    spare = _spare_names()
    while names := os.listdir(folder):
        num_stuck = 0
        for name in names:
            try:
                _remove_lifting(folder, name, spare)
            except OSError:
                num_stuck += 1
        if num_stuck == len(names):
            return


def _spare_names() -> Iterator[str]:
    token, serial = os.urandom(8).hex(), 0  # no program can have made a folder of such a name
    while True:
        serial += 1
        yield f".{token}-{serial}"


def _remove_lifting(folder: int, name: str, spare: Iterator[str]) -> None:
    """Remove one name; folders inside it are lifted into `folder` under spare names, for later."""
    if _is_unlinked(folder, name):
        return
    inner = open_anyway(folder, name)
    try:
        for child in os.listdir(inner):
            if not _is_unlinked(inner, child):
                os.close(open_anyway(inner, child))  # a folder must be writable to be moved
                os.rename(child, next(spare), src_dir_fd=inner, dst_dir_fd=folder)
    finally:
        os.close(inner)
    os.rmdir(name, dir_fd=folder)


def _is_unlinked(folder: int, name: str) -> bool:
    try:
        os.unlink(name, dir_fd=folder)
    except IsADirectoryError:
        return False
    return True


def _unlink(parent: int, name: str) -> None:
    try:
        os.unlink(name, dir_fd=parent)
    except FileNotFoundError:
        pass


def _instead(old: int, new: int) -> int:
    os.close(old)
    return new
