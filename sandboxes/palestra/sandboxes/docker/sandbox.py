"""The `docker` back end: a container for each run or session.

Covered: no network; a read-only image, one sized tmpfs for the workspace and `/tmp`, another for `/dev/shm`; no
capabilities, no new privileges, a system-call filter of our own; users without rights, one for programs and
one for what keeps the container; namespaces and a control group of the container's own; no log, no proxy
settings, no name server.
Not covered: faults of the kernel that is shared with the host (take `runtime="runsc"`, gVisor, for that); what
/proc tells of the machine (its processors, memory and load); the daemon itself, which is root on its machine.
"""

from __future__ import annotations

import contextlib
import os
import threading
from typing import TYPE_CHECKING

from palestra.sandboxes.docker.container import Plan
from palestra.sandboxes.docker.daemon import Daemon
from palestra.sandboxes.docker.image import Image, ImageName
from palestra.sandboxes.docker.session import DockerSession
from palestra.sandboxes.docker.turn import Interpreter, Turn
from palestra.sandboxes.ending import failure
from palestra.sandboxes.errors import SandboxFileError, SandboxUnavailableError
from palestra.sandboxes.limits import Limits
from palestra.sandboxes.program import Program
from palestra.sandboxes.report import BackendReport, Level, Property
from palestra.sandboxes.result import RunResult
from palestra.sandboxes.sandbox import Sandbox
from palestra.sandboxes.session import Session

if TYPE_CHECKING:
    from docker import DockerClient

IMAGE_VARIABLE = "PALESTRA_DOCKER_IMAGE"
_CORES = 1.0  # as many runs at once as there are cores, so one core for each


class DockerSandbox(Sandbox):
    """Runs programs in hardened containers of a Docker daemon, 20.10 or newer.

    The image must hold `sh`, `env`, `head`, `sleep` and `tar`, as all but the smallest do, and an interpreter
    for Python scripts. Containers that a dead process of this machine has left are removed at the start.
    """

    def __init__(
        self,
        image: Image,
        *,
        runtime: str | None = None,
        client: DockerClient | None = None,
        slots: int | None = None,
        python: str = "python3",
    ) -> None:
        """Find or build the image, and start one container.

        Args:
            image: What containers are made of.
            runtime: Of the daemon; `runsc` is gVisor, where installed. Its own default by default.
            client: Of docker-py; the daemon that the environment names by default. A given one stays open.
            slots: How many runs at once.
            python: Interpreter of the image.

        Raises:
            SandboxUnavailableError: docker-py, the daemon, the runtime or the image is missing, or a container
                does not start.
        """
        super().__init__(slots=slots)
        self._daemon = Daemon.connect(client)
        try:
            self._daemon.check_runtime(runtime)
            self._daemon.sweep()
            found = image.find(self._daemon)
            self._interpreter = Interpreter(python=python, path=found.path)
            cores = _CORES if self._daemon.can_limit_cores() else None
            self._plan = Plan(daemon=self._daemon, image=found, python=python, runtime=runtime, cores=cores)
            self._report = _report(self._plan)
        except BaseException:
            self._daemon.close()
            raise

    @classmethod
    def from_environment(cls) -> DockerSandbox:
        """A sandbox of the image that PALESTRA_DOCKER_IMAGE names.

        Raises:
            SandboxUnavailableError: It names none, or see above.
        """
        name = os.environ.get(IMAGE_VARIABLE)
        if not name:
            raise SandboxUnavailableError(
                "no image is named for the `docker` sandbox\n\n"
                f"hint: set {IMAGE_VARIABLE} to one that the daemon has, such as python:3.12-slim"
            )
        return cls(ImageName(name))

    @property
    def report(self) -> BackendReport:
        """What holds here, and by what; the version names the image."""
        return self._report

    def run_once(self, program: Program, limits: Limits, cancelled: threading.Event) -> RunResult:
        """Run one program in a container made for it."""
        try:
            container = self._plan.start(limits)
        except SandboxUnavailableError as error:
            return failure(str(error), self._report)
        try:
            ending = Turn(container, limits, cancelled).run(program, self._interpreter)
        except (SandboxUnavailableError, SandboxFileError) as error:
            return failure(str(error), self._report)
        finally:
            with contextlib.suppress(SandboxUnavailableError):  # the next process of ours sweeps it away
                container.remove()
        return ending.result(limits, self._report)

    def open_session(self, limits: Limits) -> Session:
        """A workspace in a container of its own."""
        return DockerSession(self.admission, self._plan, self._interpreter, limits, self._report)

    def close(self) -> None:
        """Close the connections to the daemon."""
        super().close()
        self._daemon.close()


def _report(plan: Plan) -> BackendReport:
    container = plan.start(Limits())
    try:
        has_groups = container.counters.sees_pids
        has_disk = container.counters.sees_disk
    finally:
        container.remove()
    isolates = {
        Property.FS_READ: "the image's own files; /etc/hosts, hostname and resolv.conf are made up",
        Property.FS_WRITE: "read-only root; tmpfs to write in",
        Property.NET: "network none; socket families filtered",
        Property.PID: "pid namespace; the container's own processes belong to another user",
        Property.IPC: "IPC namespace",
        Property.SYSCALLS: "seccomp filter, no capabilities, no_new_privs",
        Property.ENV: "made-up environment; no descriptor is inherited",
        Property.FRESH: "a container for each run, of which nothing is kept",
        Property.MEMORY: "control group of the container",
        Property.CPU: "control group, polled; RLIMIT_CPU of each process",
        Property.OUTPUT: "drained while it runs, cut at the limit",
    }
    partly: dict[Property, str] = {}
    for is_known, name, promise, gap in (
        (has_groups, Property.PIDS, "control group of the container", "bounded, but who asks in vain is not counted"),
        (
            has_disk,
            Property.DISK,
            "size and inodes of a tmpfs, and of a quarter as much at /dev/shm, the sum polled; RLIMIT_FSIZE",
            "the disk, and a quarter as much again at /dev/shm",
        ),
    ):
        if is_known:
            isolates[name] = promise
        else:
            partly[name] = gap
    return BackendReport(
        name="docker",
        level=Level.CONTAINER if plan.runtime is None or "runsc" not in plan.runtime else Level.KERNEL,
        isolates=isolates,
        partly=partly,
        version=f"1, image {plan.image.digest}",
    )
