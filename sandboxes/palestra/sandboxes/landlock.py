"""Programs without the host's files and network where namespaces are not to be had: Landlock and a filter.

Covered: reading files outside of the system's own folders and the interpreter's; writing any; all sockets
but pairs; System V and POSIX IPC; signals to, and tracing of, processes outside; capabilities; the host's
environment and descriptors; every process dies with the run. Started by root, the program runs as a user
of its own, so that nothing on the host is its property, and its processes are counted by the kernel.
Not covered: `stat` of paths outside, and whether a process number is taken; mode and times of files that the
program's user owns (when not started by root); memory and CPU seconds between two looks of the supervisor;
the sum of file sizes. /tmp and /dev/shm are closed: temporary files go to TMPDIR, and Python's
`multiprocessing` finds no place for its locks.
"""

from __future__ import annotations

import os
import secrets
import stat
import tempfile
import threading
from pathlib import Path

from palestra.sandboxes.child import PATH, Place, run_child
from palestra.sandboxes.ending import failure
from palestra.sandboxes.errors import SandboxError, SandboxUnavailableError
from palestra.sandboxes.folder_session import FolderSession
from palestra.sandboxes.host_folder import HostFolder
from palestra.sandboxes.inside.landlock import landlock_version
from palestra.sandboxes.inside.protocol import Lock
from palestra.sandboxes.interpreter import base_python
from palestra.sandboxes.limits import Limits
from palestra.sandboxes.program import Program
from palestra.sandboxes.report import BackendReport, Level, Property
from palestra.sandboxes.result import RunResult, Status
from palestra.sandboxes.sandbox import Sandbox
from palestra.sandboxes.seccomp import bpf_filter
from palestra.sandboxes.session import Session

_TRUNCATE_VERSION = 3  # before, a file could be emptied without being opened
_SCOPE_VERSION = 6  # signals stay inside

_SYSTEM = (
    *("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"),
    *("/etc/ld.so.cache", "/etc/alternatives", "/etc/localtime", "/etc/ssl/openssl.cnf"),
)
_DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")
# Far above what systems give to people and services; in a container with 65536 ids, where those of containers go.
_SPARE_UIDS = (range(0x7000_0000, 0x7100_0000), range(61184, 65520))

_PROBE = """
import os
try:
    open({secret!r}).read()
except PermissionError:
    print(os.getuid(), end="")
"""


class LandlockSandbox(Sandbox):
    """Runs programs without access to the host's files and network, but among its processes.

    Raises:
        SandboxUnavailableError: The kernel or the interpreter's place does not allow it, or it did not hold
            when it was tried.
    """

    def __init__(self, *, slots: int | None = None) -> None:
        is_root = os.geteuid() == 0
        _check_kernel(landlock_version(), is_root=is_root)
        self._uids = _spare_uids() if is_root else None
        self._python = _open_python() if is_root else base_python()
        self._filter = bpf_filter(loopback=False, has_namespaces=False)
        self._report = _report(is_root=is_root)
        super().__init__(slots=slots)
        self._probe()

    @property
    def report(self) -> BackendReport:
        """What holds here; more when started by root."""
        return self._report

    def run_once(self, program: Program, limits: Limits, cancelled: threading.Event) -> RunResult:
        """Run one program in a fresh folder and wait for its end."""
        try:
            with self._make_folder() as folder:
                return self._run_in(folder, program, limits, cancelled)
        except (OSError, SandboxError) as error:
            return failure(str(error), self._report)

    def open_session(self, limits: Limits) -> Session:
        """A folder that outlives a run."""
        try:
            return FolderSession(self.admission, self._report, self._run_in, self._make_folder)
        except OSError as error:
            raise SandboxUnavailableError(f"no folder can be made for a session: {error}") from error

    def _make_folder(self) -> HostFolder:
        return HostFolder(owner=None if self._uids is None else secrets.choice(self._uids))

    def _run_in(self, folder: HostFolder, program: Program, limits: Limits, cancelled: threading.Event) -> RunResult:
        with HostFolder(owner=folder.owner) as temporary:
            lock = Lock(
                uid=folder.owner,
                readable=(*_SYSTEM, *_installation(self._python)),
                writable=(str(folder.path), str(temporary.path)),
                devices=_DEVICES,
                filter=self._filter,
            )
            place = Place(python=self._python, env={"TMPDIR": str(temporary.path)}, lock=lock)
            return run_child(folder, program, limits, cancelled, place).result(limits, self._report)

    def _probe(self) -> None:
        """Run a program that tries to read a file of ours, as whoever it will be."""
        with tempfile.NamedTemporaryFile() as secret:
            Path(secret.name).chmod(0o644)
            result = self.run_sync(Program.python(_PROBE.format(secret=secret.name)), Limits(wall_s=60.0))
        if result.status is not Status.OK or not result.stdout:
            raise SandboxUnavailableError(
                f"Landlock did not hold when it was tried: {result.status} {result.detail}"
                f" {result.stderr[-300:].decode('utf-8', 'replace')}\n\n"
                "hint: the folder for temporary files must be one that every user can search"
            )


