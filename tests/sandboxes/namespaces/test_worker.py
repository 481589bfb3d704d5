from __future__ import annotations

import os
import secrets
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from leftovers import cgroups_of, descendants, soon
from palestra.sandboxes import Limits, Program, RunResult, SandboxUnavailableError, Status
from palestra.sandboxes.ending import Ending
from palestra.sandboxes.namespaces.image import HostImage
from palestra.sandboxes.namespaces.slot import WorkerError
from palestra.sandboxes.namespaces.worker import Worker, WorkerSpec
from palestra.sandboxes.program import Command, PythonScript
from palestra.sandboxes.zygote import ZygoteSandbox

SHORT = Limits(cpu_s=1.0, wall_s=2.0)

# Prints every canary in all of its own memory, descriptors, objects and frames.
SEARCH = r"""
import gc, os, re, sys
pattern = re.compile(b"CANARY" + b"-[a-z_]+-[0-9a-f]{16}")
found = set()
with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb", buffering=0) as memory:
    for line in maps:
        start, end = (int(x, 16) for x in line.split()[0].split("-"))
        try:
            memory.seek(start)
            found |= set(pattern.findall(memory.read(end - start)))
        except (OSError, ValueError, OverflowError):
            pass
for name in ("environ", "cmdline", "auxv", "mountinfo", "cgroup", "status", "net/unix"):
    with open("/proc/self/" + name, "rb") as file:
        found |= set(pattern.findall(file.read()))
for fd in os.listdir("/proc/self/fd"):
    if os.path.lexists("/proc/self/fd/" + fd):
        found |= set(pattern.findall(os.fsencode(os.readlink("/proc/self/fd/" + fd))))
for thing in gc.get_objects():
    try:
        found |= set(pattern.findall(repr(thing).encode()))
    except Exception:
        pass
frame = sys._getframe()
while frame:
    found |= set(pattern.findall(repr((frame.f_locals, list(frame.f_globals))).encode()))
    frame = frame.f_back
for top, folders, files in os.walk("/sandbox"):
    found |= set(pattern.findall(" ".join(files + folders).encode()))
print(sorted(found), sorted(map(int, os.listdir("/proc/self/fd"))))
"""


@pytest.fixture
def worker(zygote: ZygoteSandbox) -> Iterator[Worker]:
    worker = Worker(zygote.spec)
    yield worker
    worker.close()


def run(worker: Worker, program: Program, limits: Limits = SHORT) -> Ending:
    return worker.run(program, limits, threading.Event())


def said(result: RunResult) -> str:
    assert result.status is Status.OK, (result.detail, result.stderr)
    return result.stdout.decode().strip()


def canary(label: str) -> str:
    return f"CANARY-{label}-{secrets.token_hex(8)}"


def test_no_secret_of_the_host_or_of_an_earlier_job_is_in_a_jobs_memory(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, zygote: ZygoteSandbox
) -> None:
    monkeypatch.setenv("EXPECTED", canary("environment"))
    (tmp_path / canary("file_name")).write_text(canary("file"))
    held_open = (tmp_path / "open").open("w+")
    held_open.write(canary("open_file"))
    held_open.flush()
    os.set_inheritable(held_open.fileno(), True)
    in_memory = canary("parent_memory").encode()
    with held_open, ZygoteSandbox(slots=1) as sandbox:
        for _ in range(3):
            earlier = Program(
                entry=PythonScript(source=f"x = '{canary('code')}'; print(x)", args=(canary("argument"),)),
                stdin=canary("input").encode(),
                files={canary("name"): canary("content").encode()},
                env={"SECRET": canary("variable")},
            )
            result = sandbox.run_sync(earlier)
            assert result.stdout.startswith(b"CANARY-code-")
            command = Command(argv=("/bin/echo", canary("command")))
            assert sandbox.run_sync(Program(entry=command)).stdout.startswith(b"CANARY-command-")
            found = said(sandbox.run_sync(Program.python(SEARCH), Limits(cpu_s=10, wall_s=30)))
            assert found == "[] [0, 1, 2, 3]"
    assert in_memory


def test_the_search_finds_what_a_job_does_hold(zygote: ZygoteSandbox) -> None:
    own = canary("own")
    script = PythonScript(source=SEARCH, args=(own,))
    assert own in said(zygote.run_sync(Program(entry=script), Limits(cpu_s=10, wall_s=30)))


