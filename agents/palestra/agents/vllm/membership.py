"""Which workers belong to a pool: how they join, and when all are lost."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from palestra.agents.errors import GeneratorError
from palestra.agents.vllm.limits import PoolLimits
from palestra.agents.vllm.places import Places
from palestra.agents.vllm.probe import UnusableWorkerError, WrongSettingsError, facts_of, probe_sampling
from palestra.agents.vllm.worker import Worker

OnJoin = Callable[[Worker], Awaitable[None]]

log = logging.getLogger("palestra")


@dataclass(frozen=True, slots=True)
class _Joining:
    """A worker on its way into the pool."""

    task: asyncio.Task[None]
    hurry: asyncio.Event


@dataclass(slots=True)
class _LoopState:
    """What belongs to the event loop in which the pool is used."""

    loop: asyncio.AbstractEventLoop
    joining: dict[Worker, _Joining] = field(default_factory=dict)
    lost_since: float = field(default_factory=time.monotonic)


class Membership:
    """Tries workers that are out of the pool until they have joined, each in a task of its own."""

    def __init__(self, workers: Sequence[Worker], limits: PoolLimits, places: Places) -> None:
        self.on_meet: OnJoin | None = None
        """Frees a worker that somebody left frozen, before it is probed."""
        self.on_join: OnJoin | None = None
        """Brings a worker the current weights."""
        self.has_started = False
        """Whether all were tried and one has joined."""
        self._workers = workers
        self._limits = limits
        self._places = places
        self._state: _LoopState | None = None
        self._fatal: Exception | None = None

    def enter_loop(self) -> bool:
        """Go on in the running event loop, and see to workers that are out of the pool.

        Returns:
            Whether it is another loop than before.
        """
        loop = asyncio.get_running_loop()
        is_new = self._state is None or self._state.loop is not loop
        if is_new:
            for worker in self._workers:
                worker.breaker.give_up_trial()
            self._state = _LoopState(loop)
        for worker in self._workers:
            self.mind(worker)
        return is_new

    async def start(self) -> None:
        """Until all workers have joined, or one has and the others were tried.

        Raises:
            GeneratorError: None has joined in time, or one samples in a way that cannot be trained on.
        """
        while not self.has_started:
            self.check()
            is_any = any(worker.is_available for worker in self._workers)
            if is_any and all(worker.breaker.trials for worker in self._workers):
                self.has_started = True
                return
            await self._places.wait(1.0 if is_any else min(1.0, self.left_s()))

    def mind(self, worker: Worker) -> None:
        """Have a worker that is out of the pool join again when it can."""
        state = self._state
        if state is None or worker.is_available or worker in state.joining:
            return
        if not any(other.is_available for other in self._workers):
            state.lost_since = time.monotonic()
            self._places.wake_all()  # who waits for a place has a deadline from now on
        hurry = asyncio.Event()
        task = state.loop.create_task(self._join(worker, hurry))
        state.joining[worker] = _Joining(task, hurry)
        task.add_done_callback(lambda _: state.joining.pop(worker, None))

    def hurry(self, url: str) -> None:
        """The worker at this address has come back: it may be tried at once."""
        for worker, joining in ({} if self._state is None else self._state.joining).items():
            if worker.url == url:
                joining.hurry.set()

    def fail(self, error: Exception) -> None:
        """The pool cannot go on: whoever asks it gets this error."""
        self._fatal = error
        self._places.wake_all()

    def check(self) -> None:
        """Make sure that the pool can go on.

        Raises:
            GeneratorError: It cannot, e.g. since a worker samples in a way that cannot be trained on. Whatever else
                `on_join` raises comes through as it is.
        """
        if self._fatal is not None:
            raise self._fatal

    def left_s(self) -> float:
        """Seconds for which a pool without workers may go on waiting.

        Raises:
            GeneratorError: There are none.
        """
        assert self._state is not None, "the pool is in use"
        has_begun = any(worker.has_joined for worker in self._workers)
        limit_s = self._limits.lost_timeout_s if has_begun else self._limits.start_timeout_s
        left_s = self._state.lost_since + limit_s - time.monotonic()
        if left_s > 0:
            return left_s
        each = "".join(f"\n  {worker.url}: {worker.breaker.last_failure}" for worker in self._workers)
        raise GeneratorError(
            f"no vLLM worker could be used for {limit_s:g} s:{each}"
            "\n\nhint: see the servers' logs; `palestra workers status URL...` says what each can do"
        )

    async def aclose(self) -> None:
        """End all trials."""
        state, self._state = self._state, None
        if state is None or state.loop is not asyncio.get_running_loop():
            return
        tasks = [joining.task for joining in state.joining.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _join(self, worker: Worker, hurry: asyncio.Event) -> None:
        said = ""
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(hurry.wait(), timeout=worker.breaker.wait_s)
            hurry.clear()
            worker.breaker.begin_trial()
            failure = "the trial was given up"
            try:
                async with asyncio.timeout(self._limits.join_timeout_s):
                    await self._introduce(worker)
                failure = ""
            except WrongSettingsError as error:
                failure = str(error)
                self.fail(error)
                return
            except TimeoutError:
                failure = f"it did not join within {self._limits.join_timeout_s:g} s"
            except (UnusableWorkerError, GeneratorError) as error:
                failure = str(error)
            except Exception as error:  # noqa: BLE001  the boundary of the task: whoever asks the pool hears of it
                failure = f"{type(error).__name__}: {error}"
                self.fail(error)
                return
            finally:
                worker.breaker.end_trial(failure)
                self._places.wake_all()
            if not failure:
                worker.note_join()
                return
            if failure != said:  # the pool may be patient for minutes: nobody should wonder what it waits for
                log.warning("%s cannot be used yet: %s", worker.url, failure)
                said = failure

    async def _introduce(self, worker: Worker) -> None:
        timeout_s = self._limits.probe_timeout_s
        facts = await facts_of(worker.client, worker.url, timeout_s)
        if self.on_meet is not None:
            await self.on_meet(worker)
        worker.client.facts = await probe_sampling(worker.client, worker.url, facts, timeout_s)
        if self.on_join is not None:
            await self.on_join(worker)