def _check_kernel(version: int, *, is_root: bool) -> None:
    if version == 0:
        raise SandboxUnavailableError(
            "this kernel has no Landlock, or it was not enabled at boot\n\n"
            "hint: needs Linux 6.2 or newer, with `landlock` in the boot option `lsm=`"
        )
    if version < _TRUNCATE_VERSION:
        raise SandboxUnavailableError(
            f"Landlock of this kernel has version `{version}`, which lets files be emptied\n\n"
            "hint: needs Linux 6.2 or newer"
        )
    if version < _SCOPE_VERSION and not is_root:
        raise SandboxUnavailableError(
            f"Landlock of this kernel has version `{version}`, which lets a program kill its user's processes\n\n"
            "hint: needs Linux 6.12 or newer, or root, who can run programs as another user"
        )


def _spare_uids() -> range:
    """User ids that nobody has, among those that exist in this user namespace.

    Raises:
        SandboxUnavailableError: There are none.
    """
    mapped = [tuple(map(int, line.split())) for line in Path("/proc/self/uid_map").read_text().splitlines()]
    for spare in _SPARE_UIDS:
        if any(first <= spare.start and spare.stop <= first + length for first, _, length in mapped):
            return spare
    raise SandboxUnavailableError(
        f"root has no other user ids here: `{mapped}` is all of /proc/self/uid_map\n\n"
        "hint: start as an ordinary user, or give the container 65536 user ids"
    )


def _open_python() -> str:
    """This interpreter, or else the first on the path, that every user can run.

    Raises:
        SandboxUnavailableError: There is none.
    """
    for python in (base_python(), *(f"{folder}/python3" for folder in PATH.split(":"))):
        if _is_open(python):
            return os.path.realpath(python)
    raise SandboxUnavailableError(
        f"only root can search the folders above `{base_python()}`, and programs run as a user of their own\n\n"
        "hint: install Python in a folder that every user can search, such as one under /usr or /opt"
    )


def _is_open(python: str) -> bool:
    path = Path(python).resolve()
    return (
        path.is_file()
        and bool(path.stat().st_mode & stat.S_IXOTH)
        and all(folder.stat().st_mode & stat.S_IXOTH for folder in path.parents)
    )


def _installation(python: str) -> tuple[str, ...]:
    """The interpreter and the folder of its installation, as `bin/python3` stands in it."""
    prefix = Path(python).parent.parent
    # One that stands in /bin belongs to the system's folders; its second parent would be everything.
    return (python,) if prefix == Path("/") else (python, str(prefix))


def _report(*, is_root: bool) -> BackendReport:
    isolates = {
        Property.FS_READ: "Landlock: only the system's folders, the interpreter's and the run's can be read",
        Property.NET: "no sockets but pairs, by seccomp",
        Property.IPC: "System V and POSIX IPC refused by seccomp, /dev/shm closed by Landlock",
        Property.SYSCALLS: "a seccomp filter, no capabilities, no new privileges",
        Property.ENV: "an own environment, no inherited descriptors, /proc closed by Landlock",
        Property.FRESH: "own folders; a supervisor adopts and kills every process",
        Property.OUTPUT: "drained while it runs, cut at the limit",
    }
    partly = {
        Property.FS_READ: "whether a path exists, its size and times can be asked for",
        Property.PID: "signals and tracing reach the run's own processes only, but the numbers of others can be probed",
        Property.MEMORY: "RLIMIT_DATA of each process; the sum is polled",
        Property.CPU: "RLIMIT_CPU of each process; the sum is polled",
        Property.DISK: "size of each file, not of all together",
    }
    if is_root:
        isolates[Property.FS_WRITE] = "Landlock, and a user of the run's own who owns nothing else"
        isolates[Property.PIDS] = "RLIMIT_NPROC of a user of the run's own"
    else:
        partly[Property.FS_WRITE] = "no content, but mode and times of files of the same user can be changed"
        partly[Property.PIDS] = "polled; RLIMIT_NPROC counts all processes of the same user"
    return BackendReport(name="landlock", level=Level.PARTIAL, isolates=isolates, partly=partly)
