"""Hosts of environments as Ray actors: on this machine, or on all nodes of a cluster."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import shutil
import signal
import tempfile
import threading
import time
from collections.abc import Awaitable
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from palestra.agents.errors import EnvWorkersError
from palestra.agents.remote.host import EnvHost
from palestra.agents.remote.pool import EnvPool, PoolLimits
from palestra.agents.remote.spec import EnvSpec, Fault, News, TaskName
from palestra.envs import EndReason, KeyedRandom, MissingPackageError

_OBJECT_STORE_BYTES = 100 * 2**20
_SPARE_CALLS = 16
_ENDING_S = 10.0
_TRIES = 3
_CLIENT = "ray://"
_FOLDER = "palestra-ray-"
"""Begins the name of a local cluster's folder; its process ends it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RayPlan:
    """Which actors are started, and where."""

    address: str = "auto"
    """`local`: a cluster on this machine alone, for this run; `auto`: the one that runs on this machine; `HOST:PORT`:
    one that this machine is a node of; `ray://HOST:PORT`: one that it is not."""
    actors: int = 0
    """0: one for each core of the cluster."""
    cpus_per_actor: float = 1.0
    connect_s: float = 120.0
    """How long the cluster and the first actor are waited for."""


class RayHost:
    """A link to an `EnvHost` that is a Ray actor. Ray starts it anew, on another node if its own is gone."""

    def __init__(self, actor: Any, name: str, cluster: RayCluster) -> None:
        self._actor, self._name, self._cluster = actor, name, cluster

    @property
    def name(self) -> str:
        """For people: which process it is."""
        return self._name

    def ping(self) -> Awaitable[int]:
        """Answers when the host is up."""
        return _reply(self._actor.ping.remote())

    def open(self, session: str, spec: EnvSpec, name: TaskName) -> Awaitable[News | Fault]:
        """`EnvHost.open`."""
        return _reply(self._actor.open.remote(session, spec, name))

    def play(self, session: str, text: str) -> Awaitable[News | Fault]:
        """`EnvHost.play`."""
        return _reply(self._actor.play.remote(session, text))

    def grade(self, session: str, end: EndReason | None) -> Awaitable[News | Fault]:
        """`EnvHost.grade`."""
        return _reply(self._actor.grade.remote(session, end))

    def fork(self, session: str, twin: str) -> Awaitable[Fault | None]:
        """`EnvHost.fork`."""
        return _reply(self._actor.fork.remote(session, twin))

    def advise(self, session: str, rng: KeyedRandom | None) -> Awaitable[str | Fault]:
        """`EnvHost.advise`."""
        return _reply(self._actor.advise.remote(session, rng))

    def close(self, session: str) -> Awaitable[Fault | None]:
        """`EnvHost.close`."""
        return _reply(self._actor.close.remote(session))

    def restart(self) -> None:
        """Kill the actor's process, if there is one; Ray starts another."""
        self._cluster.kill(self._actor, is_final=False)

    def end(self) -> None:
        """Kill the actor; after the last one the connection to the cluster is closed too."""
        self._cluster.kill(self._actor, is_final=True)


