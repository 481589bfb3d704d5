"""The system calls that both programs need and Python does not offer, as functions that raise OSError.

Source: the manual pages of section 2 of the Linux man-pages project, by the function's name.
"""

from __future__ import annotations

import ctypes
import os

from .lean import signal

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_SECCOMP, _PR_CAPBSET_DROP = 1, 4, 22, 24
_PR_SET_CHILD_SUBREAPER, _PR_SET_NO_NEW_PRIVS, _PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL = 36, 38, 47, 4
_SECCOMP_MODE_FILTER = 2
_LAST_CAPABILITY = 63  # the kernel says EINVAL at the first that it does not have
_CAPABILITY_VERSION_3 = 0x2008_0522
_CAPSET_HEADER = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
_NO_CAPABILITIES = (ctypes.c_uint32 * 6)()
_CLOSE_RANGE = 436  # from 424 on the numbers are the same on every architecture

libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
libc.prctl.argtypes = (ctypes.c_int, ctypes.c_ulong, ctypes.c_ulong, ctypes.c_ulong, ctypes.c_ulong)


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def checked(result: int, what: str) -> int:
    """The result of a function of libc, unless it is an error."""
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


def call(what: str, number: int, *arguments: object) -> int:
    """Make a system call for which libc has no function."""
    return checked(libc.syscall(ctypes.c_long(number), *arguments), what)


def close_from(first: int) -> None:
    """Close every descriptor from this one on."""
    call("close_range", _CLOSE_RANGE, ctypes.c_uint(first), ctypes.c_uint(0xFFFF_FFFF), 0)


def set_dumpable(*, dumpable: bool) -> None:
    """Whether other processes of the same user may look into this one."""
    _prctl(_PR_SET_DUMPABLE, int(dumpable))


def die_with_parent() -> None:
    """Be killed when the parent ends."""
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def adopt_orphans() -> None:
    """Become the parent of every descendant whose own parent ends: none can get away."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def become_user(uid: int) -> None:
    """Become another user, with the group of the same number and no others."""
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)


def never_gain_privileges() -> None:
    """Let nothing that is executed from here on gain a right: no set-user-id, no capability of a file."""
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)
    for capability in range(_LAST_CAPABILITY + 1):
        try:
            _prctl(_PR_CAPBSET_DROP, capability)
        except OSError:  # it is the first that does not exist, or there are none to drop
            break
    _prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL)


def drop_capabilities() -> None:
    """Give up every capability, for ever."""
    checked(libc.capset(_CAPSET_HEADER, _NO_CAPABILITIES), "capset")


def drop_privileges(uid: int | None) -> None:
    """Give up every right for good, and become another user if one is given."""
    never_gain_privileges()
    if uid is not None:
        become_user(uid)
    drop_capabilities()


def install_filter(code: bytes) -> None:
    """Let the kernel check every further system call by a BPF program (packed `sock_filter`s)."""
    program = _Program(len(code) // 8, code)
    _prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.addressof(program))


def _prctl(option: int, first: int, second: int = 0) -> None:
    checked(libc.prctl(option, first, second, 0, 0), f"prctl {option}")