def test_pid_1_of_a_job_can_neither_be_looked_into_nor_signalled(zygote: ZygoteSandbox) -> None:
    source = """
import ctypes, fcntl, os, signal
for number in range(1, 65):
    os.kill(1, number)
fd = os.pidfd_open(1)
for number in (signal.SIGKILL, signal.SIGSTOP, signal.SIGTERM):
    signal.pidfd_send_signal(fd, number)
end, start = os.pipe()
for number in (signal.SIGKILL, signal.SIGSTOP, signal.SIGUSR1):
    fcntl.fcntl(end, fcntl.F_SETOWN, 1)
    fcntl.fcntl(end, 10, number)  # F_SETSIG
    fcntl.fcntl(end, fcntl.F_SETFL, fcntl.fcntl(end, fcntl.F_GETFL) | os.O_ASYNC)
    os.write(start, b"x")
names = ("mem", "map_files", "fd", "environ", "root", "maps", "ns")
print([name for name in names if os.path.exists("/proc/1/" + name)])
try:
    os.setpriority(os.PRIO_PROCESS, 1, 19)
except PermissionError:
    print("held")
"""
    assert said(zygote.run_sync(Program.python(source))) == "[]\nheld"
    assert said(zygote.run_sync(Program.python("print(1)"))) == "1"


def test_pid_1_and_the_launcher_handle_no_signal(worker: Worker) -> None:
    thread = threading.Thread(target=run, args=(worker, Program.python("import time; time.sleep(0.5)")))
    thread.start()
    assert soon(lambda: len(descendants(worker._slot._process.pid)) == 3)
    for pid in descendants(worker._slot._process.pid):
        caught = next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if "SigCgt" in line)
        assert int(caught.split()[1], 16) & ~0b10 == 0  # all but the job's own SIGINT
    thread.join()


STANDING = {
    "stopped": "os.kill(os.getpid(), signal.SIGSTOP)",
    "all stopped": "for _ in range(4): os.fork()\nos.kill(os.getpid(), signal.SIGSTOP)",
    "stopped by a child": "if os.fork() == 0: os.kill(os.getppid(), signal.SIGSTOP)\nsignal.pause()",
    "deaf": "for n in {*range(1, 65)} - {9, 19, 32, 33}: signal.signal(n, signal.SIG_IGN)\nsignal.pause()",
    "daemon": "if os.fork() == 0:\n  os.setsid()\n  os.fork()\nsignal.pause()",
}


@pytest.mark.parametrize("source", STANDING.values(), ids=STANDING.keys())
def test_what_stands_still_is_ended_by_the_wall_fuse(zygote: ZygoteSandbox, source: str) -> None:
    result = zygote.run_sync(Program.python(f"import os, signal\n{source}"), Limits(cpu_s=0.5, wall_s=0.5))
    assert result.status is Status.TLE_WALL
    assert result.wall_s < 30
    assert said(zygote.run_sync(Program.python("print(1)"))) == "1"


def test_a_job_may_open_its_output_anew_but_not_read_it(zygote: ZygoteSandbox) -> None:
    source = """
for name in ("stdout", "stderr"):
    with open("/dev/" + name, "w") as file: file.write(name)
for path in ("/dev/stdout", "/proc/self/fd/1"):
    try:
        open(path)
        print("read")
    except PermissionError:
        pass
"""
    result = zygote.run_sync(Program.python(source))
    assert (result.stdout, result.stderr) == (b"stdout", b"stderr") or os.geteuid() != 0
    assert zygote.run_sync(Program.command("sh", "-c", "echo a > /dev/stderr")).stderr == b"a\n"


def test_a_job_cannot_change_its_input(zygote: ZygoteSandbox) -> None:
    source = """
import os
fd = os.open("/proc/self/fd/0", os.O_RDWR)
for change in (lambda: os.write(fd, b"x"), lambda: os.ftruncate(fd, 0), lambda: os.ftruncate(fd, 99)):
    try:
        change()
        print("changed")
    except PermissionError:
        pass
print(os.read(0, 9))
"""
    assert said(zygote.run_sync(Program.python(source, stdin=b"as it was"))) == "b'as it was'"


def test_every_exit_code_is_told(worker: Worker) -> None:
    assert [run(worker, Program.python(f"import os; os._exit({code})")).code for code in range(256)] == list(range(256))


@pytest.mark.parametrize("fds", ["0", "1", "2", "0, 1, 2"])
def test_a_job_may_close_its_streams(zygote: ZygoteSandbox, fds: str) -> None:
    result = zygote.run_sync(Program.python(f"import os\nfor fd in ({fds},): os.close(fd)\nos._exit(7)"))
    assert (result.status, result.exit_code) == (Status.NONZERO, 7)


def test_the_verdict_does_not_wait_for_who_holds_the_output(zygote: ZygoteSandbox) -> None:
    source = """
import os, socket, time
a, b = socket.socketpair()
socket.send_fds(a, [b"x"], [1, 2, a.fileno(), b.fileno()])
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        time.sleep(20); os.write(1, b"late")
    time.sleep(20)
print("main")
"""
    result = zygote.run_sync(Program.python(source), Limits(cpu_s=1, wall_s=60))
    assert said(result) == "main"
    assert result.wall_s < 15


