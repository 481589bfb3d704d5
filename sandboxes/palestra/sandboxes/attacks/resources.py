"""Attacks on the limits: memory, processes, CPU seconds, the clock, disk."""

from __future__ import annotations

import dataclasses

from palestra.sandboxes.attacks.attack import STRICT, Attack, Trial, data, ended, reported, script
from palestra.sandboxes.report import Property
from palestra.sandboxes.result import RunResult, Status

_MLE = frozenset({Status.MLE})
_DISK = frozenset({Status.DISK})
_TLE_CPU = frozenset({Status.TLE_CPU})
_TLE_WALL = frozenset({Status.TLE_WALL})
_LONGER = dataclasses.replace(STRICT, cpu_s=3.0, wall_s=12.0)
_SHORT = dataclasses.replace(STRICT, cpu_s=1.0, wall_s=2.0)
_BURNT_S = 0.4
_COMPILER = dataclasses.replace(STRICT, cpu_s=4.0, wall_s=16.0)


def _attack(name: str, proves: Property, how: str, statuses: frozenset[Status], program: str) -> Attack:
    return Attack(
        name=name, proves=proves, how=how, source=script(program), limits=_LONGER, statuses=statuses, held=ended
    )


_MEMORY: tuple[Attack, ...] = (
    _attack("heap bomb", Property.MEMORY, "512 MiB of heap where 128 are allowed", _MLE, "memory_heap"),
    _attack("child bomb", Property.MEMORY, "a child takes it, the parent says pass and exits 0", _MLE, "memory_child"),
    _attack("sum bomb", Property.MEMORY, "sixteen children with 32 MiB each", _MLE, "memory_many"),
    _attack(
        "memfd bomb", Property.MEMORY, "files without a name", frozenset({Status.MLE, Status.NONZERO}), "memory_memfd"
    ),
    _attack("shared bomb", Property.MEMORY, "shared pages and System V segments", _MLE, "memory_pages"),
    _attack(
        "folder bomb",
        Property.MEMORY,
        "files in /dev/shm, /dev, /run and other folders of the system",
        frozenset({Status.MLE, Status.DISK, Status.NONZERO}),
        "memory_folder",
    ),
)

_PIDS: tuple[Attack, ...] = (
    _attack("fork bomb", Property.PIDS, "300 children where 24 are allowed", frozenset({Status.PIDS}), "forks"),
    _attack(
        "fork tree",
        Property.PIDS,
        "every child forks on in a session of its own and ignores refusals",
        frozenset({Status.PIDS, Status.TLE_CPU, Status.TLE_WALL}),
        "fork_tree",
    ),
    _attack("thread bomb", Property.PIDS, "300 threads", frozenset({Status.PIDS}), "threads"),
    dataclasses.replace(
        _attack(
            "hidden fork bomb",
            Property.PIDS,
            "takes all there is, hides the refusal and exits 0",
            frozenset({Status.PIDS, Status.OK}),
            "fork_pass",
        ),
        # Where processes are counted from outside, the program may be stopped before it has come to its end.
        held=lambda result: "" if result.status is Status.PIDS else reported(result),
    ),
)

_TIME: tuple[Attack, ...] = tuple(
    Attack(name=name, proves=Property.CPU, how=how, source=source, limits=limits, statuses=statuses, held=ended)
    for name, how, source, limits, statuses in (
        ("busy children", "children in sessions of their own spin", script("spin_children"), STRICT, _TLE_CPU),
        ("relay", "forty children spin 0.3 s, one after the other", script("spin_relay"), _LONGER, _TLE_CPU),
        ("swallow the limit", "catches every signal and exception", script("swallow"), STRICT, _TLE_CPU),
        ("sleep", "ignores every signal and waits", script("stall", "HOW = ''\n"), _SHORT, _TLE_WALL),
        ("sleep in a session", "and a child too", script("stall", "HOW = 'fork'\n"), _SHORT, _TLE_WALL),
        ("stop", "stops itself by SIGSTOP", script("stall", "HOW = 'stop'\n"), _SHORT, _TLE_WALL),
    )
)


def _counted(result: RunResult) -> str:
    return "" if result.cpu_s >= _BURNT_S else f"{result.cpu_s:.2f} CPU seconds were counted of {_BURNT_S} and more"


_HIDDEN_TIME: tuple[Attack, ...] = (
    Attack(
        name="fake clock",
        proves=Property.CPU,
        how="the program's clocks stand still while it spins",
        source=script("fake_clock"),
        held=_counted,
    ),
    Attack(
        name="work elsewhere",
        proves=Property.CPU,
        how="an orphan in a session of its own does the work",
        source=script("work_elsewhere"),
        held=_counted,
    ),
)

_SPACE: tuple[Attack, ...] = (
    Attack(
        name="fill the disk",
        proves=Property.DISK,
        how="files in every folder until one is refused",
        source=script("fill_disk", "QUIET = False\n"),
        limits=_LONGER,
        statuses=_DISK | _MLE,
        held=ended,
    ),
    Attack(
        name="fill the disk, say nothing",
        proves=Property.DISK,
        how="the same, and exit code 0",
        source=script("fill_disk", "QUIET = True\n"),
        limits=_LONGER,
        statuses=_DISK | _MLE,
        held=ended,
    ),
    Attack(
        name="fill the inodes",
        proves=Property.DISK,
        how="empty files and folders until one is refused",
        source=script("fill_inodes"),
        limits=_LONGER,
        statuses=_DISK | _MLE,
        held=ended,
    ),
    Attack(
        name="sparse file",
        proves=Property.DISK,
        how="one file of 1 TiB without a byte in it",
        source=script("sparse"),
        limits=_LONGER,
        statuses=_DISK,
        held=ended,
    ),
    Attack(
        name="open files",
        proves=Property.DISK,
        how="4096 descriptors where 256 are allowed",
        source=script("open_files"),
    ),
)

_COMPILERS: tuple[Attack, ...] = tuple(
    Attack(
        name=name,
        proves=Property.MEMORY,
        how=how,
        source=data(file),
        argv=("gcc", "-x", "c", "-o", "program", "attack"),
        limits=_COMPILER,
        statuses=frozenset({Status.MLE, Status.TLE_CPU, Status.NONZERO}),
        held=ended,
        tool="gcc",
    )
    for name, how, file in (
        ("compiler eats a device", "gcc includes /dev/zero", "bomb.c"),
        ("compiler eats macros", "seven layers of macros, ten million terms", "templates.c"),
    )
)

BOMBS: tuple[Trial, ...] = (*_MEMORY, *_PIDS, *_TIME, *_HIDDEN_TIME, *_SPACE, *_COMPILERS)
