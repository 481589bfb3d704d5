"""Canaries on the host for the time of a self-test: what no program in a sandbox may find, reach or change."""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Self

from palestra.sandboxes.attacks.memory import QueueCanary, SharedMemoryCanary

_PREFIX = "palestra-canary"
_VICTIM = "import sys, time; print('up', flush=True); time.sleep(3600)"


class Host:
    """Plants secrets and targets on this machine, tells programs where to look, and sees what they did.

    Use it as a context manager: everything is taken away at the end. A program gets `clues` on its standard
    input: where the canaries are, never what they hold.
    """

    def __init__(self) -> None:
        self._secrets = {label: f"{_PREFIX}-{label}-{secrets.token_hex(12)}" for label in _LABELS}
        self._token = secrets.token_hex(6)
        self._stack = contextlib.ExitStack()
        self._files: dict[Path, bytes] = {}
        self._in_memory = bytearray(self._secrets["memory"].encode())
        self._clues: dict[str, object] = {}

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as stack:
            self._plant_environment(stack)
            self._plant_files(stack)
            self._plant_sockets(stack)
            self._plant_victim(stack)
            self._plant_shared_memory(stack)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @property
    def clues(self) -> bytes:
        """What an attack is told, as JSON on its standard input."""
        return json.dumps(self._clues).encode()

    @property
    def token(self) -> str:
        """A name that no other process of this machine has."""
        return self._token

    def leaks(self, output: bytes) -> str:
        """Which secrets stand in the output of a program; empty if none does."""
        text = output.decode("utf-8", "replace")
        return ", ".join(sorted(label for label, secret in self._secrets.items() if secret in text))

    def damage(self) -> str:
        """What has been reached or changed since the last call; empty if nothing was."""
        found = [*self._changed_files(), *self._intruders(), *self._visitors()]
        if self._victim.poll() is not None:
            found.append("a process of the host is dead")
        if self._shared is not None and not self._shared.is_intact():
            found.append("shared memory of the host was changed")
        return "; ".join(found)

    def uid_of(self, name: str) -> int | None:
        """The host's user id of a process that has called itself `name`; None if there is none."""
        for folder in Path("/proc").iterdir():
            if folder.name.isdigit():
                with contextlib.suppress(OSError):
                    if (folder / "comm").read_text().strip() == name:
                        return folder.stat().st_uid
        return None

    def _plant_environment(self, stack: contextlib.ExitStack) -> None:
        os.environ["PALESTRA_CANARY"] = self._secrets["environment"]
        stack.callback(os.environ.pop, "PALESTRA_CANARY", None)

    def _plant_files(self, stack: contextlib.ExitStack) -> None:
        folder = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}-{self._token}-"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        folder.chmod(0o755)
        places = [(folder / "private", 0o600, "private_file"), (folder / "public", 0o666, "public_file")]
        for parent in ("/tmp", "/var/tmp", "/dev/shm"):
            if os.access(parent, os.W_OK):
                places.append((Path(parent) / f"{_PREFIX}-{self._token}", 0o666, "shared_folder"))
        for path, mode, label in places:
            self._files[path] = self._secrets[label].encode() + b"\n"
            path.write_bytes(self._files[path])
            path.chmod(mode)
            stack.callback(path.unlink, missing_ok=True)
        fd = os.open(folder / "private", os.O_RDONLY)
        os.set_inheritable(fd, True)
        stack.callback(os.close, fd)
        self._clues |= {
            "files": [str(path) for path in self._files],
            "intruder": f"palestra-intruder-{self._token}",
            "folders": [str(path) for path in _folders(folder)],
        }

    def _plant_sockets(self, stack: contextlib.ExitStack) -> None:
        name = f"\0{_PREFIX}-{self._token}"
        path = str(next(iter(self._files)).parent / "socket")
        self._listeners = {
            "a TCP port": stack.enter_context(socket.create_server(("127.0.0.1", 0))),
            "an abstract socket": stack.enter_context(socket.socket(socket.AF_UNIX)),
            "a socket in a folder": stack.enter_context(socket.socket(socket.AF_UNIX)),
        }
        self._listeners["an abstract socket"].bind(name)
        self._listeners["a socket in a folder"].bind(path)
        Path(path).chmod(0o777)
        self._datagrams = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        self._datagrams.bind(("127.0.0.1", 0))
        self._datagrams.setblocking(False)
        for listener in self._listeners.values():
            listener.listen()
            listener.setblocking(False)
        self._clues |= {
            "tcp_port": self._listeners["a TCP port"].getsockname()[1],
            "udp_port": self._datagrams.getsockname()[1],
            "abstract": name[1:],
            "socket": path,
        }

    def _plant_victim(self, stack: contextlib.ExitStack) -> None:
        self._victim = subprocess.Popen(
            [sys.executable, "-I", "-c", _VICTIM, self._secrets["arguments"]],
            stdout=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            env={"PALESTRA_CANARY": self._secrets["victim"]},
            start_new_session=True,
        )
        stack.enter_context(self._victim)
        stack.callback(self._victim.send_signal, signal.SIGKILL)
        if self._victim.stdout is not None:
            self._victim.stdout.readline()
        self._clues |= {"victim": self._victim.pid, "host": os.getpid()}

    def _plant_shared_memory(self, stack: contextlib.ExitStack) -> None:
        key = int(self._token[:7], 16) | 1
        self._shared = SharedMemoryCanary.plant(key, self._secrets["shared_memory"].encode())
        queue = QueueCanary.plant(f"/{_PREFIX}-{self._token}", self._secrets["queue"].encode())
        if self._shared is not None:
            stack.callback(self._shared.remove)
        if queue is not None:
            stack.callback(queue.remove)
        self._clues |= {"shm_key": key, "queue": f"/{_PREFIX}-{self._token}"}

    def _changed_files(self) -> Iterable[str]:
        for path, content in self._files.items():
            if not path.is_file() or path.read_bytes() != content:
                path.write_bytes(content)
                yield f"a file of the host was changed: {path.name}"

    def _intruders(self) -> Iterable[str]:
        for folder in _folders(next(iter(self._files)).parent):
            path = folder / str(self._clues["intruder"])
            if os.path.lexists(path):  # False also where we may not look
                with contextlib.suppress(OSError):
                    path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()
                yield f"a file was made in the host's {folder}"

    def _visitors(self) -> Iterable[str]:
        for name, listener in self._listeners.items():
            with contextlib.suppress(BlockingIOError):
                listener.accept()[0].close()
                yield f"{name} of the host was reached"
        with contextlib.suppress(BlockingIOError):
            self._datagrams.recv(64)
            yield "a UDP port of the host was reached"


_LABELS = (
    "environment",
    "arguments",
    "victim",
    "memory",
    "private_file",
    "public_file",
    "shared_folder",
    "shared_memory",
    "queue",
)


def _folders(canaries: Path) -> list[Path]:
    """Where an intruder would like to leave a file, for itself or for the host to run."""
    found = [canaries, Path.home(), Path(sys.prefix), Path(sys.base_prefix), Path(ctypes.__file__).parent]
    system = "/ /bin /dev /dev/shm /etc /etc/cron.d /home /lib /opt /root /run /sys/fs/cgroup"
    return [*found, *map(Path, [*system.split(), "/tmp", "/usr/bin", "/usr/lib", "/var", "/var/tmp"])]
