"""A generator over several vLLM servers, of which any may fail."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

from palestra.agents.errors import GeneratorError
from palestra.agents.generator import Completion, FinishReason, GenerationRequest
from palestra.agents.patience import Failure, Patience
from palestra.agents.vllm.breaker import BreakerLimits
from palestra.agents.vllm.client import Serving, TokenRules, VersionLabels
from palestra.agents.vllm.limits import PoolLimits
from palestra.agents.vllm.membership import Membership, OnJoin
from palestra.agents.vllm.places import Places
from palestra.agents.vllm.routing import Load, PrefixRouter
from palestra.agents.vllm.stats import WorkerStats
from palestra.agents.vllm.worker import Worker


class VllmPool:
    """Samples from whichever server has room, preferably one that has read the beginning of the prompt.

    A worker gets requests after it has joined: it is healthy, samples as it should, and `on_join` has brought it the
    current weights. One that fails too often in a row, or whose weights did not arrive, is left alone and joins again
    when it can; its requests go to the others under the same keys. A call that is cancelled takes its requests back
    from the servers.
    """

    def __init__(
        self,
        urls: Sequence[str],
        rules: TokenRules,
        *,
        limits: PoolLimits | None = None,
        breaker: BreakerLimits | None = None,
        api_key: str | None = None,
    ) -> None:
        """A pool.

        Args:
            urls: Of the servers, without a path.
            rules: What ends a turn, and what is checked.
            limits: How much is asked at once, and deadlines.
            breaker: When a worker is left alone.
            api_key: Sent as a bearer token, if given.

        Raises:
            ValueError: There is no server, one is named twice, or an address is none.
        """
        if not urls or len(set(urls)) < len(urls):
            raise ValueError(f"a pool needs servers, each once, got {list(urls)}")
        self.limits = limits or PoolLimits()
        self.serving = Serving()
        """What the workers serve: version and name that new requests are sent under. Set by `relabel`."""
        self._workers = tuple(
            Worker(url.rstrip("/"), rules, breaker or BreakerLimits(), api_key=api_key) for url in urls
        )
        self._router = PrefixRouter(slack=self.limits.slack)
        self._places = Places()
        self._members = Membership(self._workers, self.limits, self._places)
        self._retry = Patience(timeout_s=self.limits.request_timeout_s)

    @property
    def on_join(self) -> OnJoin | None:
        """Brings a worker the current weights; raises GeneratorError if it cannot, and is tried again later."""
        return self._members.on_join

    @on_join.setter
    def on_join(self, bring: OnJoin | None) -> None:
        self._members.on_join = bring

    @property
    def on_meet(self) -> OnJoin | None:
        """Frees a worker that wants to join from what its last learner left undone, before it is asked for tokens."""
        return self._members.on_meet

    @on_meet.setter
    def on_meet(self, free: OnJoin | None) -> None:
        self._members.on_meet = free

    @property
    def workers(self) -> Sequence[Worker]:
        """All of them, available or not."""
        return self._workers

    @property
    def available(self) -> Sequence[Worker]:
        """Those that get requests now."""
        return [worker for worker in self._workers if worker.is_available]

    async def start(self) -> None:
        """Have all workers join; returns when all have, or one has and the others failed once.

        Raises:
            GeneratorError: None has joined in time, or one samples in a way that cannot be trained on.
        """
        self._enter_loop()
        if not self._members.has_started:
            await self._members.start()

    async def generate(self, requests: Sequence[GenerationRequest]) -> list[Completion]:
        """One completion for each request, in their order; see `Generator`.

        Raises:
            GeneratorError: All workers are lost for longer than the deadline; the message names each and its last
                failure. Or one refuses this client, or samples in a way that cannot be trained on.
        """
        await self.start()
        tasks = [asyncio.ensure_future(self._complete(request)) for request in requests]
        try:
            return list(await asyncio.gather(*tasks))
        except BaseException:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            raise

    async def complete(self, request: GenerationRequest) -> Completion:
        """One completion, without waiting for those of others: an episode goes on with its next turn at once.

        Raises:
            GeneratorError: As for `generate`.
        """
        await self.start()
        return await self._complete(request)

    def relabel(self, version: int, *, model: str = "", labels: VersionLabels = VersionLabels.SERVER) -> None:
        """Send requests from now on under this version; whoever pushes weights calls it when they are there.

        Args:
            version: Of the weights.
            model: Name of the adapter that they are, if they are one.
            labels: Who knows which weights sampled a token.
        """
        self.serving = Serving(version=version, model=model, labels=labels)
        self._router.forget()

    def take_out(self, worker: Worker, reason: str) -> None:
        """Leave a worker alone until it has joined again: its weights are not those that it should have."""
        worker.breaker.trip(reason)
        self._members.mind(worker)

    def hurry(self, url: str) -> None:
        """A server has come back, says whoever watches it: it may join at once."""
        self._members.hurry(url.rstrip("/"))

    def fail(self, error: Exception) -> None:
        """Nothing can be served any more, says whoever watches the servers: all who wait get this error."""
        self._members.fail(error)

    def take_stats(self) -> list[WorkerStats]:
        """What each worker did since this was asked last."""
        return [worker.take_stats() for worker in self._workers]

    async def aclose(self) -> None:
        """End what joins, and close connections."""
        await self._members.aclose()
        for worker in self._workers:
            worker.client.close()

    def _enter_loop(self) -> None:
        """Begin anew in an event loop: tasks and connections of another one are gone."""
        if self._members.enter_loop():
            self._places.forget()
            for worker in self._workers:
                worker.in_flight = 0

    async def _complete(self, request: GenerationRequest) -> Completion:
        failure = Failure(what="not tried", may_pass=True)
        failed: Worker | None = None
        wait_s = self._retry.first_wait_s
        for attempts_left in range(self.limits.num_retries, -1, -1):
            worker = await self._place(request, failed)
            outcome = await self._attempt(worker, request)
            if isinstance(outcome, Completion):
                return outcome
            failure, failed = outcome, worker
            if not (failure.may_pass or failure.is_missing):
                break
            if attempts_left and len(self.available) <= int(worker.is_available):  # there is no other one
                await asyncio.sleep(failure.wait_s(wait_s))
                wait_s *= 2
        return Completion.error(f"no completion from `{failed.url if failed else ''}`: {failure.what}")

    async def _attempt(self, worker: Worker, request: GenerationRequest) -> Completion | Failure:
        """A completion to return, or why there is none yet. The worker's place is given back."""
        serving, started = self.serving, time.monotonic()
        try:
            outcome = await worker.client.complete(request, serving, self.limits.request_timeout_s)
        except asyncio.CancelledError:
            worker.note_cancelled()
            raise
        finally:
            worker.in_flight -= 1
            self._places.wake()
        failure = outcome if isinstance(outcome, Failure) else _failure_of(outcome, serving, self.serving)
        if failure is None:
            assert isinstance(outcome, Completion)
            worker.note_reply(len(request.prompt_ids), len(outcome.token_ids), time.monotonic() - started)
            return outcome
        if failure.is_refusal and not failure.is_missing:
            raise GeneratorError(f"the worker `{worker.url}` refuses: {failure.what}\n\nhint: check address and key")
        if failure.may_pass or failure.is_missing:  # missing: an adapter that it has lost, after a restart
            worker.note_failure(failure)
            self._members.mind(worker)
        return failure

    async def _place(self, request: GenerationRequest, failed: Worker | None) -> Worker:
        """A worker with room, which the caller gives back; another one than failed, if there is one."""
        while True:
            self._members.check()
            able = [
                (index, worker)
                for index, worker in enumerate(self._workers)
                if worker.is_available and worker.in_flight < self.limits.max_in_flight
            ]
            others = [(index, worker) for index, worker in able if worker is not failed]
            if able:
                loads = [Load(index, worker.in_flight) for index, worker in others or able]
                worker = self._workers[self._router.choose(request.prompt_ids, loads)]
                worker.note_start()
                return worker
            # Whoever waits for a place of a living worker is woken by its requests, which have deadlines of their own.
            await self._places.wait(None if self.available else min(1.0, self._members.left_s()))


def _failure_of(completion: Completion, sent_under: Serving, now: Serving) -> Failure | None:
    """Why a completion is tried again, if it is."""
    if completion.finish_reason is FinishReason.ERROR:
        return Failure(what=completion.detail, may_pass=True)
    if sent_under.labels is VersionLabels.SERVER or sent_under.model or sent_under == now:
        return None
    return Failure(what="the weights changed while it was sampled, and nobody said where", may_pass=True)
