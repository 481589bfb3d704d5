from __future__ import annotations

import gc
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import docker
import pytest

from docker_daemon import RunningDaemon, start_daemon
from palestra.sandboxes import Level, Limits, Program, Property, RunResult, SandboxUnavailableError, Status
from palestra.sandboxes.docker import DockerSandbox, ImageFolder, ImageName

pytestmark = pytest.mark.docker
ROOMY = Limits(cpu_s=20.0, wall_s=120.0)


def said(box: DockerSandbox, source: str, limits: Limits = ROOMY) -> str:
    result = box.run_sync(Program.python(source), limits)
    assert result.status is Status.OK, result
    return result.stdout.decode()


def tried(box: DockerSandbox, statement: str) -> str:
    return said(
        box,
        f"import ctypes, os, socket\ntry:\n    {statement}\n    print('done')\n"
        "except OSError as error:\n    print(error.errno)",
    ).strip()


def test_it_promises_everything_at_the_level_of_a_container(box: DockerSandbox) -> None:
    assert box.report.isolates.keys() == set(Property)
    assert box.report.level is Level.CONTAINER
    assert "sha256:" in box.report.version


def test_a_file_of_the_host_is_not_there(box: DockerSandbox, tmp_path: Path) -> None:
    (tmp_path / "canary").write_text("c4nary")
    assert tried(box, f"open({str(tmp_path / 'canary')!r})") == "2"


