"""Namespaces and mounts: the system calls of the launcher, as functions that raise OSError.

Source: the manual pages of section 2 of the Linux man-pages project, by the function's name.
"""

from __future__ import annotations

import ctypes
import mmap
import os

from .kernel import call, checked, libc
from .lean import signal

CLONE_NEWNS = 0x0002_0000
CLONE_NEWCGROUP = 0x0200_0000
CLONE_NEWUTS = 0x0400_0000
CLONE_NEWIPC = 0x0800_0000
CLONE_NEWUSER = 0x1000_0000
CLONE_NEWPID = 0x2000_0000
CLONE_NEWNET = 0x4000_0000

MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC = 1, 2, 4, 8
MS_REC, MS_PRIVATE = 0x4000, 0x4_0000
_MNT_DETACH = 2
_CLONE_VM = 0x100
_SIGCHLD = int(signal.SIGCHLD)

MOUNT_ATTR_RDONLY, MOUNT_ATTR_NOSUID, MOUNT_ATTR_NODEV, MOUNT_ATTR_NOEXEC = 1, 2, 4, 8
_OPEN_TREE_CLONE, _OPEN_TREE_CLOEXEC = 1, os.O_CLOEXEC
_MOVE_MOUNT_F_EMPTY_PATH = 4
_AT_FDCWD, _AT_EMPTY_PATH = -100, 0x1000
_OPEN_TREE, _MOVE_MOUNT, _MOUNT_SETATTR = 428, 429, 442  # on every architecture

_PAUSE = ctypes.cast(libc.pause, ctypes.c_void_p)
_STACK = mmap.mmap(-1, 1 << 16)
_STACK_TOP = ctypes.addressof(ctypes.c_char.from_buffer(_STACK)) + len(_STACK)  # a multiple of the page size
libc.mount.argtypes = (ctypes.c_char_p, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_ulong, ctypes.c_char_p)


class _MountAttr(ctypes.Structure):
    _fields_ = (
        ("attr_set", ctypes.c_uint64),
        ("attr_clr", ctypes.c_uint64),
        ("propagation", ctypes.c_uint64),
        ("userns_fd", ctypes.c_uint64),
    )


def unshare(flags: int) -> None:
    """Move this process (its children, for pids) into new namespaces."""
    checked(libc.unshare(flags), "unshare")


def clone_sleeper() -> int:
    """A child that sleeps in the kernel until it is killed; its pid.

    It shares this process's memory, so it costs next to nothing, and executes nothing but `pause`.
    No handler of a signal may be set here: the sleeper would run it.
    """
    return checked(libc.clone(_PAUSE, ctypes.c_void_p(_STACK_TOP), _CLONE_VM | _SIGCHLD, None), "clone")


def setns(fd: int, kind: int) -> None:
    """Enter a namespace (for pids: let children be in it) of a process or of a file of /proc."""
    checked(libc.setns(fd, kind), "setns")


def mount(source: str, target: str, kind: str, flags: int, data: str = "") -> None:
    """Mount a new file system, or change how one spreads."""
    result = libc.mount(source.encode(), os.fsencode(target), kind.encode(), flags, data.encode())
    checked(result, f"mount {kind or 'flags'} on {target}")


def open_tree(path: str) -> int:
    """A descriptor of a private copy of what is mounted at a path, not attached anywhere."""
    flags = _OPEN_TREE_CLONE | _OPEN_TREE_CLOEXEC
    return call(f"open_tree {path}", _OPEN_TREE, _AT_FDCWD, os.fsencode(path), ctypes.c_uint(flags))


def set_mount_flags(fd: int, flags: int) -> None:
    """Add MOUNT_ATTR flags to a mount."""
    attributes = _MountAttr(flags, 0, 0, 0)
    size = ctypes.c_size_t(ctypes.sizeof(attributes))
    call("mount_setattr", _MOUNT_SETATTR, fd, b"", ctypes.c_uint(_AT_EMPTY_PATH), ctypes.byref(attributes), size)


def move_mount(fd: int, target: str) -> None:
    """Attach a mount at a path."""
    flags = ctypes.c_uint(_MOVE_MOUNT_F_EMPTY_PATH)
    call(f"move_mount to {target}", _MOVE_MOUNT, fd, b"", _AT_FDCWD, os.fsencode(target), flags)


def enter_root(folder: str) -> None:
    """Make a mount the root, and let go of everything that was mounted before."""
    os.chdir(folder)
    checked(libc.pivot_root(b".", b"."), "pivot_root")
    unmount(".")
    os.chdir("/")


def unmount(path: str) -> None:
    """Take away what is mounted at a path; it is gone when nobody uses it any more."""
    checked(libc.umount2(os.fsencode(path), _MNT_DETACH), f"umount {path}")


def write_file(path: str, text: str) -> None:
    """Write a file of /proc in one call."""
    fd = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.write(fd, text.encode())
    finally:
        os.close(fd)
