"""Between episodes that ask one by one and a generator that wants to be asked for many at once."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from palestra.agents.errors import GeneratorError
from palestra.agents.generator import Completion, GenerationRequest, Generator, SingleGenerator
from palestra.agents.lockstep import Lockstep

log = logging.getLogger("palestra")

_PATIENCE_S = 60.0
"""How long a round waits for episodes whose environments are at work."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A completion, and how long it took."""

    completion: Completion
    model_s: float


@dataclass(frozen=True, slots=True, order=True)
class _Waiting:
    """Somebody who asked."""

    rank: int
    request: GenerationRequest = field(compare=False)
    future: asyncio.Future[Completion] = field(compare=False)


class RequestQueue:
    """Hands requests that are made at the same moment to the generator in one call, in their order.

    So an in-process generator reads the prompt that the first turns of a group share once. A generator of single
    completions is asked for each by itself: an episode goes on with its next turn while others are still answered.
    """

    def __init__(self, generator: Generator, *, by_prompt: bool = False, lockstep: Lockstep | None = None) -> None:
        """A queue.

        Args:
            generator: Is asked.
            by_prompt: Make a call for each prompt, so that nobody waits for the responses to another; they overlap.
            lockstep: Make calls in rounds, each when nobody is on the move; None: as soon as anybody asks.
        """
        self.generating_s = 0.0
        """Seconds in which the generator had something to answer."""
        self._answering = 0
        self._since = 0.0
        self._generator = generator
        self._by_prompt = by_prompt
        self._single = generator if isinstance(generator, SingleGenerator) else None
        self._lockstep = lockstep
        if lockstep is not None:
            lockstep.when_still(self._begin_round)
        self._impatience: asyncio.TimerHandle | None = None
        self._waiting: list[_Waiting] = []
        self._calls: set[asyncio.Task[None]] = set()

    async def ask(self, request: GenerationRequest, *, rank: int = 0) -> Answer:
        """The completion of one request.

        Args:
            request: To be answered.
            rank: Orders the requests of a round.

        Raises:
            GeneratorError: The generator cannot serve at all.
        """
        started = time.monotonic()
        if self._single is not None:
            with self._asked():
                return Answer(await self._single.complete(request), time.monotonic() - started)
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Completion] = loop.create_future()
        self._waiting.append(_Waiting(rank, request, future))
        if self._lockstep is None:
            if len(self._waiting) == 1:
                loop.call_soon(self._flush)
            return Answer(await future, time.monotonic() - started)
        if len(self._waiting) == 1:
            self._be_patient()
        self._lockstep.stop()
        try:
            completion = await future
        except asyncio.CancelledError:
            if future.cancelled():
                self._lockstep.start()  # nobody else has said so
            raise
        return Answer(completion, time.monotonic() - started)

    @contextmanager
    def _asked(self) -> Iterator[None]:
        """While the generator has something to answer; may overlap itself."""
        if not self._answering:
            self._since = time.monotonic()
        self._answering += 1
        try:
            yield
        finally:
            self._answering -= 1
            if not self._answering:
                self.generating_s += time.monotonic() - self._since

    def close(self) -> None:
        """Give up calls that nobody waits for any more."""
        if self._impatience is not None:
            self._impatience.cancel()
        for call in self._calls:
            call.cancel()

    def _begin_round(self) -> None:
        assert self._lockstep is not None
        if self._waiting and self._lockstep.is_still and not self._calls:
            self._flush()

    def _be_patient(self) -> None:
        self._impatience = asyncio.get_running_loop().call_later(_PATIENCE_S, self._lose_patience)

    def _lose_patience(self) -> None:
        if self._calls:  # it is the generator that takes its time
            self._be_patient()
            return
        log.warning(
            "%d requests waited %g s for episodes whose environments are at work, and are answered without them: "
            "this run does not repeat bit for bit",
            len(self._waiting),
            _PATIENCE_S,
        )
        self._flush()

    def _flush(self) -> None:
        if self._impatience is not None:
            self._impatience.cancel()
        waiting, self._waiting = sorted(each for each in self._waiting if not each.future.done()), []
        shares: dict[tuple[int, ...], list[_Waiting]] = {}
        for each in waiting:
            shares.setdefault(each.request.prompt_ids if self._by_prompt else (), []).append(each)
        for share in shares.values():
            call = asyncio.get_running_loop().create_task(self._call(share))
            self._calls.add(call)
            call.add_done_callback(self._end)

    def _end(self, call: asyncio.Task[None]) -> None:
        self._calls.discard(call)
        if self._lockstep is not None:
            self._begin_round()

    async def _call(self, waiting: list[_Waiting]) -> None:
        completions: list[Completion] = []
        failure: Exception | None = None
        try:
            with self._asked():
                completions = await self._generator.generate([each.request for each in waiting])
            if len(completions) != len(waiting):
                raise GeneratorError(f"asked for {len(waiting)} completions, got {len(completions)}")
        except Exception as error:  # noqa: BLE001  handed on as it is to everybody who asked
            failure = error
        except asyncio.CancelledError:
            for each in waiting:
                each.future.cancel()  # whoever still waits would wait for ever
            raise
        for index, each in enumerate(waiting):
            if each.future.done():
                continue
            if self._lockstep is not None:
                self._lockstep.start()
            if failure is not None:
                each.future.set_exception(failure)
            else:
                each.future.set_result(completions[index])
