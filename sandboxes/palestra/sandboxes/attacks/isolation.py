"""Attacks on the walls: files, network, processes, shared memory, system calls, secrets, and what was there before."""

from __future__ import annotations

from palestra.sandboxes.attacks.attack import Attack, Identity, Trial, script
from palestra.sandboxes.limits import Limits
from palestra.sandboxes.report import Property
from palestra.sandboxes.result import Status

_MANY_TRIES = Limits(cpu_s=20.0, wall_s=60.0)
_LOOPBACK = Limits(cpu_s=20.0, wall_s=60.0, loopback=True)

WALLS: tuple[Trial, ...] = (
    Attack(
        name="read files",
        proves=Property.FS_READ,
        how="canaries by path, /proc/*/root, /etc/shadow, /root, device files, file handles, a walk over all folders",
        source=script("read_files"),
        limits=_MANY_TRIES,
    ),
    Attack(
        name="write files",
        proves=Property.FS_WRITE,
        how="canaries, system folders, the image, /proc/sys, cgroup files, oom_score_adj, mknod, hard links",
        source=script("write_files"),
        limits=_MANY_TRIES,
    ),
    Attack(
        name="reach the network",
        proves=Property.NET,
        how="TCP, UDP, abstract and file sockets of the host, routes outwards, vsock, netlink, packet, alg sockets",
        source=script("network"),
        limits=_MANY_TRIES,
    ),
    Attack(
        name="reach the network from a loopback",
        proves=Property.NET,
        how="the same in a run with a 127.0.0.1 of its own",
        source=script("network"),
        limits=_LOOPBACK,
    ),
    Attack(
        name="reach processes",
        proves=Property.PID,
        how="list, signal, trace, slow down, read and write processes of the host, process 1 and the parent",
        source=script("processes"),
        limits=_MANY_TRIES,
    ),
    Attack(
        name="reach shared memory",
        proves=Property.IPC,
        how="a System V segment and a POSIX queue of the host by key, name, number and list",
        source=script("ipc"),
        limits=_MANY_TRIES,
    ),
    Attack(
        name="find secrets",
        proves=Property.ENV,
        how="own environment, /proc/*/environ and cmdline, open file descriptors, own memory, frames, modules",
        source=script("environment"),
        limits=_MANY_TRIES,
    ),
    Attack(
        name="call the kernel",
        proves=Property.SYSCALLS,
        how="keyctl, io_uring, bpf, perf, userfaultfd, ptrace, namespaces, mounts, int 0x80, setuid programs, TIOCSTI",
        source=script("syscalls"),
        limits=_MANY_TRIES,
    ),
    Identity(
        name="be root",
        proves=Property.SYSCALLS,
        how="the host looks up the user id behind a running program",
    ),
    Attack(
        name="leave things behind",
        proves=Property.FRESH,
        how="files, a daemon, a listener, shared memory, a thread and a changed interpreter for the next program",
        source=script("leave"),
        limits=_MANY_TRIES,
        then=script("look"),
    ),
    Attack(
        name="strike at the worker",
        proves=Property.FRESH,
        how="kill, stop and overwrite the parent and process 1, write into open descriptors",
        source=script("strike"),
        limits=_MANY_TRIES,
        statuses=frozenset({Status.OK, Status.SECCOMP, Status.SIGNAL}),
        then=script("look"),
        needs=frozenset({Property.PID}),
    ),
)