def test_the_environment_of_the_client_and_its_proxies_stay_outside(
    daemon: RunningDaemon, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PALESTRA_CANARY", "c4nary")
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    (tmp_path / "config.json").write_text(json.dumps({"proxies": {"default": {"httpProxy": "http://c4nary@proxy:1"}}}))
    source = """
import os
for name in [name for name in os.listdir('/proc') if name.isdigit()]:
    for file in ('environ', 'cmdline'):
        try:
            print(open(f'/proc/{name}/{file}').read())
        except OSError as error:
            print(error)
"""
    with daemon.client() as client, DockerSandbox(ImageName(daemon.image), client=client) as box:
        assert "c4nary" not in said(box, source)


@pytest.mark.parametrize(
    "statement",
    [
        "socket.socket(40, socket.SOCK_STREAM)",  # AF_VSOCK
        "socket.socket(socket.AF_INET, socket.SOCK_STREAM)",
        "socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)",
        "open('/proc/sys/kernel/hostname', 'w')",
        "open('/sys/fs/cgroup/pids/cgroup.procs', 'w')",
        "open('/etc/left', 'w')",
        "open('/proc/1/mem', 'r+b')",
        "os.mknod('device', 0o20666, os.makedev(1, 1))",
        "os.setuid(0)",
        "os.kill(1, 9)",
        "os.chmod('.', 0)",
        "os.rename('/tmp/work', '/tmp/other')",
    ],
)
def test_what_no_honest_program_does_is_refused(box: DockerSandbox, statement: str) -> None:
    assert tried(box, statement).isdecimal()


def test_a_setuid_program_of_the_image_gives_no_rights(box: DockerSandbox) -> None:
    assert box.run_sync(Program.command("su", "-c", "id"), ROOMY).status is Status.NONZERO
    status = said(box, "print(open('/proc/self/status').read())")
    assert "NoNewPrivs:\t1" in status
    assert "CapBnd:\t0000000000000000" in status


def test_loopback_is_there_when_allowed_and_nothing_else(box: DockerSandbox) -> None:
    source = """
import socket, threading
server = socket.create_server(('127.0.0.1', 0))
threading.Thread(target=lambda: server.accept()[0].sendall(b'hello')).start()
print(socket.create_connection(server.getsockname()).recv(5))
try:
    socket.create_connection(('192.0.2.1', 80), timeout=5)
except OSError as error:
    print(error.errno)
"""
    assert said(box, source, Limits(cpu_s=5.0, loopback=True)) == "b'hello'\n101\n"


def test_an_exit_code_and_a_signal_are_told_apart(box: DockerSandbox) -> None:
    exited = box.run_sync(Program.command("sh", "-c", "exit 137"), ROOMY)
    killed = box.run_sync(Program.command("sh", "-c", "kill -9 $$"), ROOMY)
    assert (exited.status, exited.exit_code, exited.signal) == (Status.NONZERO, 137, None)
    assert (killed.status, killed.exit_code, killed.signal) == (Status.SIGNAL, None, 9)


def test_memory_burnt_by_a_child_is_seen_though_the_parent_says_pass(box: DockerSandbox) -> None:
    source = "import os\nif os.fork() == 0:\n    x = bytearray(1 << 30)\nos.wait()\nprint('pass')"
    result = box.run_sync(Program.python(source), ROOMY)
    assert result.status is Status.MLE
    assert result.oom_kills >= 1


def test_hundreds_of_orphans_one_after_the_other_are_reaped(box: DockerSandbox) -> None:
    source = (
        "import os\nfor _ in range(300):\n    if os.fork() == 0:\n        os.fork()\n        os._exit(0)\n    os.wait()"
    )
    assert said(box, source) == ""


def test_c_is_compiled_and_run(box: DockerSandbox) -> None:
    program = Program.command("sh", "-c", "gcc -x c - -o run && ./run", stdin=b'int main(){__builtin_puts("hi");}')
    result = box.run_sync(program, ROOMY)
    assert (result.status, result.stdout) == (Status.OK, b"hi\n")


def test_counters_of_the_daemon_stand_in_where_control_groups_are_out_of_reach(
    daemon: RunningDaemon, client: docker.DockerClient
) -> None:
    # A named runtime may have a kernel of its own, whose processes no control group of this machine shows.
    with DockerSandbox(ImageName(daemon.image), client=client, runtime="runc") as box:
        assert set(box.report.partly) == {Property.PIDS, Property.DISK}
        assert said(box, "print(1)") == "1\n"
        burnt = box.run_sync(Program.python("while True: pass"), Limits(cpu_s=0.5, wall_s=60.0))
        source = "import os\nif os.fork() == 0:\n    x = bytearray(1 << 30)\nos.wait()\nprint('pass')"
        eaten = box.run_sync(Program.python(source), ROOMY)
        slept = box.run_sync(Program.command("sh", "-c", "sleep 100 & sleep 100"), Limits(cpu_s=0.5, wall_s=1.0))
    assert [burnt.status, eaten.status, slept.status] == [Status.TLE_CPU, Status.MLE, Status.TLE_WALL]
    assert burnt.cpu_s >= 0.5


def test_an_unknown_image_is_refused_with_the_nearest_name(daemon: RunningDaemon, client: docker.DockerClient) -> None:
    with pytest.raises(SandboxUnavailableError, match=f"no image `palestra-tset`; did you mean `{daemon.image}`"):
        DockerSandbox(ImageName("palestra-tset"), client=client)


def test_an_image_is_built_from_a_folder(daemon: RunningDaemon, client: docker.DockerClient, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text(f"FROM {daemon.image}\nCOPY given /given\nENV PATH=/given:/usr/bin:/bin\n")
    (tmp_path / "given").mkdir()
    (tmp_path / "given" / "hello").write_text("#!/bin/sh\necho hello\n")
    (tmp_path / "given" / "hello").chmod(0o755)
    with DockerSandbox(ImageFolder(tmp_path), client=client) as box:
        assert box.run_sync(Program.command("hello"), ROOMY).stdout == b"hello\n"


def test_a_folder_without_a_dockerfile_and_one_that_cannot_be_built_are_refused(
    daemon: RunningDaemon, client: docker.DockerClient, tmp_path: Path
) -> None:
    with pytest.raises(SandboxUnavailableError, match="has no Dockerfile"):
        DockerSandbox(ImageFolder(tmp_path), client=client)
    (tmp_path / "Dockerfile").write_text(f"FROM {daemon.image}\nRUN false\n")
    with pytest.raises(SandboxUnavailableError, match="cannot be built"):
        DockerSandbox(ImageFolder(tmp_path), client=client)


def test_an_unknown_runtime_is_refused(daemon: RunningDaemon, client: docker.DockerClient) -> None:
    with pytest.raises(SandboxUnavailableError, match="no runtime `runsc`"):
        DockerSandbox(ImageName(daemon.image), client=client, runtime="runsc")


def test_the_environment_names_daemon_and_image(daemon: RunningDaemon, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", daemon.host)
    monkeypatch.delenv("PALESTRA_DOCKER_IMAGE", raising=False)
    with pytest.raises(SandboxUnavailableError, match="no image is named"):
        DockerSandbox.from_environment()
    monkeypatch.setenv("PALESTRA_DOCKER_IMAGE", daemon.image)
    with DockerSandbox.from_environment() as box:
        assert said(box, "print(1)") == "1\n"


def test_a_missing_daemon_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    with pytest.raises(SandboxUnavailableError, match="no Docker daemon answers"):
        DockerSandbox(ImageName("any"))


def test_what_a_dead_process_left_is_removed(daemon: RunningDaemon, client: docker.DockerClient) -> None:
    source = (
        "import os; from palestra.sandboxes import Limits; from palestra.sandboxes.docker import *; "
        f"DockerSandbox(ImageName({daemon.image!r})).open_session(Limits()); os._exit(0)"
    )
    code = f"import sys; sys.path[:] = {sys.path!r}; {source}"
    subprocess.run([sys.executable, "-c", code], env={**os.environ, "DOCKER_HOST": daemon.host}, check=True)
    assert daemon.num_containers() == 1
    with DockerSandbox(ImageName(daemon.image), client=client):
        assert daemon.num_containers() == 0


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # docker-py leaves a socket open
def test_a_daemon_that_dies_says_nothing_about_the_program() -> None:
    results: list[RunResult] = []
    with (
        start_daemon() as daemon,
        daemon.client() as client,
        DockerSandbox(ImageName(daemon.image), client=client) as box,
    ):
        program, limits = Program.python("import time; time.sleep(60)"), Limits(cpu_s=50.0, wall_s=60.0)
        run = threading.Thread(target=lambda: results.append(box.run_once(program, limits, threading.Event())))
        run.start()
        while daemon.num_containers() == 0:
            time.sleep(0.05)
        time.sleep(1.0)
        os.kill(daemon.pid, signal.SIGKILL)
        run.join(60)
    assert [result.status for result in results] == [Status.INFRA]
    gc.collect()