def test_shared_memory_and_files_of_a_job_do_not_count_for_the_next(zygote: ZygoteSandbox) -> None:
    limits = Limits(cpu_s=20, wall_s=60, memory_bytes=128 << 20, disk_bytes=128 << 20, file_bytes=128 << 20)
    segment = """
import ctypes
libc = ctypes.CDLL(None)
libc.shmat.restype = ctypes.c_void_p
size = ctypes.c_size_t(80 << 20)
address = libc.shmat(libc.shmget(0, size, 0o1666), None, 0)
ctypes.memset(ctypes.c_void_p(address), 1, size)
"""
    for source in (segment, "open('/dev/shm/x', 'wb').write(bytes(80 << 20))", "x = bytes(80 << 20)"):
        for program in (source, "x = b'x' * (80 << 20); print(len(x))"):
            result = zygote.run_sync(Program.python(program), limits)
            assert result.status is Status.OK, (source, program, result.detail)


def test_limits_of_one_job_are_not_those_of_the_next(zygote: ZygoteSandbox) -> None:
    few = Limits(cpu_s=1, wall_s=9, pids=4, open_files=16, file_bytes=1000, memory_bytes=64 << 20)
    source = "import resource as r; print([r.getrlimit(k)[0] for k in (r.RLIMIT_NOFILE, r.RLIMIT_FSIZE)])"
    assert said(zygote.run_sync(Program.python(source), few)) == "[16, 1000]"
    assert said(zygote.run_sync(Program.python(source))) == f"[256, {16 << 20}]"
    threads = "import threading, time; [threading.Thread(target=time.sleep, args=(0.1,)).start() for _ in range(20)]"
    assert zygote.run_sync(Program.python(threads), few).status is Status.PIDS
    assert zygote.run_sync(Program.python(threads)).status is Status.OK


def test_a_worker_says_when_its_launcher_is_gone(worker: Worker) -> None:
    run(worker, Program.python("print(1)"))
    worker.kill()
    assert soon(lambda: not worker.is_alive)
    with pytest.raises(WorkerError):
        run(worker, Program.python("print(1)"))


def test_a_closed_worker_leaves_nothing_and_may_be_closed_again(worker: Worker) -> None:
    pids = descendants(worker._slot._process.pid)
    assert pids
    worker.close()
    worker.close()
    assert not worker.is_alive
    assert soon(lambda: not any(Path(f"/proc/{pid}").exists() for pid in pids))


def test_a_worker_that_cannot_start_says_why_and_leaves_nothing(zygote: ZygoteSandbox) -> None:
    before = cgroups_of(os.getpid())
    layout = HostImage(preload=("no_such_module",)).layout()
    with pytest.raises(SandboxUnavailableError, match=r"no_such_module(.|\n)*hint: "):
        Worker(WorkerSpec(layout=layout))
    assert cgroups_of(os.getpid()) == before


def test_the_host_user_of_two_launchers_is_not_the_same(zygote: ZygoteSandbox) -> None:
    source = "print(open('/proc/self/uid_map').read().split()[1])"
    with ZygoteSandbox(slots=1) as other:
        uids = {said(sandbox.run_sync(Program.python(source))) for sandbox in (zygote, other)}
    if os.geteuid() == 0:
        assert len(uids) == 2
        assert all(int(uid) >= 0x7000_0000 for uid in uids)
    else:
        assert uids == {str(os.getuid())}


def test_the_package_does_not_need_the_hosts_environment(zygote: ZygoteSandbox) -> None:
    folder = str(Path(sys.modules["palestra.sandboxes"].__file__ or "").parents[2])
    source = f"""
import sys
sys.path.insert(0, {folder!r})
from palestra.sandboxes import Program
from palestra.sandboxes.zygote import ZygoteSandbox
with ZygoteSandbox(slots=1) as sandbox:
    print(sandbox.run_sync(Program.python("import os; print(sorted(os.environ))")).stdout.decode())
"""
    done = subprocess.run([sys.executable, "-c", source], env={}, cwd="/", capture_output=True, text=True, check=True)
    assert "HOME" in done.stdout


def test_the_contexts_of_asynchronous_io_stay_for_the_host(zygote: ZygoteSandbox) -> None:
    source = """
import ctypes, platform
libc = ctypes.CDLL(None)
context = ctypes.c_ulong()
number = {"x86_64": 206, "aarch64": 0}[platform.machine()]
print(libc.syscall(number, 128, ctypes.byref(context)), libc.inotify_init1(0))
"""
    assert said(zygote.run_sync(Program.python(source))) == "-1 -1"


def test_sockets_that_a_job_leaves_in_the_kernel_are_not_seen_by_the_next(zygote: ZygoteSandbox) -> None:
    # Sent over each other they outlive their process until the kernel collects them, names and all.
    leave = """
import os, socket
named = []
for index in range(50):
    named.append(socket.socket(socket.AF_UNIX))
    named[-1].bind(f"\\0word{index}")
a, b = socket.socketpair()
socket.send_fds(a, [b"x"], [*(s.fileno() for s in named), a.fileno(), b.fileno()])
os._exit(0)
"""
    look = "print(open('/proc/self/net/unix').read().count(chr(10)))"
    for _ in range(10):
        assert zygote.run_sync(Program.python(leave)).status is Status.OK
        assert said(zygote.run_sync(Program.python(look))) == "1"
