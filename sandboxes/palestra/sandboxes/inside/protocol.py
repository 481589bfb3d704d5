"""What the host and the two programs say to each other.

Named tuples and `marshal` instead of data classes and JSON: importing those takes longer than a short program
runs. Both ends are the same interpreter, and no program reaches either.
"""

from __future__ import annotations

import marshal

from .lean import NamedTuple


class Limits(NamedTuple):
    """What a program may use."""

    cpu_s: float
    wall_s: float
    memory_bytes: int
    """Of all processes together, to be held by polling; 0: the kernel counts it."""
    pids: int
    file_bytes: int
    open_files: int


class Setup(NamedTuple):
    """Said once, on the launcher's standard input: what the sandbox is made of."""

    uid: int
    """The host's uid to become; minus one: stay."""
    inside_uid: int
    binds: dict[str, str]
    hidden: list[str]
    links: dict[str, str]
    files: dict[str, str]
    preload: list[str]
    """Modules to import once, before any job."""
    env: dict[str, str]
    """The environment of Python programs, but for what is their own."""
    python: str
    """The interpreter's path inside."""
    filters: dict[str, bytes]
    """System-call filters: `closed` and `loopback`."""
    box: list[int]
    """Bytes and inodes of a box that outlives jobs; empty: each job has its own."""


class Job(NamedTuple):
    """A program for the launcher. Its code and files are in the payload, which only the locked-down child reads.

    Descriptors: payload, standard input, output and error, and the control socket of this job.
    """

    is_script: bool
    loopback: bool
    disk_bytes: int
    inodes: int
    limits: Limits


class Pack(NamedTuple):
    """Send a tar archive of a path of the workspace. Descriptors: where to write it, and the control socket."""

    path: str
    max_bytes: int


class Unpack(NamedTuple):
    """Lay a tar archive into the workspace. Descriptors: the archive, and the control socket."""


class Lock(NamedTuple):
    """What the process of a supervised program gives up before the program begins."""

    uid: int | None
    """User and group that it becomes; None to stay what the supervisor is."""
    readable: tuple[str, ...]
    """Files and folders that can be read and executed; those that do not exist are passed over."""
    writable: tuple[str, ...]
    """Folders in which anything can be done but making devices."""
    devices: tuple[str, ...]
    """Device files that can be read and written."""
    filter: bytes
    """The system-call filter as the kernel takes it."""


class Order(NamedTuple):
    """A program for a supervisor."""

    argv: tuple[str, ...]
    env: dict[str, str]
    folder: str
    limits: Limits
    lock: Lock | None


class Report(NamedTuple):
    """How a program ended; said when all of its processes are gone."""

    code: int
    """Exit code, or minus the signal."""
    stop: str
    """Name of the `Stop` for which it was killed, or empty."""
    cpu_s: float
    wall_s: float
    peak_memory_bytes: int
    disk_full: bool = False


class Done(NamedTuple):
    """The request is done and nothing of it is left."""


class Broken(NamedTuple):
    """The sandbox, not the program, failed; or files could not be packed or laid."""

    what: str


Message = Setup | Job | Pack | Unpack | Order | Report | Done | Broken
_KINDS = {kind.__name__: kind for kind in (Setup, Job, Pack, Unpack, Order, Report, Done, Broken)}


def encode(message: Message) -> bytes:
    """The message as bytes."""
    # Exact tuples only: `marshal` knows no others.
    fields = [tuple(field) if isinstance(field, Limits | Lock) else field for field in message]
    return marshal.dumps((type(message).__name__, fields))


def decode(data: bytes) -> Message:
    """The message of these bytes."""
    kind, fields = marshal.loads(data)
    message: Message = _KINDS[kind]._make(fields)
    if isinstance(message, Job | Order):
        message = message._replace(limits=Limits._make(message.limits))
    if isinstance(message, Order) and message.lock is not None:
        message = message._replace(lock=Lock._make(message.lock))
    return message
