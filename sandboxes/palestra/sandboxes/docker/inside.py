"""What runs in the container besides the program: short texts for `sh`, so that any image will do.

Each begins by reading a line. Nothing can then come back before the host has read the head of the daemon's
answer, which shares a connection with the output.
"""

from __future__ import annotations

import io
import math
import tarfile
from collections.abc import Iterable, Mapping

from palestra.sandboxes.docker.counters import WORK
from palestra.sandboxes.errors import SandboxFileError
from palestra.sandboxes.limits import Limits

READY = b"ready\n"
THROUGH_LINK, MISSING = 78, 79
"""Exit codes of `pack` and `unpack`."""
_SH = ("/bin/sh", "-c")
_ENTER = f"umask 022; until cd {WORK} 2>/dev/null; do sleep 1; done\n"  # the keeper makes it

# Standard input: the size of an archive, the archive, a line when the program may start, the program's input.
# The shell becomes the program: a shell that waited for it would be at its mercy, being of the same user.
_RUN = """
cpu=$1 blocks=$2 files=$3 paths=$4; shift 4
while [ "$paths" -gt 0 ]; do
    path=${1#?}
    case $1 in
    d*) if [ -L "$path" ] || [ ! -d "$path" ]; then rm -f "$path"; else chmod u+rwx "$path"; fi ;;
    *) if [ -d "$path" ] && [ ! -L "$path" ]; then chmod -R u+rwX "$path"; rm -rf "$path"; fi ;;
    esac
    shift; paths=$((paths - 1))
done
read -r size || exit 125
if [ "$size" -gt 0 ]; then head -c "$size" | tar -xpmf - >&2 || exit 77; fi
echo ready
read -r _ || exit 125
ulimit -t $((cpu + 1)); ulimit -S -t "$cpu"
ulimit -c 0; ulimit -f "$blocks"; ulimit -n "$files"
exec "$@"
"""

_PACK = """
read -r _ || exit 125
path=.
while [ $# -gt 1 ]; do path=$path/$1; [ ! -L "$path" ] || exit 78; shift; done
path=$path/$1
[ -e "$path" ] || [ -L "$path" ] || exit 79
exec tar -cf - "$path"
"""

_UNPACK = """
read -r size || exit 125
for path do [ ! -L "$path" ] || exit 78; done
head -c "$size" | tar -xpmf - >&2
"""

KILL = (*_SH, "read -r _; kill -9 -1")
# An ignored signal outlives `exec`. Of the shells only `bash` lets one ignore the end of children, so GNU's `env`
# does it, or the interpreter. An image with neither keeps dead orphans until the end, and counts them.
_KEEP = f"""
mkdir -m 777 {WORK}
ignore='env --ignore-signal=CHLD'
$ignore true 2>/dev/null && exec $ignore sleep 2147483647
python='import os, signal; signal.signal(signal.SIGCHLD, signal.SIG_IGN); os.execvp("sleep", ["sleep", "2147483647"])'
"$1" -c pass 2>/dev/null && exec "$1" -IS -c "$python"
exec sleep 2147483647
"""


def keep_command(python: str) -> list[str]:
    """The container's own program, process 1: it sleeps, and orphans that have ended vanish."""
    return [*_SH, _KEEP, "sh", python]


def run_command(argv: tuple[str, ...], env: Mapping[str, str], way: tuple[str, ...], limits: Limits) -> list[str]:
    """The command that runs a program; `way` is what `clearing` gave."""
    settings = (
        str(math.ceil(limits.cpu_s)),
        str(max(1, limits.file_bytes // 512)),
        str(limits.open_files),
        str(len(way)),
    )
    return [
        *_SH,
        _ENTER + _RUN,
        "sh",
        *settings,
        *way,
        "env",
        "-i",
        *(f"{name}={value}" for name, value in env.items()),
        *argv,
    ]


def pack_command(path: str) -> list[str]:
    """The command that writes an archive of a path."""
    return [*_SH, _ENTER + _PACK, "sh", *path.split("/")]


def unpack_command(archive: bytes) -> list[str]:
    """The command that lays an archive.

    Raises:
        SandboxFileError: A member leads out of the workspace.
    """
    with tarfile.open(fileobj=io.BytesIO(archive), mode="r:") as tar:
        members = [(member.name, member.isdir()) for member in tar]
    for name, _ in members:
        if name.startswith("/") or ".." in name.split("/"):
            raise SandboxFileError(f"`{name}` leads out of the workspace")
    # A folder of the archive is a link's way too; a file or a link takes the place of what was there.
    folders = _parents(name for name, _ in members) | {name.strip("/") for name, is_folder in members if is_folder}
    return [*_SH, _ENTER + _UNPACK, "sh", *(f"./{folder}" for folder in sorted(folders))]


def clearing(paths: Iterable[str]) -> tuple[str, ...]:
    """What may be in the way of files: their folders, and they themselves, as `run_command` takes them."""
    files = sorted(paths)
    return (*(f"d./{folder}" for folder in sorted(_parents(files))), *(f"f./{path}" for path in files))


def archive_of(files: Mapping[str, bytes]) -> bytes:
    """An archive of plain files."""
    if not files:
        return b""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w", format=tarfile.GNU_FORMAT) as tar:
        for path, content in files.items():
            member = tarfile.TarInfo(path)
            member.size, member.mode = len(content), 0o644
            tar.addfile(member, io.BytesIO(content))
    return archive.getvalue()


def _parents(paths: Iterable[str]) -> set[str]:
    found: set[str] = set()
    for path in paths:
        parts = path.strip("/").split("/")
        found.update("/".join(parts[:i]) for i in range(1, len(parts)))
    return found
