"""How weights reach all servers of a pool at once, and what becomes of one that they do not reach."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import torch

from palestra.agents.errors import GeneratorError
from palestra.agents.sleeper import Wake
from palestra.agents.vllm.capabilities import ControlError
from palestra.agents.vllm.client import VersionLabels
from palestra.agents.vllm.control import ControlDeadlines, VllmControl
from palestra.agents.vllm.pool import VllmPool
from palestra.agents.vllm.worker import Worker
from palestra.trainer.errors import SyncError
from palestra.trainer.weight_sync.pause import given_up


@dataclass(frozen=True, kw_only=True, slots=True)
class ServerNeeds:
    """What a vLLM server must be started with, for weights to reach it in a certain way."""

    arguments: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    """`PYTHONPATH` is put before what is there."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Served:
    """What new requests are sent under, once a version is there."""

    version: int
    model: str = ""
    labels: VersionLabels = VersionLabels.SERVER


class Carrier(Protocol):
    """Brings a version of the weights to one server."""

    is_parallel: bool
    """Whether several servers can be served at once."""

    async def prepare(self, version: int) -> Served:
        """Make the learner's current weights ready to be brought anywhere, more than once.

        Raises:
            GeneratorError: They cannot be.
        """
        ...

    async def deliver(self, control: VllmControl, version: int) -> None:
        """Have a server use the version that was prepared last, and make sure that it does.

        Raises:
            GeneratorError: It does not; whatever it uses now is whole.
        """
        ...

    async def mend(self, control: VllmControl) -> None:
        """Have a server that stands still, since a delivery broke off, whole again, as far as it lets itself."""
        ...

    async def retire(self, version: int) -> None:
        """Give up what is older than a version that every server in the pool has."""
        ...

    async def aclose(self) -> None:
        """Give everything back."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Delivery:
    """What became of a version at one server."""

    worker: str
    version: int
    seconds: float
    failure: str = ""
    """Empty: it arrived."""


class VllmWeightSync:
    """Brings the learner's weights to every server of a pool.

    A server that they do not reach is taken out of the pool, and gets them when it joins again, before it is asked
    for tokens; the run goes on with the others.
    """

    def __init__(
        self,
        pool: VllmPool,
        carrier: Carrier,
        served_dtype: torch.dtype,
        *,
        deadlines: ControlDeadlines | None = None,
    ) -> None:
        """Tie a pool to a learner.

        Args:
            pool: Its `on_meet` and `on_join` are set.
            carrier: How weights travel.
            served_dtype: Of the servers' weights.
            deadlines: Of each call to a server.
        """
        self.served_dtype = served_dtype
        self.deliveries: list[Delivery] = []
        """Of the last push, and of servers that joined since."""
        self._pool = pool
        self._carrier = carrier
        self._deadlines = deadlines or ControlDeadlines()
        self._controls: dict[str, VllmControl] = {}
        self._served: Served | None = None
        self._lock: asyncio.Lock | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        pool.on_meet, pool.on_join = self.free, self.join

    @property
    def version(self) -> int | None:
        """The version that was pushed last."""
        return None if self._served is None else self._served.version

    async def push(self, version: int) -> None:
        """Make all tokens sampled from now on come from the learner's current weights, labelled `version`.

        Raises:
            GeneratorError: The weights cannot be made ready, or reached no server; the message names each.
        """
        async with self._turn():
            self._served = await self._carrier.prepare(version)
            workers = [worker for worker in self._pool.workers if worker.is_available]
            if self._carrier.is_parallel:
                found = await asyncio.gather(*(self._deliver(worker) for worker in workers))
            else:
                found = [await self._deliver(worker) for worker in workers]
            self.deliveries = list(found)
            for worker, delivery in zip(workers, found, strict=True):
                if delivery.failure:
                    self._pool.take_out(worker, delivery.failure)
            if workers and all(delivery.failure for delivery in found):
                each = "".join(f"\n  {delivery.failure}" for delivery in found)
                raise GeneratorError(f"version {version} of the weights reached no server:{each}")
            self._pool.relabel(version, model=self._served.model, labels=self._served.labels)
            await self._carrier.retire(version)  # who joins later gets the newest

    async def free(self, worker: Worker) -> None:
        """Have a server go on that a learner has left standing still, e.g. since it was killed.

        Raises:
            GeneratorError: It does not answer.
        """
        async with self._turn():  # else it may be this learner's own delivery
            control = self._control(worker)
            if await control.is_paused():
                await given_up(control, self._carrier.mend)

    async def join(self, worker: Worker) -> None:
        """Bring a server that wants to join the pool what the others have.

        Raises:
            GeneratorError: It did not arrive.
        """
        async with self._turn():
            if self._served is None:
                return  # nothing was pushed yet: the first push comes before the first request
            delivery = await self._deliver(worker)
            self.deliveries.append(delivery)
            if delivery.failure:
                raise GeneratorError(delivery.failure)

    async def prove(self) -> None:
        """Make sure that every server in the pool says that it has the version that was pushed last.

        What it has under that number was compared with the learner's weights when it got it. A server that does not
        answer, or has no version since it was started anew, is taken out of the pool.

        Raises:
            SyncError: One has another version.
        """
        served = self._served
        if served is None or served.labels is not VersionLabels.SERVER:
            return
        async with self._turn():
            workers = [worker for worker in self._pool.workers if worker.is_available]
            for worker, found in zip(workers, await asyncio.gather(*map(self._version_of, workers)), strict=True):
                if isinstance(found, ControlError):
                    self._pool.take_out(worker, str(found))
                elif found is None:
                    self._pool.take_out(worker, f"the worker `{worker.url}` has started anew, without these weights")
                elif found != served.version:
                    raise SyncError(
                        f"the worker `{worker.url}` has version {found} of the weights, not {served.version}"
                        "\n\nhint: a server takes weights from one run at a time"
                    )

    async def sleep(self, level: int) -> None:
        """Have every server give the memory of its device back; they are started with `--enable-sleep-mode`.

        Raises:
            GeneratorError: None does.
        """
        await self._tell(lambda control: control.sleep(level))

    async def wake(self, part: Wake) -> None:
        """Have every server take memory again.

        Raises:
            GeneratorError: None does.
        """
        await self._tell(lambda control: control.wake(str(part)))

    async def _tell(self, order: Callable[[VllmControl], Awaitable[None]]) -> None:
        """Give an order to every server in the pool; one that does not follow it is taken out."""
        async with self._turn():
            workers = [worker for worker in self._pool.workers if worker.is_available]
            orders = (order(self._control(worker)) for worker in workers)
            failures: list[GeneratorError] = []
            for worker, failure in zip(workers, await asyncio.gather(*orders, return_exceptions=True), strict=True):
                if isinstance(failure, GeneratorError):
                    self._pool.take_out(worker, str(failure))
                    failures.append(failure)
                elif failure is not None:
                    raise failure
            if failures and len(failures) == len(workers):
                raise failures[0]

    async def aclose(self) -> None:
        """Give back connections and files; a second call does nothing."""
        for control in self._controls.values():
            await control.aclose()
        self._controls.clear()
        await self._carrier.aclose()

    async def _deliver(self, worker: Worker) -> Delivery:
        served = self._served
        assert served is not None, "a version is prepared first"
        started, failure = time.monotonic(), ""
        try:
            await self._carrier.deliver(self._control(worker), served.version)
        except GeneratorError as error:
            failure = str(error)
        seconds = time.monotonic() - started
        return Delivery(worker=worker.url, version=served.version, seconds=seconds, failure=failure)

    async def _version_of(self, worker: Worker) -> int | ControlError | None:
        try:
            return await self._control(worker).weight_info()
        except ControlError as error:
            return error

    def _control(self, worker: Worker) -> VllmControl:
        if worker.url not in self._controls:
            self._controls[worker.url] = VllmControl(url=worker.url, deadlines=self._deadlines, api_key=worker.api_key)
        return self._controls[worker.url]

    def _turn(self) -> asyncio.Lock:
        """One version at a time: who joins meanwhile gets the newest."""
        loop = asyncio.get_running_loop()
        if self._lock is None or self._loop is not loop:
            self._lock, self._loop = asyncio.Lock(), loop
        return self._lock
