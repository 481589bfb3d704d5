"""The job's own process: it locks itself down first, and only then reads the code that it will run."""

from __future__ import annotations

import _socket
import marshal
import os

from . import kernel, root, spaces
from .execution import become, set_limits
from .lean import NamedTuple
from .protocol import Broken, Job, encode
from .script import Script
from .tree import FOLDER_FLAGS, Tree, TreeError

_OWN_FDS = 3
_JOB_NAMESPACES = spaces.CLONE_NEWNS | spaces.CLONE_NEWIPC
_PAYLOAD_FD = 3
_OUR_TASKS = 3  # the launcher, its waiting parent and pid 1
_SPARE_TASKS = 16  # so that the control group sees the excess before this limit does
_FIRST_HIGH_FD = 100


class Ground(NamedTuple):
    """What the launcher has prepared for every job."""

    filters: dict[str, bytes]
    env: dict[str, str]
    keeps_box: bool
    """Whether the box outlives jobs, as that of a session does."""


def begin(job: Job, fds: list[int], ground: Ground) -> Script:
    """Lock this process down, then become the program. Returns only for a Python script, which is still to run."""
    *program_fds, control = fds
    try:
        _enter(job, program_fds, ground)
    except BaseException as error:  # noqa: BLE001  the launcher's frames are beneath: nothing may reach them
        # The control socket is open until the last steps, which cannot fail in a way that matters.
        try:
            os.write(control, encode(Broken(f"{type(error).__name__}: {error}")))
        finally:
            os._exit(1)
    argv, files, env = _read_payload()
    _lay(files)
    if not job.is_script:
        become(argv, env)
    if env:
        os.environ.update(env)
    return Script(argv[1:])


def _enter(job: Job, fds: list[int], ground: Ground) -> None:
    """Take the program's place, descriptors and limits, and give up every right. There is no way back."""
    spaces.unshare(_JOB_NAMESPACES | (spaces.CLONE_NEWNET if job.loopback else 0))
    kernel.set_dumpable(dumpable=True)  # nothing in it is secret, and programs look into their own /proc
    root.mount_proc(goes_first=ground.keeps_box)  # the launcher holds the files of a session
    if job.loopback:
        _raise_loopback()
    os.setsid()
    payload, stdin, stdout, stderr = fds
    # First out of the way of 0..3: what was received may have any numbers.
    high = [os.dup2(fd, _FIRST_HIGH_FD + index) for index, fd in enumerate((stdin, stdout, stderr, payload))]
    # Where no control group counts, one more than allowed: who watches has to see it.
    spare = 1 if job.limits.memory_bytes else _SPARE_TASKS
    set_limits(job.limits, job.limits.pids + _OUR_TASKS + spare)
    kernel.drop_capabilities()
    for index, fd in enumerate(high):
        os.dup2(fd, index, inheritable=index < _OWN_FDS)
    kernel.close_from(_PAYLOAD_FD + 1)
    kernel.install_filter(ground.filters["loopback" if job.loopback else "closed"])


def _raise_loopback() -> None:
    import fcntl
    import struct

    siocsifflags, iff_up = 0x8914, 1
    any_socket = _socket.socket(_socket.AF_INET, _socket.SOCK_DGRAM)
    fcntl.ioctl(any_socket.fileno(), siocsifflags, struct.pack("16sh22x", b"lo", iff_up))
    any_socket.close()


def _read_payload() -> tuple[list[str], dict[str, bytes], dict[str, str]]:
    """Arguments, files and environment of the program."""
    size = os.fstat(_PAYLOAD_FD).st_size
    data = bytearray()
    while len(data) < size and (chunk := os.read(_PAYLOAD_FD, size - len(data))):
        data += chunk
    os.close(_PAYLOAD_FD)
    argv, files, env = marshal.loads(bytes(data))
    return argv, files, env


def _lay(files: dict[str, bytes]) -> None:
    """Go to the working folder and write the program's files."""
    try:
        os.chdir(root.WORK)
        top = os.open(".", FOLDER_FLAGS)
        Tree(top).lay(files)
        os.close(top)
    except (OSError, TreeError) as error:
        # In the program's own words, since it is its files that do not fit.
        os.write(2, f"{type(error).__name__}: {error}\n".encode("utf-8", "backslashreplace"))
        os._exit(1)