class RayCluster:
    """A connection to a Ray cluster, and the actors that it runs for this process."""

    def __init__(self, plan: RayPlan) -> None:
        """Connect.

        Raises:
            MissingPackageError: Ray is not installed.
            EnvWorkersError: There is no such cluster, or it does not answer.
        """
        if plan.address.startswith(_CLIENT):
            # gRPC's handlers at forks can end this process; they serve children that run no program of their own.
            os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")
        try:
            import ray
        except ImportError as error:
            raise MissingPackageError(
                "environments on other machines need Ray\n\nhint: pip install 'palestra[ray]'"
            ) from error
        self._ray: Any = ray
        self._plan = plan
        self._actors = 0
        self._closing = threading.Event()
        self._folder: Path | None = None
        self._wait_for_connection()

    def hosts(self, episodes_per_host: int) -> list[RayHost]:
        """Start the actors, spread over the nodes, and wait for the first one.

        Raises:
            EnvWorkersError: None is up within the plan's time.
        """
        cores = float(self._ray.cluster_resources().get("CPU", 0.0))
        wanted = self._plan.actors or max(1, int(cores / self._plan.cpus_per_actor))
        make = self._ray.remote(EnvHost).options(
            num_cpus=self._plan.cpus_per_actor,
            max_restarts=-1,
            max_task_retries=0,
            max_concurrency=episodes_per_host + _SPARE_CALLS,
            scheduling_strategy="SPREAD",
        )
        hosts = [RayHost(make.remote(), f"environment worker {number}", self) for number in range(wanted)]
        self._actors = len(hosts)
        pings = [host._actor.ping.remote() for host in hosts]
        ready, _ = self._ray.wait(pings, num_returns=1, timeout=self._plan.connect_s)
        if not ready:
            self.close()
            raise EnvWorkersError(
                f"none of {wanted} environment workers has started within {self._plan.connect_s:g} s on a cluster "
                f"of {cores:g} cores\n\nhint: `ray status` shows what the cores do; env_workers.cpus_per_actor may "
                "be a fraction"
            )
        return hosts

    def kill(self, actor: Any, *, is_final: bool) -> None:
        """Kill an actor's process; the connection goes with the last one."""
        with contextlib.suppress(Exception):  # one that is gone already cannot be killed, and need not be
            self._ray.kill(actor, no_restart=is_final)
        if is_final:
            self._actors -= 1
            if self._actors == 0:
                self.close()

    def close(self) -> None:
        """Leave the cluster; one that was started for this run ends."""
        self._ray.shutdown()
        if self._folder is not None:
            _remove(self._folder)
            _sweep()
        self._closing.set()

    def _wait_for_connection(self) -> None:
        """Connect on a thread that stays: what Ray starts is ended by the kernel when the thread that started it is."""
        done: Future[None] = Future()

        def connect() -> None:
            try:
                self._connect()
            except Exception as error:  # noqa: BLE001  handed to the caller
                done.set_exception(error)
            else:
                done.set_result(None)
                self._closing.wait()

        threading.Thread(target=connect, name="palestra-ray", daemon=True).start()
        what = f"no Ray cluster at `{self._plan.address}`"
        try:
            done.result(self._plan.connect_s)
        except TimeoutError:
            reason = f"no answer within {self._plan.connect_s:g} s"
            raise EnvWorkersError(f"{what}: {reason}\n\nhint: start one with `ray start`, or use `local`") from None
        except Exception as error:
            lines = str(error).strip().splitlines() or [type(error).__name__]
            reason = " ".join(dict.fromkeys((lines[0], lines[-1].strip())))  # between them stands a traceback
            raise EnvWorkersError(f"{what}: {reason}\n\nhint: start one with `ray start`, or use `local`") from error

    def _connect(self) -> None:
        if self._plan.address == "local":
            _sweep()
            self._folder = Path(tempfile.gettempdir()) / f"{_FOLDER}{os.getpid()}"
            self._ray.init(
                address="local",
                _temp_dir=str(self._folder),
                include_dashboard=False,
                object_store_memory=_OBJECT_STORE_BYTES,
                log_to_driver=False,
                logging_level=logging.ERROR,
            )
        else:
            self._join()

    def _join(self) -> None:
        for left in reversed(range(_TRIES)):
            try:
                self._ray.init(address=self._plan.address, log_to_driver=False, logging_level=logging.ERROR)
            except ConnectionAbortedError:  # the process that Ray starts for a client dies at times as it begins
                if not left:
                    raise
                time.sleep(1.0)
            else:
                return


def start_ray(plan: RayPlan, limits: PoolLimits) -> EnvPool:
    """A pool of hosts on a Ray cluster.

    Raises:
        MissingPackageError: Ray is not installed.
        EnvWorkersError: There is no such cluster, or no actor starts.
    """
    return EnvPool(RayCluster(plan).hosts(limits.episodes_per_host), limits)


def _sweep() -> None:
    """End what is left of local clusters whose process was killed, and delete their folders.

    Ray's own agents outlive a killed cluster by a minute, in which they wait for it to come back.
    """
    for folder in Path(tempfile.gettempdir()).glob(f"{_FOLDER}*"):
        if not Path(f"/proc/{folder.name.removeprefix(_FOLDER)}").exists():
            for pid in _processes_of(folder):
                with contextlib.suppress(OSError):
                    os.kill(pid, signal.SIGKILL)
            _remove(folder)


def _remove(folder: Path) -> None:
    """Delete a cluster's folder when its last processes have ended: one that is just starting would make it anew."""
    deadline = time.monotonic() + _ENDING_S
    while _processes_of(folder) and time.monotonic() < deadline:
        time.sleep(0.1)
    shutil.rmtree(folder, ignore_errors=True)


def _processes_of(folder: Path) -> list[int]:
    """Ray's processes that name the folder or have a file of it open: some change their names."""
    name = os.fsencode(folder) + b"/"
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it has ended in between, or is another user's
            command = (process / "cmdline").read_bytes().replace(b"\0", b"/")
            if not (command.startswith(b"ray::") or b"/ray/" in command):
                continue
            if name in command or any(os.fsencode(fd.readlink()).startswith(name) for fd in (process / "fd").iterdir()):
                found.append(int(process.name))
    return found


async def _reply(reference: Any) -> Any:
    return await asyncio.wrap_future(reference.future())
