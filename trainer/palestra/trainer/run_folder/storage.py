"""A run folder on a disk that may be full, read-only or gone, and that two processes may want at once."""

from __future__ import annotations

import errno
import fcntl
import os
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from safetensors import SafetensorError

from palestra.trainer.errors import RunFolderError, RunInUseError

_FULL = {errno.ENOSPC, errno.EDQUOT}
_CLOSED = {errno.EROFS, errno.EACCES, errno.EPERM}
_LOCK = ".lock"
_OS_ERROR = re.compile(r"\(os error (\d+)\)")


@contextmanager
def storing(path: Path) -> Iterator[None]:
    """Says of what goes wrong inside that a file or folder of a run could not be written.

    Raises:
        RunFolderError: It could not. What was there before is untouched if the work inside takes care of that.
    """
    try:
        yield
    except (OSError, SafetensorError, RuntimeError) as error:
        number = _errno(error)
        if isinstance(error, RunFolderError) or number is None:
            raise
        raise RunFolderError(
            number, f"`{path}` cannot be written: {os.strerror(number)}\n\nhint: {_hint(number)}"
        ) from error


def _errno(error: BaseException | None) -> int | None:
    """What the system said, also where a library has made another error of it."""
    if error is None:
        return None
    if isinstance(error, OSError) and error.errno is not None:
        return error.errno
    if isinstance(error, SafetensorError) and (found := _OS_ERROR.search(str(error))):
        return int(found[1])
    return _errno(error.__cause__ or error.__context__)


def _hint(number: int) -> str:
    if number in _FULL:
        return "free some space there, then go on with `palestra train --resume RUN_DIR`"
    if number in _CLOSED:
        return "make the folder writable, or name another one by run_dir"
    return "once the disk works, go on with `palestra train --resume RUN_DIR`"


@contextmanager
def run_lock(folder: Path) -> Iterator[None]:
    """Hold a run folder for this process alone; makes the folder if need be.

    The lock is the system's own: it ends with the process, however that ends. The file only says who has it.

    Raises:
        RunInUseError: Another process trains in the folder.
        RunFolderError: The folder cannot be written.
    """
    lock = folder / _LOCK
    with storing(folder):
        made = [path for path in (folder, *folder.parents) if not path.exists()]
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = _locked(lock)
    try:
        with storing(lock):
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, f"{os.getpid()} {socket.gethostname()}\n".encode(), 0)
        yield
    finally:
        with suppress(OSError):
            lock.unlink()  # before the lock is given up: whoever waits for it looks whether the file is still there
        os.close(descriptor)
        with suppress(OSError):
            for empty in made:  # only where the run came to nothing
                empty.rmdir()


def _locked(path: Path) -> int:
    while True:
        # Not `flock`, which processes that are forked from this one would hold after its end.
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if path.exists() and path.stat().st_ino == os.fstat(descriptor).st_ino:
                return descriptor
        except (BlockingIOError, PermissionError):
            holder = os.pread(descriptor, 200, 0).decode(errors="replace").split()
            os.close(descriptor)
            who = f"process {holder[0]} on `{holder[1]}`" if len(holder) == 2 else "another process"
            raise RunInUseError(
                f"`{path.parent}` is in use: {who} trains there\n\nhint: wait for it, end it, or name another run_dir"
            ) from None
        except OSError:
            os.close(descriptor)
            raise
        os.close(descriptor)  # its holder ended and took the file away in between
