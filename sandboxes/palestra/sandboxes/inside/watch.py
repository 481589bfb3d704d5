"""Waiting for the end of a job, or ending it at a limit."""

from __future__ import annotations

import os
import select

from .guard import Guard
from .place import Place
from .protocol import Job, Report
from .usage import everyone


def watch(pid: int, place: Place, job: Job, control: int) -> Report:
    """Wait for the end of a job, or end it at a limit, and leave no process of it."""
    guard, stop = Guard(job.limits), ""
    # All that the launcher sees but itself and the job's pid 1.
    ours = {1, place.pid_1}
    pidfd = os.pidfd_open(pid)
    poll = select.poll()
    poll.register(pidfd, select.POLLIN)
    poll.register(control, select.POLLIN)
    while not stop and not poll.poll(guard.tick_s * 1000):  # until it has ended, or the host says stop, or has gone
        stop = guard.look([seen for seen in everyone() if seen not in ours])
    os.close(pidfd)
    status, usage = place.end(pid)
    return Report(
        code=os.waitstatus_to_exitcode(status),
        stop=stop,
        cpu_s=max(guard.cpu_s, usage.ru_utime + usage.ru_stime),
        wall_s=guard.elapsed_s,
        peak_memory_bytes=max(guard.peak_bytes, usage.ru_maxrss * 1024),
        disk_full=place.is_full(),
    )
