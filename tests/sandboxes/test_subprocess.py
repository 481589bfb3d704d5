import asyncio
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from palestra.sandboxes import (
    Command,
    Limits,
    Program,
    Property,
    SandboxUnavailableError,
    Status,
    SubprocessSandbox,
)

WARNS_ONCE = """
import warnings
from palestra.sandboxes import SubprocessSandbox
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    SubprocessSandbox(allow_unsafe=True)
    SubprocessSandbox(allow_unsafe=True)
print(len(caught), caught[0].category.__name__)
"""

# A daemon in the usual way: two forks and a session of its own; it says who it is, and stays.
DAEMON = """
import os, time
read, write = os.pipe()
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.write(write, str(os.getpid()).encode())
        time.sleep(60)
    os._exit(0)
print(os.read(read, 20).decode(), end="")
"""


def is_alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def test_is_refused_unless_asked_for_by_name() -> None:
    with pytest.raises(SandboxUnavailableError, match=r"hint: .*allow_unsafe=True"):
        SubprocessSandbox(allow_unsafe=False)


def test_warns_once_per_process() -> None:
    code = f"import sys; sys.path[:] = {sys.path!r}\n{WARNS_ONCE}"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).split() == ["1", "RuntimeWarning"]


def test_a_daemon_dies_with_its_program(box: SubprocessSandbox) -> None:
    result = box.run_sync(Program.python(DAEMON))
    assert result.status is Status.OK
    assert not is_alive(int(result.stdout))


def test_children_that_ignore_signals_die_with_their_program(box: SubprocessSandbox) -> None:
    source = "trap '' INT TERM HUP; sleep 60 & (setsid sleep 60 & echo $!); echo $!"
    result = box.run_sync(Program.command("sh", "-c", source))
    assert result.status is Status.OK
    assert [is_alive(int(pid)) for pid in result.stdout.split()] == [False, False]


def test_a_cancelled_run_leaves_nothing_alive(box: SubprocessSandbox, tmp_path: Path) -> None:
    mark = tmp_path / "pid"

    async def cancel() -> None:
        source = f"import os\nopen({str(mark)!r} + '.new', 'w').write(str(os.getpid()))\n"
        source += f"os.rename({str(mark)!r} + '.new', {str(mark)!r})\nwhile True: pass"
        task = asyncio.create_task(box.run(Program.python(source)))
        while not mark.exists():
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancel())
    box.close()
    assert not is_alive(int(mark.read_text()))


@pytest.mark.parametrize(
    ("source", "limits", "status"),
    [
        ("while True: pass", Limits(cpu_s=0.3), Status.TLE_CPU),
        ("import os\nos.fork(); os.fork()\nwhile True: pass", Limits(cpu_s=0.3), Status.TLE_CPU),
        ("import time; time.sleep(60)", Limits(cpu_s=0.3, wall_s=0.3), Status.TLE_WALL),
        ("x = bytearray(1 << 30)", Limits(memory_bytes=64 << 20), Status.MLE),
        (
            "import os, time\n"
            "for _ in range(4):\n"
            "    if os.fork() == 0:\n"
            "        x = bytearray(b'x' * (40 << 20)); time.sleep(60)\n"
            "time.sleep(60)",
            Limits(memory_bytes=100 << 20),
            Status.MLE,
        ),
        (
            "import threading, time\n"
            "for _ in range(20): threading.Thread(target=time.sleep, args=(60,), daemon=True).start()\n"
            "time.sleep(60)",
            Limits(pids=10),
            Status.PIDS,
        ),
        ("while True: print('x' * 1000)", Limits(output_bytes=1 << 16), Status.OLE),
        ("open('f', 'wb').write(bytes(2 << 20))", Limits(file_bytes=1 << 20), Status.DISK),
        ("import os; os.abort()", Limits(), Status.SIGNAL),
        ("raise SystemExit(3)", Limits(), Status.NONZERO),
    ],
)
def test_a_limit_ends_a_program_with_its_status(
    box: SubprocessSandbox, source: str, limits: Limits, status: Status
) -> None:
    result = box.run_sync(Program.python(source), limits)
    assert result.status is status, (result.detail, result.stderr[-300:])
    assert len(result.stdout) <= limits.output_bytes


def test_a_killed_supervisor_is_the_program_s_doing(box: SubprocessSandbox) -> None:
    result = box.run_sync(Program.python("import os, signal; os.kill(os.getppid(), signal.SIGKILL)"))
    assert result.status is Status.SIGNAL


def test_input_is_fed_while_output_is_drained(box: SubprocessSandbox) -> None:
    data = os.urandom(3 << 20)
    assert box.run_sync(Program.command("cat", stdin=data)).stdout == data


def test_a_program_has_its_own_environment(box: SubprocessSandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET", "canary")
    program = Program(entry=Command(argv=("env",)), env={"A": "1", "HOME": "/elsewhere"})
    found = set(box.run_sync(program).stdout.decode().split("\n"))
    assert {"A=1", "HOME=/elsewhere", "LANG=C.UTF-8"} <= found
    assert "SECRET=canary" not in found


def test_a_program_inherits_no_descriptors(box: SubprocessSandbox) -> None:
    assert box.run_sync(Program.command("ls", "/proc/self/fd")).stdout.split() == [b"0", b"1", b"2", b"3"]


def test_a_missing_executable_is_told_as_shells_do(box: SubprocessSandbox) -> None:
    result = box.run_sync(Program.command("no-such-program"))
    assert (result.status, result.exit_code) == (Status.NONZERO, 127)
    assert b"no-such-program" in result.stderr


def test_removes_its_folder(box: SubprocessSandbox) -> None:
    folder = box.run_sync(Program.python("import os; print(os.getcwd(), end='')")).stdout.decode()
    assert folder
    assert not Path(folder).exists()


def test_runs_of_several_threads_do_not_meet(box: SubprocessSandbox) -> None:
    found: dict[int, bytes] = {}

    def run(i: int) -> None:
        found[i] = box.run_sync(Program.python(f"print({i}, end='')")).stdout

    threads = [threading.Thread(target=run, args=(i,)) for i in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {i: str(i).encode() for i in range(6)}


def test_leaves_no_descriptor_open(box: SubprocessSandbox) -> None:
    box.run_sync(Program.command("true"))
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(3):
        box.run_sync(Program.command("true"))
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_does_not_claim_what_it_does_not_hold(box: SubprocessSandbox) -> None:
    claimed = box.report.isolates.keys()
    assert not claimed & {Property.FS_READ, Property.FS_WRITE, Property.NET, Property.PID, Property.IPC, Property.PIDS}


def test_a_failure_of_the_sandbox_says_nothing_about_the_program(
    box: SubprocessSandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "gone"))
    result = box.run_sync(Program.python("print(1)"))
    assert result.status is Status.INFRA
    assert "sandbox failed" in result.detail
