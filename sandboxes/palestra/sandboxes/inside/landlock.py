"""Closing files to a process by Landlock.

Source: the Linux kernel's documentation, "Landlock: unprivileged access control", and include/uapi/linux/landlock.h.
"""

from __future__ import annotations

import ctypes
import os
import stat
import struct

from . import kernel

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446  # on every architecture
_CREATE_RULESET_VERSION = 1
_PATH_BENEATH = 1

# Each version of the interface knows more rights.
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_MAKE_CHAR, _MAKE_BLOCK = 1 << 6, 1 << 11
_TRUNCATE, _IOCTL_DEV = 1 << 14, 1 << 15
_RIGHTS = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 5: (1 << 16) - 1}
_OF_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL_DEV
_TCP = 0b11  # bind and connect
_SCOPES = 0b11  # abstract sockets and signals
_NET_VERSION, _SCOPE_VERSION = 4, 6


def landlock_version() -> int:
    """Version of the kernel's Landlock interface; 0 where it is missing or was not enabled at boot."""
    try:
        return _landlock("create_ruleset", _CREATE_RULESET, None, ctypes.c_size_t(0), _CREATE_RULESET_VERSION)
    except OSError:
        return 0


def restrict_files(*, readable: tuple[str, ...], writable: tuple[str, ...], devices: tuple[str, ...]) -> None:
    """Close all files but these, all TCP, and, where the kernel can, signals and abstract sockets to the outside."""
    version = landlock_version()
    all_rights = max(rights for since, rights in _RIGHTS.items() if since <= version)
    net = _TCP if version >= _NET_VERSION else 0
    scoped = _SCOPES if version >= _SCOPE_VERSION else 0
    # struct landlock_ruleset_attr; an older kernel takes a longer one than its own when the rest is zero.
    ruleset = struct.pack("=QQQ", all_rights, net, scoped)
    ruleset_fd = _landlock("create_ruleset", _CREATE_RULESET, ruleset, ctypes.c_size_t(len(ruleset)), 0)
    try:
        for paths, rights in (
            (readable, _EXECUTE | _READ_FILE | _READ_DIR),
            (writable, all_rights & ~(_MAKE_CHAR | _MAKE_BLOCK | _IOCTL_DEV)),
            (devices, _READ_FILE | _WRITE_FILE | _TRUNCATE & all_rights),
        ):
            for path in paths:
                _allow(ruleset_fd, path, rights)
        _landlock("restrict_self", _RESTRICT_SELF, ruleset_fd, 0)
    finally:
        os.close(ruleset_fd)


def _allow(ruleset_fd: int, path: str, rights: int) -> None:
    try:
        fd = os.open(path, os.O_PATH)
    except OSError:  # not every system has all of them; what cannot be opened stays closed
        return
    try:
        if not stat.S_ISDIR(os.fstat(fd).st_mode):
            rights &= _OF_FILES
        rule = struct.pack("=Qi", rights, fd)  # struct landlock_path_beneath_attr
        _landlock(f"add_rule {path}", _ADD_RULE, ruleset_fd, _PATH_BENEATH, rule, 0)
    finally:
        os.close(fd)


def _landlock(what: str, number: int, *arguments: object) -> int:
    return kernel.call(f"landlock_{what}", number, *arguments)
