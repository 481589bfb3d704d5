"""Which system calls a program may make: the one table from which every form of the filter is made.

It is an allow list. `syscalls.json` holds the calls of Linux on x86_64 and aarch64, each with its two
numbers; those that are not named below are allowed, and whatever is not in the file, a call of a newer
kernel above all, is answered with ENOSYS, as an older kernel would: programs have a way round that. A
deny list would open every new kernel interface on the day that a host is upgraded.

Covered: kernel interfaces with a record of breakouts, or with a view of what namespaces do not divide;
namespaces in the namespace; sockets of other families than AF_UNIX; typing into a terminal; other ABIs.
Not covered: arguments behind pointers (paths, addresses), which a filter cannot see; file locks, which
honest programs need.
"""

from __future__ import annotations

import errno
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

LOW_WORD = 0xFFFFFFFF
"""All arguments that are tested have 32 bits for the kernel, whatever the upper half of the register holds."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Kill:
    """The process ends with SIGSYS: no honest program makes this call."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Refuse:
    """The call fails: honest programs try it, or ask whether it is there."""

    errno: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Match:
    """Whether the masked low word of an argument has a value."""

    arg: int
    value: int
    mask: int = LOW_WORD


@dataclass(frozen=True, kw_only=True, slots=True)
class Only:
    """Allowed when all tests of one clause match; otherwise the call fails."""

    clauses: tuple[tuple[Match, ...], ...]
    errno: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Unless:
    """Allowed unless the low word of an argument is one of some values; then the call fails."""

    arg: int
    values: tuple[int, ...]
    errno: int


Rule = Kill | Refuse | Only | Unless

_AF_UNIX, _AF_INET, _AF_INET6 = 1, 2, 10
_SOCK_STREAM, _SOCK_DGRAM = 1, 2
_SOCK_FLAGS = 0o2004000  # SOCK_CLOEXEC and SOCK_NONBLOCK
_IPPROTO_IP, _IPPROTO_TCP, _IPPROTO_UDP = 0, 6, 17  # a protocol such as SCTP would load a kernel module
_CLONE_NEW = 0x7E020000  # all namespaces but time, which clone(2) cannot make
_ADDR_NO_RANDOMIZE, _ASK_PERSONALITY = 0x40000, 0xFFFFFFFF
_F_SETLEASE, _F_NOTIFY = 1024, 1026
_TIOCSTI, _TIOCLINUX, _TIOCSETD = 0x5412, 0x541C, 0x5423  # type for others, paste for others, load a line discipline

_KILLED = """
    acct add_key bpf clock_settime create_module delete_module finit_module fsconfig fsmount fsopen fspick init_module
    ioperm iopl kcmp kexec_file_load kexec_load keyctl lookup_dcookie memfd_secret modify_ldt mount mount_setattr
    move_mount nfsservctl open_by_handle_at open_tree open_tree_attr perf_event_open pidfd_getfd pivot_root
    process_vm_readv process_vm_writev quotactl quotactl_fd reboot request_key setdomainname sethostname setns
    settimeofday swapoff swapon umount2 uselib userfaultfd vhangup
"""

_REFUSED: Mapping[int, str] = {
    # clone3 hides its flags behind a pointer; C libraries fall back to clone, whose flags are tested here.
    # inotify tells who else on the host uses a file that is shown; the contexts of io_setup are the whole host's.
    errno.ENOSYS: """
        _sysctl afs_syscall cachestat clone3 epoll_ctl_old epoll_wait_old get_kernel_syms getpmsg inotify_init
        inotify_init1 io_setup io_uring_enter io_uring_register io_uring_setup listmount lsm_get_self_attr
        lsm_list_modules lsm_set_self_attr putpmsg query_module security statmount sysfs tuxcall vserver
    """,
    errno.EPERM: """
        adjtimex chroot clock_adjtime fanotify_init fanotify_mark get_mempolicy mbind migrate_pages move_pages
        name_to_handle_at process_madvise process_mrelease ptrace set_mempolicy set_mempolicy_home_node syslog
        unshare
    """,
}

_UNIX = Match(arg=0, value=_AF_UNIX)

_TESTED: Mapping[str, Rule] = {
    "clone": Only(clauses=((Match(arg=0, value=0, mask=_CLONE_NEW),),), errno=errno.EPERM),
    "fcntl": Unless(arg=1, values=(_F_SETLEASE, _F_NOTIFY), errno=errno.EINVAL),
    "ioctl": Unless(arg=1, values=(_TIOCSTI, _TIOCLINUX, _TIOCSETD), errno=errno.EPERM),
    "personality": Only(
        clauses=tuple((Match(arg=0, value=value),) for value in (0, _ADDR_NO_RANDOMIZE, _ASK_PERSONALITY)),
        errno=errno.EPERM,
    ),
    "socket": Only(clauses=((_UNIX,),), errno=errno.EAFNOSUPPORT),
    "socketpair": Only(clauses=((_UNIX,),), errno=errno.EAFNOSUPPORT),
}

_LOOPBACK_SOCKET = Only(
    clauses=(
        (_UNIX,),
        *(
            (
                Match(arg=0, value=family),
                Match(arg=1, value=kind, mask=LOW_WORD & ~_SOCK_FLAGS),
                Match(arg=2, value=protocol),
            )
            for family in (_AF_INET, _AF_INET6)
            for kind, protocols in (
                (_SOCK_STREAM, (_IPPROTO_IP, _IPPROTO_TCP)),
                (_SOCK_DGRAM, (_IPPROTO_IP, _IPPROTO_UDP)),
            )
            for protocol in protocols
        ),
    ),
    errno=errno.EAFNOSUPPORT,
)

_HOST_IPC = """
    mq_getsetattr mq_notify mq_open mq_timedreceive mq_timedsend mq_unlink msgctl msgget msgrcv msgsnd semctl semget
    semop semtimedop shmat shmctl shmdt shmget
"""
# Of a process of the same user, such as pid 1 of the sandbox, these could change limits, priority and cores;
# 0 is the process itself.
_ITSELF_BY_ARG = {
    "prlimit64": (0,),
    "sched_setaffinity": (0,),
    "sched_setattr": (0,),
    "sched_setparam": (0,),
    "sched_setscheduler": (0,),
    "setpriority": (0, 1),
}


def rules(*, loopback: bool, has_namespaces: bool = True) -> Mapping[str, Rule]:
    """The calls that are not simply allowed, by name.

    Args:
        loopback: Whether TCP and UDP sockets may be made, for a network of the program's own.
        has_namespaces: Whether network and IPC are its own. If not, sockets but pairs, and System V and
            POSIX IPC, are refused too.
    """
    found: dict[str, Rule] = {name: Kill() for name in _KILLED.split()}
    for code, names in _REFUSED.items():
        found |= {name: Refuse(errno=code) for name in names.split()}
    found |= _TESTED
    found["ioprio_set"] = Refuse(errno=errno.EPERM)
    for name, args in _ITSELF_BY_ARG.items():
        found[name] = Only(clauses=(tuple(Match(arg=arg, value=0) for arg in args),), errno=errno.EPERM)
    if loopback:
        found["socket"] = _LOOPBACK_SOCKET
    if not has_namespaces:
        found["socket"] = Refuse(errno=errno.EAFNOSUPPORT)
        found |= {name: Refuse(errno=errno.ENOSYS) for name in _HOST_IPC.split()}
    return MappingProxyType(found)
