"""The file system of a sandbox: read-only pieces of the host, made-up files, and one sized tmpfs to write in."""

from __future__ import annotations

import os
import stat

from . import spaces, tree
from .lean import NamedTuple

BOX = "/sandbox"
"""Where the one writable file system is mounted."""
WORK = f"{BOX}/work"
"""The working folder of programs."""
_BOX_FOLDERS = ("work", "tmp", "shm")
_FIRST_TO_GO = "1000"
_DEVICES = ("null", "zero", "full", "random", "urandom")
_STAGE = "/tmp"  # any folder that exists on every host; a tmpfs hides it, in our own mount namespace only
_DATA = spaces.MOUNT_ATTR_RDONLY | spaces.MOUNT_ATTR_NOSUID | spaces.MOUNT_ATTR_NODEV
_DEVICE = spaces.MOUNT_ATTR_RDONLY | spaces.MOUNT_ATTR_NOSUID | spaces.MOUNT_ATTR_NOEXEC


class Root(NamedTuple):
    """What is in the root file system."""

    binds: dict[str, str]
    """Path inside -> path on the host; files or folders, shown read-only."""
    hidden: list[str]
    """Folders inside that are covered by an empty one; binds beneath them are made after that."""
    links: dict[str, str]
    """Path inside -> target of a symbolic link."""
    files: dict[str, str]
    """Path inside -> text."""


def open_binds(root: Root) -> dict[str, int]:
    """Open what will be shown, as detached mounts: later no path of the host is needed.

    Done before the user is changed where root starts the sandbox, since an interpreter may lie in a
    folder that only root can search.
    """
    trees = {}
    for inside, outside in {**root.binds, **{f"/dev/{name}": f"/dev/{name}" for name in _DEVICES}}.items():
        fd = spaces.open_tree(outside)
        spaces.set_mount_flags(fd, _DEVICE if inside.startswith("/dev/") else _DATA)
        trees[inside] = fd
    return trees


def build(root: Root, trees: dict[str, int]) -> None:
    """Build the root and enter it. Nothing else of the host's file system can be named afterwards."""
    spaces.mount("", "/", "", spaces.MS_REC | spaces.MS_PRIVATE)
    flags = spaces.MS_NOSUID | spaces.MS_NODEV
    spaces.mount("root", _STAGE, "tmpfs", flags, "size=1m,nr_inodes=2048,mode=755")
    for path in ("/proc", BOX, "/dev", "/etc"):
        os.makedirs(_STAGE + path, exist_ok=True)
    for path in sorted(trees):
        if not _is_covered(path, root.hidden):
            _attach(trees[path], path)
    for path in root.hidden:
        spaces.mount("empty", _STAGE + path, "tmpfs", flags, "size=64k,nr_inodes=256,mode=755")
    for path in sorted(trees):
        if _is_covered(path, root.hidden):
            _attach(trees[path], path)
    for path, text in root.files.items():
        os.makedirs(os.path.dirname(_STAGE + path), exist_ok=True)
        with open(_STAGE + path, "w", encoding="utf-8") as file:
            file.write(text)
    links = {"/tmp": f"{BOX}/tmp", "/dev/shm": f"{BOX}/shm", "/dev/fd": "/proc/self/fd"}
    links |= {f"/dev/{name}": f"/proc/self/fd/{fd}" for fd, name in enumerate(("stdin", "stdout", "stderr"))}
    for path, target in {**root.links, **links}.items():
        os.symlink(target, _STAGE + path)
    mount_proc(_STAGE)
    _close_parents(trees, root.hidden)
    spaces.enter_root(_STAGE)
    for path in ("/", *root.hidden):
        fd = os.open(path, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        spaces.set_mount_flags(fd, _DATA)
        os.close(fd)


def mount_proc(prefix: str = "", *, goes_first: bool = False) -> None:
    """Show the processes of this pid namespace, and nothing else of the kernel; nothing can be written.

    Args:
        prefix: Where the root is still being built.
        goes_first: Whether the kernel shall end this process and its children before all others of the slot
            where memory runs out.
    """
    flags = spaces.MS_NOSUID | spaces.MS_NODEV | spaces.MS_NOEXEC
    spaces.mount("proc", f"{prefix}/proc", "proc", flags, "subset=pid,hidepid=invisible")
    if goes_first:
        spaces.write_file("/proc/self/oom_score_adj", _FIRST_TO_GO)
    # Not at once: where a read-only one is mounted the kernel lets nobody mount one that can be written.
    fd = os.open(f"{prefix}/proc", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    spaces.set_mount_flags(fd, spaces.MOUNT_ATTR_RDONLY)
    os.close(fd)


def unmount_box() -> None:
    """Let go of the box; it is gone when no process uses it any more."""
    spaces.unmount(BOX)


def mount_box(size_bytes: int, inodes: int) -> None:
    """Mount the one place to write, empty and sized."""
    flags = spaces.MS_NOSUID | spaces.MS_NODEV
    # The three folders and the root of the tmpfs are inodes too.
    spaces.mount("box", BOX, "tmpfs", flags, f"size={size_bytes},nr_inodes={inodes + 4},mode=755")
    for name in _BOX_FOLDERS:
        os.mkdir(f"{BOX}/{name}", 0o755)


def restore_box() -> None:
    """Make a box usable again, whatever programs have put in the places of its folders or locked; empty its `shm`.

    Nothing of a program may be alive in it.
    """
    box = os.open(BOX, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.chmod(BOX, 0o755)
        folders = tree.Tree(box)
        for name in _BOX_FOLDERS:
            folder = folders.enter_anyway(box, name)
            try:
                if name == "shm":
                    tree.empty(folder)
            finally:
                os.close(folder)
    finally:
        os.close(box)


def _attach(fd: int, path: str) -> None:
    target = _STAGE + path
    if stat.S_ISDIR(os.fstat(fd).st_mode):
        os.makedirs(target, exist_ok=True)
    else:
        os.makedirs(os.path.dirname(target), exist_ok=True)
        os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o644))
    spaces.move_mount(fd, target)
    os.close(fd)


def _close_parents(trees: dict[str, int], hidden: list[str]) -> None:
    """Let nobody list the folders on the way to what is shown: their names are the host's."""
    for path in trees:
        parent = os.path.dirname(path)
        while parent not in ("/", "/etc", "/dev") and not _is_shown(parent, trees) and parent not in hidden:
            os.chmod(_STAGE + parent, 0o111)
            parent = os.path.dirname(parent)


def _is_shown(path: str, trees: dict[str, int]) -> bool:
    return any(path == shown or path.startswith(shown + "/") for shown in trees)


def _is_covered(path: str, hidden: list[str]) -> bool:
    return any(path.startswith(folder + "/") for folder in hidden)
