import signal
from dataclasses import replace

import pytest

from palestra.sandboxes import Limits, Status, SubprocessSandbox
from palestra.sandboxes.ending import Ending, Stop, failure

FINE = Ending(code=0, cpu_s=0.1, wall_s=0.2, stdout=b"pass")


@pytest.mark.parametrize(
    ("ending", "status"),
    [
        (FINE, Status.OK),
        (replace(FINE, code=3), Status.NONZERO),
        (replace(FINE, code=-signal.SIGSEGV), Status.SIGNAL),
        (replace(FINE, code=-40), Status.SIGNAL),
        (replace(FINE, code=-signal.SIGSYS), Status.SECCOMP),
        (replace(FINE, code=-signal.SIGXFSZ), Status.DISK),
        (replace(FINE, code=-signal.SIGXCPU), Status.TLE_CPU),
        (replace(FINE, cpu_s=99.0), Status.TLE_CPU),
        (replace(FINE, code=-9, stopped_for=Stop.CPU), Status.TLE_CPU),
        (replace(FINE, code=-9, stopped_for=Stop.WALL), Status.TLE_WALL),
        (replace(FINE, code=-9, stopped_for=Stop.MEMORY), Status.MLE),
        (replace(FINE, code=-9, stopped_for=Stop.PIDS), Status.PIDS),
        (replace(FINE, code=-9, stopped_for=Stop.DISK), Status.DISK),
        (replace(FINE, code=-9, stopped_for=Stop.OUTPUT), Status.OLE),
        (replace(FINE, oom_kills=1), Status.MLE),
        (replace(FINE, pids_refused=1), Status.PIDS),
        (replace(FINE, disk_full=True), Status.DISK),
        (replace(FINE, stderr_truncated=True), Status.OLE),
        (replace(FINE, code=1, stderr=b"Traceback\nMemoryError\n"), Status.MLE),
        (replace(FINE, code=1, stderr=b"OSError: [Errno 28] No space left on device"), Status.DISK),
        (replace(FINE, code=1, stderr=b"RuntimeError: can't start new thread\n"), Status.PIDS),
        (replace(FINE, code=0, stderr=b"MemoryError\n"), Status.OK),
    ],
)
def test_evidence_comes_before_the_exit_code(ending: Ending, status: Status, box: SubprocessSandbox) -> None:
    result = ending.result(Limits(), box.report)
    assert result.status is status
    assert bool(result.detail) is (status is not Status.OK)
    assert result.exit_code == (ending.code if ending.code >= 0 else None)
    assert result.signal == (-ending.code if ending.code < 0 else None)


def test_a_failure_says_nothing_about_the_program(box: SubprocessSandbox) -> None:
    result = failure("no room", box.report)
    assert (result.status, result.exit_code, result.detail) == (Status.INFRA, None, "the sandbox failed: no room")
